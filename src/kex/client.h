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
#include "wire/accept.h"
#include "wire/early.h"
#include "wire/leg.h"
#include "wire/puzzle.h"

/* What the client knows of the server: its public identity. mceliece is borrowed. */
struct server_public {
    uint8_t fingerprint[FINGERPRINT_BYTES];
    uint8_t dh[32];
    const uint8_t *mceliece;
};

/* A request for the first packet. What it points to is borrowed. */
struct kex_early {
    const uint8_t *short_term; /* the server's X25519 key, 32 bytes */
    uint32_t minute;           /* Unix time in minutes */
    const uint8_t *request;
    size_t len; /* 1 to EARLY_REQUEST_MAX */
};

/* A packet that is repeated until answered, the pause doubling each time. */
struct retry {
    bool active;
    uint32_t sent;
    int64_t first_ns; /* when first sent: an answer to a single sending is a round-trip sample */
    int64_t next_ns;
};

/* A harder puzzle is not taken: 2^23 hashes are a few seconds of one core. */
#define KEX_PUZZLE_BITS_MOST 24

/* PUZZLE and what came of it. HELLO with the solution has N, C' and ct of the one without, and
 * other keys, since its header is another. */
struct kex_puzzle {
    bool asked; /* packet waits for its solution */
    uint8_t packet[PUZZLE_BYTES];
    bool solved; /* hello, under kh0, brings the solution of one */
    uint8_t hello[DATAGRAM_BYTES], kh0[32];
    int64_t first_ns; /* when that was first sent */
};

enum block_state { BLOCK_WANTED, BLOCK_IN_FLIGHT, BLOCK_ANSWERED };

struct kex_client {
    const struct server_public *server;
    uint8_t wanted; /* set of legs to run */
    bool accepted;  /* session is set */
    uint8_t hello[DATAGRAM_BYTES];
    uint8_t kh0[32], dh_secret[32];
    uint8_t hello_s[32], hello_dh[32]; /* what kh0 is made from, until accepted */
    int64_t hello_first_ns;
    struct kex_puzzle puzzle;
    uint8_t kid, m[EXCHANGE_ID_BYTES];
    uint8_t from_client[32], from_server[32];
    bool has_pass;
    uint8_t pass[ACCEPT_PASS_BYTES]; /* came with ACCEPT, for another HELLO */
    struct client_session session;   /* as of ACCEPT: no legs absorbed */
    bool early_asked;
    uint8_t early_dh[32], early_body[EARLY_BODY_BYTES]; /* of each HELLO's inner box, the same */
    uint8_t early_reply[ACCEPT_EARLY_BYTES];            /* once accepted: decodes */
    struct leg_yield yields[LEG_COUNT];
    struct retry hello_retry, leg_retry, finish_retry;
    bool rtt_guessed; /* from the first of several sendings; see kex_client_guesses_rtt */

    bool leg_made; /* the pair of LEG_SNTRUP */
    uint8_t leg_pk[LEG_PK_BYTES], leg_sk[LEG_SK_MAX];

    const uint8_t *mceliece_pk, *mceliece_sk; /* borrowed; NULL until given */
    uint8_t block_state[BLOCK_COUNT];
    bool block_again[BLOCK_COUNT];
    uint64_t block_number[BLOCK_COUNT];
    uint16_t block_next; /* no wanted block below */
    uint16_t blocks_answered;
    uint8_t syndrome[GOPPA_SYNDROME_BYTES]; /* masked */

    uint64_t packets_sent, packets_answered;
    struct pace pace;
};

/* Draws what HELLO needs and makes it. LETHE_ERR_IDENTITY when the server's keys are unusable.
 * `server` and what it borrows must outlive c. */
int kex_client_init(struct kex_client *c, const struct server_public *server, uint8_t wanted,
                    struct rng *rng);

/* The same with a request in the first packet, unless early is NULL. LETHE_ERR_USAGE when it is too
 * long. */
int kex_client_init_early(struct kex_client *c, const struct server_public *server, uint8_t wanted,
                          const struct kex_early *early, struct rng *rng);

/* Shows a pass of an earlier ACCEPT (ACCEPT_PASS_BYTES) in HELLO, before HELLO is first sent. */
void kex_client_show_pass(struct kex_client *c, const uint8_t pass[ACCEPT_PASS_BYTES]);

/* The PUZZLE that waits for its solution, PUZZLE_BYTES, or NULL. It may be forged: HELLO is
 * repeated meanwhile, ACCEPT ends it, and an easier PUZZLE takes its place. */
const uint8_t *kex_client_puzzle(const struct kex_client *c);

/* The PUZZLE that waits has this solution, PUZZLE_ANSWER_BYTES, with which HELLO is sent at once
 * and then in turns with the HELLO without. Or it has none, NULL, and the next PUZZLE counts. */
void kex_client_solved(struct kex_client *c, const uint8_t *answer);

/* Whether the next HELLO brings a solution. */
bool kex_client_is_solved(const struct kex_client *c);

/* Lends an ephemeral McEliece pair for LEG_MCELIECE, for as long as c runs. Never another one for
 * the same c: a block's nonce depends on its position alone. */
void kex_client_lend_mceliece(struct kex_client *c, const uint8_t *pk, const uint8_t *sk);

/* LETHE_OK when the packet was an answer to this exchange; LETHE_ERR_FORMAT when it is of another
 * kind, LETHE_ERR_CRYPTO when it does not authenticate, or is a PUZZLE for another
 * HELLO or too hard. A repeated answer is LETHE_OK, but for ACCEPT, whose keys are erased when it
 * has been taken. */
int kex_client_input(struct kex_client *c, int64_t now_ns, const uint8_t *p, size_t n);

/* The part of kex_client_input that takes PUZZLE. */
int kex_client_input_puzzle(struct kex_client *c, const uint8_t *p, size_t n);

/* Makes the pair that LEG will bring, if there is none yet: for the time in which HELLO is under
 * way. LEG makes it where this was not called. */
void kex_client_prepare(struct kex_client *c);

/* Writes the next packet to send now; returns its length, or 0 when there is none. */
size_t kex_client_output(struct kex_client *c, int64_t now_ns, uint8_t out[DATAGRAM_BYTES]);

int64_t kex_client_next_ns(const struct kex_client *c);

/* Whether what c->pace has for a round trip may be far too long, for what it comes from was sent
 * more than once. */
bool kex_client_guesses_rtt(const struct kex_client *c);

/* True when every wanted leg has yielded. */
bool kex_client_done(const struct kex_client *c);

void kex_client_wipe(struct kex_client *c);

#endif
