/*
 * One direction of an emulated link (channel.h): the counter generator, the
 * transmitter with its drop-tail queue, and the delay.
 */
#include "net/link/channel.h"

#include <stdlib.h>

enum draw {
    DRAW_LOSS,
    DRAW_DUP,
    DRAW_CORRUPT,
    DRAW_CORRUPT_BIT,
    DRAW_STALE,
    DRAW_STALE_BIT,
    DRAW_JITTER,
    DRAW_JITTER_COPY,
    DRAW_REORDER,
    DRAW_REORDER_COPY,
    DRAWS = 16,
};

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t draw(const struct channel *c, uint64_t frame, enum draw which)
{
    return mix(c->key + (frame * DRAWS + which + 1) * 0x9e3779b97f4a7c15u);
}

static bool happens(const struct channel *c, uint64_t frame, enum draw which, uint64_t ppb)
{
    return (draw(c, frame, which) >> 32) * CHANNEL_PPB >> 32 < ppb;
}

int channel_init(struct channel *c, const struct channel_options *how, uint64_t seed,
                 unsigned direction)
{
    *c = (struct channel){.how = *how, .key = mix(mix(seed + 1) + direction)};
    if (how->rate_bps == 0)
        return 0;
    c->leaving_ns = calloc(how->queue, sizeof *c->leaving_ns);
    return c->leaving_ns == NULL ? -1 : 0;
}

void channel_free(struct channel *c)
{
    free(c->leaving_ns);
    c->leaving_ns = NULL;
}

/* When the frame has left the transmitter; false when the queue has no place for it. */
static bool transmit(struct channel *c, uint64_t now_ns, size_t n, uint64_t *left_ns)
{
    *left_ns = now_ns;
    if (c->how.rate_bps == 0)
        return true;
    while (c->leaving_count > 0 && c->leaving_ns[c->leaving_first] <= now_ns) {
        c->leaving_first = (c->leaving_first + 1) % c->how.queue;
        c->leaving_count--;
    }
    if (c->leaving_count == c->how.queue)
        return false;
    uint64_t start_ns = c->busy_until_ns > now_ns ? c->busy_until_ns : now_ns;
    uint64_t bits_ns = (uint64_t)n * 8 * 1000000000u;
    c->busy_until_ns = start_ns + (bits_ns + c->how.rate_bps - 1) / c->how.rate_bps;
    c->leaving_ns[(c->leaving_first + c->leaving_count++) % c->how.queue] = c->busy_until_ns;
    *left_ns = c->busy_until_ns;
    return true;
}

static uint64_t due(struct channel *c, uint64_t left_ns, uint64_t jitter_draw, bool reordered)
{
    uint64_t spread_ns = jitter_draw % (2 * c->how.jitter_ns + 1);
    uint64_t due_ns = left_ns + c->how.delay_ns - c->how.jitter_ns + spread_ns;
    if (reordered)
        return due_ns + c->how.reorder_by_ns;
    if (due_ns < c->last_due_ns)
        due_ns = c->last_due_ns;
    c->last_due_ns = due_ns;
    return due_ns;
}

struct fate channel_decide(struct channel *c, uint64_t now_ns, size_t n)
{
    const struct channel_options *how = &c->how;
    struct fate f = {.kind = FATE_CARRIED, .copies = 1};
    uint64_t i = c->frames++, left_ns;
    if (!transmit(c, now_ns, n, &left_ns)) {
        f.kind = FATE_QUEUE_FULL;
        return f;
    }
    if (happens(c, i, DRAW_LOSS, how->loss_ppb)) {
        f.kind = FATE_LOST;
        return f;
    }
    f.corrupt = happens(c, i, DRAW_CORRUPT, how->corrupt_ppb);
    f.corrupt_bit = draw(c, i, DRAW_CORRUPT_BIT);
    f.stale = happens(c, i, DRAW_STALE, how->stale_ppb);
    f.stale_bit = draw(c, i, DRAW_STALE_BIT);
    f.reordered[0] = happens(c, i, DRAW_REORDER, how->reorder_ppb);
    f.due_ns[0] = due(c, left_ns, draw(c, i, DRAW_JITTER), f.reordered[0]);
    if (happens(c, i, DRAW_DUP, how->dup_ppb)) {
        f.copies = 2;
        f.reordered[1] = happens(c, i, DRAW_REORDER_COPY, how->reorder_ppb);
        f.due_ns[1] = due(c, left_ns, draw(c, i, DRAW_JITTER_COPY), f.reordered[1]);
    }
    return f;
}
