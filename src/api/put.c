/*
 * lethe/put.h: address, source file and client put together; every ending gets its words.
 */
#include "lethe/put.h"

#include <stdlib.h>
#include <string.h>

#include "api/identity.h"
#include "api/reach.h"
#include "api/uri.h"
#include "client/source.h"
#include "client/transfer.h"
#include "net/clock.h"

struct putting {
    const struct lethe_put_options *options;
    struct lethe_put_state *state;
    struct complaint why;
    struct uri uri;
    unsigned timeout;
    struct source source;
    struct transfer_options transfer;
    struct put put;
    struct client client;
};

static void fill_state(struct lethe_put_state *s, const struct client *c, const struct put *put,
                       int64_t now_ns)
{
    reach_report(&s->session, c, now_ns);
    s->session.requests_repeated = put->retries;
    s->size = put->size;
    s->bytes_done = put->bytes_done;
    s->bytes_reused = put->bytes_reused;
    s->bytes_sent = put->bytes_sent;
    s->restarts = put->restarts;
}

static void show(void *context, const struct client *client, int64_t now_ns)
{
    struct putting *p = context;
    fill_state(p->state, client, &p->put, now_ns);
    if (p->options->progress)
        p->options->progress(p->options->context, p->state);
}

static int step(void *context, struct client *client)
{
    struct putting *p = context;
    client_put(client, &p->put);
    return p->put.result;
}

/* Words for endings that the layers below name only by their code. */
static int explain(struct putting *p, int err)
{
    const char *path = p->uri.path, *host = p->uri.host;
    if (p->why.text[0])
        return err;
    switch (err) {
    case LETHE_ERR_NOT_FOUND:
        return complain(&p->why, err, "%s has no folder for '%s'", host, path);
    case LETHE_ERR_PERMISSION:
        return complain(&p->why, err,
                        "%s does not take '%s': it takes no files, or none there, or what has the "
                        "name is no file",
                        host, path);
    case LETHE_ERR_NO_SPACE:
        return complain(&p->why, err, "%s has no room for '%s', or takes no file of %llu bytes",
                        host, path, (unsigned long long)p->source.size);
    case LETHE_ERR_CHANGED:
        return p->put.restarts > PUT_RESTARTS
                   ? complain(&p->why, err, "%s keeps losing what it was sent of '%s'", host, path)
                   : complain(&p->why, err, "%s changes while it is sent", p->options->file);
    case LETHE_ERR_CRYPTO:
        return complain(&p->why, err, "%s does not hold what it was sent of '%s'", host, path);
    case LETHE_ERR_REFUSED:
        return complain(&p->why, err, "%s refused or could not write '%s'", host, path);
    case LETHE_ERR_FORMAT:
        return complain(&p->why, err, "%s gives an answer to '%s' that makes no sense", host, path);
    default:
        return reach_explain(&p->client, err, host, p->timeout, &p->why);
    }
}

static int prepare(struct putting *p)
{
    const struct lethe_put_options *o = p->options;
    int err = uri_parse(&p->uri, o->uri, &p->why);
    if (err == LETHE_OK && strlen(p->uri.path) > FILES_UPLOAD_PATH_MAX)
        err = complain(&p->why, LETHE_ERR_USAGE, "the path is longer than %d bytes",
                       FILES_UPLOAD_PATH_MAX);
    if (err == LETHE_OK)
        err = source_open(&p->source, o->file, o->stop_fd, &p->why);
    if (err == LETHE_OK)
        err = reach_resolve(&p->transfer, &p->uri, &p->why);
    if (err != LETHE_OK)
        return err;
    p->transfer.server = &o->server->id.server;
    p->transfer.strict = o->strict;
    p->transfer.give_up_ns = (int64_t)p->timeout * 1000 * PACE_MS;
    p->transfer.stop_fd = o->stop_fd;
    p->transfer.context = p;
    p->transfer.step = step;
    p->transfer.progress = show;
    const struct put_source source = source_callbacks(&p->source);
    return put_init(&p->put, p->uri.path, &source, p->source.size, p->source.content);
}

static int run(struct putting *p)
{
    int err = prepare(p);
    if (err != LETHE_OK)
        return explain(p, err);
    err = reach_run(&p->transfer, &p->client, p->options->no_park, &p->state->session, &p->why);
    fill_state(p->state, &p->client, &p->put, (int64_t)clock_monotonic_ns());
    if (p->client.accepted_ns)
        identity_cache(&p->options->server->id, false);
    return err == LETHE_OK ? err : explain(p, err);
}

int lethe_put(const struct lethe_put_options *options, struct lethe_put_state *state,
              struct lethe_message *why)
{
    memset(state, 0, sizeof *state);
    memset(why, 0, sizeof *why);
    struct putting *p = calloc(1, sizeof *p);
    if (!p)
        return LETHE_ERR_INTERNAL;
    p->options = options;
    p->state = state;
    p->timeout = options->timeout_seconds ? options->timeout_seconds : REACH_TIMEOUT_SECONDS;
    p->source.fd = -1;
    int err = run(p);
    reach_message(why, err, &p->why);
    source_close(&p->source);
    client_wipe(&p->client);
    free(p);
    return err;
}
