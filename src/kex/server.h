/*
 * The server's side of the exchange (protocol section 2; McTiny section 4): four pure steps.
 *
 * Each takes a packet and writes its answer, never longer than the packet, to out (DATAGRAM_BYTES
 * of room). Nothing outlives the call but strikes in the filter. Any server with the same
 * identity and ring can take any step.
 */
#ifndef KEX_SERVER_H
#define KEX_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/kem.h"
#include "kex/exchange.h"
#include "kex/schedule.h"
#include "seal/step.h"

/* How often LEG or FINISH may be repeated for one exchange: enough that losing every answer is
 * rarer than one in 10^5 at 20 % loss, few enough that it adds up to less than three HELLOs. */
#define EXCHANGE_WORK_LIMIT 8

/* The server's long-term secrets. The owner loads, locks and wipes them. */
struct server_identity {
    uint8_t fingerprint[FINGERPRINT_BYTES];
    uint8_t ltid[HELLO_ID_BYTES];
    uint8_t dh_secret[32];
    uint8_t mceliece_secret[MCELIECE_SECRET_BYTES];
};

enum verdict kex_hello(const struct server_identity *id, const struct step *st, const uint8_t *p,
                       size_t n, uint8_t *out, size_t *out_len);

/* x: see kex/exchange.h; any state, zeroed at first. */
enum verdict kex_leg(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                     uint8_t *out, size_t *out_len);
enum verdict kex_block(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                       uint8_t *out, size_t *out_len);
enum verdict kex_finish(const struct step *st, struct exchange *x, const uint8_t *p, size_t n,
                        uint8_t *out, size_t *out_len);

#endif
