/*
 * The client's side of the exchange: a state machine that never reads a clock or a socket.
 *
 * Give it packets and the time (kex_client_input), take packets to send (kex_client_output until it
 * returns 0), and call again at kex_client_next_ns. It retransmits HELLO, LEG and FINISH by
 * timer with back-off, and sends the 884 blocks under src/pace. Times are nanoseconds of any
 * monotonic clock.
 */
#ifndef KEX_CLIENT_H
#define KEX_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/goppa.h"
#include "crypto/rng.h"
#include "kex/legs.h"
#include "kex/schedule.h"
#include "pace/pace.h"
#include "seal/session.h"
#include "wire/leg.h"

/* What the client knows of the server: its public identity. mceliece is borrowed. */
struct server_public {
    uint8_t fingerprint[FINGERPRINT_BYTES];
    uint8_t dh[32];
    const uint8_t *mceliece;
};

/* A packet that is repeated until answered, the pause doubling each time. */
struct retry {
    bool active;
    uint32_t sent;
    int64_t first_ns; /* when first sent: an answer to a single sending is a round-trip sample */
    int64_t next_ns;
};

enum block_state { BLOCK_WANTED, BLOCK_IN_FLIGHT, BLOCK_ANSWERED };

struct kex_client {
    const struct server_public *server;
    uint8_t wanted; /* set of legs to run */
    bool accepted;  /* session is set */
    uint8_t hello[DATAGRAM_BYTES];
    uint8_t kh0[32], dh_secret[32];
    uint8_t kid, m[EXCHANGE_ID_BYTES];
    uint8_t from_client[32], from_server[32];
    struct client_session session; /* as of ACCEPT: no legs absorbed */
    struct leg_yield yields[LEG_COUNT];
    struct retry hello_retry, leg_retry, finish_retry;

    uint8_t leg_pk[LEG_PK_BYTES], leg_sk[LEG_SK_MAX];

    const uint8_t *mceliece_pk, *mceliece_sk; /* borrowed; NULL until given */
    uint8_t block_state[BLOCK_COUNT];
    bool block_again[BLOCK_COUNT];
    uint64_t block_number[BLOCK_COUNT];
    uint16_t block_next; /* no wanted block below */
    uint16_t blocks_answered;
    uint8_t syndrome[GOPPA_SYNDROME_BYTES]; /* masked */
    struct pace pace;

    uint64_t packets_sent, packets_answered;
};

/* Draws the client's keys and makes HELLO. LETHE_ERR_IDENTITY when the server's keys are unusable.
 * `server` and what it borrows must outlive c. */
int kex_client_init(struct kex_client *c, const struct server_public *server, uint8_t wanted,
                    struct rng *rng);

/* Lends an ephemeral McEliece pair for LEG_MCELIECE, for as long as c runs. Never another one for
 * the same c: a block's nonce depends on its position alone. */
void kex_client_lend_mceliece(struct kex_client *c, const uint8_t *pk, const uint8_t *sk);

/* LETHE_OK when the packet was an answer to this exchange; LETHE_ERR_FORMAT when it is of another
 * kind, LETHE_ERR_CRYPTO when it does not authenticate. A repeated answer is LETHE_OK, but for
 * ACCEPT, whose keys are erased when it has been taken. */
int kex_client_input(struct kex_client *c, int64_t now_ns, const uint8_t *p, size_t n);

/* Writes the next packet to send now; returns its length, or 0 when there is none. */
size_t kex_client_output(struct kex_client *c, int64_t now_ns, uint8_t out[DATAGRAM_BYTES]);

int64_t kex_client_next_ns(const struct kex_client *c);

/* True when every wanted leg has yielded. */
bool kex_client_done(const struct kex_client *c);

void kex_client_wipe(struct kex_client *c);

#endif
