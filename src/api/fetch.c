/*
 * lethe/fetch.h: addresses, partial files and the client put together; every ending gets its words.
 * A lane is a place in the client with its partial file; files take lanes in order as they get
 * free.
 */
#include "lethe/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/early.h"
#include "api/identity.h"
#include "api/reach.h"
#include "api/uri.h"
#include "client/partial.h"
#include "client/transfer.h"
#include "net/clock.h"

_Static_assert(LETHE_FETCH_TOGETHER == PULL_BODIES, "as many as the client carries");

#define NO_FILE SIZE_MAX

struct job {
    struct lethe_fetch_file *file;
    struct uri uri;
    char output[PARTIAL_PATH_BYTES];
    struct complaint why;
    bool done;
};

struct lane {
    size_t job; /* NO_FILE: free */
    struct partial partial;
};

struct fetching {
    const struct lethe_fetch_options *options;
    struct lethe_fetch_state *state;
    struct complaint why;
    struct lethe_message early_why;
    unsigned timeout;
    size_t count, next; /* jobs; the next to begin */
    struct job *jobs;
    struct lane lanes[PULL_BODIES]; /* by index in the client */
    struct transfer_options transfer;
    struct client client;
};

/* Words for the endings of one file. */
static int explain(struct fetching *f, struct job *j, int err)
{
    const char *path = j->uri.path, *host = j->uri.host;
    const bool was_there = j->file->size_known;
    if (err == LETHE_OK || j->why.text[0])
        return err;
    switch (err) {
    case LETHE_ERR_NOT_FOUND:
        return complain(&j->why, err,
                        was_there ? "%s no longer has '%s': it was deleted while it was fetched"
                                  : "%s has no file '%s': check the path",
                        host, path);
    case LETHE_ERR_PERMISSION:
        return complain(&j->why, err,
                        was_there ? "%s no longer gives out '%s': while it was fetched, it became "
                                    "unreadable or led out of the served folder"
                                  : "%s does not give out '%s': it must be a file inside the "
                                    "served folder, and readable for the server",
                        host, path);
    case LETHE_ERR_CHANGED:
        return complain(&j->why, err, "'%s' keeps changing at the server: try again later", path);
    case LETHE_ERR_REFUSED:
        return complain(&j->why, err, "%s refused the request or could not read '%s'", host, path);
    case LETHE_ERR_FORMAT:
        return complain(&j->why, err, "%s gives '%s' a size that no file has", host, path);
    default:
        return reach_explain(&f->client, err, host, f->timeout, &j->why);
    }
}

static void finish_job(struct fetching *f, struct job *j, int err)
{
    j->file->result = explain(f, j, err);
    reach_message(&j->file->why, err, &j->why);
    j->done = true;
}

static void note_progress(struct job *j, const struct fetch *fetch)
{
    struct lethe_fetch_file *file = j->file;
    file->size_known = fetch->known;
    file->size = fetch->size;
    file->size_at_first = fetch->size_at_first;
    file->bytes_done = fetch->bytes_done;
    file->bytes_reused = fetch->bytes_reused;
    file->bytes_received = fetch->bytes_received;
    file->restarts = fetch->restarts;
}

/* Takes a lane's file away: put in place, if all went well. */
static void end_lane(struct fetching *f, int index, int err)
{
    struct lane *lane = &f->lanes[index];
    struct job *j = &f->jobs[lane->job];
    const struct fetch *fetch = &f->client.fetches[index];
    note_progress(j, fetch);
    f->state->session.requests_repeated += fetch->retries;
    if (err == LETHE_OK)
        err = partial_finish(&lane->partial, &j->file->replaced, &j->why);
    finish_job(f, j, err);
    partial_close(&lane->partial);
    client_end(&f->client, index);
    lane->job = NO_FILE;
}

static struct lane *free_lane(struct fetching *f)
{
    for (int i = 0; i < PULL_BODIES; i++)
        if (f->lanes[i].job == NO_FILE)
            return &f->lanes[i];
    return NULL;
}

/* The client takes the first place that is free, and so do the lanes. */
static void begin_job(struct fetching *f, struct lane *lane)
{
    struct job *j = &f->jobs[f->next];
    int err = partial_open(&lane->partial, j->output, &j->why);
    if (err != LETHE_OK) {
        finish_job(f, j, err);
    } else {
        const struct fetch_store store = partial_store(&lane->partial);
        lane->job = f->next;
        (void)client_begin(&f->client, j->uri.path, &store, lane->partial.size);
    }
    f->next++;
}

