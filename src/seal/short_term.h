/*
 * A server's short-term keys (protocol section 1): X25519, for data in a client's first packet.
 *
 * A key is replaced when it is a period old and accepted for another; then it is dead. Its age is
 * judged at every use, by the clock of whoever holds the keys. Times are Unix milliseconds. The
 * struct is a value; its owner wipes it.
 */
#ifndef SEAL_SHORT_TERM_H
#define SEAL_SHORT_TERM_H

#include <stdbool.h>
#include <stdint.h>

#define SHORT_TERM_PERIOD_MS 3600000 /* unless told otherwise */
#define SHORT_TERM_PERIODS   2       /* that a key lives, */
#define SHORT_TERM_KEYS      2       /* and so many are alive at once */
#define SHORT_TERM_ID_BYTES  8
#define SHORT_TERM_KEY_BYTES 32

struct short_term_key {
    bool live;
    int64_t born_ms, until_ms;
    uint8_t id[SHORT_TERM_ID_BYTES]; /* as HELLO names it */
    uint8_t secret[SHORT_TERM_KEY_BYTES];
};

struct short_term_keys {
    struct short_term_key keys[SHORT_TERM_KEYS];
};

/* Takes a key in, in the place of the oldest; one that is there already changes nothing. */
void short_term_put(struct short_term_keys *s, const uint8_t id[SHORT_TERM_ID_BYTES],
                    const uint8_t secret[SHORT_TERM_KEY_BYTES], int64_t born_ms, int64_t until_ms);

/* The live key of that name, or NULL. */
const struct short_term_key *short_term_find(const struct short_term_keys *s,
                                             const uint8_t id[SHORT_TERM_ID_BYTES], int64_t now_ms);

/* True from birth to death. A key from the future is one of before the clock was set back, unless
 * it is from no further than a part of its life: then clocks differ a little. */
bool short_term_is_alive(int64_t born_ms, int64_t until_ms, int64_t now_ms);

/* Wipes every key whose time is over. */
void short_term_expire(struct short_term_keys *s, int64_t now_ms);

void short_term_wipe(struct short_term_keys *s);

#endif
