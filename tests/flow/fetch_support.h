/*
 * A fetch, a resource in memory and a store in memory, answered without a network between.
 */
#ifndef FLOW_FETCH_SUPPORT_H
#define FLOW_FETCH_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/fixture.h"

#define MS ((int64_t)1000000)

static struct fetch fetch;
static struct memory_store store;
static struct resource resource;
static int64_t now_ns;

/* An answer, as it comes out of its packet. */
struct answer {
    struct data_body body;
    uint8_t version[REQUEST_VERSION_BYTES], bytes[DATA_CHUNK_BYTES];
};

static inline void begin(uint64_t size, uint64_t local_size)
{
    const struct fetch_store s = memory_store_make(&store, 8 << 20);
    resource = (struct resource){.name = "file"};
    resource_set(&resource, 1, size);
    store.size = local_size;
    now_ns = 1000 * MS;
    fetch_init(&fetch, "file", &s, local_size);
}

static inline void end(void)
{
    free(store.bytes);
    free(resource.bytes);
    store.bytes = resource.bytes = NULL;
}

/* What the resource says to a request at this moment. */
static inline void serve(const struct request_body *q, struct answer *a)
{
    struct flow_reply reply = {.status = STATUS_FAILED};
    memset(a->version, 0, sizeof a->version);
    resource_handle(&resource, q, a->bytes, a->version, &reply);
    a->body = (struct data_body){.id = q->id,
                                 .status = reply.status,
                                 .version = a->version,
                                 .size = reply.size,
                                 .offset = q->offset,
                                 .bytes = a->bytes,
                                 .bytes_len = reply.bytes_len};
}

static inline bool ask(struct request_body *q)
{
    if (!fetch_next(&fetch, now_ns, q))
        return false;
    assert_int_equal(q->path_len, 4);
    assert_true(q->length <= (q->op == OP_READ ? DATA_CHUNK_BYTES : PIECE_BYTES));
    return true;
}

/* One request, answered at once; false when there is none now. */
static inline bool turn(void)
{
    struct request_body q;
    struct answer a;
    if (!ask(&q))
        return false;
    serve(&q, &a);
    fetch_answer(&fetch, now_ns, &a.body);
    return true;
}

/* Turns until it is done or `most` requests were made. */
static inline void run(int most)
{
    for (int i = 0; i < most && !fetch_done(&fetch);) {
        if (turn())
            i++;
        else
            now_ns = fetch_next_ns(&fetch) > now_ns ? fetch_next_ns(&fetch) : now_ns + MS;
    }
}

static inline void expect_intact(void)
{
    assert_true(fetch_done(&fetch));
    assert_int_equal(fetch.result, LETHE_OK);
    assert_true(store.size == resource.size && fetch.bytes_done == resource.size);
    assert_memory_equal(store.bytes, resource.bytes, resource.size);
}

#endif
