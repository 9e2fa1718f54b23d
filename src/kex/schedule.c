/*
 * The key schedule: one function a derivation, each with its own label.
 */
#include "kex/schedule.h"
#include "base/bytes.h"
#include "crypto/hash.h"

void schedule_ltid(uint8_t out[HELLO_ID_BYTES], const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    uint8_t id[HASH_BYTES];
    hash_of(id, "ltid", fingerprint, FINGERPRINT_BYTES);
    memcpy(out, id, HELLO_ID_BYTES);
}

void schedule_stid(uint8_t out[HELLO_ID_BYTES], const uint8_t short_term[32])
{
    uint8_t id[HASH_BYTES];
    hash_of(id, "stid", short_term, 32);
    memcpy(out, id, HELLO_ID_BYTES);
}

static void mac_key(uint8_t key[SHORT_HASH_KEY_BYTES], const char *label,
                    const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    uint8_t hash[HASH_BYTES];
    hash_of(hash, label, fingerprint, FINGERPRINT_BYTES);
    memcpy(key, hash, SHORT_HASH_KEY_BYTES);
}

void schedule_hello_key(uint8_t key[SHORT_HASH_KEY_BYTES],
                        const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    mac_key(key, "hello mac", fingerprint);
}

void schedule_lookup_key(uint8_t key[SHORT_HASH_KEY_BYTES],
                         const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    mac_key(key, "lookup mac", fingerprint);
}

void schedule_hello_tag(uint8_t out[HELLO_MAC_BYTES], const uint8_t key[SHORT_HASH_KEY_BYTES],
                        const uint8_t head[HELLO_CT_AT])
{
    short_tag(out, key, head, HELLO_CT_AT);
}

void schedule_hello_mac(uint8_t out[HELLO_MAC_BYTES], const uint8_t fingerprint[FINGERPRINT_BYTES],
                        const uint8_t head[HELLO_CT_AT])
{
    uint8_t key[SHORT_HASH_KEY_BYTES];
    schedule_hello_key(key, fingerprint);
    schedule_hello_tag(out, key, head);
}

void schedule_hello(uint8_t kh0[32], const uint8_t fingerprint[FINGERPRINT_BYTES],
                    const uint8_t s[32], const uint8_t dh[32], const uint8_t header[HELLO_MAC_AT])
{
    const struct bytes parts[] = {{s, 32}, {dh, 32}, {header, HELLO_MAC_AT}};
    kdf(kh0, "hello", fingerprint, parts, 3);
}

void schedule_hello_box(uint8_t key[32], const uint8_t kh0[32])
{
    kdf(key, "hello box", kh0, NULL, 0);
}

void schedule_early_box(uint8_t out[32], const uint8_t kh0[32], const uint8_t dh[32])
{
    const struct bytes parts[] = {{dh, 32}};
    uint8_t kh1[32];
    kdf(kh1, "early", kh0, parts, 1);
    kdf(out, "early box", kh1, NULL, 0);
    wipe(kh1, sizeof kh1);
}

void schedule_accept(uint8_t ka[32], const uint8_t kh0[32], const uint8_t dh[32])
{
    const struct bytes parts[] = {{dh, 32}};
    kdf(ka, "accept", kh0, parts, 1);
}

void schedule_accept_box(uint8_t key[32], const uint8_t ka[32])
{
    kdf(key, "accept box", ka, NULL, 0);
}

void schedule_accept_nonce(uint8_t nonce[NONCE_BYTES], const uint8_t m[EXCHANGE_ID_BYTES])
{
    memset(nonce, 0, NONCE_BYTES);
    memcpy(nonce, m, EXCHANGE_ID_BYTES);
}

void schedule_session(uint8_t z[32], const uint8_t ka[32], const uint8_t hello[DATAGRAM_BYTES],
                      uint8_t kid, const uint8_t m[EXCHANGE_ID_BYTES], const uint8_t server[32])
{
    const struct bytes parts[] = {
        {hello, DATAGRAM_BYTES}, {&kid, 1}, {m, EXCHANGE_ID_BYTES}, {server, 32}};
    kdf(z, "session", ka, parts, 4);
}

void schedule_resume_box(uint8_t key[32], const uint8_t parked[32])
{
    kdf(key, "resume box", parked, NULL, 0);
}

void schedule_resume(uint8_t z[32], const uint8_t parked[32], const uint8_t dh[32],
                     const uint8_t resume[RESUME_BYTES], uint8_t kid,
                     const uint8_t m[EXCHANGE_ID_BYTES], const uint8_t server[32])
{
    const struct bytes parts[] = {
        {dh, 32}, {resume, RESUME_BYTES}, {&kid, 1}, {m, EXCHANGE_ID_BYTES}, {server, 32}};
    kdf(z, "resume", parked, parts, 5);
}

void schedule_resumed_box(uint8_t key[32], const uint8_t z[32])
{
    kdf(key, "resumed box", z, NULL, 0);
}

static void from_exchange(uint8_t out[32], const char *label, const struct cookie_key *key,
                          enum ring_purpose purpose, const uint8_t m[EXCHANGE_ID_BYTES])
{
    const struct bytes parts[] = {{m, EXCHANGE_ID_BYTES}};
    kdf(out, label, key->sub[purpose], parts, 1);
}

void schedule_exchange_key(uint8_t k1[32], const struct cookie_key *key,
                           const uint8_t m[EXCHANGE_ID_BYTES])
{
    from_exchange(k1, "exchange key", key, RING_EXCHANGE, m);
}

void schedule_exchange_dh(uint8_t secret[32], const struct cookie_key *key,
                          const uint8_t m[EXCHANGE_ID_BYTES])
{
    from_exchange(secret, "exchange dh", key, RING_EXCHANGE, m);
}

void schedule_error_seed(uint8_t seed[32], const struct cookie_key *key,
                         const uint8_t m[EXCHANGE_ID_BYTES])
{
    from_exchange(seed, "error seed", key, RING_ERROR, m);
}

void schedule_mask_key(uint8_t mask_key[32], const struct cookie_key *key,
                       const uint8_t m[EXCHANGE_ID_BYTES])
{
    from_exchange(mask_key, "mask key", key, RING_MASK, m);
}

void schedule_client_nonce(uint8_t nonce[NONCE_BYTES], uint8_t kind, uint16_t position)
{
    memset(nonce, 0, NONCE_BYTES);
    nonce[0] = kind;
    store16(nonce + 1, position);
}

void schedule_leg_hash(uint8_t out[32], const uint8_t *pk, size_t pk_len, const uint8_t *ct,
                       size_t ct_len)
{
    struct hash h;
    hash_init(&h, "leg hash");
    hash_update(&h, pk, pk_len);
    hash_update(&h, ct, ct_len);
    hash_final(&h, out);
}

void schedule_syndrome_hash(uint8_t out[32], const uint8_t m[EXCHANGE_ID_BYTES],
                            const uint8_t *syndrome, size_t n)
{
    struct hash h;
    hash_init(&h, "syndrome hash");
    hash_update(&h, m, EXCHANGE_ID_BYTES);
    hash_update(&h, syndrome, n);
    hash_final(&h, out);
}
