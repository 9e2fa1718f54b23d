/*
 * lethe_identity_fetch: an address, a finder, and words for its endings.
 */
#include <stdlib.h>
#include <string.h>

#include "api/identity.h"
#include "api/reach.h"
#include "api/uri.h"
#include "client/find.h"
#include "crypto/init.h"
#include "net/clock.h"

struct fetching {
    const struct lethe_identity_fetch_options *options;
    struct lethe_identity_state *state;
    unsigned timeout;
    struct uri uri;
    struct find_options find;
    struct finder finder;
};

static void note(struct fetching *f, int64_t now_ns)
{
    *f->state = (struct lethe_identity_state){
        .pieces = f->finder.pieces_done,
        .pieces_all = LOOKUP_PIECES,
        .seconds = reach_seconds(f->finder.start_ns, now_ns),
        .packets_sent = f->finder.packets_sent,
        .packets_received = f->finder.packets_received,
        .packets_wrong = f->finder.packets_wrong,
        .refused = f->finder.refused,
    };
}

static void show(void *context, const struct finder *finder, int64_t now_ns)
{
    struct fetching *f = context;
    (void)finder;
    note(f, now_ns);
    if (f->options->progress)
        f->options->progress(f->options->context, f->state);
}

static int explain(const struct fetching *f, int err, struct complaint *why)
{
    const char *host = f->uri.host;
    if (err == LETHE_OK || why->text[0])
        return err;
    if (err == LETHE_ERR_INTERRUPTED)
        return complain(why, err, "interrupted; run the same command again");
    if (err == LETHE_ERR_NETWORK)
        return complain(why, err,
                        "nobody listens at %s (tried for %u s): start the server, or give its "
                        "address and port",
                        host, f->timeout);
    if (err == LETHE_ERR_TIMEOUT && f->finder.packets_received)
        return complain(why, err, "%s stopped giving out the identity for %u s", host, f->timeout);
    if (err == LETHE_ERR_TIMEOUT && f->finder.packets_wrong)
        return complain(why, err,
                        "what %s gives out is not the identity of that fingerprint: someone on the "
                        "way changes it",
                        host);
    if (err == LETHE_ERR_TIMEOUT)
        return complain(why, err,
                        "%s gave no answer in %u s: is the server there, and is this the "
                        "fingerprint of its identity?",
                        host, f->timeout);
    return complain(why, err, "%s: %s", host, lethe_strerror(err));
}

static int resolve(struct fetching *f, struct complaint *why)
{
    const char *reason;
    int err = uri_parse_host(&f->uri, f->options->uri, why);
    if (err != LETHE_OK)
        return err;
    err = address_resolve(f->find.addresses, TRANSFER_ADDRESSES_MAX, &f->find.address_count,
                          f->uri.host, LETHE_DEFAULT_PORT, &reason);
    return err == LETHE_OK ? err : complain(why, err, "%s: %s", f->uri.host, reason);
}

static int run(struct fetching *f, struct public_identity *id, struct complaint *why)
{
    const struct lethe_identity_fetch_options *o = f->options;
    int err = resolve(f, why);
    if (err == LETHE_OK)
        err = identity_prepare(id, &f->find.finder.keys, why);
    if (err != LETHE_OK)
        return err;
    memcpy(f->find.finder.fingerprint, o->fingerprint, FINGERPRINT_BYTES);
    f->find.finder.give_up_ns = (int64_t)f->timeout * 1000 * PACE_MS;
    f->find.stop_fd = o->stop_fd;
    f->find.progress = show;
    f->find.context = f;
    err = explain(f, find_run(&f->find, &f->finder, why), why);
    note(f, (int64_t)clock_monotonic_ns());
    if (err != LETHE_OK) {
        identity_free(id);
        return err;
    }
    identity_complete(id);
    identity_cache(id, true);
    return LETHE_OK;
}

int lethe_identity_fetch(struct lethe_identity **out,
                         const struct lethe_identity_fetch_options *options,
                         struct lethe_identity_state *state, struct lethe_message *why)
{
    struct complaint c = {.text = ""};
    int err = crypto_init();
    struct fetching *f = calloc(1, sizeof *f);
    memset(state, 0, sizeof *state);
    *out = calloc(1, sizeof **out);
    if (!f || !*out) {
        err = complain(&c, LETHE_ERR_INTERNAL, "out of memory");
    } else if (err == LETHE_OK) {
        f->options = options;
        f->state = state;
        f->timeout = options->timeout_seconds ? options->timeout_seconds : REACH_TIMEOUT_SECONDS;
        err = run(f, &(*out)->id, &c);
    }
    if (err != LETHE_OK) {
        free(*out);
        *out = NULL;
    }
    free(f);
    reach_message(why, err, &c);
    return err;
}
