/*
 * The body of REQUEST: every field within its bound, every pointer inside, and the same bytes again
 * when encoded, up to the padding.
 */
#include "base/bytes.h"
#include "target.h"
#include "wire/request.h"

static void check_proof(const struct proof *p)
{
    uint64_t end = 0;
    REQUIRE(p->count <= PROOF_RUNS_MAX);
    for (size_t i = 0; i < p->count; i++) {
        const struct run *run = &p->runs[i];
        REQUIRE(run->first > end + (i > 0) && run->last >= run->first);
        REQUIRE(run->last - end <= 2ull * UINT32_MAX + 1);
        end = run->last;
    }
}

static bool is_handle(const struct request_body *v, uint8_t handle, uint8_t other)
{
    return handle < v->handle_count || (handle == other && v->flags & REQUEST_CALL);
}

static void check_item(const struct request_body *v, const struct request_item *item)
{
    REQUIRE(item->first > 0 && item->last > 0);
    REQUIRE(item->count > 0 && item->count <= REQUEST_ITEM_NUMBERS);
    REQUIRE(is_handle(v, item->handle, HANDLE_OPENED));
    REQUIRE(item->offset + REQUEST_ITEM_NUMBERS * PACKET_MAX + item->last <= INT64_MAX);
}

static void check(const struct request_body *v, const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    REQUIRE((v->flags & ~REQUEST_FLAGS) == 0);
    REQUIRE(v->datagram >= DATAGRAM_BYTES && v->datagram <= PACKET_MAX);
    check_proof(&v->proof);
    REQUIRE(v->proof.count > 0 || v->sum == 0);
    REQUIRE(v->handle_count <= REQUEST_HANDLES_MAX && v->item_count <= REQUEST_ITEMS_MAX);
    for (int i = 0; i < v->handle_count; i++) {
        const struct request_handle *h = &v->handles[i];
        REQUIRE(h->len >= HANDLE_BYTES_MIN && h->len <= HANDLE_BYTES_MAX);
        REQUIRE(h->p > data && h->p + h->len <= end);
    }
    for (int i = 0; i < v->item_count; i++)
        check_item(v, &v->items[i]);
    if (v->flags & REQUEST_CALL) {
        REQUIRE(v->call_len <= REQUEST_CALL_MAX);
        REQUIRE(is_handle(v, v->call_handle, HANDLE_NONE));
        REQUIRE(v->call > data && v->call + v->call_len <= end);
    } else {
        REQUIRE(v->call_id == 0 && v->call_handle == HANDLE_NONE && !v->call && v->call_len == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request_body v;
    uint8_t again[REQUEST_BODY_MAX], padded[REQUEST_BODY_MAX];
    if (request_body_decode(&v, data, size) != LETHE_OK)
        return 0;
    check(&v, data, size);
    size_t used = request_body_encode(again, sizeof again, 0, &v);
    REQUIRE(used > 0 && used <= size); /* whatever decodes fits a packet */
    REQUIRE(memcmp(again, data, used) == 0);
    for (size_t room = 0; room < used; room += 7)
        REQUIRE(request_body_encode(padded, room, 0, &v) == 0);
    REQUIRE(request_body_encode(padded, sizeof padded, used + 9, &v) == used + 9);
    REQUIRE(memcmp(padded, again, used) == 0 && bytes_are_zero(padded + used, 9));
    REQUIRE(request_body_encode(padded, used + 8, used + 9, &v) == 0);
    fuzz_accepted++;
    return 0;
}
