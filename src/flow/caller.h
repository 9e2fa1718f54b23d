/*
 * A session at the client (protocol section 3): which continuation to send, which keys open
 * answers.
 *
 * Every continuation has its own key, and answers to requests under the last few may still be
 * on their way; each such key is a generation, named by a byte that the server echoes. A request
 * that brings shares is sealed, and answered, under the key that has absorbed them: a generation of
 * its own.
 */
#ifndef FLOW_CALLER_H
#define FLOW_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/aead.h"
#include "crypto/rng.h"
#include "seal/session.h"
#include "wire/data.h"
#include "wire/request.h"

#define CALLER_GENERATIONS 256                   /* all that a byte can name */
#define CALLER_RENEW_NS    ((int64_t)5000000000) /* a fresh continuation this often at least */

struct caller_generation {
    bool live;
    uint8_t name;
    uint8_t z[SESSION_KEY_BYTES];
    uint8_t legs;
    uint32_t lineage_at; /* how many number spaces this session had begun */
    uint8_t from_client[32], from_server[32];
};

struct caller {
    bool open;
    uint8_t legs; /* confirmed by an answer */
    uint8_t m[EXCHANGE_ID_BYTES];
    uint8_t continuation[CONTINUATION_BYTES];
    struct transport transport; /* its values */
    uint32_t lineage_at;
    bool answered;         /* `continuation` came in answer to a request: */
    uint32_t echo;         /* that one */
    uint32_t latest;       /* the latest request whose answer's continuation was adopted, */
    uint64_t adopted;      /* and bit i: that of the request i before it was */
    uint16_t limit;        /* packets longer than this do not pass: see pull_limit */
    uint8_t current, next; /* generations */
    uint8_t upgrade;       /* generation that absorbs `shares` */
    uint8_t upgrade_legs;  /* 0: nothing pending */
    uint8_t share_count;
    struct request_share shares[REQUEST_SHARES_MAX];
    struct leg_yield yields[REQUEST_SHARES_MAX];
    int64_t upgrade_sent_ns, renewed_ns, renew_asked_ns;
    /* The packets of one answer share a key schedule: that of the last packet. */
    bool batch_live;
    uint8_t batch_generation, batch_prefix[DATA_PREFIX_BYTES];
    struct aead_batch batch;
    struct caller_generation generations[CALLER_GENERATIONS];
};

/* Takes a new session over; whatever c held is wiped. */
void caller_open(struct caller *c, const struct client_session *s, int64_t now_ns);

/* Has the next requests bring this leg's share, unless the session is not of its exchange m or has
 * it already. */
void caller_absorb(struct caller *c, const struct leg_yield *y, const uint8_t m[EXCHANGE_ID_BYTES]);

/* True when the next caller_seal will bring pending shares. */
bool caller_upgrade_due(const struct caller *c, int64_t now_ns, int64_t patience_ns);

/* Fills generation into *b, and the flag REQUEST_RENEW when it is time; seals it into out (room
 * bytes, of which `least` are used at least) and returns the packet's length; 0 when it does not
 * fit. Pending shares are brought again each patience_ns, and by every request while the session
 * lacks some of the legs `needed`. */
size_t caller_seal(struct caller *c, struct request_body *b, struct rng *rng, int64_t now_ns,
                   int64_t patience_ns, uint8_t needed, uint8_t *out, size_t room, size_t least);

/* Opens a DATA into plain (DATA_BODY_MAX), which *b borrows. A continuation that it brings is
 * adopted when it is of use: *adopted tells. LETHE_ERR_FORMAT or LETHE_ERR_CRYPTO when it is not an
 * answer to this session; LETHE_ERR_CHANGED when it answers a number space that is over. */
int caller_open_answer(struct caller *c, struct data_body *b, uint8_t *plain, const uint8_t *p,
                       size_t n, int64_t now_ns, bool *adopted);

/* The legs of the key that such a DATA, which has been opened, is sealed under. */
uint8_t caller_legs_of(const struct caller *c, const uint8_t *p);

/* The key that is parked of the session when such a DATA brings the server's half of it. */
void caller_park(const struct caller *c, const uint8_t *p, uint8_t key[SESSION_KEY_BYTES]);

void caller_wipe(struct caller *c);

#endif
