/*
 * Every size at an edge, and stores that hold something already: what is right is kept, what is
 * wrong is fetched, and it is the digest that tells. What comes now is authentic by its packets,
 * and is not read back: what a store spoils is found by the next run that goes on from there.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world.h"

static const uint64_t sizes[] = {0,     1,     1023,   1024,          1025,   65535,
                                 65536, 65537, 131072, (1 << 20) + 1, 5 << 20};
#define SIZES (sizeof sizes / sizeof *sizes)

static struct plan plan_of(uint64_t seed, uint64_t size, uint64_t local_size, uint32_t loss)
{
    struct plan plan = {.seed = seed,
                        .needed = LEGS_2,
                        .wanted = LEGS_2,
                        .size = size,
                        .local_size = local_size,
                        .up = path_of(10),
                        .down = path_of(10)};
    plan.up.loss = plan.down.loss = loss;
    return plan;
}

static void every_size_arrives(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(2);
    for (uint64_t i = 0; i < seeds.count; i++)
        for (size_t s = 0; s < SIZES; s++)
            for (uint32_t loss = 0; loss <= 30; loss += 30) {
                struct plan plan = plan_of(seeds.first + i, sizes[s], 0, loss);
                struct world *w = world_new(&plan);
                expect(w, world_run(w, 60 * SIM_SEC));
                world_expect_intact(w);
                expect(w, w->fetch->bytes_reused == 0);
                expect(w, w->store.written == sizes[s]);
                world_free(w);
            }
}

/* `version` 1 is the right content. Returns the bytes that were taken over. */
static uint64_t resume(uint64_t size, uint64_t local_size, uint64_t version)
{
    struct plan plan = plan_of(size + version, size, local_size, 10);
    struct world *w = world_new(&plan);
    world_fill_store(w, 0, local_size, version);
    expect(w, world_run(w, 60 * SIM_SEC));
    world_expect_intact(w);
    uint64_t reused = w->fetch->bytes_reused;
    expect(w, w->store.written == size - reused);
    world_free(w);
    return reused;
}

static void a_prefix_is_kept_in_whole_pieces(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        assert_true(resume(sizes[s], sizes[s], 1) == sizes[s]);
        assert_true(resume(sizes[s], sizes[s] + 70000, 1) == sizes[s]);
        assert_true(resume(sizes[s], sizes[s] / 2, 1) == sizes[s] / 2 / PIECE_BYTES * PIECE_BYTES);
    }
}

static void wrong_bytes_are_replaced(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        assert_true(resume(sizes[s], sizes[s], 2) == 0);
        assert_true(resume(sizes[s], sizes[s] + 1, 3) == 0);
    }
}

static void holes_are_filled(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        const uint64_t size = (5 << 20) + 12345;
        struct plan plan = plan_of(seeds.first + i, size, size, 20);
        struct world *w = world_new(&plan);
        uint64_t good = 0;
        for (uint64_t piece = 0; piece * PIECE_BYTES < size; piece++) {
            uint64_t at = piece * PIECE_BYTES;
            uint64_t n = size - at < PIECE_BYTES ? size - at : PIECE_BYTES;
            if (sim_below(&w->sim, 2)) {
                world_fill_store(w, at, n, 1);
                good += n;
            }
        }
        expect(w, world_run(w, 60 * SIM_SEC));
        world_expect_intact(w);
        expect(w, w->fetch->bytes_reused == good && w->store.written == size - good);
        world_free(w);
    }
}

/* A store that writes a wrong byte now and then: the run does not see it, and the next one, which
 * goes on from what is there, mends the pieces that are wrong and no others. */
static void what_a_store_spoils_is_mended(void **state)
{
    (void)state;
    const uint64_t size = 500000;
    struct plan plan = plan_of(1, size, 0, 0);
    struct world *w = world_new(&plan);
    w->store.spoil = 2;
    expect(w, world_run(w, 60 * SIM_SEC));
    expect(w, w->fetch->result == LETHE_OK && w->store.spoil == 0);
    expect(w, memcmp(w->store.bytes, w->resource.bytes, size) != 0);
    plan.local_size = size;
    struct world *again = world_new(&plan);
    memcpy(again->store.bytes, w->store.bytes, size);
    expect(again, world_run(again, 60 * SIM_SEC));
    world_expect_intact(again);
    const uint64_t mended = size - again->fetch->bytes_reused;
    expect(again, mended > 0 && mended <= 2 * PIECE_BYTES && again->store.written == mended);
    world_free(again);
    world_free(w);
}

static void fill_up(void *context)
{
    struct world *w = context;
    w->store.fail = LETHE_ERR_NO_SPACE;
}

static void a_store_that_fails(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 150; at += sim_step_of(10)) {
        struct plan plan = plan_of(1, 2000000, 1000000, 0);
        struct world *w = world_new(&plan);
        sim_at(&w->sim, w->sim.now_ns + at * SIM_MS, fill_up, w);
        expect(w, world_run(w, 60 * SIM_SEC));
        world_expect_error(w, LETHE_ERR_NO_SPACE);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_arrives),
        cmocka_unit_test(a_prefix_is_kept_in_whole_pieces),
        cmocka_unit_test(wrong_bytes_are_replaced),
        cmocka_unit_test(holes_are_filled),
        cmocka_unit_test(what_a_store_spoils_is_mended),
        cmocka_unit_test(a_store_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
