/*
 * What a test needs beside the protocol: an identity, a resource in memory and a store in memory.
 * All of it in a header, so that a unit test of one file can use it too.
 */
#ifndef SIM_FIXTURE_H
#define SIM_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/dh.h"
#include "crypto/hash.h"
#include "crypto/kem.h"
#include "flow/fetch.h"
#include "kex/client.h"
#include "kex/server.h"
#include "keys/keys.h"
#include "lethe/error.h"
#include "lethe/service.h"
#include "wire/files.h"

/* A server's identity, and one ephemeral McEliece pair for the client: what takes long to make. */
struct party {
    struct server_identity identity;
    struct server_public public;
    uint8_t mceliece_pk[MCELIECE_PUBLIC_BYTES];
    uint8_t client_pk[MCELIECE_PUBLIC_BYTES], client_sk[MCELIECE_SECRET_BYTES];
};

static inline void party_make(struct party *p)
{
    struct server_identity *id = &p->identity;
    test_pair(0, p->mceliece_pk, id->mceliece_secret);
    test_pair(1, p->client_pk, p->client_sk);
    memset(id->dh_secret, 0x42, sizeof id->dh_secret);
    dh_public(p->public.dh, id->dh_secret);
    p->public.mceliece = p->mceliece_pk;
    hash_of(id->fingerprint, "test identity", p->mceliece_pk, sizeof p->mceliece_pk);
    memcpy(p->public.fingerprint, id->fingerprint, FINGERPRINT_BYTES);
    kex_identity_name(id);
}

/* A named resource. `version` changes with its content, or stays to make a server that lies. */
struct resource {
    const char *name;
    bool there, busy;
    uint64_t version, size;
    uint8_t *bytes; /* owned by whoever made it */
    uint64_t opens, reads, digests;
    struct resource *next; /* another of the same service, or NULL */
};

/* Content that tells its version and place, so that any mixture shows. */
static inline uint8_t *resource_content(uint64_t version, uint64_t size)
{
    uint8_t *bytes = malloc(size + 8);
    uint64_t x = 0x9e3779b97f4a7c15u * (version + 1);
    if (!bytes)
        abort();
    for (uint64_t i = 0; i < size; i += 8) {
        x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u + i;
        store64(bytes + i, x ^ x >> 32);
    }
    return bytes;
}

static inline void resource_set(struct resource *r, uint64_t version, uint64_t size)
{
    free(r->bytes);
    r->bytes = resource_content(version, size);
    r->version = version;
    r->size = size;
    r->there = true;
}

static inline void resource_version(const struct resource *r, uint8_t out[FILES_VERSION_BYTES])
{
    memset(out, 0, FILES_VERSION_BYTES);
    store64(out, r->version + 1);
}

static inline struct resource *resource_named(struct resource *r, const uint8_t *name, size_t len)
{
    while (r && (len != strlen(r->name) || memcmp(name, r->name, len) != 0))
        r = r->next;
    return r && r->there ? r : NULL;
}

/* The resource that a state is of, as it is now: *status says why there is none. */
static inline struct resource *resource_of(struct resource *first, const uint8_t *state, size_t len,
                                           int *status)
{
    struct files_state s;
    uint8_t version[FILES_VERSION_BYTES];
    *status = LETHE_STATUS_BAD;
    if (!state || files_state_decode(&s, state, len) != LETHE_OK || s.kind != FILES_STATE_FILE)
        return NULL;
    struct resource *r = resource_named(first, s.path, s.path_len);
    *status = r ? LETHE_STATUS_BUSY : LETHE_STATUS_NOT_FOUND;
    if (!r || r->busy)
        return NULL;
    resource_version(r, version);
    *status = memcmp(version, s.version, sizeof version) ? LETHE_STATUS_CHANGED : LETHE_STATUS_OK;
    return *status == LETHE_STATUS_OK ? r : NULL;
}

static inline int resource_open(struct resource *first, const struct files_request *q,
                                struct lethe_answer *answer)
{
    struct resource *r = resource_named(first, q->path, q->path_len);
    const struct files_state state = {.kind = FILES_STATE_FILE,
                                      .version = answer->version,
                                      .path = q->path,
                                      .path_len = q->path_len};
    if (!r || r->busy)
        return r ? LETHE_STATUS_BUSY : LETHE_STATUS_NOT_FOUND;
    r->opens++;
    answer->has_body = 1;
    answer->size = r->size;
    resource_version(r, answer->version);
    answer->state_len = files_state_encode(answer->state, sizeof answer->state, &state);
    return LETHE_STATUS_OK;
}

