/*
 * One upload: calls go through pace, one item for each thing that can be lost on its own.
 */
#include "flow/put.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "lethe/error.h"
#include "lethe/service.h"

#define ITEM_CREATE 0
#define ITEM_COMMIT 1
#define ITEM_CHECK  2 /* and the slot */
#define ITEM_WRITE  (ITEM_CHECK + PUT_SLOTS)
#define ITEM_NONE   UINT32_MAX

#define BUSY_NS     (20 * PACE_MS)

/* A REQUEST with a write and nothing else, less path and bytes; see wire/request.h. */
#define WRITE_AROUND                                                                               \
    (REQUEST_HEADER_BYTES(0) + TAG_BYTES + 8 + 1 +                                                 \
     (1 + 2 + HANDLE_BYTES_MIN + 1 + 8 + FILES_TOKEN_BYTES) + 1 + (8 + 1 + 2) + (1 + 8))
#define CHUNK_LEAST (DATAGRAM_BYTES - WRITE_AROUND - FILES_UPLOAD_PATH_MAX)
_Static_assert(CHUNK_LEAST *PUT_CHUNKS >= PIECE_BYTES, "a piece has room for its smallest chunks");

/* A second token for the same content serves where the first one's upload cannot be gone on with:
 * it was committed, and the file was changed since. */
static void make_token(struct put *p)
{
    struct hash h;
    uint8_t numbers[8 + 4], out[HASH_BYTES];
    store64(numbers, p->size);
    store32(numbers + 8, p->restarts / 2);
    hash_init(&h, "upload token");
    hash_update(&h, numbers, sizeof numbers);
    hash_update(&h, p->content, sizeof p->content);
    hash_update(&h, p->path, strlen(p->path));
    hash_final(&h, out);
    memcpy(p->token, out, FILES_TOKEN_BYTES);
}

int put_init(struct put *p, const char *path, const struct put_source *source, uint64_t size,
             const uint8_t content[PUT_CONTENT_BYTES])
{
    const size_t path_len = strlen(path);
    if (path_len > FILES_UPLOAD_PATH_MAX || size > BODY_BYTES_MAX)
        return LETHE_ERR_USAGE;
    memset(p, 0, sizeof *p);
    p->path = path;
    p->source = *source;
    p->size = size;
    p->pieces = (size + PIECE_BYTES - 1) / PIECE_BYTES;
    p->chunk = DATAGRAM_BYTES - WRITE_AROUND - path_len;
    if (p->chunk > FILES_WRITE_MAX)
        p->chunk = FILES_WRITE_MAX;
    memcpy(p->content, content, sizeof p->content);
    make_token(p);
    pace_init(&p->pace);
    return LETHE_OK;
}

bool put_done(const struct put *p)
{
    return p->committed || p->result != LETHE_OK;
}

static size_t piece_length(const struct put *p, uint64_t piece)
{
    uint64_t left = p->size - piece * PIECE_BYTES;
    return left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
}

/* What was asked under a session or an upload that is gone may be answered no more. */
static void forget_calls(struct put *p)
{
    uint32_t item;
    pace_abandon(&p->pace);
    while (pace_lost(&p->pace, &item))
        ;
    p->open = p->open_asked = p->commit_asked = false;
}

static void unsend(struct put_slot *s, unsigned chunk)
{
    s->chunks[chunk] = PUT_CHUNK_TO_SEND;
    if (chunk < s->next)
        s->next = chunk;
}

void put_ask_again(struct put *p)
{
    forget_calls(p);
    for (int i = 0; i < PUT_SLOTS; i++) {
        struct put_slot *s = &p->slots[i];
        s->asked = false;
        for (unsigned chunk = 0; chunk < s->count; chunk++)
            if (s->chunks[chunk] == PUT_CHUNK_SENT)
                unsend(s, chunk);
    }
}

/* The upload is not there any more, or not as it was: all is compared again. */
static void start_over(struct put *p)
{
    if (++p->restarts > PUT_RESTARTS) {
        p->result = LETHE_ERR_CHANGED;
        return;
    }
    forget_calls(p);
    make_token(p);
    memset(p->slots, 0, sizeof p->slots);
    p->next_piece = p->bytes_done = p->bytes_reused = 0;
}

/* The item did not get through. */
static void ask_item_again(struct put *p, uint32_t item)
{
    if (item == ITEM_CREATE)
        p->open_asked = false;
    else if (item == ITEM_COMMIT)
        p->commit_asked = false;
    else if (item < ITEM_WRITE)
        p->slots[item - ITEM_CHECK].asked = false;
    else
        unsend(&p->slots[(item - ITEM_WRITE) / PUT_CHUNKS], (item - ITEM_WRITE) % PUT_CHUNKS);
}

static bool has_chunk(const struct put_slot *s, unsigned *chunk)
{
    for (*chunk = s->next; *chunk < s->count; ++*chunk)
        if (s->chunks[*chunk] == PUT_CHUNK_TO_SEND)
            return true;
    return false;
}

