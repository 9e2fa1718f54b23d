/*
 * The size of packets: as large as the path passes, found in the transfer; and back again when the
 * path becomes a black hole for large ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/pull_plan.h"
#include "sim/world.h"

static struct world *new_world(uint64_t seed, uint64_t size, size_t up, size_t down, int64_t bits_s)
{
    struct plan plan = {.seed = seed,
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .size = size,
                        .up = path_of(10),
                        .down = path_of(10)};
    plan.down.bits_s = bits_s;
    plan.down.queue_bytes = 100000;
    plan.up.mtu = up;
    plan.down.mtu = down;
    return world_new(&plan);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Both ways must pass a size, and one that does is used from the first round trips on. */
static void the_size_is_found(void **state)
{
    (void)state;
    const size_t sizes[] = {DATAGRAM_BYTES, DATAGRAM_BYTES + 1, MTU_ETHERNET - 1, MTU_ETHERNET,
                            4000,           PACKET_MAX - 1,     PACKET_MAX};
    const size_t count = sizeof sizes / sizeof *sizes;
    for (size_t up = 0; up < count; up++)
        for (size_t down = up % 2; down < count; down += (size_t)sim_step_of(1)) {
            struct world *w =
                new_world(1 + up * count + down, 2 << 20, sizes[up], sizes[down], 20000000);
            const size_t passes = least(sizes[up], sizes[down]);
            const size_t used = passes >= PACKET_MAX     ? PACKET_MAX
                                : passes >= MTU_ETHERNET ? MTU_ETHERNET
                                                         : DATAGRAM_BYTES;
            expect(w, !world_run(w, 500 * SIM_MS));
            expect(w, w->client.pull.t.datagram == used && w->client.pull.backoff == 0);
            expect(w, world_run(w, 10 * SIM_SEC));
            world_expect_intact(w);
            world_expect_no_drop(w);
            expect(w, w->up.mtu.dropped + w->down.mtu.dropped <= PATH_TRIES);
            expect(w, w->client.exchanges == 1);
            world_free(w);
        }
}

/* Largest packets of `before` pass, and from at_ms on, of `after`. */
static void becomes_a_hole(uint64_t seed, size_t before, size_t after, bool up, bool down)
{
    struct world *w = new_world(seed, 6 << 20, before, before, 8000000);
    const int64_t at_ms = 600 + (int64_t)sim_below(&w->sim, 800);
    expect(w, !world_run(w, at_ms * SIM_MS));
    expect(w, w->client.pull.t.datagram == before);
    if (up)
        w->up.mtu.limit = after;
    if (down)
        w->down.mtu.limit = after;
    const uint64_t had = w->fetch->bytes_received;
    expect(w, !world_run(w, 4 * SIM_SEC));
    /* Three time-outs, and it goes on with packets that pass, from the least window up. */
    expect(w, w->fetch->bytes_received > had + 200000);
    expect(w, world_run(w, 20 * SIM_SEC));
    world_expect_intact(w);
    expect(w, w->client.exchanges == 1);
    world_expect_no_drop(w);
    world_free(w);
}

static void a_black_hole_is_left(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        becomes_a_hole(seeds.first + i, MTU_ETHERNET, DATAGRAM_BYTES, true, true);
        becomes_a_hole(seeds.first + i, MTU_ETHERNET, DATAGRAM_BYTES, false, true);
        becomes_a_hole(seeds.first + i, PACKET_MAX, MTU_ETHERNET, true, true);
        becomes_a_hole(seeds.first + i, PACKET_MAX, DATAGRAM_BYTES, false, true);
        becomes_a_hole(seeds.first + i, PACKET_MAX, DATAGRAM_BYTES, true, false);
    }
}

/* A while after it, larger packets are tried again, and used when they pass. */
static void a_hole_may_close(void **state)
{
    (void)state;
    struct world *w = new_world(3, 6 << 20, MTU_ETHERNET, MTU_ETHERNET, 400000);
    expect(w, !world_run(w, 5 * SIM_SEC));
    expect(w, w->client.pull.t.datagram == MTU_ETHERNET);
    w->up.mtu.limit = w->down.mtu.limit = DATAGRAM_BYTES;
    expect(w, !world_run(w, 20 * SIM_SEC));
    expect(w, pull_datagram(&w->client.pull) == DATAGRAM_BYTES);
    w->up.mtu.limit = w->down.mtu.limit = MTU_ETHERNET;
    expect(w, !world_run(w, 75 * SIM_SEC));
    expect(w, pull_datagram(&w->client.pull) == MTU_ETHERNET);
    expect(w, world_run(w, 200 * SIM_SEC));
    world_expect_intact(w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_size_is_found),
        cmocka_unit_test(a_black_hole_is_left),
        cmocka_unit_test(a_hole_may_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
