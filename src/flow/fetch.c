/*
 * Fetching: slots of pieces, each checked, read and verified on its own.
 * Requests are paced together; whatever is lost is simply wanted again.
 */
#include "flow/fetch.h"
#include "base/bytes.h"
#include "lethe/error.h"

#define CHUNKS       (PIECE_BYTES / DATA_CHUNK_BYTES)
#define ITEM_DIGEST  CHUNKS
#define SLOT_ITEMS   128u
#define ITEM_FIRST   (FETCH_SLOTS * SLOT_ITEMS) /* and one past it, the first digest */
#define FIRST_CHUNK  1
#define FIRST_DIGEST 2
#define DIGEST_BYTES 32
#define SIZE_MOST    ((uint64_t)INT64_MAX - PIECE_BYTES)

_Static_assert(CHUNKS == 64, "a slot's chunks are the bits of one word");

void fetch_init(struct fetch *f, const char *path, const struct fetch_store *store,
                uint64_t local_size)
{
    memset(f, 0, sizeof *f);
    f->path = path;
    f->store = *store;
    f->local_size = local_size;
    pace_init(&f->pace);
}

bool fetch_done(const struct fetch *f)
{
    return f->result != LETHE_OK || (f->known && f->pieces_done == f->pieces);
}

static uint64_t piece_start(uint64_t piece)
{
    return piece * PIECE_BYTES;
}

static uint32_t piece_length(const struct fetch *f, uint64_t piece)
{
    uint64_t left = f->size - piece_start(piece);
    return left < PIECE_BYTES ? (uint32_t)left : PIECE_BYTES;
}

static uint32_t chunk_length(const struct fetch *f, uint64_t offset)
{
    uint64_t left = f->size - offset;
    return left < DATA_CHUNK_BYTES ? (uint32_t)left : DATA_CHUNK_BYTES;
}

/* The bits of all chunks that a piece has. */
static uint64_t all_chunks(const struct fetch *f, uint64_t piece)
{
    uint32_t n = (piece_length(f, piece) + DATA_CHUNK_BYTES - 1) / DATA_CHUNK_BYTES;
    return n == 64 ? UINT64_MAX : (1ull << n) - 1;
}

static int local_digest(struct fetch *f, struct fetch_slot *s)
{
    return f->store.digest(f->store.context, piece_start(s->piece), piece_length(f, s->piece),
                           s->local);
}

static void start_piece(struct fetch *f, struct fetch_slot *s)
{
    memset(s, 0, sizeof *s);
    s->piece = f->next_piece++;
    s->state = SLOT_READ;
    if (piece_start(s->piece) + piece_length(f, s->piece) > f->local_size)
        return;
    s->state = SLOT_CHECK;
    f->result = local_digest(f, s);
}

/* Chunks first, then the digest, which need not wait for them to arrive. */
static bool slot_wants(const struct fetch *f, const struct fetch_slot *s, uint32_t *item)
{
    uint64_t missing = 0;
    if (s->state == SLOT_FREE)
        return false;
    if (s->state == SLOT_READ)
        missing = all_chunks(f, s->piece) & ~s->have & ~s->asked;
    *item = missing ? (uint32_t)__builtin_ctzll(missing) : ITEM_DIGEST;
    return missing || !s->digest_asked;
}

/* The slot with the earliest piece that has something to ask, starting pieces in free slots on the
 * way: what is lost is asked for again before anything new. */
static bool find_work(struct fetch *f, uint32_t *slot, uint32_t *item)
{
    uint32_t wanted;
    *slot = FETCH_SLOTS;
    for (uint32_t i = 0; i < FETCH_SLOTS && f->result == LETHE_OK; i++) {
        struct fetch_slot *s = &f->slots[i];
        if (s->state == SLOT_FREE && f->next_piece < f->pieces)
            start_piece(f, s);
        if (!slot_wants(f, s, &wanted) || (*slot < FETCH_SLOTS && s->piece > f->slots[*slot].piece))
            continue;
        *slot = i;
        *item = wanted;
    }
    return *slot < FETCH_SLOTS && f->result == LETHE_OK;
}

static struct fetch_slot *slot_of(struct fetch *f, uint64_t piece)
{
    for (int i = 0; i < FETCH_SLOTS; i++)
        if (f->slots[i].state != SLOT_FREE && f->slots[i].piece == piece)
            return &f->slots[i];
    return NULL;
}

/* Wants a chunk, or the digest, of a slot again. */
static void ask_again(struct fetch_slot *s, uint32_t item)
{
    if (item < CHUNKS)
        s->asked &= ~(1ull << item);
    else
        s->digest_asked = false;
}

/* One of the first two requests is wanted again; the other may have been answered meanwhile. */
static void ask_first_again(struct fetch *f, bool digest)
{
    struct fetch_slot *s = f->known ? slot_of(f, 0) : NULL;
    f->first_asked &= digest ? FIRST_CHUNK : FIRST_DIGEST;
    if (s)
        ask_again(s, digest ? ITEM_DIGEST : 0);
}

