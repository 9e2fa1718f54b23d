/*
 * The client's core: exchange, session, and what it fetches or sends, as one state machine without
 * socket or clock.
 *
 * Data flows once the session has absorbed the legs `needed`, and those that the server needs; the
 * others run beside it and are absorbed when they come. The first resource may be opened in the
 * first packet already. When the server answers nothing for CLIENT_STALL_NS, a second
 * exchange is begun beside the first and takes its place if it is answered while the first is not:
 * that is how a client outlives a dead cookie key or a lost ring. Times are monotonic nanoseconds.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "crypto/dh.h"
#include "flow/caller.h"
#include "flow/fetch.h"
#include "flow/path.h"
#include "flow/pull.h"
#include "flow/put.h"
#include "kex/client.h"
#include "kex/resume.h"

#define CLIENT_STALL_NS (6000 * PACE_MS)

struct client_options {
    const struct server_public *server;
    uint8_t needed;                      /* set of legs before any data */
    uint8_t wanted;                      /* set of legs to run in all */
    int64_t give_up_ns;                  /* silence after which the server counts as gone */
    bool background;                     /* give way to other traffic (LEDBAT) */
    uint64_t rate;                       /* bytes a second at most, 0: no limit */
    bool park;                           /* ask for a parked continuation */
    const struct parked_session *resume; /* to begin with instead of an exchange, or NULL */
    /* The resource that is opened in the first packet, as the first that is begun; NULL: none. Not
     * together with resume. */
    const char *early_path;
    uint8_t short_term[DH_PUBLIC_BYTES]; /* the key that it is sealed to */
    uint32_t minute;                     /* Unix time */
};

/* Asking for a parked continuation. */
struct parking {
    bool refused, pending;
    uint8_t legs;  /* of the session that was asked for; 0: not asked yet */
    uint8_t tries; /* with these legs */
    int64_t next_ns;
};

struct client {
    struct client_options options;
    struct rng rng;
    int result;                   /* LETHE_OK while it runs and when it is done */
    struct kex_client kex, spare; /* the exchange, and the one that may replace it */
    bool exchanging;              /* kex is begun, by HELLO or by RESUMED */
    bool spare_running;
    const uint8_t *mceliece_pk, *mceliece_sk; /* lent */
    struct kex_resume resume;
    bool resuming, resume_sent; /* RESUME may be answered; it was sent */
    int resumed_level;          /* of a session that was resumed, then; 0: it was not */
    struct parking parking;
    struct parked_session parked; /* what the server has given; legs 0: nothing */
    struct caller caller;
    struct path path;
    bool begun[PULL_BODIES]; /* which of the fetches are in use */
    struct put *put;         /* borrowed; NULL: nothing is sent */
    unsigned turn;           /* whose call is next */
    uint32_t in_vain;        /* pull.in_vain when the bodies were last asked for again */
    uint32_t exchanges;      /* begun in all */
    uint64_t packets_sent, packets_received, packets_ignored;
    bool refused; /* for words: nobody listens there, as ICMP tells, and nobody has answered;
                     whoever has the sockets sets it */
    unsigned puzzle_bits;                         /* of the last PUZZLE taken */
    int64_t puzzle_since_ns;                      /* when the one that waits was taken */
    int64_t puzzle_ns;                            /* in all, from PUZZLE to solution */
    int64_t start_ns, heard_ns;                   /* the last authentic answer */
    int64_t kex_heard_ns;                         /* of them, the last to the exchange */
    int64_t accepted_ns, ready_ns, first_data_ns; /* 0: not yet */
    uint8_t first_data_legs;                      /* absorbed by then */
    enum early_outcome early;                     /* of the request in the first packet */
    struct pull pull;
    struct fetch fetches[PULL_BODIES]; /* without a path: never begun */
};

/* c: all zero, as calloc or client_wipe leaves it: to write its megabytes once more before the
 * first packet would make that late by milliseconds. seed: fresh randomness. What options points to
 * is borrowed. */
int client_init(struct client *c, const struct client_options *options,
                const uint8_t seed[RNG_SEED_BYTES], int64_t now_ns);

/* Begins to fetch a resource; path is borrowed. Returns its index, or -1 when PULL_BODIES are
 * under way. */
int client_begin(struct client *c, const char *path, const struct fetch_store *store,
                 uint64_t local_size);

/* Forgets a resource, done or not. */
void client_end(struct client *c, int index);

/* Sends what put says, which stays the caller's; for a client that fetches nothing. */
void client_put(struct client *c, struct put *put);

/* Whether the session, or the one that is being resumed, does not have a leg. */
bool client_lacks(const struct client *c, uint8_t leg);

/* Lends an ephemeral McEliece pair, without which that leg waits. */
void client_lend_mceliece(struct client *c, const uint8_t *pk, const uint8_t *sk);

/* The PUZZLE that waits for its solution, PUZZLE_BYTES, or NULL; see kex/client.h. */
const uint8_t *client_puzzle(const struct client *c);

/* The PUZZLE that client_puzzle gave, or gave before, has this solution, or none: NULL. */
void client_solved(struct client *c, int64_t now_ns, const uint8_t puzzle[PUZZLE_BYTES],
                   const uint8_t *answer);

void client_input(struct client *c, int64_t now_ns, const uint8_t *p, size_t n);

/* Writes the packet that begins all, HELLO or RESUME, which goes before anything is begun or put.
 * Not to be called again. */
size_t client_first(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX]);

/* Makes what the next packets need: for the time in which the last ones are under way. A piece at a
 * time of what is there from before: true when there may be more to do at once. */
bool client_prepare(struct client *c);

/* Writes the next packet to send now; 0 when there is none. */
size_t client_output(struct client *c, int64_t now_ns, uint8_t out[PACKET_MAX]);

int64_t client_next_ns(const struct client *c);

/* True when all that was begun is done, or when result says why it never will be. */
bool client_done(const struct client *c);

/* And what this thread's seals keep of the last packet. */
void client_wipe(struct client *c);

#endif
