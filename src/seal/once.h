/*
 * At most once (protocol sections 2 and 3): which early requests a server has executed.
 *
 * One filter for all processes of a server, in memory that they share; slots are claimed
 * atomically. A request names a minute, by its client's clock, and is refused unless that is within
 * ONCE_WINDOW of the server's: so a generation a minute is enough, and eight of them do. What was
 * executed before this server began it cannot know, but that named minutes up to ONCE_WINDOW
 * after the begin: these are refused as well, so a restart never executes anything twice. All that
 * it cannot be sure of is refused, which costs its client a round trip. A false "seen" has
 * probability below 2^-48.
 */
#ifndef SEAL_ONCE_H
#define SEAL_ONCE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define ONCE_WINDOW      2 /* minutes that clocks may differ */
#define ONCE_GENERATIONS 8
#define ONCE_SLOTS       32768 /* of one minute; a power of two */
#define ONCE_FULL        24576 /* uses of one minute that are remembered */
#define ONCE_KEY_BYTES   16
#define ONCE_MINUTE_MS   60000

struct once_generation {
    _Atomic uint32_t minute; /* or this and a bit, while it is being emptied */
    _Atomic uint32_t used;
    _Atomic uint64_t slots[ONCE_SLOTS]; /* 0: empty */
};

/* About 2 MB. */
struct once {
    uint8_t key[ONCE_KEY_BYTES];
    uint32_t first_minute; /* the first that this server can be sure of */
    struct once_generation generations[ONCE_GENERATIONS];
};

enum once_strike {
    ONCE_FRESH,  /* not seen before, and remembered now: execute it */
    ONCE_SEEN,   /* executed before, or being executed */
    ONCE_CLOCK,  /* its minute is not near this clock's */
    ONCE_BEGIN,  /* a server before this one may have executed it */
    ONCE_NOROOM, /* no room to remember it */
};

/* o is zeroed. key: fresh random. now_ms: Unix time, not before any earlier server's last moment.
 */
void once_init(struct once *o, const uint8_t key[ONCE_KEY_BYTES], int64_t now_ms);

/* Strikes `use`, the bytes that name a request. Any process may call this at any time. */
enum once_strike once_strike(struct once *o, uint32_t minute, int64_t now_ms, const void *use,
                             size_t use_len);

#endif
