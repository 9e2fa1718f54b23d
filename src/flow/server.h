/*
 * REQUEST and DATA at the server (protocol sections 2 step 9, 3, 4): two halves around a service.
 *
 * flow_open authenticates, absorbs shares, checks the proof and moves the session's transport
 * values; flow_answer asks the service and seals a burst of packets. Between the two, everything
 * about the client is in struct flow_request; nothing of it outlives the answer but strikes.
 */
#ifndef FLOW_SERVER_H
#define FLOW_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lethe/service.h"
#include "seal/session.h"
#include "seal/step.h"
#include "wire/data.h"
#include "wire/request.h"

#define BURST_PACKETS 64    /* most that one REQUEST earns; GSO's limit */
#define BURST_BYTES   65000 /* and their bytes */

/* Why a request is answered with no more bytes than it brought and a continuation that can be
 * used. */
enum fallback {
    FALLBACK_NONE,
    FALLBACK_AGE,     /* it, or a number that it may ask for, is older than a strike lives */
    FALLBACK_ADDRESS, /* it comes from another address */
    FALLBACK_BOOT,    /* its continuation is older than this server */
    FALLBACK_HOME,    /* it is another server's, and this one is strict */
    FALLBACK_FULL,    /* no room to remember numbers sent */
    FALLBACKS,
};

struct flow_request {
    struct session session; /* with the shares of this request absorbed */
    struct place *place;    /* where the session is; NULL: its space is too young to need one */
    bool moved;             /* it came from another address than the session's */
    bool absorbed;          /* the session's key moved: the answer needs a continuation */
    bool aging;             /* the continuation's cookie key has lived half its life */
    enum fallback fallback;
    size_t packet_len;
    size_t datagram;          /* of the answer's packets, at most */
    uint64_t base;            /* of the continuation: the request's numbers count from it */
    uint64_t horizon;         /* the highest number that may be sent */
    uint32_t sent;            /* numbers */
    uint32_t struck;          /* numbers wanted that were sent before */
    uint32_t beyond;          /* numbers wanted beyond the horizon */
    size_t plain_len;         /* bytes of plain that hold secrets */
    struct request_body body; /* borrows from plain */
    uint8_t plain[REQUEST_BODY_MAX];
};

/* Where an answer goes: packets end to end in space that the caller owns. */
struct burst {
    uint8_t *at;
    size_t room; /* BURST_BYTES at least */
    size_t used;
    size_t count;
    uint16_t len[BURST_PACKETS];
};

#define FLOW_HEAD_ROOM 64 /* for what comes before bytes in a packet */

/* What a service reads into on the way to a packet, behind room for that packet's head: the
 * caller's, used during flow_answer. */
struct flow_scratch {
    uint8_t bytes[FLOW_HEAD_ROOM + BURST_BYTES];
    struct lethe_answer answer;
};

/* ANSWERED: rq is filled and an answer may be due. Any verdict: the caller calls flow_wipe. */
enum verdict flow_open(struct flow_request *rq, const struct step *st, const uint8_t *p, size_t n);

/* Writes the answer into *burst, which is empty; it may stay so, when all that is wanted was sent
 * before. least_legs: sessions that have absorbed less are told LETHE_STATUS_LEVEL. Under a
 * fallback the answer is no longer than the request. */
enum verdict flow_answer(struct flow_request *rq, const struct step *st,
                         const struct lethe_service *service, uint8_t least_legs,
                         struct flow_scratch *scratch, struct burst *burst);

void flow_wipe(struct flow_request *rq);

#endif
