/*
 * REQUEST and DATA at the server (protocol sections 2 step 9, 3): two pure halves around a service.
 *
 * flow_open authenticates and absorbs; the caller asks its service; flow_answer seals. Between the
 * two, everything about the client is in struct flow_request, on the caller's stack.
 */
#ifndef FLOW_SERVER_H
#define FLOW_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seal/session.h"
#include "seal/step.h"
#include "wire/data.h"
#include "wire/request.h"

struct flow_request {
    struct session session; /* with the shares of this request absorbed */
    bool absorbed;          /* the session's key moved: the answer needs a continuation */
    bool aging;             /* the continuation's cookie key has lived half its life */
    bool address_known;     /* the sender's address is the continuation's */
    size_t packet_len;
    struct request_body body; /* borrows from plain */
    uint8_t plain[REQUEST_BODY_MAX];
};

/* What a service says to a request. Pointers borrow. */
struct flow_reply {
    uint8_t status; /* enum data_status */
    const uint8_t *version;
    uint64_t size;
    const uint8_t *bytes;
    size_t bytes_len; /* at most DATA_CHUNK_BYTES */
};

/* ANSWERED: rq is filled and an answer is due. Any verdict: the caller calls flow_wipe. */
enum verdict flow_open(struct flow_request *rq, const struct step *st, const uint8_t *p, size_t n);

/* Writes DATA to out (DATAGRAM_BYTES). From an address that the continuation does not name, the
 * reply is replaced by STATUS_ADDRESS and a fresh continuation, no longer than the request.
 * DROP_NO_KEY when a continuation is due and no key is there to seal it. */
enum verdict flow_answer(struct flow_request *rq, const struct step *st,
                         const struct flow_reply *reply, uint8_t *out, size_t *out_len);

void flow_wipe(struct flow_request *rq);

#endif
