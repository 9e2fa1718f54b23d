/*
 * The body of DATA: the same bytes again when encoded, to the last.
 * Every part is there exactly when its flag is, and no flag without what it belongs to.
 */
#include "target.h"
#include "wire/data.h"

static void check(const struct data_body *v)
{
    const uint8_t flags = v->flags;
    REQUIRE((flags & ~DATA_FLAGS) == 0);
    REQUIRE(!(flags & DATA_PULL && flags & DATA_CALL));
    REQUIRE(!(flags & DATA_BODY) || flags & DATA_CALL);
    REQUIRE(!(flags & (DATA_STATUS | DATA_AGING)) || flags & DATA_PULL);
    REQUIRE((v->continuation != NULL) == ((flags & DATA_CONTINUATION) != 0));
    REQUIRE((v->transport != NULL) == ((flags & DATA_CONTINUATION) != 0));
    REQUIRE((v->handle != NULL) == ((flags & DATA_BODY) != 0));
    REQUIRE((v->version != NULL) == ((flags & DATA_BODY) != 0));
    REQUIRE(flags & DATA_PULL || (v->number == 0 && v->range_nonce == 0));
    REQUIRE(flags & DATA_CALL || v->call_id == 0);
    REQUIRE(flags & (DATA_CALL | DATA_STATUS) || v->status == 0);
    if (flags & DATA_BODY)
        REQUIRE(v->handle_len >= HANDLE_BYTES_MIN && v->handle_len <= HANDLE_BYTES_MAX &&
                v->size <= BODY_BYTES_MAX);
    else
        REQUIRE(v->handle_len == 0 && v->size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct data_body v;
    uint8_t again[PACKET_MAX];
    if (size > sizeof again || data_body_decode(&v, data, size) != LETHE_OK)
        return 0;
    check(&v);
    REQUIRE(v.bytes + v.bytes_len == data + size);
    REQUIRE(data_body_encode(again, sizeof again, &v) == size);
    REQUIRE(memcmp(again, data, size) == 0);
    REQUIRE(data_body_encode(again, size - 1, &v) == 0);
    fuzz_accepted++;
    return 0;
}
