/*
 * The search for a short-term key: a finder, what it takes for one, and words for each end.
 */
#include "client/short_term_fetch.h"

#include <string.h>

#include "lethe/error.h"
#include "net/clock.h"

/* Signed by this identity, at whatever time. */
static bool is_genuine(void *context, const uint8_t *bytes)
{
    struct short_term_search *s = context;
    s->result = short_term_open(&s->key, bytes, sizeof s->file, s->id->server.fingerprint,
                                s->id->sign_public, (int64_t)clock_real_ms());
    if (s->result != LETHE_OK && s->result != LETHE_ERR_TIMEOUT)
        return false;
    memcpy(s->file, bytes, sizeof s->file);
    return true;
}

static int explain(const struct short_term_search *s, int err, struct complaint *why)
{
    if (err == LETHE_OK || why->text[0])
        return err;
    if (err == LETHE_ERR_NOT_FOUND)
        return complain(why, err, "%s has no short-term key to give out: does its rotator run?",
                        s->host);
    if (err == LETHE_ERR_NETWORK)
        return complain(why, err,
                        "nobody listens at %s (tried for %u s): start the server, or give its "
                        "address and port",
                        s->host, s->timeout_seconds);
    if (err == LETHE_ERR_TIMEOUT && s->finder.packets_wrong)
        return complain(why, LETHE_ERR_CRYPTO,
                        "what %s gives out as its short-term key is not signed by its identity",
                        s->host);
    if (err == LETHE_ERR_TIMEOUT)
        return complain(why, err,
                        "%s gave no answer in %u s: is the server there, and is this its "
                        "identity?",
                        s->host, s->timeout_seconds);
    return complain(why, err, "%s: %s", s->host, lethe_strerror(err));
}

int short_term_fetch(struct short_term_search *s, struct complaint *why)
{
    memcpy(s->find.finder.fingerprint, s->id->server.fingerprint, FINGERPRINT_BYTES);
    s->find.finder.is_genuine = is_genuine;
    s->find.finder.context = s;
    s->find.finder.give_up_ns = (int64_t)s->timeout_seconds * 1000 * PACE_MS;
    why->text[0] = 0;
    int err = explain(s, find_run(&s->find, &s->finder, why), why);
    if (err != LETHE_OK || s->result == LETHE_OK)
        return err;
    return short_term_explain(&s->key, s->host, s->result, (int64_t)clock_real_ms(), why);
}
