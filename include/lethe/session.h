/*
 * lethe/session.h - how a session with a server goes, as fetching and sending both tell it.
 */
#ifndef LETHE_SESSION_H
#define LETHE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lethe/error.h"
#include "lethe/export.h"
#include "lethe/identity.h"

#define LETHE_DEFAULT_PORT 6960

/* Levels: 0 no session yet, 1 X25519 and the static McEliece key, 2 NTRU Prime as well, 3 the
 * ephemeral McEliece key as well. Times are seconds since the start, 0 for "not yet". */
struct lethe_session_state {
    int level;
    unsigned key_blocks;     /* of the client's McEliece key, answered, */
    unsigned key_blocks_all; /* out of */
    double seconds, accept_seconds, ready_seconds;
    double silent_seconds; /* since the server last answered */
    bool refused;          /* ICMP tells that nobody listens there, and nobody has answered yet */
    int resumed_level;     /* of a session of an earlier run, as it was resumed; 0: begun anew */
    struct lethe_message park_why; /* why what an earlier run kept was of no use, or empty */
    unsigned exchanges;            /* key exchanges begun */
    uint64_t exchange_packets_sent, exchange_packets_answered; /* of the last exchange */
    unsigned puzzle_bits;   /* of the last puzzle that the server asked for, 0 of none as well */
    double puzzle_seconds;  /* that puzzles took; */
    double solving_seconds; /* since when one is being solved, 0: none is */
    uint64_t packets_sent, packets_received, packets_ignored;
    unsigned requests_repeated; /* calls that counted as lost */
    unsigned number_restarts;   /* times that a server began to number its packets anew, as after an
                                   outage or a change of address */
    unsigned datagram_bytes;    /* of the largest packets that the path is known to let pass */
};

#endif
