/*
 * The sums of the last ten seconds, and the status made of them.
 * A rate is told with the time that it is over, so an uneven step does no harm.
 */
#include "node/status.h"

#include <string.h>

#define NS_IN_MS 1000000u

_Static_assert(sizeof(struct status) <= 16384, "a socket's buffer takes all of it at once");

static const char magic[STATUS_MAGIC_BYTES] = "lethe status " LETHE_VERSION;

static const uint64_t spans_ms[STATUS_SPANS] = {1000, 10000};

void history_begin(struct history *h, uint64_t now_ns)
{
    memset(h, 0, sizeof *h);
    h->start_ns = h->at_ns[0] = now_ns;
    h->count = 1;
}

void history_add(struct history *h, uint64_t now_ns, const struct counters *now)
{
    if (now_ns - h->at_ns[h->newest] < HISTORY_STEP_NS)
        return;
    h->newest = (h->newest + 1) % HISTORY_SUMS;
    h->at_ns[h->newest] = now_ns;
    h->sums[h->newest] = *now;
    if (h->count < HISTORY_SUMS)
        h->count++;
}

bool status_is_ours(const struct status *s)
{
    return memcmp(s->magic, magic, sizeof magic) == 0 && s->bytes == sizeof *s;
}

/* The youngest sum that is at least span_ms old, or the oldest of all. */
static size_t find(const struct history *h, uint64_t now_ns, uint64_t span_ms)
{
    size_t i = h->newest;
    for (size_t left = h->count; left > 1; left--) {
        if (now_ns - h->at_ns[i] >= span_ms * NS_IN_MS)
            break;
        i = (i + HISTORY_SUMS - 1) % HISTORY_SUMS;
    }
    return i;
}

void status_fill(struct status *s, const struct history *h, uint64_t now_ns,
                 const struct counters *now, int workers, uint64_t resident_bytes)
{
    memset(s, 0, sizeof *s);
    memcpy(s->magic, magic, sizeof magic);
    s->bytes = sizeof *s;
    s->workers = (uint64_t)workers;
    s->uptime_ms = (now_ns - h->start_ns) / NS_IN_MS;
    s->resident_bytes = resident_bytes;
    s->filter_room = s->workers * KID_COUNT * FILTER_FULL;
    s->strikes_room = s->workers * STRIKES_TABLES * STRIKES_FULL;
    s->now = *now;
    for (int i = 0; i < STATUS_SPANS; i++) {
        size_t at = find(h, now_ns, spans_ms[i]);
        s->span_ms[i] = (now_ns - h->at_ns[at]) / NS_IN_MS;
        s->ago[i] = h->sums[at];
    }
}
