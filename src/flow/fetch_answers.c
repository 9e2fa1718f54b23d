/*
 * What an answer means: bytes to store, a digest to compare, a version that changed, a refusal.
 * A piece is done when the store's digest of it and the server's are the same.
 */
#include "base/bytes.h"
#include "flow/pieces.h"
#include "lethe/error.h"

#define DIGEST_BYTES 32
#define SIZE_MOST    ((uint64_t)INT64_MAX - PIECE_BYTES)

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
    if (f->result != LETHE_OK || s->have != piece_chunks(f, s->piece))
        return;
    s->state = SLOT_VERIFY;
    f->result = slot_digest(f, s);
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
    slot_start(f, &f->slots[0]);
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
        fetch_ask_first_again(f, digest);
    else if (s)
        slot_ask_again(s, digest ? ITEM_DIGEST : b->offset % PIECE_BYTES / DATA_CHUNK_BYTES);
}

static void wait_while_busy(struct fetch *f, int64_t now_ns)
{
    if (f->busy_since_ns == 0)
        f->busy_since_ns = now_ns;
    if (now_ns - f->busy_since_ns > FETCH_BUSY_MOST_NS)
        f->result = LETHE_ERR_CHANGED;
    f->hold_ns = now_ns + FETCH_BUSY_NS;
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
