/*
 * What a server serves: one handler that turns a request into a reply, keeping nothing.
 */
#ifndef NODE_SERVICE_H
#define NODE_SERVICE_H

#include <stdint.h>

#include "flow/server.h"

struct service {
    void *context;
    uint8_t least_legs; /* sessions that have absorbed less are told STATUS_LEVEL */
    /* Fills reply for a request; bytes go to buffer (DATA_CHUNK_BYTES), version to version
     * (REQUEST_VERSION_BYTES), both of which reply borrows. */
    void (*handle)(void *context, const struct request_body *request, uint8_t *buffer,
                   uint8_t *version, struct flow_reply *reply);
};

#endif
