/*
 * lethe/fetch.h: address, partial file and client put together; every ending gets its words.
 */
#include "lethe/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "api/identity.h"
#include "api/uri.h"
#include "net/clock.h"
#include "node/download.h"
#include "node/partial.h"

#define DEFAULT_TIMEOUT_SECONDS 30

struct fetching {
    const struct lethe_fetch_options *options;
    struct lethe_fetch_state *state;
    struct complaint why;
    struct uri uri;
    unsigned timeout;
    struct partial partial;
    struct download_options download;
    struct client client;
};

static double seconds(int64_t from_ns, int64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

static void fill_state(struct lethe_fetch_state *s, const struct client *c, int64_t now_ns)
{
    const struct fetch *f = &c->fetches[0];
    s->level = c->caller.open ? session_level(c->caller.legs) : 0;
    s->size_known = f->known;
    s->size = f->size;
    s->bytes_done = f->bytes_done;
    s->bytes_reused = f->bytes_reused;
    s->bytes_received = f->bytes_received;
    s->key_blocks = c->kex.blocks_answered;
    s->key_blocks_all = BLOCK_COUNT;
    s->seconds = seconds(c->start_ns, now_ns);
    s->accept_seconds = seconds(c->start_ns, c->accepted_ns);
    s->ready_seconds = seconds(c->start_ns, c->ready_ns);
    s->first_byte_seconds = seconds(c->start_ns, c->first_data_ns);
    s->silent_seconds = seconds(c->heard_ns, now_ns);
    s->exchanges = c->exchanges;
    s->exchange_packets_sent = c->kex.packets_sent;
    s->exchange_packets_answered = c->kex.packets_answered;
    s->packets_sent = c->packets_sent;
    s->packets_received = c->packets_received;
    s->packets_ignored = c->packets_ignored;
    s->requests_repeated = f->retries;
    s->restarts = f->restarts;
}

static void show(void *context, const struct client *client, int64_t now_ns)
{
    struct fetching *f = context;
    fill_state(f->state, client, now_ns);
    if (f->options->progress)
        f->options->progress(f->options->context, f->state);
}

/* Words for endings that the layers below name only by their code. */
static int explain(struct fetching *f, int err)
{
    const char *path = f->uri.path, *host = f->uri.host;
    if (f->why.text[0])
        return err;
    switch (err) {
    case LETHE_ERR_TIMEOUT:
        if (f->client.accepted_ns)
            return complain(&f->why, err,
                            "%s stopped answering for %u s; run the same command again "
                            "to resume",
                            host, f->timeout);
        return complain(&f->why, err,
                        "%s gave no answer in %u s: is the server there, and is this its "
                        "identity?",
                        host, f->timeout);
    case LETHE_ERR_NOT_FOUND:
        return complain(&f->why, err, "%s has no file '%s'", host, path);
    case LETHE_ERR_PERMISSION:
        return complain(&f->why, err, "%s does not give out '%s'", host, path);
    case LETHE_ERR_CHANGED:
        return complain(&f->why, err, "'%s' keeps changing at the server; try again later", path);
    case LETHE_ERR_CRYPTO:
        return complain(&f->why, err, "'%s' does not have the digest that the server gives for it",
                        path);
    case LETHE_ERR_REFUSED:
        return complain(&f->why, err, "%s refused the request or could not read '%s'", host, path);
    case LETHE_ERR_FORMAT:
        return complain(&f->why, err, "%s gives '%s' a size that no file has", host, path);
    case LETHE_ERR_INTERRUPTED:
        return complain(&f->why, err, "interrupted; run the same command again to resume");
    default:
        return complain(&f->why, err, "%s: %s", host, lethe_strerror(err));
    }
}

static int resolve(struct fetching *f)
{
    const char *reason;
    int err = uri_parse(&f->uri, f->options->uri, &f->why);
    if (err != LETHE_OK)
        return err;
    err = address_resolve(f->download.addresses, DOWNLOAD_ADDRESSES_MAX, &f->download.address_count,
                          f->uri.host, LETHE_DEFAULT_PORT, &reason);
    return err == LETHE_OK ? err : complain(&f->why, err, "%s: %s", f->uri.host, reason);
}

static void fill_download(struct fetching *f)
{
    const struct lethe_fetch_options *o = f->options;
    f->download.server = &o->server->id.server;
    f->download.path = f->uri.path;
    f->download.strict = o->strict;
    f->download.give_up_ns = (int64_t)f->timeout * 1000 * PACE_MS;
    f->download.stop_fd = o->stop_fd;
    f->download.local_size = f->partial.size;
    f->download.store = partial_store(&f->partial);
    f->download.progress = show;
    f->download.progress_context = f;
}

static int run(struct fetching *f)
{
    int err = resolve(f);
    if (err != LETHE_OK)
        return err;
    const char *output = f->options->output ? f->options->output : uri_name(&f->uri);
    err = partial_open(&f->partial, output, &f->why);
    if (err != LETHE_OK)
        return err;
    fill_download(f);
    err = download_run(&f->download, &f->client, &f->why);
    fill_state(f->state, &f->client, (int64_t)clock_monotonic_ns());
    if (err == LETHE_OK)
        err = partial_finish(&f->partial, &f->state->replaced, &f->why);
    if (f->client.accepted_ns)
        identity_cache(&f->options->server->id);
    return err == LETHE_OK ? err : explain(f, err);
}

int lethe_fetch(const struct lethe_fetch_options *options, struct lethe_fetch_state *state,
                struct lethe_message *why)
{
    memset(state, 0, sizeof *state);
    memset(why, 0, sizeof *why);
    struct fetching *f = calloc(1, sizeof *f);
    if (!f)
        return LETHE_ERR_INTERNAL;
    f->options = options;
    f->state = state;
    f->timeout = options->timeout_seconds ? options->timeout_seconds : DEFAULT_TIMEOUT_SECONDS;
    f->partial.fd = -1;
    int err = run(f);
    if (err != LETHE_OK)
        memcpy(why->text, f->why.text, strnlen(f->why.text, sizeof why->text - 1));
    partial_close(&f->partial);
    client_wipe(&f->client);
    free(f);
    return err;
}
