/*
 * The transport's part of a session (protocol section 4; Trickles sections 3 and 4): what a server
 * needs to know of a transfer, as a value that travels in the continuation.
 *
 * Packets have numbers from 1 up, never used twice. Windows are packets in 24.8 fixed point, times
 * milliseconds. The client has a copy of all but the range key, and runs the same function
 * (flow/window.h) to know what it may ask for.
 */
#ifndef SEAL_TRANSPORT_H
#define SEAL_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/limits.h"

#define WINDOW_ONE      256u              /* one packet */
#define WINDOW_MOST     (0xffffffu << 8)  /* the widest window */
#define WINDOW_LEAST    (2 * WINDOW_ONE)  /* of the threshold, after any loss */
#define WINDOW_FIRST    (10 * WINDOW_ONE) /* RFC 6928 */
#define RANGE_KEY_BYTES 16

enum { ALGORITHM_CUBIC = 0, ALGORITHM_RENO = 1, ALGORITHMS = 2 };

struct transport {
    uint64_t base;       /* every number up to it is accounted for: received, or taken for lost */
    uint64_t highest;    /* ever granted; base or more */
    uint64_t recovery;   /* the last number granted when the last loss was found; base or less: none
                            matters any more */
    uint32_t window;     /* in recovery: how far it has grown again */
    uint32_t threshold;  /* slow start below */
    uint32_t peak;       /* CUBIC's W_max */
    uint64_t square;     /* Reno: the window's exact square, 48.16; CUBIC: that of its estimate of
                            Reno's window */
    uint32_t virtual_ms; /* time as proofs of receipt let it pass; wraps */
    uint32_t epoch_ms;   /* virtual time of the last loss */
    uint32_t lineage;    /* names the number space: a fresh start begins another */
    uint16_t datagram;   /* bytes of the largest packet that is proven to pass; DATAGRAM_BYTES or
                            more */
    uint8_t algorithm;
    bool in_recovery;
    uint64_t home;                      /* the server, and its boot, that sealed this */
    uint8_t range_key[RANGE_KEY_BYTES]; /* the server's secret; zeros at the client */
};

/* A number space that nothing has been sent in. */
void transport_init(struct transport *t, uint8_t algorithm, uint32_t lineage, uint64_t home,
                    const uint8_t range_key[RANGE_KEY_BYTES]);

/* All but the range key, TRANSPORT_BYTES (wire/limits.h). highest and recovery are kept as
 * distances from base and saturate at 2^32 - 1. */
void transport_encode(uint8_t out[TRANSPORT_BYTES], const struct transport *t);

/* Clears the range key. LETHE_ERR_FORMAT for values that transport_encode never writes. */
int transport_decode(struct transport *t, const uint8_t in[TRANSPORT_BYTES]);

#endif
