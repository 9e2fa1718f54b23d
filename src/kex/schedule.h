/*
 * The key schedule of the exchange on one page (protocol section 2). Both sides call these.
 *
 *   Kh0 = KDF("hello", fingerprint; s, DH(c', S), header)      both static keys of the server
 *   Kh1 = KDF("early", Kh0; DH(c', S short-term))             for early data alone
 *   Ka  = KDF("accept", Kh0; DH(s', c'))                       and one ephemeral
 *   Z1  = KDF("session", Ka; HELLO, kid, M, S')
 *   P   = KDF("park", Z)                                          what is parked of a session
 *   Zr  = KDF("resume", P; DH(s', c'), RESUME, kid, M', S')       the session resumed from it
 *   K1  = KDF("exchange key", ring; M)      s' = KDF("exchange dh", ring; M)     server alone
 *
 * A key that encrypts is derived from these once more, so that none has two uses.
 */
#ifndef KEX_SCHEDULE_H
#define KEX_SCHEDULE_H

#include <stdint.h>

#include "crypto/short_hash.h"
#include "seal/ring.h"
#include "seal/session.h"
#include "wire/hello.h"
#include "wire/resume.h"

#define FINGERPRINT_BYTES 32

/* The 8 bytes by which HELLO names an identity. */
void schedule_ltid(uint8_t out[HELLO_ID_BYTES], const uint8_t fingerprint[FINGERPRINT_BYTES]);

/* The 8 bytes by which HELLO names the server's short-term key. */
void schedule_stid(uint8_t out[HELLO_ID_BYTES], const uint8_t short_term[32]);

/* The key of HELLO's mac, and the mac over what is in front of HELLO's ciphertext: from its key,
 * which a server keeps, or from the fingerprint. */
void schedule_hello_key(uint8_t key[SHORT_HASH_KEY_BYTES],
                        const uint8_t fingerprint[FINGERPRINT_BYTES]);
void schedule_hello_tag(uint8_t out[HELLO_MAC_BYTES], const uint8_t key[SHORT_HASH_KEY_BYTES],
                        const uint8_t head[HELLO_CT_AT]);
void schedule_hello_mac(uint8_t out[HELLO_MAC_BYTES], const uint8_t fingerprint[FINGERPRINT_BYTES],
                        const uint8_t head[HELLO_CT_AT]);

/* The key of LOOKUP's mac. */
void schedule_lookup_key(uint8_t key[SHORT_HASH_KEY_BYTES],
                         const uint8_t fingerprint[FINGERPRINT_BYTES]);

void schedule_hello(uint8_t kh0[32], const uint8_t fingerprint[FINGERPRINT_BYTES],
                    const uint8_t s[32], const uint8_t dh[32], const uint8_t header[HELLO_MAC_AT]);
void schedule_hello_box(uint8_t key[32], const uint8_t kh0[32]);

/* The key of the inner box: KDF("early box", Kh1). Its nonce is HELLO's. */
void schedule_early_box(uint8_t out[32], const uint8_t kh0[32], const uint8_t dh[32]);

void schedule_accept(uint8_t ka[32], const uint8_t kh0[32], const uint8_t dh[32]);
void schedule_accept_box(uint8_t key[32], const uint8_t ka[32]);
/* ACCEPT's box is the only one under its key: the nonce is M and zeros. */
void schedule_accept_nonce(uint8_t nonce[NONCE_BYTES], const uint8_t m[EXCHANGE_ID_BYTES]);

void schedule_session(uint8_t z[32], const uint8_t ka[32], const uint8_t hello[DATAGRAM_BYTES],
                      uint8_t kid, const uint8_t m[EXCHANGE_ID_BYTES], const uint8_t server[32]);

/* Resuming: the box of RESUME under the parked key P, and the session that goes on from it. */
void schedule_resume_box(uint8_t key[32], const uint8_t parked[32]);
void schedule_resume(uint8_t z[32], const uint8_t parked[32], const uint8_t dh[32],
                     const uint8_t resume[RESUME_BYTES], uint8_t kid,
                     const uint8_t m[EXCHANGE_ID_BYTES], const uint8_t server[32]);
/* RESUMED's box is the only one under its key: the nonce is that of ACCEPT. */
void schedule_resumed_box(uint8_t key[32], const uint8_t z[32]);

/* Server only: what an exchange's id and a cookie key give again at every step. */
void schedule_exchange_key(uint8_t k1[32], const struct cookie_key *key,
                           const uint8_t m[EXCHANGE_ID_BYTES]);
void schedule_exchange_dh(uint8_t secret[32], const struct cookie_key *key,
                          const uint8_t m[EXCHANGE_ID_BYTES]);
void schedule_error_seed(uint8_t seed[32], const struct cookie_key *key,
                         const uint8_t m[EXCHANGE_ID_BYTES]);
void schedule_mask_key(uint8_t mask_key[32], const struct cookie_key *key,
                       const uint8_t m[EXCHANGE_ID_BYTES]);

/* The client's nonces for LEG, BLOCK and FINISH: fixed by kind and position, since their
 * plaintext is fixed for an exchange. */
void schedule_client_nonce(uint8_t nonce[NONCE_BYTES], uint8_t kind, uint16_t position);

/* H(pk, ct) of a one-packet leg; H(M, syndrome) of the McEliece leg. */
void schedule_leg_hash(uint8_t out[32], const uint8_t *pk, size_t pk_len, const uint8_t *ct,
                       size_t ct_len);
void schedule_syndrome_hash(uint8_t out[32], const uint8_t m[EXCHANGE_ID_BYTES],
                            const uint8_t *syndrome, size_t n);

#endif
