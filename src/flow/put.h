/*
 * Sending one file to a server at the client: finding what is there already, writing the rest,
 * checking it, committing it.
 *
 * A file is pieces of PIECE_BYTES. Each is compared by digest with what the server holds, which is
 * all there is to resuming; what differs is written in chunks, idempotent calls of their own with
 * congestion control by pace, and compared again: an answer to a write says that the server's
 * kernel has the bytes, a digest that they lie where they should. When all pieces are equal, the
 * upload is committed, and only then visible. A bounded number of pieces is under way, so that
 * memory is fixed whatever the file's size. Nothing here reads a clock or a file: the source is the
 * caller's.
 *
 * The upload's token is a hash of path, size and content: whoever sends the same again goes on
 * with it, from whatever machine and whatever the file's time is, while another content is another
 * upload, and who does not know the content cannot meddle with it.
 */
#ifndef FLOW_PUT_H
#define FLOW_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace/pace.h"
#include "wire/data.h"
#include "wire/files.h"
#include "wire/request.h"

#define PUT_SLOTS         64  /* pieces under way */
#define PUT_CHUNKS        128 /* most of a piece */
#define PUT_TRIES         3   /* times that a piece is written before giving up */
#define PUT_RESTARTS      8   /* times that the upload vanishes at the server before giving up */

#define PUT_CONTENT_BYTES 32

/* Where the bytes come from. Each returns LETHE_OK or the error that ends the upload. */
struct put_source {
    void *context;
    int (*read)(void *context, uint64_t offset, uint8_t *to, size_t n);
    /* H("piece", the n bytes at offset) */
    int (*digest)(void *context, uint64_t offset, size_t n, uint8_t out[FILES_DIGEST_BYTES]);
    /* Asked before the commit: is it still what it was at the start? */
    int (*unchanged)(void *context);
};

enum put_stage { PUT_FREE, PUT_CHECK, PUT_WRITE };
enum put_chunk { PUT_CHUNK_TO_SEND, PUT_CHUNK_SENT, PUT_CHUNK_DONE };

struct put_slot {
    uint8_t stage; /* enum put_stage */
    bool asked;    /* PUT_CHECK: the digest is asked for */
    bool hashed;   /* local is known */
    uint8_t tries; /* times written */
    uint64_t piece;
    uint8_t local[FILES_DIGEST_BYTES]; /* of the source */
    unsigned count, left, next;        /* chunks; not done; none to send is before */
    uint8_t chunks[PUT_CHUNKS];        /* enum put_chunk */
};

struct put {
    const char *path;
    struct put_source source;
    uint64_t size;
    uint8_t content[PUT_CONTENT_BYTES];
    uint8_t token[FILES_TOKEN_BYTES];
    size_t chunk; /* bytes that one write takes */
    int result;   /* LETHE_OK while it runs and when it is done */
    bool open, open_asked, commit_asked, committed;
    uint8_t refusal; /* the status that ended it, or 0 */
    uint16_t handle_len;
    uint8_t handle[HANDLE_BYTES_MAX];
    uint64_t handle_call; /* calls from this one on are made with the handle */
    uint64_t pieces, next_piece;
    uint64_t bytes_done;   /* equal at the server, by digest */
    uint64_t bytes_reused; /* of them, without having been written by this run */
    uint64_t bytes_sent;   /* written, and answered */
    uint32_t restarts, retries;
    int64_t hold_ns;
    struct put_slot slots[PUT_SLOTS];
    struct pace pace;
};

/* path is borrowed. content: the hash of the source's bytes. LETHE_ERR_USAGE for a path that is too
 * long for an upload, or a size that no file has. */
int put_init(struct put *p, const char *path, const struct put_source *source, uint64_t size,
             const uint8_t content[PUT_CONTENT_BYTES]);

/* The next call to make: fills call_id, call_handle (0 for the upload's handle, or HANDLE_NONE) and
 * the call's bytes, which go to room (FILES_REQUEST_MAX). False when there is none now. */
bool put_call(struct put *p, int64_t now_ns, struct request_body *b, uint8_t *room);

/* While there is nothing to send: takes the source's digest of one piece that the server was asked
 * about, so that both sides hash at once. An answer that comes before that takes it itself. True
 * when there was one. */
bool put_prepare(struct put *p);

/* What a call was answered; true when that is news. */
bool put_called(struct put *p, int64_t now_ns, const struct data_body *d);

/* The session that would have answered is gone: its handle with it. */
void put_ask_again(struct put *p);

/* True when it is committed, or when result says why it never will be. */
bool put_done(const struct put *p);

/* When put_call will next have something new to say. */
int64_t put_next_ns(const struct put *p);

#endif
