/*
 * Fetching one resource at the client: opening it, checking what is there from before, taking its
 * bytes in, noticing that it has changed.
 *
 * What a store holds from an earlier run is checked by pieces of PIECE_BYTES against the server's
 * digests, which is all there is to resuming; what differs is wanted like the rest. Bytes that
 * come are authenticated by their packets and belong to one version, which the handle names; a
 * change of version starts over, so that versions never mix. Memory is fixed; nothing here reads
 * a clock or a file: the store is the caller's.
 */
#ifndef FLOW_FETCH_H
#define FLOW_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/wants.h"
#include "pace/pace.h"
#include "wire/data.h"
#include "wire/early.h"
#include "wire/files.h"
#include "wire/request.h"

#define FETCH_SLOTS        64 /* pieces checked at once */
#define FETCH_RESTARTS     8  /* changes of version before giving up */
#define FETCH_BUSY_NS      (20 * PACE_MS)
#define FETCH_LEVEL_NS     (500 * PACE_MS)
#define FETCH_BUSY_MOST_NS (10000 * PACE_MS)
#define FETCH_FIRST_BYTES                                                                          \
    (10 * DATA_CHUNK(DATAGRAM_BYTES)) /* asked for before the size is known                        \
                                       */

/* Where the bytes go. Each returns LETHE_OK or the error that ends the fetch. */
struct fetch_store {
    void *context;
    int (*resize)(void *context, uint64_t size);
    int (*write)(void *context, uint64_t offset, const uint8_t *p, size_t n);
    /* H("piece", the n bytes at offset), read back from where they were written. */
    int (*digest)(void *context, uint64_t offset, size_t n, uint8_t out[FILES_DIGEST_BYTES]);
};

struct fetch_slot {
    bool busy, asked;
    bool hashed; /* local is known */
    uint64_t piece;
    uint8_t local[FILES_DIGEST_BYTES]; /* the store's digest */
};

struct fetch {
    const char *path;
    struct fetch_store store;
    int result; /* LETHE_OK while it runs and when it is done */
    bool known; /* version and size are */
    bool moved; /* a new version was found: what was asked for is void; the caller clears it */
    uint8_t version[DATA_VERSION_BYTES];
    uint64_t size, size_at_first; /* of this version, and of the first one */
    bool open, stale;             /* the handle can be used; another should be asked for */
    bool open_asked;
    uint16_t handle_len;
    uint8_t handle[HANDLE_BYTES_MAX];
    uint64_t local_size;         /* bytes that the store may hold from before */
    uint64_t next_check, checks; /* pieces */
    uint64_t bytes_done, bytes_reused, bytes_received;
    uint32_t restarts, retries;
    int64_t hold_ns, busy_since_ns;
    uint64_t first_call;  /* calls from this one on are of the version that is known */
    uint32_t opened_echo; /* the request that told it: bytes asked for before may be of another */
    struct fetch_slot slots[FETCH_SLOTS];
    struct pace pace; /* of calls */
    struct wants wants;
};

/* path is borrowed. local_size: what a partial file from before holds, or 0. */
void fetch_init(struct fetch *f, const char *path, const struct fetch_store *store,
                uint64_t local_size);

/* The bytes of the call that opens it, into room; 0 when its path is too long. */
size_t fetch_open_call(const char *path, uint8_t room[FILES_REQUEST_MAX]);

/* The next call to make: fills call_id, call_handle (0 for the fetch's own handle, or HANDLE_NONE)
 * and the call's bytes, which go to room (FILES_REQUEST_MAX). False when there is none now. */
bool fetch_call(struct fetch *f, int64_t now_ns, struct request_body *b, uint8_t *room);

/* While there is nothing to send: takes the store's digest of one piece that the server was asked
 * about, so that both sides hash at once. An answer that comes before that takes it itself. True
 * when there was one. */
bool fetch_prepare(struct fetch *f);

/* What a call was answered; true when that is news. */
bool fetch_called(struct fetch *f, int64_t now_ns, const struct data_body *d);

/* The opening call was made in the session's first packet, and executed. */
void fetch_early(struct fetch *f, int64_t now_ns, const struct early_answer *a);

/* Bytes of the body came; they were wanted and are `len` long at offset. */
void fetch_bytes(struct fetch *f, int64_t now_ns, uint64_t offset, size_t len,
                 const struct data_body *d);

/* True when bytes may be pulled: through its handle, or along with the first call that opens it.
 * Not along with a later one: what it opens may be another version. */
bool fetch_pulls(const struct fetch *f, int64_t now_ns);

/* The session that would have answered is gone: its handle with it. */
void fetch_ask_again(struct fetch *f);

/* True when everything is there, or when result says why it never will be. */
bool fetch_done(const struct fetch *f);

/* When fetch_call will next have something new to say. */
int64_t fetch_next_ns(const struct fetch *f);

#endif
