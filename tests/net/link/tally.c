/*
 * Numbered test datagrams and their account (tally.h). The bytes are in the
 * machine's own order: both ends are programs of one machine.
 */
#include "net/link/tally.h"

#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t tally_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A different byte sequence for every number and time, in all its bytes. */
static uint64_t fill_of(uint64_t number, uint64_t sent_ns, size_t block)
{
    uint64_t z = (number * 0x9e3779b97f4a7c15u) ^ (sent_ns + block) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 30) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void tally_write(uint8_t *out, size_t n, uint64_t number, uint64_t sent_ns)
{
    memcpy(out, &number, 8);
    memcpy(out + 8, &sent_ns, 8);
    for (size_t at = 16; at < n; at += 8) {
        uint64_t fill = fill_of(number, sent_ns, at);
        memcpy(out + at, &fill, n - at < 8 ? n - at : 8);
    }
}

static bool is_whole(const uint8_t *datagram, size_t n, uint64_t *number, uint64_t *sent_ns)
{
    static uint8_t expected[TALLY_BYTES_MAX];
    if (n < TALLY_BYTES_MIN || n > sizeof expected)
        return false;
    memcpy(number, datagram, 8);
    memcpy(sent_ns, datagram + 8, 8);
    tally_write(expected, n, *number, *sent_ns);
    return memcmp(datagram, expected, n) == 0;
}

void tally_init(struct tally *t, uint64_t count)
{
    *t = (struct tally){.count = count, .delay_min_ns = UINT64_MAX};
    t->seen = calloc(count, 1);
    if (t->seen == NULL)
        errx(1, "no memory for %" PRIu64 " numbers", count);
}

void tally_free(struct tally *t)
{
    free(t->seen);
    t->seen = NULL;
}

void tally_count(struct tally *t, const uint8_t *datagram, size_t n, uint64_t now_ns)
{
    uint64_t number = 0, sent_ns = 0;
    if (!is_whole(datagram, n, &number, &sent_ns) || number >= t->count) {
        t->corrupted++;
        return;
    }
    if (t->seen[number]) {
        t->duplicates++;
        return;
    }
    t->seen[number] = 1;
    t->late += number < t->highest;
    if (number >= t->highest)
        t->highest = number + 1;
    uint64_t delay_ns = now_ns - sent_ns;
    if (delay_ns < t->delay_min_ns)
        t->delay_min_ns = delay_ns;
    if (delay_ns > t->delay_max_ns)
        t->delay_max_ns = delay_ns;
    t->delay_sum_ns += delay_ns;
    if (t->received++ == 0)
        t->first_ns = now_ns;
    t->last_ns = now_ns;
    t->bytes += n;
}

void tally_print(const struct tally *t, FILE *out)
{
    bool any = t->received > 0;
    const struct {
        const char *name;
        uint64_t value;
    } lines[] = {
        {"received", t->received},
        {"duplicates", t->duplicates},
        {"late", t->late},
        {"corrupted", t->corrupted},
        {"bytes", t->bytes},
        {"delay_min_ns", any ? t->delay_min_ns : 0},
        {"delay_mean_ns", any ? t->delay_sum_ns / t->received : 0},
        {"delay_max_ns", t->delay_max_ns},
        {"span_ns", t->last_ns - t->first_ns},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        fprintf(out, "%s=%" PRIu64 "\n", lines[i].name, lines[i].value);
}

void tally_print_missing(const struct tally *t, FILE *out)
{
    for (uint64_t i = 0; i < t->count; i++)
        if (!t->seen[i])
            fprintf(out, "%" PRIu64 "\n", i);
}
