/* admit/puzzle: known answers, what a solution is bound to, and the search. */
#include "admit/test_support.h"

static struct ring ring;
static uint8_t packet[PUZZLE_BYTES], field[PUZZLE_FIELD_BYTES];

static int start(void **state)
{
    (void)state;
    ring_of_one(&ring);
    puzzle_set(packet, &ring.keys[5], NOW_MS, 10, random_part, home, &honest);
    solve(field, packet);
    return 0;
}

static enum puzzle_result check(int64_t now_ms, int64_t since_ms, const uint8_t *address,
                                const struct hello *h)
{
    struct puzzle_field f;
    assert_int_equal(puzzle_field_decode(&f, field), LETHE_OK);
    return puzzle_check(&f, &ring, now_ms, since_ms, address, h);
}

/* From hashlib's BLAKE2b, written independently. */
static void known_answers(void **state)
{
    (void)state;
    assert_hex(packet + 49, "8231a8be21f94e640312626ea38233ad72b8b3974ac651515b69ed31f3bf8203");
    assert_hex(packet + 81, "0030117e57be7313ce805f7c600cedb1837b288f7e5ab9b692ddc054a112213a");
    assert_hex(packet + 1, "808182838485868788898a8b8c8d8e8f9091929394959697");
    assert_hex(packet + 25, "050068e5cf8b0100000ac0c1c2c3c4c5c6c7c8c9cacbcccd");
    assert_hex(field + 25, "6232117e57be7313ce805f7c600cedb1837b288f7e5ab9b692ddc054a112213a");
    assert_int_equal(check(NOW_MS, 0, home, &honest), PUZZLE_RIGHT);
}

static void a_solution_is_good_for_its_life(void **state)
{
    (void)state;
    assert_int_equal(check(NOW_MS + PUZZLE_LIFE_MS - 1, NOW_MS, home, &honest), PUZZLE_RIGHT);
    assert_int_equal(check(NOW_MS + PUZZLE_LIFE_MS, NOW_MS, home, &honest), PUZZLE_LATE);
    assert_int_equal(check(NOW_MS + 1, NOW_MS + 1, home, &honest), PUZZLE_LATE);
    assert_int_equal(check(NOW_MS - 1, 0, home, &honest), PUZZLE_LATE); /* the clock went back */
    ring_wipe(&ring);
    ring_init(&ring, RING_PERIOD_MS);
    assert_int_equal(check(NOW_MS, 0, home, &honest), PUZZLE_LATE);
}

static void a_solution_is_bound(void **state)
{
    (void)state;
    uint8_t address[ADDRESS_BYTES], other[HELLO_CLIENT_BYTES];
    for (size_t i = 0; i < ADDRESS_BYTES; i++) {
        memcpy(address, home, sizeof address);
        address[i] ^= 1;
        assert_int_equal(check(NOW_MS, 0, address, &honest), PUZZLE_WRONG);
    }
    memcpy(other, client, sizeof other);
    other[31] ^= 1;
    struct hello h = {.client = other, .nonce = client_nonce};
    assert_int_equal(check(NOW_MS, 0, home, &h), PUZZLE_WRONG);
    h = (struct hello){.client = client, .nonce = other};
    assert_int_equal(check(NOW_MS, 0, home, &h), PUZZLE_WRONG);
    for (size_t i = 1; i < 1 + 24 + 32; i++) { /* n', w with it, and z' */
        field[i] ^= 1;
        assert_int_not_equal(check(NOW_MS, 0, home, &honest), PUZZLE_RIGHT);
        field[i] ^= 1;
    }
    assert_int_equal(check(NOW_MS, 0, home, &honest), PUZZLE_RIGHT);
}

/* Shares of the values, one a thread, meet the answer in one of them; none past the last is tried.
 */
static void a_search_can_be_shared(void **state)
{
    (void)state;
    struct puzzle q;
    uint8_t z[PUZZLE_ANSWER_BYTES], forged[PUZZLE_BYTES];
    const uint64_t answer = 0x262; /* the low bits of z' above */
    assert_int_equal(puzzle_decode(&q, packet, sizeof packet), LETHE_OK);
    for (uint64_t first = 0; first < 3; first++)
        assert_int_equal(puzzle_search(z, &q, first, 3, 1024), answer % 3 == first);
    assert_false(puzzle_search(z, &q, 0, 1, answer));
    assert_true(puzzle_search(z, &q, 0, 1, answer + 1));
    assert_true(puzzle_search(z, &q, answer, 1, 1));
    memcpy(forged, packet, sizeof forged); /* nobody's puzzle ends as well */
    forged[49] ^= 1;
    assert_int_equal(puzzle_decode(&q, forged, sizeof forged), LETHE_OK);
    assert_false(puzzle_search(z, &q, 0, 1, UINT64_MAX));
}

static void with_no_bits_it_is_there_at_once(void **state)
{
    (void)state;
    puzzle_set(packet, &ring.keys[5], NOW_MS, 0, random_part, home, &honest);
    solve(field, packet);
    assert_memory_equal(field + 25, packet + 81, 32);
    assert_int_equal(check(NOW_MS, 0, home, &honest), PUZZLE_RIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(known_answers, start),
        cmocka_unit_test_setup(a_solution_is_good_for_its_life, start),
        cmocka_unit_test_setup(a_solution_is_bound, start),
        cmocka_unit_test_setup(a_search_can_be_shared, start),
        cmocka_unit_test_setup(with_no_bits_it_is_there_at_once, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