static int step(void *context, struct client *client)
{
    struct fetching *f = context;
    struct lane *lane;
    for (int i = 0; i < PULL_BODIES; i++) {
        if (f->lanes[i].job == NO_FILE)
            continue;
        const int err = partial_settle(&f->lanes[i].partial);
        if (err != LETHE_OK || fetch_done(&client->fetches[i]))
            end_lane(f, i, err != LETHE_OK ? err : client->fetches[i].result);
    }
    while (f->next < f->count && (lane = free_lane(f)))
        begin_job(f, lane);
    return LETHE_OK;
}

static void add_up(struct fetching *f)
{
    struct lethe_fetch_state *s = f->state;
    *s = (struct lethe_fetch_state){.session = s->session, .files = f->count, .size_known = true};
    for (size_t i = 0; i < f->count; i++) {
        const struct job *j = &f->jobs[i];
        const struct lethe_fetch_file *file = j->file;
        s->files_done += j->done;
        s->size_known &= file->size_known || j->done;
        s->size += file->size;
        s->bytes_done += file->bytes_done;
        s->bytes_reused += file->bytes_reused;
        s->bytes_received += file->bytes_received;
        s->restarts += file->restarts;
        s->replaced |= file->replaced;
    }
}

static enum lethe_fetch_early early_state(const struct fetching *f, const struct client *c)
{
    if (!f->options->early)
        return LETHE_FETCH_EARLY_OFF;
    if (!f->transfer.early_path)
        return LETHE_FETCH_EARLY_NO_KEY;
    if (!c->accepted_ns)
        return LETHE_FETCH_EARLY_SENT;
    return c->early == EARLY_EXECUTED  ? LETHE_FETCH_EARLY_ANSWERED
           : c->early == EARLY_UNKNOWN ? LETHE_FETCH_EARLY_UNKNOWN
                                       : LETHE_FETCH_EARLY_REFUSED;
}

static void fill_state(struct fetching *f, const struct client *c, int64_t now_ns)
{
    for (int i = 0; i < PULL_BODIES; i++)
        if (f->lanes[i].job != NO_FILE)
            note_progress(&f->jobs[f->lanes[i].job], &c->fetches[i]);
    add_up(f);
    reach_report(&f->state->session, c, now_ns);
    f->state->first_byte_seconds = reach_seconds(c->start_ns, c->first_data_ns);
    f->state->first_byte_level = c->first_data_ns ? session_level(c->first_data_legs) : 0;
    f->state->early = early_state(f, c);
    f->state->early_why = f->early_why;
}

static void show(void *context, const struct client *client, int64_t now_ns)
{
    struct fetching *f = context;
    fill_state(f, client, now_ns);
    if (f->options->progress)
        f->options->progress(f->options->context, f->state);
}

static int name_output(struct fetching *f, struct job *j)
{
    const struct lethe_fetch_options *o = f->options;
    const char *name = j->file->output ? j->file->output : uri_name(&j->uri);
    const bool in_directory = !j->file->output && o->directory;
    int n = snprintf(j->output, sizeof j->output, "%s%s%s", in_directory ? o->directory : "",
                     in_directory ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof j->output)
        return complain(&j->why, LETHE_ERR_USAGE, "the name of the output file is too long");
    return LETHE_OK;
}

/* What would go wrong later is said before anything is begun. */
static int prepare_job(struct fetching *f, size_t i)
{
    struct job *j = &f->jobs[i];
    int err = uri_parse(&j->uri, j->file->uri, &f->why);
    if (err != LETHE_OK)
        return err;
    if (strcmp(j->uri.host, f->jobs[0].uri.host) != 0)
        return complain(&f->why, LETHE_ERR_USAGE, "%s is not at %s: one server at a time",
                        j->file->uri, f->jobs[0].uri.host);
    err = name_output(f, j);
    f->why = j->why;
    for (size_t other = 0; other < i && err == LETHE_OK; other++)
        if (strcmp(f->jobs[other].output, j->output) == 0)
            err = complain(&f->why, LETHE_ERR_USAGE, "two of the files would be written to %s",
                           j->output);
    return err;
}

