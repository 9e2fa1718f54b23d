/*
 * The text file of `lethe serve --table`: rows lie inside it, are in order, without a tab in a key
 * and without two of one key; and they are all that it says.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "service/table.h"
#include "target.h"

static struct table table;

/* The parser reads a file: it is one in memory. */
static int open_bytes(const uint8_t *data, size_t size)
{
    struct complaint why;
    char name[32];
    int fd = memfd_create("table", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int err = table_open(&table, name, &why);
    close(fd);
    return err;
}

static int order(const struct table_row *a, const struct table_row *b)
{
    const size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
    const int differs = memcmp(a->key, b->key, n);
    return differs ? differs : (int)a->key_len - (int)b->key_len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t bytes = 0;
    if (open_bytes(data, size) != LETHE_OK)
        return 0;
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *r = &table.rows[i];
        REQUIRE(r->key >= table.bytes && r->value + r->value_len <= table.bytes + size);
        REQUIRE(r->key_len >= 1 && r->key_len <= FILES_PATH_MAX);
        REQUIRE(!memchr(r->key, '\t', r->key_len) && r->key[r->key_len] == '\t');
        REQUIRE(r->value == r->key + r->key_len + 1 && !memchr(r->value, '\n', r->value_len));
        REQUIRE(i == 0 || order(r - 1, r) < 0);
        bytes += (size_t)r->key_len + 1 + r->value_len + 1;
    }
    REQUIRE(bytes == size || bytes == size + 1); /* the last line may lack its end */
    fuzz_accepted++;
    return 0;
}
