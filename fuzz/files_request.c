/*
 * A request to the services of files and tables: what decodes is encoded to the same bytes, within
 * its bounds, and every pointer stays inside.
 */
#include "target.h"
#include "wire/files.h"
#include "wire/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct files_request q;
    uint8_t again[FILES_REQUEST_MAX];
    if (files_request_decode(&q, data, size) != LETHE_OK)
        return 0;
    REQUIRE(q.offset <= BODY_BYTES_MAX && q.size <= BODY_BYTES_MAX && q.length <= PIECE_BYTES);
    REQUIRE(q.path_len <= FILES_PATH_MAX && q.bytes_len <= FILES_WRITE_MAX);
    REQUIRE(q.path_len == 0 || q.path + q.path_len == data + size);
    REQUIRE(q.bytes_len == 0 || q.bytes + q.bytes_len == data + size);
    REQUIRE(files_request_encode(again, sizeof again, &q) == size);
    REQUIRE(memcmp(again, data, size) == 0);
    fuzz_accepted++;
    return 0;
}
