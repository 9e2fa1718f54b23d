/*
 * Range nonces (protocol section 4; Trickles section 3.3): a packet that was received can be proven
 * so, and one that was not cannot.
 *
 * Packet i carries r(i) xor r(i + 1), where r is SipHash-2-4 of i under the session's range key,
 * which only servers see. The xor over a run collapses to its two ends, so that any proof is
 * checked with two evaluations a run.
 */
#ifndef FLOW_RANGE_H
#define FLOW_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/window.h"

/* r(number): what the range that ends below it and the one that begins with it have in common. */
uint64_t range_end(const uint8_t key[RANGE_KEY_BYTES], uint64_t number);

/* What packet `number` carries. */
uint64_t range_nonce(const uint8_t key[RANGE_KEY_BYTES], uint64_t number);

/* True when sum is the xor of the nonces of all numbers in the proof's runs; in constant time for a
 * given number of runs. A proof of nothing has the sum 0. */
bool range_proven(const uint8_t key[RANGE_KEY_BYTES], const struct proof *p, uint64_t sum);

#endif
