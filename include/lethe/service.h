/*
 * A stateless service: what a C programmer implements to offer something over Lethe.
 *
 * The server keeps nothing between two packets, and neither does a service. A client *calls*: some
 * bytes of request, answered by some bytes. The answer may come with a *body*, which the client
 * then reads at the rate that the path allows: the service says its size and version, and gives up
 * to 256 bytes of *state*, which the server seals for the client to bring back with everything that
 * concerns this body (Trickles' user continuation). Both functions may be called any number of
 * times with the same arguments, at any of a cluster's servers, in any order: they must be
 * idempotent.
 *
 * lethe_fetch and `lethe get` call with the byte LETHE_REQUEST_OPEN and the path of their address,
 * and read the body that the answer comes with. To go on with a fetch that was cut short they call
 * with LETHE_REQUEST_DIGEST (lethe-protocol(7)) as well; a service may answer that with
 * LETHE_STATUS_BAD. Any other request is a service's own.
 *
 * lethe_serve (lethe/serve.h) runs a service, and says what its functions may do.
 *
 * Source: Trickles (Shieh, Myers, Sirer), section 5; Lethe protocol, sections 3 and 4.
 */
#ifndef LETHE_SERVICE_H
#define LETHE_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#define LETHE_REQUEST_OPEN   1 /* and a path */
#define LETHE_REQUEST_DIGEST 2

#define LETHE_STATE_BYTES    256 /* most a body's state may have */
#define LETHE_VERSION_BYTES  16
#define LETHE_ANSWER_BYTES   512 /* most an answer may have */

/* How a call or a read ended. Clients see these numbers: they never change. */
enum lethe_status {
    LETHE_STATUS_OK = 0,
    LETHE_STATUS_NOT_FOUND = 1, /* no such resource */
    LETHE_STATUS_DENIED = 2,    /* it exists and is not for this */
    LETHE_STATUS_CHANGED = 3,   /* the body's state is of another version */
    LETHE_STATUS_BUSY = 4,      /* it is changing at this moment: ask again */
    LETHE_STATUS_LEVEL = 5,     /* the session has absorbed too few legs for this service */
    LETHE_STATUS_BAD = 7,       /* the request makes no sense to the service */
    LETHE_STATUS_FAILED = 8,    /* the service could not do it */
    LETHE_STATUS_FULL = 9,      /* no room, or larger than allowed */
    LETHE_STATUS_HANDLE = 10,   /* from the server itself: the body must be opened again */
};

struct lethe_call {
    const uint8_t *request; /* what the client sent; hostile */
    size_t request_len;
    const uint8_t *state; /* of the body that the call is about; NULL: none */
    size_t state_len;
    int early; /* it came in the client's first packet: LETHE_STATUS_LEVEL lets it ask again later
                */
};

/* Filled by the service; zeroed before. */
struct lethe_answer {
    uint8_t bytes[LETHE_ANSWER_BYTES];
    size_t len;  /* of bytes */
    size_t room; /* most of bytes that this client's packet has paid for: an answer is no longer
                    than its request */
    int has_body;
    uint64_t size;                        /* of the body */
    uint8_t version[LETHE_VERSION_BYTES]; /* equal for bodies with equal bytes */
    uint8_t state[LETHE_STATE_BYTES];
    size_t state_len;
};

/* Whether calls without a state are taken from a client's very first packet, at level 1. Who keeps
 * a copy of that packet can send it again: see lethe-get(1) for what that means. */
enum lethe_early {
    LETHE_EARLY_NEVER = 0,
    LETHE_EARLY_ONCE = 1,       /* a server executes each at most once */
    LETHE_EARLY_REPEATABLE = 2, /* and it would do no harm if it executed them again */
};

struct lethe_service {
    void *context; /* passed to both functions */
    enum lethe_early early;
    /* Answers a call. Returns an enum lethe_status; unless it is LETHE_STATUS_OK, the client gets
     * the status and nothing of the answer. */
    int (*call)(void *context, const struct lethe_call *call, struct lethe_answer *answer);
    /* Reads exactly n bytes of a body from offset on, which lie within its size as this state's
     * body had it. Returns an enum lethe_status; LETHE_STATUS_CHANGED when the body is not the one
     * that the state was made for. NULL: the service has no bodies. */
    int (*read)(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                uint8_t *buffer, size_t n);
};

#endif
