/*
 * The state of a body of files or of a table: what decodes is encoded to the same bytes, fits a
 * handle, and every pointer stays inside.
 */
#include "target.h"
#include "wire/files.h"
#include "wire/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct files_state s;
    uint8_t again[FILES_STATE_MAX];
    if (files_state_decode(&s, data, size) != LETHE_OK)
        return 0;
    REQUIRE(s.size <= BODY_BYTES_MAX);
    REQUIRE(s.path_len == 0 || s.path + s.path_len == data + size);
    REQUIRE(files_state_encode(again, sizeof again, &s) == size);
    REQUIRE(memcmp(again, data, size) == 0);
    fuzz_accepted++;
    return 0;
}
