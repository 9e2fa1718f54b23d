/*
 * What an attacker sends, one kind each. A kind is prepared once, in the way that an attacker
 * could: it has the public identity, may make exchanges of its own, and may have recorded others'
 * packets. Then it makes packet after packet, cheaply.
 */
#ifndef SCENARIOS_ATTACK_PACKETS_H
#define SCENARIOS_ATTACK_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/rng.h"
#include "net/address.h"
#include "store/identity.h"

#define POOL_MOST 4096

struct packets {
    const struct public_identity *identity;
    const struct address *to;
    const char *victim; /* address of a client whose packets were recorded; NULL: any of ours */
    struct rng rng;
    uint8_t client[32]; /* C' of all garbage HELLOs */
    uint8_t kid;        /* of the server's newest cookie key, as ACCEPT tells it */
    uint32_t networks;  /* that the attacker has, at most POOL_MOST */
    size_t pooled, next;
    uint16_t lens[POOL_MOST];
    uint8_t pool[POOL_MOST][DATAGRAM_BYTES];
};

/* An address in the i-th of as many networks of 100.64/10 as there are. */
static inline uint32_t attack_network(uint32_t i)
{
    return 0x64400000u + i * 256 + 1 + i % 250;
}

struct attack_kind {
    const char *name;
    void (*prepare)(struct packets *a); /* NULL: nothing to do */
    size_t (*make)(struct packets *a, uint8_t out[DATAGRAM_BYTES]);
};

/* NULL when there is none of that name. */
const struct attack_kind *attack_kind(const char *name);

#endif
