/*
 * REQUEST: the header's continuation is opaque here; the body is read with every bound checked.
 * Numbers and offsets are limited so that what they add up to cannot wrap.
 */
#include "wire/request.h"
#include "base/cursor.h"
#include "lethe/error.h"

#define SHORT_FIRST 0x80
#define RUN_MOST    ((uint64_t)UINT32_MAX)

int request_decode(struct request *q, const uint8_t *p, size_t n)
{
    if (n < REQUEST_MIN_BYTES || n > PACKET_MAX)
        return LETHE_ERR_FORMAT;
    struct reader r = reader_of(p, n);
    uint8_t kind = read8(&r);
    q->continuation = read_span(&r, CONTINUATION_BYTES);
    q->nonce = read_span(&r, NONCE_BYTES);
    q->share_count = read8(&r);
    if (q->share_count > REQUEST_SHARES_MAX)
        return LETHE_ERR_FORMAT;
    for (int i = 0; i < q->share_count; i++) {
        q->shares[i].leg = read8(&r);
        q->shares[i].share = read_span(&r, SHARE_BYTES);
    }
    q->box = read_rest(&r, &q->box_len);
    if (!reader_done(&r) || kind != KIND_REQUEST || q->box_len < TAG_BYTES)
        return LETHE_ERR_FORMAT;
    return LETHE_OK;
}

void request_encode(uint8_t *out, const struct request *q)
{
    struct writer w = writer_of(out, REQUEST_HEADER_BYTES(q->share_count));
    write8(&w, KIND_REQUEST);
    write_bytes(&w, q->continuation, CONTINUATION_BYTES);
    write_bytes(&w, q->nonce, NONCE_BYTES);
    write8(&w, q->share_count);
    for (int i = 0; i < q->share_count; i++) {
        write8(&w, q->shares[i].leg);
        write_bytes(&w, q->shares[i].share, SHARE_BYTES);
    }
}

static bool read_proof(struct reader *r, struct request_body *b)
{
    uint64_t end = 0;
    b->proof.count = read8(r);
    if (b->proof.count > PROOF_RUNS_MAX)
        return false;
    for (size_t i = 0; i < b->proof.count; i++) {
        uint64_t gap = read_varint(r), length = read_varint(r);
        if (gap > RUN_MOST || length > RUN_MOST || (i > 0 && gap == 0))
            return false;
        b->proof.runs[i].first = end + gap + 1;
        end = b->proof.runs[i].last = end + gap + 1 + length;
    }
    b->sum = b->proof.count ? read64(r) : 0;
    return true;
}

static void write_proof(struct writer *w, const struct request_body *b)
{
    uint64_t end = 0;
    write8(w, (uint8_t)b->proof.count);
    for (size_t i = 0; i < b->proof.count; i++) {
        const struct run *run = &b->proof.runs[i];
        write_varint(w, run->first - end - 1);
        write_varint(w, run->last - run->first);
        end = run->last;
    }
    if (b->proof.count)
        write64(w, b->sum);
}

static bool read_handles(struct reader *r, struct request_body *b)
{
    b->handle_count = read8(r);
    if (b->handle_count > REQUEST_HANDLES_MAX)
        return false;
    for (int i = 0; i < b->handle_count; i++) {
        uint16_t len = read16(r);
        b->handles[i].len = len;
        b->handles[i].p = read_span(r, len);
        if (len < HANDLE_BYTES_MIN || len > HANDLE_BYTES_MAX)
            return false;
    }
    return true;
}

static bool read_item(struct reader *r, const struct request_body *b, struct request_item *item)
{
    item->first = read32(r);
    uint8_t shape = read8(r);
    item->count = shape & (uint8_t)~SHORT_FIRST;
    item->short_first = shape & SHORT_FIRST;
    item->handle = read8(r);
    item->offset = read64(r);
    item->last = read16(r);
    bool opened = item->handle == HANDLE_OPENED && b->flags & REQUEST_CALL;
    return item->first > 0 && item->count > 0 && item->count <= REQUEST_ITEM_NUMBERS &&
           (item->handle < b->handle_count || opened) && item->offset <= BODY_BYTES_MAX &&
           item->last > 0;
}

static bool read_items(struct reader *r, struct request_body *b)
{
    b->item_count = read8(r);
    if (b->item_count > REQUEST_ITEMS_MAX)
        return false;
    for (int i = 0; i < b->item_count; i++)
        if (!read_item(r, b, &b->items[i]))
            return false;
    return true;
}

static void write_item(struct writer *w, const struct request_item *item)
{
    write32(w, item->first);
    write8(w, (uint8_t)(item->count | (item->short_first ? SHORT_FIRST : 0)));
    write8(w, item->handle);
    write64(w, item->offset);
    write16(w, item->last);
}

static bool read_call(struct reader *r, struct request_body *b)
{
    b->call_id = 0;
    b->call_handle = HANDLE_NONE;
    b->call = NULL;
    b->call_len = 0;
    if (!(b->flags & REQUEST_CALL))
        return true;
    b->call_id = read64(r);
    b->call_handle = read8(r);
    b->call_len = read16(r);
    b->call = read_span(r, b->call_len);
    return b->call_len <= REQUEST_CALL_MAX &&
           (b->call_handle < b->handle_count || b->call_handle == HANDLE_NONE ||
            b->call_handle == HANDLE_SERVER);
}

int request_body_decode(struct request_body *b, const uint8_t *p, size_t n)
{
    struct reader r = reader_of(p, n);
    b->flags = read8(&r);
    b->generation = read8(&r);
    b->echo = read32(&r);
    b->datagram = read16(&r);
    if (b->flags & ~REQUEST_FLAGS || b->datagram < DATAGRAM_BYTES || b->datagram > PACKET_MAX)
        return LETHE_ERR_FORMAT;
    bool sane = read_proof(&r, b) && read_handles(&r, b) && read_items(&r, b) && read_call(&r, b);
    return sane && !r.bad ? LETHE_OK : LETHE_ERR_FORMAT;
}

size_t request_body_encode(uint8_t *out, size_t room, size_t least, const struct request_body *b)
{
    struct writer w = writer_of(out, room);
    write8(&w, b->flags);
    write8(&w, b->generation);
    write32(&w, b->echo);
    write16(&w, b->datagram);
    write_proof(&w, b);
    write8(&w, b->handle_count);
    for (int i = 0; i < b->handle_count; i++) {
        write16(&w, b->handles[i].len);
        write_bytes(&w, b->handles[i].p, b->handles[i].len);
    }
    write8(&w, b->item_count);
    for (int i = 0; i < b->item_count; i++)
        write_item(&w, &b->items[i]);
    if (b->flags & REQUEST_CALL) {
        write64(&w, b->call_id);
        write8(&w, b->call_handle);
        write16(&w, b->call_len);
        write_bytes(&w, b->call, b->call_len);
    }
    if (!w.bad && w.used < least)
        write_zeros(&w, least - w.used);
    return w.bad ? 0 : w.used;
}