/* What to do next: digests before bytes, so that there is always something to write. */
static uint32_t next_item(const struct put *p)
{
    uint32_t write = ITEM_NONE;
    uint64_t write_piece = UINT64_MAX;
    bool idle = true;
    if (!p->open)
        return p->open_asked ? ITEM_NONE : ITEM_CREATE;
    for (uint32_t i = 0; i < PUT_SLOTS; i++) {
        const struct put_slot *s = &p->slots[i];
        unsigned chunk;
        if ((s->stage == PUT_CHECK && !s->asked) ||
            (s->stage == PUT_FREE && p->next_piece < p->pieces))
            return ITEM_CHECK + i;
        idle &= s->stage == PUT_FREE;
        if (s->stage == PUT_WRITE && s->piece < write_piece && has_chunk(s, &chunk)) {
            write = ITEM_WRITE + i * PUT_CHUNKS + chunk;
            write_piece = s->piece;
        }
    }
    return idle && !p->commit_asked ? ITEM_COMMIT : write;
}

static void ask_create(struct put *p, struct files_request *q)
{
    q->op = FILES_CREATE;
    q->size = p->size;
    q->token = p->token;
    q->path = (const uint8_t *)p->path;
    q->path_len = strlen(p->path);
    p->open_asked = true;
    p->handle_call = p->pace.next + 1;
}

static void ask_check(struct put *p, struct put_slot *s, struct files_request *q)
{
    if (s->stage == PUT_FREE)
        *s = (struct put_slot){.stage = PUT_CHECK, .piece = p->next_piece++};
    q->op = FILES_DIGEST;
    q->offset = s->piece * PIECE_BYTES;
    q->length = (uint32_t)piece_length(p, s->piece);
    s->asked = true;
}

static void ask_write(struct put *p, struct put_slot *s, unsigned chunk, uint8_t *bytes,
                      struct files_request *q)
{
    const size_t start = chunk * p->chunk, left = piece_length(p, s->piece) - start;
    q->op = FILES_WRITE;
    q->offset = s->piece * PIECE_BYTES + start;
    q->bytes = bytes;
    q->bytes_len = left < p->chunk ? left : p->chunk;
    p->result = p->source.read(p->source.context, q->offset, bytes, q->bytes_len);
    s->chunks[chunk] = PUT_CHUNK_SENT;
    s->next = chunk + 1;
}

static void ask_item(struct put *p, uint32_t item, uint8_t *bytes, struct files_request *q)
{
    if (item == ITEM_CREATE) {
        ask_create(p, q);
    } else if (item == ITEM_COMMIT) {
        q->op = FILES_COMMIT;
        p->commit_asked = true;
        p->result = p->source.unchanged(p->source.context);
    } else if (item < ITEM_WRITE) {
        ask_check(p, &p->slots[item - ITEM_CHECK], q);
    } else {
        const uint32_t write = item - ITEM_WRITE;
        ask_write(p, &p->slots[write / PUT_CHUNKS], write % PUT_CHUNKS, bytes, q);
    }
}

bool put_call(struct put *p, int64_t now_ns, struct request_body *b, uint8_t *room)
{
    uint32_t item;
    uint8_t bytes[FILES_WRITE_MAX];
    struct files_request q = {0};
    pace_tick(&p->pace, now_ns);
    while (pace_lost(&p->pace, &item)) {
        p->retries++;
        ask_item_again(p, item);
    }
    if (put_done(p) || now_ns < p->hold_ns || !pace_ready(&p->pace, now_ns))
        return false;
    item = next_item(p);
    if (item == ITEM_NONE)
        return false;
    ask_item(p, item, bytes, &q);
    if (p->result != LETHE_OK)
        return false;
    b->call_handle = item == ITEM_CREATE ? HANDLE_NONE : 0;
    b->call_len = (uint16_t)files_request_encode(room, FILES_REQUEST_MAX, &q);
    b->call = room;
    b->flags |= REQUEST_CALL;
    b->call_id = pace_sent(&p->pace, item, false, now_ns);
    return true;
}

static void created(struct put *p, const struct data_body *d)
{
    if (!(d->flags & DATA_BODY) || d->size != p->size) {
        p->result = LETHE_ERR_FORMAT;
        return;
    }
    memcpy(p->handle, d->handle, d->handle_len);
    p->handle_len = d->handle_len;
    p->open = true;
    p->open_asked = false;
}

static void begin_write(struct put *p, struct put_slot *s)
{
    s->stage = PUT_WRITE;
    s->count = s->left = (unsigned)((piece_length(p, s->piece) + p->chunk - 1) / p->chunk);
    s->next = 0;
    s->tries++;
    memset(s->chunks, PUT_CHUNK_TO_SEND, sizeof s->chunks);
}

/* A piece that was written is not what it should be: because the source is not, or because the
 * server does not keep what it takes. */
