/*
 * Requests and states of files and the table: fixed fields, then a path or bytes to the end.
 * Sizes and offsets are limited so that no sum of two of them wraps.
 */
#include "wire/files.h"
#include "base/cursor.h"
#include "lethe/error.h"
#include "wire/request.h"

#include <stdbool.h>

static bool request_is_sane(const struct files_request *q)
{
    size_t path_max = q->op == FILES_CREATE ? FILES_UPLOAD_PATH_MAX : FILES_PATH_MAX;
    return q->offset <= BODY_BYTES_MAX && q->size <= BODY_BYTES_MAX && q->length <= PIECE_BYTES &&
           q->path_len <= path_max && q->bytes_len <= FILES_WRITE_MAX;
}

int files_request_decode(struct files_request *q, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    *q = (struct files_request){.op = read8(&r)};
    switch (q->op) {
    case FILES_OPEN:
        q->path = read_rest(&r, &q->path_len);
        break;
    case FILES_DIGEST:
        q->offset = read64(&r);
        q->length = read32(&r);
        break;
    case FILES_CREATE:
        q->size = read64(&r);
        q->token = read_span(&r, FILES_TOKEN_BYTES);
        q->path = read_rest(&r, &q->path_len);
        break;
    case FILES_WRITE:
        q->offset = read64(&r);
        q->bytes = read_rest(&r, &q->bytes_len);
        break;
    case FILES_COMMIT:
        break;
    default:
        return LETHE_ERR_FORMAT;
    }
    return reader_done(&r) && request_is_sane(q) ? LETHE_OK : LETHE_ERR_FORMAT;
}

size_t files_request_encode(uint8_t *out, size_t room, const struct files_request *q)
{
    struct writer w = writer_of(out, room);
    write8(&w, q->op);
    if (q->op == FILES_DIGEST || q->op == FILES_WRITE)
        write64(&w, q->offset);
    if (q->op == FILES_DIGEST)
        write32(&w, q->length);
    if (q->op == FILES_CREATE) {
        write64(&w, q->size);
        write_bytes(&w, q->token, FILES_TOKEN_BYTES);
    }
    write_bytes(&w, q->path, q->path_len);
    write_bytes(&w, q->bytes, q->bytes_len);
    return w.bad ? 0 : w.used;
}

int files_state_decode(struct files_state *s, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    *s = (struct files_state){.kind = read8(&r)};
    switch (s->kind) {
    case FILES_STATE_FILE:
        s->version = read_span(&r, FILES_VERSION_BYTES);
        s->path = read_rest(&r, &s->path_len);
        break;
    case FILES_STATE_UPLOAD:
        s->size = read64(&r);
        s->token = read_span(&r, FILES_TOKEN_BYTES);
        s->path = read_rest(&r, &s->path_len);
        break;
    case FILES_STATE_ROW:
        s->version = read_span(&r, FILES_VERSION_BYTES);
        s->index = read32(&r);
        break;
    default:
        return LETHE_ERR_FORMAT;
    }
    return reader_done(&r) && n <= FILES_STATE_MAX && s->size <= BODY_BYTES_MAX ? LETHE_OK
                                                                                : LETHE_ERR_FORMAT;
}

size_t files_state_encode(uint8_t *out, size_t room, const struct files_state *s)
{
    struct writer w = writer_of(out, room);
    write8(&w, s->kind);
    if (s->kind == FILES_STATE_UPLOAD) {
        write64(&w, s->size);
        write_bytes(&w, s->token, FILES_TOKEN_BYTES);
    } else {
        write_bytes(&w, s->version, FILES_VERSION_BYTES);
    }
    if (s->kind == FILES_STATE_ROW)
        write32(&w, s->index);
    write_bytes(&w, s->path, s->path_len);
    return w.bad ? 0 : w.used;
}
