/*
 * The body of REQUEST: every field within its bound, every pointer inside, and the same bytes again
 * when encoded, up to the padding.
 */
#include "target.h"
#include "wire/request.h"

static void check(const struct request_body *v, const uint8_t *data, size_t size)
{
    REQUIRE(v->path_len <= REQUEST_PATH_MAX);
    REQUIRE(v->length <= PIECE_BYTES);
    REQUIRE(v->offset + v->length <= INT64_MAX);
    REQUIRE(v->path >= data && v->path + v->path_len <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request_body v;
    uint8_t again[REQUEST_BODY_MAX];
    if (request_body_decode(&v, data, size) != LETHE_OK)
        return 0;
    check(&v, data, size);
    size_t used = (size_t)(v.path - data) + v.path_len;
    size_t n = request_body_encode(again, sizeof again, &v);
    REQUIRE(n >= used); /* whatever decodes fits a packet */
    REQUIRE(memcmp(again, data, used) == 0);
    for (size_t room = 0; room < n; room += 7)
        REQUIRE(request_body_encode(again, room, &v) == 0);
    fuzz_accepted++;
    return 0;
}
