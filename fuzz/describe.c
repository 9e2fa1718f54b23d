/*
 * What `lethe inspect` reads: any file. The sanitizers watch the cursors; what is printed goes
 * nowhere. Accepted is what has a description.
 */
#include "cmd/describe.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct complaint why = {.text = ""};
    if (!nowhere)
        nowhere = freopen("/dev/null", "w", stdout);
    REQUIRE(nowhere != NULL);
    int err = describe("input", data, size, size % 2, &why);
    REQUIRE((err == LETHE_OK) == (why.text[0] == 0));
    REQUIRE(err == LETHE_OK || err == LETHE_ERR_FORMAT);
    fuzz_accepted += err == LETHE_OK;
    return 0;
}
