/*
 * Looking for the short-term key, nearest place first.
 */
#include "api/early.h"

#include <stdlib.h>
#include <string.h>

#include "client/short_term_fetch.h"
#include "lethe/error.h"
#include "net/clock.h"

#define PATIENCE_SECONDS 3 /* longer is not worth a round trip */

int early_find_key(struct short_term_public *key, const struct lethe_identity *id,
                   const struct transfer_options *o, const char *host, struct complaint *why)
{
    const int64_t now_ms = (int64_t)clock_real_ms();
    if (id->beside && short_term_load(key, id->beside, &id->id, now_ms, why) == LETHE_OK)
        return LETHE_OK;
    if (short_term_load_cached(key, &id->id, now_ms, why) == LETHE_OK)
        return LETHE_OK;
    struct short_term_search *s = calloc(1, sizeof *s);
    if (!s)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    s->id = &id->id;
    s->host = host;
    s->timeout_seconds = PATIENCE_SECONDS;
    memcpy(s->find.addresses, o->addresses, sizeof s->find.addresses);
    s->find.address_count = o->address_count;
    s->find.stop_fd = o->stop_fd;
    int err = short_term_fetch(s, why);
    if (err == LETHE_OK) {
        (void)short_term_cache(s->file, &id->id, why); /* best effort */
        *key = s->key;
    }
    free(s);
    return err;
}