static void take_back_lost(struct fetch *f)
{
    uint32_t item;
    while (pace_lost(&f->pace, &item)) {
        f->retries++;
        if (item >= ITEM_FIRST)
            ask_first_again(f, item > ITEM_FIRST);
        else
            ask_again(&f->slots[item / SLOT_ITEMS], item % SLOT_ITEMS);
    }
}

/* An answer's kind is told by its id alone, which only the server can echo. */
static uint64_t id_of(uint64_t number, uint8_t op)
{
    return number << 1 | (op == OP_DIGEST);
}

static void fill(struct fetch *f, struct request_body *b, uint8_t op, uint64_t offset,
                 uint32_t length, uint32_t item, int64_t now_ns)
{
    b->op = op;
    b->version = f->version;
    b->offset = offset;
    b->length = length;
    b->path = (const uint8_t *)f->path;
    b->path_len = (uint16_t)strlen(f->path);
    b->id = id_of(pace_sent(&f->pace, item, false, now_ns), op);
}

/* Before size and version are known: the first chunk, and the digest of the first piece with it, so
 * that a small resource takes one round trip. */
static bool first_request(struct fetch *f, struct request_body *b, int64_t now_ns)
{
    if (!(f->first_asked & FIRST_CHUNK)) {
        f->first_asked |= FIRST_CHUNK;
        fill(f, b, OP_READ, 0, DATA_CHUNK_BYTES, ITEM_FIRST, now_ns);
        return true;
    }
    if (f->first_asked & FIRST_DIGEST)
        return false;
    f->first_asked |= FIRST_DIGEST;
    fill(f, b, OP_DIGEST, 0, PIECE_BYTES, ITEM_FIRST + 1, now_ns);
    return true;
}

/* One question at a time until a busy resource has come to rest. */
static bool is_waiting(const struct fetch *f)
{
    return f->busy_since_ns != 0 && f->pace.in_flight > 0;
}

bool fetch_next(struct fetch *f, int64_t now_ns, struct request_body *b)
{
    uint32_t slot, item;
    pace_tick(&f->pace, now_ns);
    take_back_lost(f);
    if (fetch_done(f) || now_ns < f->hold_ns || is_waiting(f) || !pace_ready(&f->pace, now_ns))
        return false;
    if (!f->known)
        return first_request(f, b, now_ns);
    if (!find_work(f, &slot, &item))
        return false;
    struct fetch_slot *s = &f->slots[slot];
    uint64_t start = piece_start(s->piece);
    if (item == ITEM_DIGEST) {
        s->digest_asked = true;
        fill(f, b, OP_DIGEST, start, piece_length(f, s->piece), slot * SLOT_ITEMS + item, now_ns);
    } else {
        s->asked |= 1ull << item;
        start += (uint64_t)item * DATA_CHUNK_BYTES;
        fill(f, b, OP_READ, start, chunk_length(f, start), slot * SLOT_ITEMS + item, now_ns);
    }
    return true;
}

static void finish_piece(struct fetch *f, struct fetch_slot *s)
{
    uint32_t n = piece_length(f, s->piece);
    if (s->state == SLOT_CHECK)
        f->bytes_reused += n;
    f->bytes_done += n;
    f->pieces_done++;
    s->state = SLOT_FREE;
}

static void read_again(struct fetch *f, struct fetch_slot *s)
{
    if (s->state == SLOT_VERIFY && ++s->tries >= FETCH_PIECE_TRIES)
        f->result = LETHE_ERR_CRYPTO;
    s->state = SLOT_READ;
    s->have = s->asked = 0;
    s->digest_asked = s->digest_known = false;
}

/* Both digests are there: the piece is done, or it is read again. */
static void compare(struct fetch *f, struct fetch_slot *s)
{
    if (s->state == SLOT_READ || !s->digest_known || f->result != LETHE_OK)
        return;
    if (bytes_equal(s->local, s->remote, DIGEST_BYTES))
        finish_piece(f, s);
    else
        read_again(f, s);
}

static void take_digest(struct fetch *f, const struct data_body *b)
{
    struct fetch_slot *s = slot_of(f, b->offset / PIECE_BYTES);
    if (!s || b->bytes_len != DIGEST_BYTES || b->offset % PIECE_BYTES != 0 || !s->digest_asked)
        return;
    memcpy(s->remote, b->bytes, DIGEST_BYTES);
    s->digest_known = true;
    compare(f, s);
}