/* What a service is asked, by the words of wire/files.h: OPEN and DIGEST. */
static inline int resource_call(void *context, const struct lethe_call *call,
                                struct lethe_answer *answer)
{
    struct files_request q;
    int status;
    if (files_request_decode(&q, call->request, call->request_len) != LETHE_OK)
        return LETHE_STATUS_BAD;
    if (q.op == FILES_OPEN)
        return resource_open(context, &q, answer);
    struct resource *r = resource_of(context, call->state, call->state_len, &status);
    if (!r)
        return status;
    if (q.op != FILES_DIGEST || q.offset > r->size || answer->room < FILES_DIGEST_BYTES)
        return LETHE_STATUS_BAD;
    const uint64_t left = r->size - q.offset;
    hash_of(answer->bytes, "piece", r->bytes + q.offset, left < q.length ? left : q.length);
    answer->len = FILES_DIGEST_BYTES;
    r->digests++;
    return LETHE_STATUS_OK;
}

static inline int resource_read(void *context, const uint8_t *state, size_t state_len,
                                uint64_t offset, uint8_t *buffer, size_t n)
{
    int status;
    struct resource *r = resource_of(context, state, state_len, &status);
    if (!r)
        return status;
    if (offset > r->size || n > r->size - offset)
        return LETHE_STATUS_BAD;
    memcpy(buffer, r->bytes + offset, n);
    r->reads++;
    return LETHE_STATUS_OK;
}

/* Borrows r, and all that follow it. */
static inline struct lethe_service resource_service(struct resource *r)
{
    return (struct lethe_service){.context = r, .call = resource_call, .read = resource_read};
}

/* The client's side. `spoil` writes: this many go in with a wrong byte. */
struct memory_store {
    uint8_t *bytes;
    uint64_t size, room;
    uint64_t written;
    uint32_t spoil;
    int fail; /* what the next call returns, LETHE_OK for success */
};

static inline int memory_resize(void *context, uint64_t size)
{
    struct memory_store *m = context;
    if (m->fail != LETHE_OK)
        return m->fail;
    if (size > m->room)
        return LETHE_ERR_NO_SPACE;
    if (size > m->size)
        memset(m->bytes + m->size, 0, size - m->size);
    m->size = size;
    return LETHE_OK;
}

static inline int memory_write(void *context, uint64_t offset, const uint8_t *p, size_t n)
{
    struct memory_store *m = context;
    if (m->fail != LETHE_OK)
        return m->fail;
    if (offset > m->size || n > m->size - offset)
        return LETHE_ERR_INTERNAL;
    memcpy(m->bytes + offset, p, n);
    m->written += n;
    if (m->spoil) {
        m->spoil--;
        m->bytes[offset] ^= 1;
    }
    return LETHE_OK;
}

static inline int memory_digest(void *context, uint64_t offset, size_t n, uint8_t out[32])
{
    struct memory_store *m = context;
    if (m->fail != LETHE_OK)
        return m->fail;
    if (offset > m->size || n > m->size - offset)
        return LETHE_ERR_INTERNAL;
    hash_of(out, "piece", m->bytes + offset, n);
    return LETHE_OK;
}

static inline struct fetch_store memory_store_make(struct memory_store *m, uint64_t room)
{
    memset(m, 0, sizeof *m);
    m->bytes = calloc(1, room + 1);
    if (!m->bytes)
        abort();
    m->room = room;
    return (struct fetch_store){
        .context = m, .resize = memory_resize, .write = memory_write, .digest = memory_digest};
}

/* An IPv4 address, 10.0.network.host, as the server sees it. */
static inline void address_make(uint8_t out[ADDRESS_BYTES], uint8_t network, uint8_t host,
                                uint16_t port)
{
    memset(out, 0, ADDRESS_BYTES);
    out[0] = ADDRESS_FAMILY_V4;
    out[11] = out[12] = 0xff;
    out[13] = 10;
    out[15] = network;
    out[16] = host;
    store16(out + 17, port);
}

#endif
