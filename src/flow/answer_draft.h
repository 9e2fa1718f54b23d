/*
 * What the two files of the answer to a REQUEST share: the answer itself (answer.c) and the numbers
 * that fill it (answer_items.c).
 */
#ifndef FLOW_ANSWER_DRAFT_H
#define FLOW_ANSWER_DRAFT_H

#include "crypto/aead.h"
#include "flow/server.h"
#include "seal/handle.h"

/* Handles by index, and the one that the call opened. */
#define OPENED REQUEST_HANDLES_MAX

/* Items that lie end to end in a body, struck and not yet sent: one read serves them all. */
struct stretch {
    const struct handle *handle;
    uint64_t offset;
    size_t len, packets;
    int count;
    struct {
        const struct request_item *item;
        uint16_t fresh;
    } parts[REQUEST_ITEMS_MAX];
};

struct answer {
    struct flow_request *rq;
    const struct step *st;
    const struct lethe_service *service;
    struct flow_scratch *scratch;
    struct burst *burst;
    struct aead_batch batch;
    uint8_t prefix[DATA_PREFIX_BYTES];
    bool carry; /* `carried` waits for a packet with room */
    uint8_t carried[DATA_CARRIED_BYTES];
    struct stretch stretch;
    bool tried[REQUEST_HANDLES_MAX + 1], opened[REQUEST_HANDLES_MAX + 1];
    struct handle handles[REQUEST_HANDLES_MAX + 1];
};

/* Seals one packet of at most `most` bytes into the burst, with the continuation if it fits and
 * waits. False when there is no room. */
bool answer_put(struct answer *a, struct data_body *b, size_t most);

/* The same for a number, without a copy of its b->bytes_len bytes: they are at `bytes` in the
 * scratch, and the head is written before them, over what was sealed there before. */
bool answer_put_number(struct answer *a, struct data_body *b, uint8_t *bytes);

/* The handle at an index of the request, opened once; NULL: it does not open. */
const struct handle *answer_handle(struct answer *a, uint8_t index);

/* Strikes an item's numbers that may be sent, and sends them, or puts them off until others that
 * follow them in the body are read with them. */
void answer_item(struct answer *a, const struct request_item *item);

/* Sends what was put off. */
void answer_end_items(struct answer *a);

#endif
