/*
 * Fetching one resource at the client: which request next, and what an answer means.
 *
 * The resource is cut into pieces of PIECE_BYTES, read in chunks of DATA_CHUNK_BYTES. A piece is
 * done when its bytes, read back from the store, have the digest that the server gives for them;
 * pieces that the store holds already are checked in the same way before any byte is asked for,
 * which is all there is to resuming. A change of version starts over, so that versions never mix.
 * Memory is fixed; nothing here reads a clock or a file: the store is the caller's.
 */
#ifndef FLOW_FETCH_H
#define FLOW_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace/pace.h"
#include "wire/data.h"
#include "wire/request.h"

#define FETCH_SLOTS        48 /* pieces worked on at once */
#define FETCH_PIECE_TRIES  3  /* a piece whose digest is wrong this often fails the fetch */
#define FETCH_RESTARTS     8  /* changes of version before giving up */
#define FETCH_BUSY_NS      (20 * PACE_MS)
#define FETCH_BUSY_MOST_NS (10000 * PACE_MS)

/* Where the bytes go. Each returns LETHE_OK or the error that ends the fetch. */
struct fetch_store {
    void *context;
    int (*resize)(void *context, uint64_t size);
    int (*write)(void *context, uint64_t offset, const uint8_t *p, size_t n);
    /* H("piece", the n bytes at offset), read back from where they were written. */
    int (*digest)(void *context, uint64_t offset, size_t n, uint8_t out[32]);
};

enum slot_state { SLOT_FREE, SLOT_CHECK, SLOT_READ, SLOT_VERIFY };

struct fetch_slot {
    uint8_t state;
    uint8_t tries;
    bool digest_asked, digest_known;
    uint64_t piece;
    uint64_t have, asked; /* bit i: chunk i */
    uint8_t local[32];    /* the store's digest, in SLOT_CHECK and SLOT_VERIFY */
    uint8_t remote[32];   /* the server's, once digest_known */
};

struct fetch {
    const char *path;
    struct fetch_store store;
    int result;            /* LETHE_OK while it runs and when it is done */
    bool known;            /* version and size are */
    uint64_t first_number; /* requests from this one on are of the version to be learnt */
    uint8_t first_asked;   /* of the first piece, before anything is known: its chunk, its digest */
    uint8_t version[REQUEST_VERSION_BYTES];
    uint64_t size, pieces, next_piece, pieces_done;
    uint64_t local_size; /* bytes that the store may hold already */
    uint64_t bytes_done, bytes_reused, bytes_received;
    uint32_t restarts, retries;
    int64_t hold_ns, busy_since_ns;
    struct fetch_slot slots[FETCH_SLOTS];
    struct pace pace;
};

/* path is borrowed. local_size: what a partial file from before holds, or 0. */
void fetch_init(struct fetch *f, const char *path, const struct fetch_store *store,
                uint64_t local_size);

/* Fills op, version, offset, length, path and id of the next request; false when there is none now.
 */
bool fetch_next(struct fetch *f, int64_t now_ns, struct request_body *b);

/* Takes an answer in. True when it was news: to a request in flight, or bytes that were missing. */
bool fetch_answer(struct fetch *f, int64_t now_ns, const struct data_body *b);

/* The session that would have answered is gone: all that was asked is wanted again. */
void fetch_ask_again(struct fetch *f);

/* True when everything is verified, or when result says why it never will be. */
bool fetch_done(const struct fetch *f);

int64_t fetch_next_ns(const struct fetch *f);

#endif