static void fill_transfer(struct fetching *f)
{
    const struct lethe_fetch_options *o = f->options;
    f->transfer.server = &o->server->id.server;
    f->transfer.strict = o->strict;
    f->transfer.background = o->background;
    f->transfer.rate = o->bytes_a_second;
    f->transfer.give_up_ns = (int64_t)f->timeout * 1000 * PACE_MS;
    f->transfer.stop_fd = o->stop_fd;
    f->transfer.context = f;
    f->transfer.step = step;
    f->transfer.progress = show;
}

/* Without a key the request waits for a round trip, and why is told. */
static int prepare_early(struct fetching *f)
{
    struct short_term_public key;
    struct complaint why = {.text = ""};
    const struct job *first = &f->jobs[0];
    f->transfer.at_once = f->options->early;
    if (!f->options->early)
        return LETHE_OK;
    int err = early_find_key(&key, f->options->server, &f->transfer, first->uri.host, &why);
    if (err == LETHE_OK) {
        memcpy(f->transfer.short_term, key.dh, sizeof key.dh);
        f->transfer.early_path = first->uri.path;
    }
    reach_message(&f->early_why, err, &why);
    return err == LETHE_ERR_INTERRUPTED ? err : LETHE_OK;
}

static int run(struct fetching *f)
{
    int err = LETHE_OK;
    for (size_t i = 0; i < f->count && err == LETHE_OK; i++)
        err = prepare_job(f, i);
    if (err == LETHE_OK)
        err = reach_resolve(&f->transfer, &f->jobs[0].uri, &f->why);
    if (err != LETHE_OK)
        return err;
    fill_transfer(f);
    err = prepare_early(f);
    if (err == LETHE_OK)
        err = reach_run(&f->transfer, &f->client, f->options->no_park, &f->state->session, &f->why);
    fill_state(f, &f->client, (int64_t)clock_monotonic_ns());
    if (f->client.accepted_ns)
        identity_cache(&f->options->server->id, false);
    return reach_explain(&f->client, err, f->jobs[0].uri.host, f->timeout, &f->why);
}

/* What ended everything ended the files that were not done; else the first that failed tells. */
static int conclude(struct fetching *f, int err, struct lethe_message *why)
{
    for (int i = 0; i < PULL_BODIES; i++)
        if (f->lanes[i].job != NO_FILE)
            partial_close(&f->lanes[i].partial);
    reach_message(why, err, &f->why);
    for (size_t i = 0; i < f->count; i++) {
        struct lethe_fetch_file *file = f->jobs[i].file;
        if (!f->jobs[i].done) {
            file->result = err;
            file->why = *why;
        }
        if (file->result != LETHE_OK && err == LETHE_OK) {
            err = file->result;
            *why = file->why;
        }
    }
    return err;
}

int lethe_fetch_all(const struct lethe_fetch_options *options, struct lethe_fetch_file *files,
                    size_t count, struct lethe_fetch_state *state, struct lethe_message *why)
{
    memset(state, 0, sizeof *state);
    memset(why, 0, sizeof *why);
    if (count == 0)
        return LETHE_OK;
    struct fetching *f = calloc(1, sizeof *f);
    struct job *jobs = calloc(count, sizeof *jobs);
    int err = LETHE_ERR_INTERNAL;
    if (!f || !jobs)
        goto out;
    f->options = options;
    f->state = state;
    f->timeout = options->timeout_seconds ? options->timeout_seconds : REACH_TIMEOUT_SECONDS;
    f->count = count;
    f->jobs = jobs;
    for (int i = 0; i < PULL_BODIES; i++)
        f->lanes[i].job = NO_FILE;
    for (size_t i = 0; i < count; i++) {
        files[i] = (struct lethe_fetch_file){.uri = files[i].uri, .output = files[i].output};
        jobs[i].file = &files[i];
    }
    err = conclude(f, run(f), why);
    client_wipe(&f->client);
out:
    free(jobs);
    free(f);
    return err;
}

int lethe_fetch(const struct lethe_fetch_options *options, struct lethe_fetch_state *state,
                struct lethe_message *why)
{
    struct lethe_fetch_file file = {.uri = options->uri, .output = options->output};
    return lethe_fetch_all(options, &file, 1, state, why);
}