static void write_again(struct put *p, struct put_slot *s)
{
    uint8_t now[FILES_DIGEST_BYTES];
    p->result =
        p->source.digest(p->source.context, s->piece * PIECE_BYTES, piece_length(p, s->piece), now);
    const bool differs = p->result == LETHE_OK && !bytes_equal(now, s->local, sizeof now);
    if (differs)
        p->result = p->source.unchanged(p->source.context);
    if (differs && p->result == LETHE_OK)
        p->result = LETHE_ERR_CHANGED;
    else if (p->result == LETHE_OK && s->tries == PUT_TRIES)
        p->result = LETHE_ERR_CRYPTO;
    if (p->result == LETHE_OK)
        begin_write(p, s);
}

/* The source's side of a check. */
static void take_local(struct put *p, struct put_slot *s)
{
    p->result = p->source.digest(p->source.context, s->piece * PIECE_BYTES,
                                 piece_length(p, s->piece), s->local);
    s->hashed = true;
}

bool put_prepare(struct put *p)
{
    for (int i = 0; i < PUT_SLOTS && p->result == LETHE_OK; i++) {
        struct put_slot *s = &p->slots[i];
        if (s->stage == PUT_CHECK && s->asked && !s->hashed) {
            take_local(p, s);
            return true;
        }
    }
    return false;
}

static void checked(struct put *p, struct put_slot *s, const struct data_body *d)
{
    if (d->bytes_len != FILES_DIGEST_BYTES)
        p->result = LETHE_ERR_FORMAT;
    else if (!s->hashed)
        take_local(p, s);
    if (p->result != LETHE_OK)
        return;
    if (bytes_equal(s->local, d->bytes, FILES_DIGEST_BYTES)) {
        p->bytes_done += piece_length(p, s->piece);
        p->bytes_reused += s->tries ? 0 : piece_length(p, s->piece);
        *s = (struct put_slot){.stage = PUT_FREE};
    } else if (s->tries) {
        write_again(p, s);
    } else {
        begin_write(p, s);
    }
}

static void written(struct put *p, struct put_slot *s, unsigned chunk)
{
    const size_t left = piece_length(p, s->piece) - chunk * p->chunk;
    s->chunks[chunk] = PUT_CHUNK_DONE;
    p->bytes_sent += left < p->chunk ? left : p->chunk;
    if (--s->left == 0) {
        s->stage = PUT_CHECK;
        s->asked = false;
    }
}

static void succeeded(struct put *p, uint32_t item, const struct data_body *d)
{
    if (item == ITEM_CREATE)
        created(p, d);
    else if (item == ITEM_COMMIT)
        p->committed = true;
    else if (item < ITEM_WRITE)
        checked(p, &p->slots[item - ITEM_CHECK], d);
    else
        written(p, &p->slots[(item - ITEM_WRITE) / PUT_CHUNKS], (item - ITEM_WRITE) % PUT_CHUNKS);
}

static void refuse(struct put *p, int err, uint8_t status)
{
    p->result = err;
    p->refusal = status;
}

/* How a call failed. What was said of an older handle or upload says nothing of the present one. */
static void failed(struct put *p, int64_t now_ns, uint32_t item, const struct data_body *d)
{
    const bool stale = item != ITEM_CREATE && (!p->open || d->call_id < p->handle_call);
    switch (d->status) {
    case LETHE_STATUS_LEVEL: /* the session will have absorbed more by then */
        break;
    case LETHE_STATUS_BUSY:
        p->hold_ns = now_ns + BUSY_NS;
        break;
    case LETHE_STATUS_HANDLE:
        if (!stale)
            p->open = false;
        break;
    case LETHE_STATUS_NOT_FOUND:
    case LETHE_STATUS_CHANGED:
        if (item == ITEM_CREATE)
            refuse(p, LETHE_ERR_NOT_FOUND, d->status);
        else if (!stale)
            start_over(p);
        break;
    case LETHE_STATUS_DENIED:
        refuse(p, LETHE_ERR_PERMISSION, d->status);
        break;
    case LETHE_STATUS_FULL:
        refuse(p, LETHE_ERR_NO_SPACE, d->status);
        break;
    default:
        refuse(p, LETHE_ERR_REFUSED, d->status);
    }
}

/* What ended it has ended it: other packets that came with the one that told must not undo that. */
bool put_called(struct put *p, int64_t now_ns, const struct data_body *d)
{
    if (put_done(p) || d->call_id >= p->pace.next || p->pace.next - d->call_id > PACE_WINDOW)
        return false;
    const uint32_t item = p->pace.records[d->call_id % PACE_WINDOW].item;
    if (!pace_answered(&p->pace, d->call_id, now_ns))
        return false;
    if (d->status == LETHE_STATUS_OK) {
        succeeded(p, item, d);
    } else {
        ask_item_again(p, item);
        failed(p, now_ns, item, d);
    }
    return true;
}

int64_t put_next_ns(const struct put *p)
{
    int64_t next = pace_next_ns(&p->pace, next_item(p) != ITEM_NONE);
    return next > p->hold_ns ? next : p->hold_ns;
}
