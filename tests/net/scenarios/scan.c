/*
 * A table of the secrets' 8-byte words, and a window that slides over memory.
 */
#include "scan.h"

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"

#define WORD_BYTES  8
#define TABLE_SLOTS 8192 /* a power of two, several times the words */
#define CHUNK_BYTES ((size_t)1 << 20)

struct word {
    uint64_t value; /* 0: empty */
    uint16_t secret, at;
};

struct found {
    unsigned hits, words;
    uint64_t first, seen[CAPTURE_SECRET_BYTES / WORD_BYTES / 64 + 1];
};

static const struct capture *capture;
static struct word table[TABLE_SLOTS];
static struct found found[CAPTURE_SECRETS];
static uint8_t chunk[CHUNK_BYTES + WORD_BYTES];

static size_t slot_of(uint64_t value)
{
    return (size_t)(value * 0x9e3779b97f4a7c15u >> 40) & (TABLE_SLOTS - 1);
}

/* A word with little in it may stand anywhere by chance. */
static bool is_telling(const uint8_t *p)
{
    int zeros = 0;
    for (int i = 0; i < WORD_BYTES; i++)
        zeros += p[i] == 0;
    return zeros < 4;
}

void scan_prepare(const struct capture *c)
{
    capture = c;
    for (size_t s = 0; s < c->secret_count; s++) {
        for (size_t at = 0; at + WORD_BYTES <= c->secrets[s].n; at += WORD_BYTES) {
            if (!is_telling(c->secrets[s].bytes + at))
                continue;
            uint64_t value = load64(c->secrets[s].bytes + at);
            size_t i = slot_of(value);
            while (table[i].value)
                i = (i + 1) & (TABLE_SLOTS - 1);
            table[i] = (struct word){value, (uint16_t)s, (uint16_t)(at / WORD_BYTES)};
        }
    }
}

static void note(const struct word *w, uint64_t address)
{
    struct found *f = &found[w->secret];
    uint64_t bit = (uint64_t)1 << w->at % 64;
    if (f->hits++ == 0)
        f->first = address;
    f->words += !(f->seen[w->at / 64] & bit);
    f->seen[w->at / 64] |= bit;
}

static void look(const uint8_t *p, size_t n, uint64_t address)
{
    for (size_t i = 0; i + WORD_BYTES <= n; i++) {
        uint64_t value = load64(p + i);
        if (value == 0)
            continue;
        for (size_t s = slot_of(value); table[s].value; s = (s + 1) & (TABLE_SLOTS - 1))
            if (table[s].value == value)
                note(&table[s], address + i);
    }
}

static void look_through(int fd, uint64_t from, uint64_t to)
{
    memset(found, 0, sizeof found);
    for (uint64_t at = from; at < to; at += CHUNK_BYTES) {
        size_t n = to - at < sizeof chunk ? (size_t)(to - at) : sizeof chunk;
        ssize_t got = pread(fd, chunk, n, (off_t)at);
        if (got > 0)
            look(chunk, (size_t)got, at);
    }
}

static int print_found(const char *who, const char *where, uint64_t from)
{
    int lines = 0;
    for (size_t s = 0; s < capture->secret_count; s++) {
        const struct found *f = &found[s];
        if (!f->hits)
            continue;
        printf("found: %s: %s: %u of %zu words, %u words seen, first at %s+0x%" PRIx64 "\n", who,
               capture->secrets[s].name, f->words, capture->secrets[s].n / WORD_BYTES, f->hits,
               where, f->first - from);
        lines++;
    }
    return lines;
}

static void open_proc(FILE **maps, int *mem, int pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    *maps = fopen(path, "re");
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    *mem = open(path, O_RDONLY | O_CLOEXEC);
    if (!*maps || *mem < 0)
        err(1, "%s", path);
}

int scan_process(const char *who, int pid)
{
    FILE *maps;
    int mem, lines = 0;
    unsigned long scanned = 0;
    char line[512];
    open_proc(&maps, &mem, pid);
    while (fgets(line, sizeof line, maps)) {
        uint64_t from, to;
        char rights[8], where[300] = "anonymous";
        int fields = sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %299s", &from, &to,
                            rights, where);
        if (fields < 3 || rights[1] != 'w')
            continue;
        look_through(mem, from, to);
        lines += print_found(who, where, from);
        scanned += (to - from) / 1024;
    }
    printf("scanned: %s: %lu KiB that it may write\n", who, scanned);
    fclose(maps);
    close(mem);
    return lines;
}

int scan_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        err(1, "%s", path);
    off_t end = lseek(fd, 0, SEEK_END);
    look_through(fd, 0, (uint64_t)(end > 0 ? end : 0));
    close(fd);
    const char *name = strrchr(path, '/');
    return print_found(name ? name + 1 : path, "file", 0);
}
