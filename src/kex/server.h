/*
 * The server's side of the exchange (protocol section 2; McTiny section 4): four pure steps.
 *
 * HELLO's is in three parts, which server/hello.c puts together. Each takes a packet and writes its
 * answer, never longer than the packet, to out (DATAGRAM_BYTES of room). Nothing outlives the call
 * but strikes in the filter. Any server with the same identity and ring can take any step.
 */
#ifndef KEX_SERVER_H
#define KEX_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/kem.h"
#include "kex/exchange.h"
#include "kex/schedule.h"
#include "seal/step.h"
#include "wire/accept.h"
#include "wire/early.h"

/* How often LEG or FINISH may be repeated for one exchange: enough that losing every answer is
 * rarer than one in 10^5 at 20 % loss, few enough that it adds up to less than three HELLOs. */
#define EXCHANGE_WORK_LIMIT 8

/* The server's long-term secrets. The owner loads, locks and wipes them. */
struct server_identity {
    uint8_t fingerprint[FINGERPRINT_BYTES];
    uint8_t ltid[HELLO_ID_BYTES];
    uint8_t hello_key[SHORT_HASH_KEY_BYTES]; /* of HELLO's mac */
    uint8_t dh_secret[32];
    uint8_t mceliece_secret[MCELIECE_SECRET_BYTES];
};

/* Derives from the fingerprint what a server looks for in HELLO. */
void kex_identity_name(struct server_identity *id);

/* A HELLO that is being answered: the secrets on the way, all of them. The caller wipes it on every
 * path once kex_hello_open was called. What is borrowed must live as long. */
struct kex_hello {
    const struct cookie_key *key; /* borrowed from the ring */
    const uint8_t *packet;        /* borrowed */
    const uint8_t *client;        /* C', in the packet */
    bool is_early;                /* opened with a short-term key */
    uint8_t s[32], dh[32], early_dh[32], accept_dh[32];
    uint8_t kh0[32], ka[32], box_key[32], dh_secret[32], k1[32];
    struct session session;
    uint8_t body[HELLO_BODY_BYTES];   /* what the box held */
    uint8_t early[EARLY_BODY_BYTES];  /* what the inner box held */
    struct early_answer early_answer; /* zeros: nothing was asked; borrows */
    uint8_t reply[ACCEPT_BODY_BYTES];
};

/* Length, version, identity, mac: one hash, and no secret but the fingerprint. *h borrows p. */
enum verdict kex_hello_check(struct hello *h, const struct server_identity *id, const uint8_t *p,
                             size_t n);

/* X25519, McEliece, authentication; and draws M, the exchange's id, into k->session: what an early
 * answer seals is bound to it. p is the checked packet of h. short_term: the secret that an early
 * request in it is sealed to, or NULL: whatever it holds is not taken. */
enum verdict kex_hello_open(struct kex_hello *k, const struct server_identity *id,
                            const struct step *st, const struct hello *h, const uint8_t *p,
                            const uint8_t *short_term);

/* Opens the inner box of a HELLO that was opened; *request lies in k. LETHE_ERR_CRYPTO or
 * LETHE_ERR_FORMAT when there is none under the short-term key. */
int kex_hello_early(struct kex_hello *k, const struct hello *h, const uint8_t **request,
                    size_t *len);

/* Writes ACCEPT, DATAGRAM_BYTES, for a HELLO that was opened, with k->early_answer; *out_len only
 * when ANSWERED. pass: ACCEPT_PASS_BYTES that the client may show the next time, or zeros. */
enum verdict kex_hello_accept(struct kex_hello *k, const struct step *st, const uint8_t *pass,
                              uint8_t *out, size_t *out_len);

/* Draws an exchange's id M until its error vector expands, so that every later step expands in one
 * pass. */
void kex_draw_id(uint8_t m[EXCHANGE_ID_BYTES], const struct step *st, const struct cookie_key *key);

/* Begins the transport of a session whose key, legs and id are set, and seals it. */
void kex_first_continuation(uint8_t c[CONTINUATION_BYTES], struct session *s, const struct step *st,
                            const struct cookie_key *key);

/* Answers RESUME with RESUMED_BYTES; *out_len is written only when ANSWERED. */
enum verdict kex_resume(const struct step *st, const uint8_t *p, size_t n, uint8_t *out,
                        size_t *out_len);

/* x: see kex/exchange.h; any state, zeroed at first. */
enum verdict kex_leg(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                     uint8_t *out, size_t *out_len);
enum verdict kex_block(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                       uint8_t *out, size_t *out_len);
enum verdict kex_finish(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                        uint8_t *out, size_t *out_len);

#endif
