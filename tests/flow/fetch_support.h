/*
 * A fetch, a resource in memory that is called and read like a service's, and a store in memory.
 * There is no network between, and no pulling: the test takes what is wanted and brings it.
 */
#ifndef FLOW_FETCH_SUPPORT_H
#define FLOW_FETCH_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "flow/fetch.h"
#include "lethe/error.h"
#include "lethe/service.h"

#define MS    PACE_MS
#define CHUNK ((size_t)DATA_CHUNK(DATAGRAM_BYTES))
#define ROOM  (8u << 20)

/* At the server. Bytes tell their version and place. */
struct resource {
    bool there;
    uint8_t version;
    uint64_t size;
    int status; /* of the next calls */
    unsigned opens, digests;
};

struct store {
    uint64_t size, written;
    unsigned hashed; /* pieces */
    int fail;        /* what the next call returns */
    uint8_t bytes[ROOM];
};

/* An answer, as it comes out of its packet. */
struct answer {
    struct data_body body;
    uint8_t version[DATA_VERSION_BYTES], handle[HANDLE_BYTES_MAX], bytes[FILES_DIGEST_BYTES];
};

static struct fetch fetch;
static struct resource resource;
static struct store store;
static int64_t now_ns;
static uint32_t echo;

static inline uint8_t byte_of(uint8_t version, uint64_t offset)
{
    return (uint8_t)(offset * 13 + (offset >> 8) * 5 + (offset >> 16) + version * 101);
}

static inline void fill(uint8_t *to, uint8_t version, uint64_t offset, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = byte_of(version, offset + i);
}

static inline int store_resize(void *context, uint64_t size)
{
    struct store *s = context;
    if (size > ROOM)
        return LETHE_ERR_NO_SPACE;
    if (size > s->size)
        memset(s->bytes + s->size, 0, size - s->size);
    s->size = size;
    return s->fail;
}

static inline int store_write(void *context, uint64_t offset, const uint8_t *p, size_t n)
{
    struct store *s = context;
    assert_true(offset + n <= s->size);
    memcpy(s->bytes + offset, p, n);
    s->written += n;
    return s->fail;
}

static inline int store_digest(void *context, uint64_t offset, size_t n, uint8_t out[32])
{
    struct store *s = context;
    assert_true(offset + n <= s->size);
    s->hashed++;
    hash_of(out, "piece", s->bytes + offset, n);
    return s->fail;
}

/* The resource has version 1; the store has local_size bytes of version `had`. */
static inline void begin(uint64_t size, uint64_t local_size, uint8_t had)
{
    const struct fetch_store s = {
        .context = &store, .resize = store_resize, .write = store_write, .digest = store_digest};
    resource = (struct resource){.there = true, .version = 1, .size = size};
    memset(&store, 0, sizeof store);
    store.size = local_size;
    fill(store.bytes, had, 0, local_size);
    now_ns = 1000 * MS;
    echo = 100;
    fetch_init(&fetch, "file", &s, local_size);
}

static inline void answer_open(struct answer *a)
{
    resource.opens++;
    memset(a->version, resource.version, sizeof a->version);
    memset(a->handle, 0xc0 + resource.version, sizeof a->handle);
    a->body.flags |= DATA_BODY;
    a->body.size = resource.size;
    a->body.handle_len = HANDLE_BYTES_MIN + 20;
}

static inline uint8_t answer_digest(struct answer *a, const struct files_request *q)
{
    static uint8_t piece[PIECE_BYTES];
    if (fetch.handle[0] != 0xc0 + resource.version)
        return LETHE_STATUS_CHANGED;
    assert_true(q->length > 0 && q->offset + q->length <= resource.size);
    resource.digests++;
    fill(piece, resource.version, q->offset, q->length);
    hash_of(a->bytes, "piece", piece, q->length);
    a->body.bytes_len = FILES_DIGEST_BYTES;
    return LETHE_STATUS_OK;
}

/* What the service says to a call now. */
static inline void serve(const struct request_body *b, struct answer *a)
{
    struct files_request q;
    memset(a, 0, sizeof *a);
    a->body = (struct data_body){.flags = DATA_CALL,
                                 .echo = echo++,
                                 .call_id = b->call_id,
                                 .status = (uint8_t)resource.status,
                                 .version = a->version,
                                 .handle = a->handle,
                                 .bytes = a->bytes};
    assert_true(b->flags & REQUEST_CALL);
    assert_int_equal(files_request_decode(&q, b->call, b->call_len), LETHE_OK);
    if (!resource.there)
        a->body.status = LETHE_STATUS_NOT_FOUND;
    if (a->body.status != LETHE_STATUS_OK)
        return;
    if (q.op == FILES_OPEN) {
        assert_true(q.path_len == 4 && memcmp(q.path, "file", 4) == 0);
        assert_int_equal(b->call_handle, HANDLE_NONE);
        answer_open(a);
    } else {
        assert_true(q.op == FILES_DIGEST && b->call_handle == 0 && fetch.open);
        a->body.status = answer_digest(a, &q);
    }
}

static inline bool ask(struct request_body *b)
{
    static uint8_t room[FILES_REQUEST_MAX];
    *b = (struct request_body){.call_handle = HANDLE_NONE};
    return fetch_call(&fetch, now_ns, b, room);
}

/* One call, answered at once; false when there is none now. */
static inline bool turn(void)
{
    struct request_body b;
    struct answer a;
    if (!ask(&b))
        return false;
    serve(&b, &a);
    assert_true(fetch_called(&fetch, now_ns, &a.body));
    return true;
}

/* Bytes of that version arrive, which lay in `wants`. */
static inline void bring_bytes(uint8_t version, uint64_t offset, size_t n, uint8_t flags)
{
    static uint8_t bytes[PACKET_MAX];
    fill(bytes, version, offset, n);
    const struct data_body d = {
        .flags = DATA_PULL | flags, .echo = echo, .bytes = bytes, .bytes_len = n};
    fetch_bytes(&fetch, now_ns, offset, n, &d);
}

static inline void bring_status(uint64_t offset, size_t n, uint8_t status)
{
    const struct data_body d = {.flags = DATA_PULL | DATA_STATUS, .echo = echo, .status = status};
    fetch_bytes(&fetch, now_ns, offset, n, &d);
}

/* Pulls one chunk as the resource is now; false when nothing is wanted. */
static inline bool pull_one(void)
{
    uint64_t offset, len;
    if (!fetch.open || !fetch_pulls(&fetch, now_ns) ||
        !wants_take(&fetch.wants, CHUNK, &offset, &len))
        return false;
    if (fetch.handle[0] == 0xc0 + resource.version)
        bring_bytes(resource.version, offset, (size_t)len, 0);
    else
        bring_status(offset, (size_t)len, LETHE_STATUS_CHANGED);
    return true;
}

/* Until it is done. */
static inline void run(void)
{
    for (int i = 0; !fetch_done(&fetch); i++) {
        assert_true(i < 100000);
        if (turn() || pull_one())
            continue;
        const int64_t next = fetch_next_ns(&fetch);
        assert_true(next < INT64_MAX); /* not stuck */
        now_ns = next > now_ns ? next : now_ns + MS;
    }
}

static inline void expect_intact(void)
{
    assert_true(fetch_done(&fetch));
    assert_int_equal(fetch.result, LETHE_OK);
    assert_true(store.size == resource.size && fetch.bytes_done == resource.size);
    for (uint64_t i = 0; i < store.size; i++)
        if (store.bytes[i] != byte_of(resource.version, i))
            fail_msg("byte %llu is not of version %u", (unsigned long long)i, resource.version);
}

#endif
