/* admit/sketch: a network's counts come back, fade, and are hardly anybody else's. */
#include "admit/test_support.h"

#include "admit/sketch.h"

static struct sketch sketch;

static int start(void **state)
{
    (void)state;
    const uint8_t key[SKETCH_KEY_BYTES] = {7};
    memset(&sketch, 0xee, sizeof sketch);
    sketch_init(&sketch, key);
    return 0;
}

/* 10.net.host */
static struct sketch_network at(unsigned net, uint8_t host)
{
    uint8_t address[ADDRESS_BYTES] = {ADDRESS_FAMILY_V4};
    address[13] = 10;
    address[14] = (uint8_t)(net >> 8);
    address[15] = (uint8_t)net;
    address[16] = host;
    return sketch_find(&sketch, address);
}

static void three_counts_a_network(void **state)
{
    (void)state;
    const struct sketch_network one = at(1, 1), same = at(1, 200);
    sketch_add(&sketch, &one, SKETCH_UNPROVEN, 100, 0);
    sketch_add(&sketch, &same, SKETCH_UNPROVEN, 20, 1);
    sketch_add(&sketch, &same, SKETCH_PROVEN, 3, 1);
    sketch_add(&sketch, &same, SKETCH_OTHERS, 40, 1);
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_UNPROVEN, 2), 120);
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_PROVEN, 2), 3);
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_OTHERS, 2), 40);
}

/* Of all networks, fading as theirs do. */
static void the_total_is_of_all(void **state)
{
    (void)state;
    for (unsigned net = 0; net < 100; net++) {
        const struct sketch_network one = at(net, 1);
        sketch_add(&sketch, &one, SKETCH_OTHERS, 10, 0);
    }
    assert_int_equal(sketch_total(&sketch, SKETCH_OTHERS, 1), 1000);
    assert_int_equal(sketch_total(&sketch, SKETCH_PROVEN, 1), 0);
    assert_int_equal(sketch_total(&sketch, SKETCH_OTHERS, 2 * SKETCH_HALF_MS), 250);
}

static void a_v6_network_is_a_56(void **state)
{
    (void)state;
    uint8_t address[ADDRESS_BYTES] = {6, 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4};
    const struct sketch_network one = sketch_find(&sketch, address);
    for (size_t i = 1; i < ADDRESS_BYTES; i++) {
        address[i] ^= 0x80;
        const struct sketch_network other = sketch_find(&sketch, address);
        assert_int_equal(memcmp(&one, &other, sizeof one) == 0, i > 7);
        address[i] ^= 0x80;
    }
}

/* Halved with each half-life, a twelfth at a time, and gone after a pause that is long enough. */
static void counts_fade(void **state)
{
    (void)state;
    const struct sketch_network one = at(1, 1);
    sketch_add(&sketch, &one, SKETCH_PROVEN, 1000, 0);
    const int64_t step = SKETCH_HALF_MS / SKETCH_STEPS;
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_PROVEN, step - 1), 1000);
    for (uint32_t i = 1, before = 1000, now; i < SKETCH_STEPS; i++, before = now) {
        now = sketch_read(&sketch, &one, SKETCH_PROVEN, i * step);
        assert_in_range(before - now, before / 13, before / 11);
    }
    start(state);
    sketch_add(&sketch, &one, SKETCH_PROVEN, 1000, 0);
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_PROVEN, SKETCH_HALF_MS), 500);
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_PROVEN, 3 * SKETCH_HALF_MS), 125);
    sketch_add(&sketch, &one, SKETCH_PROVEN, UINT32_MAX, 3 * SKETCH_HALF_MS);
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_PROVEN, 3 * SKETCH_HALF_MS), UINT32_MAX);
    assert_int_equal(sketch_read(&sketch, &one, SKETCH_PROVEN, 40ll * SKETCH_HALF_MS), 0);
}

/* A steady eighth of a worker's time, 125 us a ms, stands at about 1.44 of what it brings in a
 * half-life. */
static void a_steady_rate_stays_in_bounds(void **state)
{
    (void)state;
    const struct sketch_network one = at(1, 1);
    for (int64_t ms = 0; ms < 20 * SKETCH_HALF_MS; ms++) {
        sketch_add(&sketch, &one, SKETCH_PROVEN, 125, ms);
        const uint32_t now = sketch_read(&sketch, &one, SKETCH_PROVEN, ms);
        assert_true(now <= SKETCH_HALF_MS * 125 * 8 / 5);
        assert_true(ms < 10 * SKETCH_HALF_MS || now >= SKETCH_HALF_MS * 125 * 4 / 3);
    }
}

/* One network that takes everything does not seem to be another, though thousands call. */
static void others_are_told_apart(void **state)
{
    (void)state;
    int mistaken = 0;
    for (unsigned net = 0; net < 4; net++) {
        const struct sketch_network greedy = at(net, 1);
        sketch_add(&sketch, &greedy, SKETCH_UNPROVEN, 1000000, 0);
    }
    for (unsigned net = 4; net < 20000; net++) {
        const struct sketch_network other = at(net, 1);
        mistaken += sketch_read(&sketch, &other, SKETCH_UNPROVEN, 0) > 0;
    }
    assert_true(mistaken == 0);
}

/* Ten thousand that call leave nearly everybody else one cell of his own. */
static void thousands_do_not_stand_in_for_others(void **state)
{
    (void)state;
    int mistaken = 0;
    for (unsigned net = 0; net < 10000; net++) {
        const struct sketch_network one = at(net, 1);
        sketch_add(&sketch, &one, SKETCH_MARKED, 100, 0);
    }
    for (unsigned net = 10000; net < 11000; net++) {
        const struct sketch_network other = at(net, 1);
        mistaken += sketch_read(&sketch, &other, SKETCH_MARKED, 0) > 0;
    }
    assert_true(mistaken < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(three_counts_a_network, start),
        cmocka_unit_test_setup(the_total_is_of_all, start),
        cmocka_unit_test_setup(a_v6_network_is_a_56, start),
        cmocka_unit_test_setup(counts_fade, start),
        cmocka_unit_test_setup(a_steady_rate_stays_in_bounds, start),
        cmocka_unit_test_setup(others_are_told_apart, start),
        cmocka_unit_test_setup(thousands_do_not_stand_in_for_others, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
