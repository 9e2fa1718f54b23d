/*
 * Runs every file of a folder through a target, twice: the second run must do what the first did.
 * Each file lies in memory of its exact size, so that a sanitizer sees one byte too many.
 */
#include <dirent.h>

#include "target.h"

unsigned long fuzz_accepted;

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t buffer[65536];
    REQUIRE(f != NULL);
    *size = fread(buffer, 1, sizeof buffer, f);
    REQUIRE(!ferror(f) && *size < sizeof buffer);
    fclose(f);
    uint8_t *exact = malloc(*size ? *size : 1);
    REQUIRE(exact != NULL);
    memcpy(exact, buffer, *size);
    return exact;
}

static void run(const char *path)
{
    size_t size;
    uint8_t *data = read_file(path, &size);
    unsigned long before = fuzz_accepted;
    LLVMFuzzerTestOneInput(data, size);
    unsigned long first = fuzz_accepted - before;
    LLVMFuzzerTestOneInput(data, size);
    REQUIRE(fuzz_accepted - before == 2 * first);
    free(data);
}

int main(int argc, char **argv)
{
    REQUIRE(argc == 2);
    DIR *dir = opendir(argv[1]);
    unsigned long files = 0;
    REQUIRE(dir != NULL);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        REQUIRE(snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name) < (int)sizeof path);
        run(path);
        files++;
    }
    closedir(dir);
    printf("%lu seeds, %lu accepted\n", files, fuzz_accepted / 2);
    REQUIRE(fuzz_accepted > 0);
    return 0;
}
