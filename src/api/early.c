/*
 * Looking for the short-term key, nearest place first. What the server says is checked like a file,
 * so that it does not matter who answers.
 */
#include "api/early.h"

#include <stdlib.h>
#include <string.h>

#include "lethe/error.h"
#include "net/clock.h"
#include "node/find.h"

#define PATIENCE_NS (3000 * PACE_MS) /* longer is not worth a round trip */

struct asking {
    const struct public_identity *id;
    uint8_t file[SHORT_TERM_FILE_BYTES];
    struct finder finder;
    struct find_options find;
};

/* A key that is signed, at whatever time. */
static bool is_genuine(void *context, const uint8_t *bytes)
{
    struct asking *a = context;
    struct short_term_public key;
    int err = short_term_open(&key, bytes, SHORT_TERM_FILE_BYTES, a->id->server.fingerprint,
                              a->id->sign_public, 0);
    if (err != LETHE_OK && err != LETHE_ERR_TIMEOUT)
        return false;
    memcpy(a->file, bytes, SHORT_TERM_FILE_BYTES);
    return true;
}

static int explain(const char *host, int err, struct complaint *why)
{
    if (err == LETHE_OK || why->text[0])
        return err;
    if (err == LETHE_ERR_NOT_FOUND)
        return complain(why, err, "%s has no short-term key", host);
    return complain(why, err, "%s gave out no short-term key: %s", host, lethe_strerror(err));
}

static int ask(struct asking *a, const struct transfer_options *o, const char *host,
               struct complaint *why)
{
    memcpy(a->find.finder.fingerprint, a->id->server.fingerprint, FINGERPRINT_BYTES);
    a->find.finder.is_genuine = is_genuine;
    a->find.finder.context = a;
    a->find.finder.give_up_ns = PATIENCE_NS;
    memcpy(a->find.addresses, o->addresses, sizeof a->find.addresses);
    a->find.address_count = o->address_count;
    a->find.stop_fd = o->stop_fd;
    why->text[0] = 0;
    return explain(host, find_run(&a->find, &a->finder, why), why);
}

int early_find_key(struct short_term_public *key, const struct lethe_identity *id,
                   const struct transfer_options *o, const char *host, struct complaint *why)
{
    const int64_t now_ms = (int64_t)clock_real_ms();
    if (id->beside && short_term_load(key, id->beside, &id->id, now_ms, why) == LETHE_OK)
        return LETHE_OK;
    if (short_term_load_cached(key, &id->id, now_ms, why) == LETHE_OK)
        return LETHE_OK;
    struct asking *a = calloc(1, sizeof *a);
    if (!a)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    a->id = &id->id;
    int err = ask(a, o, host, why);
    if (err == LETHE_OK) {
        short_term_cache(a->file, &id->id);
        err = short_term_check(key, a->file, host, &id->id, now_ms, why);
    }
    free(a);
    return err;
}
