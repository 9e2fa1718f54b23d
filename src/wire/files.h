/*
 * What is asked of the services that Lethe comes with, files and the table: the request of a call,
 * and the state of a body. A request is op 1 and then
 *   OPEN    path                     answered by a body without bytes; of the table: the key
 *   DIGEST  offset 8 | length 4      of the call's body; answered by H("piece", bytes)
 *   CREATE  size 8 | token 16 | path answered by a body that is an upload
 *   WRITE   offset 8 | bytes         into the call's upload; answered by nothing
 *   COMMIT                           the call's upload becomes the file; answered by nothing
 * A state, which only servers write and read, is kind 1 and then
 *   FILE    version 16 | path
 *   UPLOAD  size 8 | token 16 | path
 *   ROW     version 16 | index 4
 * A path runs to the end. Decoding borrows.
 */
#ifndef WIRE_FILES_H
#define WIRE_FILES_H

#include <stddef.h>
#include <stdint.h>

#define PIECE_BYTES           65536 /* most that one digest is about: the unit of verification */
#define FILES_DIGEST_BYTES    32
#define FILES_TOKEN_BYTES     16
#define FILES_VERSION_BYTES   16
#define FILES_WRITE_MAX       900
#define FILES_STATE_MAX       256 /* what a handle has room for */
#define FILES_PATH_MAX        (FILES_STATE_MAX - 1 - FILES_VERSION_BYTES)
#define FILES_UPLOAD_PATH_MAX (FILES_STATE_MAX - 1 - 8 - FILES_TOKEN_BYTES)
#define FILES_REQUEST_MAX     (1 + 8 + FILES_WRITE_MAX)

enum files_op {
    FILES_OPEN = 1,
    FILES_DIGEST = 2,
    FILES_CREATE = 3,
    FILES_WRITE = 4,
    FILES_COMMIT = 5,
};

/* The members that the op does not name are zero. */
struct files_request {
    uint8_t op;
    uint64_t offset;      /* at most BODY_BYTES_MAX */
    uint32_t length;      /* at most PIECE_BYTES */
    uint64_t size;        /* at most BODY_BYTES_MAX */
    const uint8_t *token; /* FILES_TOKEN_BYTES */
    const uint8_t *path;  /* not terminated, may be empty */
    size_t path_len;      /* at most FILES_PATH_MAX, of CREATE FILES_UPLOAD_PATH_MAX */
    const uint8_t *bytes;
    size_t bytes_len; /* at most FILES_WRITE_MAX */
};

int files_request_decode(struct files_request *q, const uint8_t *p, size_t n);
/* Returns the length, or 0 when it does not fit in room. */
size_t files_request_encode(uint8_t *out, size_t room, const struct files_request *q);

enum files_state_kind {
    FILES_STATE_FILE = 1,
    FILES_STATE_UPLOAD = 2,
    FILES_STATE_ROW = 3,
};

/* The members that the kind does not name are zero. */
struct files_state {
    uint8_t kind;
    const uint8_t *version; /* FILES_VERSION_BYTES */
    const uint8_t *token;   /* FILES_TOKEN_BYTES */
    uint64_t size;          /* at most BODY_BYTES_MAX */
    uint32_t index;
    const uint8_t *path; /* not terminated */
    size_t path_len;
};

int files_state_decode(struct files_state *s, const uint8_t *p, size_t n);
/* Returns the length, or 0 when it does not fit in room. */
size_t files_state_encode(uint8_t *out, size_t room, const struct files_state *s);

#endif