static void take_chunk(struct fetch *f, const struct data_body *b)
{
    struct fetch_slot *s = slot_of(f, b->offset / PIECE_BYTES);
    uint64_t bit = 1ull << b->offset % PIECE_BYTES / DATA_CHUNK_BYTES;
    if (!s || s->state != SLOT_READ || b->offset % DATA_CHUNK_BYTES != 0 || b->offset >= f->size ||
        b->bytes_len != chunk_length(f, b->offset) || s->have & bit)
        return;
    f->result = f->store.write(f->store.context, b->offset, b->bytes, b->bytes_len);
    f->bytes_received += b->bytes_len;
    s->have |= bit;
    if (f->result != LETHE_OK || s->have != all_chunks(f, s->piece))
        return;
    s->state = SLOT_VERIFY;
    f->result = local_digest(f, s);
    compare(f, s);
}

/* What the store held of the old version may still be right for much of the new one: it is
 * checked piece by piece, like a partial file from before. */
static void start_over(struct fetch *f)
{
    if (++f->restarts > FETCH_RESTARTS)
        f->result = LETHE_ERR_CHANGED;
    f->local_size = f->known ? f->size : f->local_size;
    f->known = false;
    f->first_asked = 0;
    f->first_number = f->pace.next;
    memset(f->version, 0, sizeof f->version);
    memset(f->slots, 0, sizeof f->slots);
    f->next_piece = f->pieces_done = f->bytes_done = f->bytes_reused = 0;
}

static void learn(struct fetch *f, const struct data_body *b)
{
    if (b->size > SIZE_MOST) {
        f->result = LETHE_ERR_FORMAT;
        return;
    }
    memcpy(f->version, b->version, sizeof f->version);
    f->size = b->size;
    f->pieces = (b->size + PIECE_BYTES - 1) / PIECE_BYTES;
    f->known = true;
    f->result = f->store.resize(f->store.context, b->size);
    if (f->result != LETHE_OK || f->pieces == 0)
        return;
    start_piece(f, &f->slots[0]);
    f->slots[0].asked = f->first_asked & FIRST_CHUNK;
    f->slots[0].digest_asked = f->first_asked & FIRST_DIGEST;
}

static void take_bytes(struct fetch *f, const struct data_body *b)
{
    f->busy_since_ns = 0;
    if (!f->known)
        learn(f, b);
    if (memcmp(f->version, b->version, sizeof f->version) != 0 || f->result != LETHE_OK)
        return;
    if (b->id & 1)
        take_digest(f, b);
    else
        take_chunk(f, b);
}

/* Wants again whatever this answer should have brought. */
static void forget_asked(struct fetch *f, const struct data_body *b)
{
    bool digest = b->id & 1;
    struct fetch_slot *s = f->known ? slot_of(f, b->offset / PIECE_BYTES) : NULL;
    if (!f->known)
        ask_first_again(f, digest);
    else if (s)
        ask_again(s, digest ? ITEM_DIGEST : b->offset % PIECE_BYTES / DATA_CHUNK_BYTES);
}

static void wait_while_busy(struct fetch *f, int64_t now_ns)
{
    if (f->busy_since_ns == 0)
        f->busy_since_ns = now_ns;
    if (now_ns - f->busy_since_ns > FETCH_BUSY_MOST_NS)
        f->result = LETHE_ERR_CHANGED;
    f->hold_ns = now_ns + FETCH_BUSY_NS;
}

void fetch_ask_again(struct fetch *f)
{
    pace_abandon(&f->pace);
    take_back_lost(f);
}

bool fetch_answer(struct fetch *f, int64_t now_ns, const struct data_body *b)
{
    uint64_t received = f->bytes_received;
    bool news = pace_answered(&f->pace, b->id >> 1, now_ns);
    if (fetch_done(f) || b->id >> 1 < f->first_number) /* the latter speaks of an older version */
        return news;
    switch (b->status) {
    case STATUS_OK:
        take_bytes(f, b);
        break;
    case STATUS_CHANGED:
        if (f->known)
            start_over(f);
        break;
    case STATUS_BUSY:
        forget_asked(f, b);
        wait_while_busy(f, now_ns);
        break;
    case STATUS_ADDRESS:
        forget_asked(f, b);
        break;
    case STATUS_NOT_FOUND:
        f->result = LETHE_ERR_NOT_FOUND;
        break;
    case STATUS_DENIED:
        f->result = LETHE_ERR_PERMISSION;
        break;
    default:
        f->result = LETHE_ERR_REFUSED;
        break;
    }
    return news || f->bytes_received != received;
}

static bool has_work(const struct fetch *f)
{
    uint32_t item;
    if (is_waiting(f))
        return false;
    if (!f->known)
        return f->first_asked != (FIRST_CHUNK | FIRST_DIGEST);
    for (int i = 0; i < FETCH_SLOTS; i++) {
        const struct fetch_slot *s = &f->slots[i];
        if (slot_wants(f, s, &item) || (s->state == SLOT_FREE && f->next_piece < f->pieces))
            return true;
    }
    return false;
}

int64_t fetch_next_ns(const struct fetch *f)
{
    int64_t next = pace_next_ns(&f->pace, has_work(f));
    return next < f->hold_ns ? f->hold_ns : next;
}
