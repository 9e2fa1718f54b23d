/*
 * Fetching: what to ask next. Requests are paced together, and whatever is lost is simply wanted
 * again.
 */
#include "flow/fetch.h"
#include "base/bytes.h"
#include "flow/pieces.h"
#include "lethe/error.h"

#define SLOT_ITEMS 128u
#define ITEM_FIRST (FETCH_SLOTS * SLOT_ITEMS) /* and one past it, the first digest */

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

/* The slot with the earliest piece that has something to ask, starting pieces in free slots on the
 * way: what is lost is asked for again before anything new. */
static bool find_work(struct fetch *f, uint32_t *slot, uint32_t *item)
{
    uint32_t wanted;
    *slot = FETCH_SLOTS;
    for (uint32_t i = 0; i < FETCH_SLOTS && f->result == LETHE_OK; i++) {
        struct fetch_slot *s = &f->slots[i];
        if (s->state == SLOT_FREE && f->next_piece < f->pieces)
            slot_start(f, s);
        if (!slot_wants(f, s, &wanted) || (*slot < FETCH_SLOTS && s->piece > f->slots[*slot].piece))
            continue;
        *slot = i;
        *item = wanted;
    }
    return *slot < FETCH_SLOTS && f->result == LETHE_OK;
}

static void take_back_lost(struct fetch *f)
{
    uint32_t item;
    while (pace_lost(&f->pace, &item)) {
        f->retries++;
        if (item >= ITEM_FIRST)
            fetch_ask_first_again(f, item > ITEM_FIRST);
        else
            slot_ask_again(&f->slots[item / SLOT_ITEMS], item % SLOT_ITEMS);
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

void fetch_ask_again(struct fetch *f)
{
    pace_abandon(&f->pace);
    take_back_lost(f);
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
