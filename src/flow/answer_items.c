/*
 * The numbers of an answer: each struck before it is filled, and the bytes of those that lie end to
 * end in a body read at once.
 */
#include "flow/answer_draft.h"
#include "flow/lineage.h"
#include "flow/range.h"

/* Where the bytes of an item's number i lie in the body, and how many they are. */
struct chunk {
    uint64_t offset;
    size_t len;
};

static struct chunk chunk_of(const struct request_item *item, size_t i, size_t full, uint64_t size)
{
    const size_t less = item->short_first ? DATA_CARRIED_BYTES : 0;
    struct chunk c = {.offset = item->offset + i * full - (i ? less : 0),
                      .len = full - (i ? 0 : less)};
    if (i + 1U == item->count && item->last < c.len)
        c.len = item->last;
    if (c.offset >= size)
        c.len = 0;
    else if (size - c.offset < c.len)
        c.len = (size_t)(size - c.offset);
    return c;
}

/* The numbers of an item that may be sent, as bits; they are struck. */
static uint16_t strike_item(struct answer *a, const struct request_item *item, uint64_t size,
                            size_t full, size_t most)
{
    struct flow_request *rq = a->rq;
    const uint64_t first = rq->base + item->first, space = lineage_space(&rq->session);
    uint32_t wanted = 0;
    for (unsigned i = 0; i < item->count && i < most; i++) {
        uint64_t number = first + i;
        if (number > rq->horizon)
            rq->beyond++;
        else if (number > rq->session.transport.base && chunk_of(item, i, full, size).len)
            wanted |= 1u << i;
    }
    const unsigned at = first % 16; /* an item lies in two groups of the table at most */
    bool low_full = false, high_full = false;
    uint32_t spread = wanted << at, fresh = 0;
    if (spread & 0xffff)
        fresh = strikes_take(a->st->strikes, space, first / 16, (uint16_t)spread, &low_full);
    if (spread >> 16)
        fresh |= (uint32_t)strikes_take(a->st->strikes, space, first / 16 + 1,
                                        (uint16_t)(spread >> 16), &high_full)
                 << 16;
    if (low_full || high_full)
        rq->fallback = FALLBACK_FULL;
    rq->struck += (uint32_t)__builtin_popcount(spread & ~fresh);
    if (fresh && rq->place)
        place_sent(rq->place, first - at + 31 - (unsigned)__builtin_clz(fresh));
    return (uint16_t)(fresh >> at);
}

static void put_status(struct answer *a, const struct request_item *item, uint16_t fresh,
                       int status)
{
    const uint64_t number = a->rq->base + item->first + (unsigned)__builtin_ctz(fresh);
    struct data_body b = {.flags = DATA_PULL | DATA_STATUS,
                          .number = (uint32_t)number,
                          .range_nonce = range_nonce(a->rq->session.transport.range_key, number),
                          .status = (uint8_t)status};
    (void)answer_put(a, &b, a->rq->datagram);
    a->rq->sent++;
}

static uint8_t *bytes_of(const struct answer *a)
{
    return a->scratch->bytes + FLOW_HEAD_ROOM;
}

/* Seals an item's fresh numbers; the stretch's bytes are in the scratch. */
static void put_item(struct answer *a, const struct request_item *item, uint16_t fresh)
{
    const struct stretch *s = &a->stretch;
    const uint8_t *key = a->rq->session.transport.range_key;
    const size_t full = DATA_CHUNK(a->rq->datagram);
    const unsigned low = (unsigned)__builtin_ctz(fresh), high = 31 - (unsigned)__builtin_clz(fresh);
    const uint64_t first = a->rq->base + item->first;
    uint64_t next = range_end(key, first + low);
    for (unsigned i = low; i <= high; i++) {
        const uint64_t number = first + i, here = next;
        next = range_end(key, number + 1);
        if (!(fresh & 1u << i))
            continue;
        const struct chunk c = chunk_of(item, i, full, s->handle->size);
        struct data_body b = {.flags = (uint8_t)(DATA_PULL | (s->handle->aging ? DATA_AGING : 0)),
                              .number = (uint32_t)number,
                              .range_nonce = here ^ next,
                              .bytes_len = c.len};
        (void)answer_put_number(a, &b, bytes_of(a) + (c.offset - s->offset));
        a->rq->sent++;
    }
}

/* Reads and sends what the stretch has, and empties it. */
void answer_end_items(struct answer *a)
{
    struct stretch *s = &a->stretch;
    if (s->count == 0)
        return;
    const struct handle *h = s->handle;
    const int status = a->service->read(a->service->context, h->state, h->state_len, s->offset,
                                        bytes_of(a), s->len);
    for (int i = 0; i < s->count; i++)
        if (status == LETHE_STATUS_OK)
            put_item(a, s->parts[i].item, s->parts[i].fresh);
        else
            put_status(a, s->parts[i].item, s->parts[i].fresh, status);
    s->count = 0;
    s->len = s->packets = 0;
}

/* Puts an item's fresh numbers at the stretch's end; what does not follow it begins another. */
static void put_off(struct answer *a, const struct request_item *item, const struct handle *h,
                    uint16_t fresh)
{
    struct stretch *s = &a->stretch;
    const size_t full = DATA_CHUNK(a->rq->datagram);
    const unsigned low = (unsigned)__builtin_ctz(fresh), high = 31 - (unsigned)__builtin_clz(fresh);
    const struct chunk begin = chunk_of(item, low, full, h->size),
                       end = chunk_of(item, high, full, h->size);
    const size_t len = (size_t)(end.offset + end.len - begin.offset);
    if (s->handle != h || s->offset + s->len != begin.offset || len > BURST_BYTES - s->len)
        answer_end_items(a);
    if (s->count == 0)
        s->offset = begin.offset;
    s->handle = h;
    s->len += len;
    s->packets += (unsigned)__builtin_popcount(fresh);
    s->parts[s->count].item = item;
    s->parts[s->count++].fresh = fresh;
}

/* How many packets there is room for, and one more with a continuation; what has none waits for
 * another request. */
static size_t room_for(const struct answer *a)
{
    const struct burst *burst = a->burst;
    const size_t waiting = a->stretch.packets;
    const size_t bytes = BURST_BYTES - burst->used - waiting * a->rq->datagram,
                 packets = BURST_PACKETS - burst->count - waiting;
    if (packets <= 1 || bytes <= DATAGRAM_BYTES)
        return 0;
    const size_t by_bytes = (bytes - DATAGRAM_BYTES) / a->rq->datagram;
    return packets - 1 < by_bytes ? packets - 1 : by_bytes;
}

void answer_item(struct answer *a, const struct request_item *item)
{
    const struct handle *h = answer_handle(a, item->handle);
    const size_t full = DATA_CHUNK(a->rq->datagram);
    const size_t most = room_for(a);
    if (most == 0 || a->rq->fallback != FALLBACK_NONE || (!h && item->handle == HANDLE_OPENED))
        return;
    /* A handle that does not open is said under the item's numbers, like any other status. */
    uint16_t fresh = strike_item(a, item, h ? h->size : BODY_BYTES_MAX, full, most);
    if (!fresh)
        return;
    if (h && a->service->read)
        put_off(a, item, h, fresh);
    else
        put_status(a, item, fresh, LETHE_STATUS_HANDLE);
}
