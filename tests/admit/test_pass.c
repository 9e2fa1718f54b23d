/* admit/pass: known answers; whom a pass serves, and how long. */
#include "admit/test_support.h"

#include "admit/pass.h"

static struct ring ring;
static uint8_t field[PUZZLE_FIELD_BYTES];

static int start(void **state)
{
    (void)state;
    ring_of_one(&ring);
    pass_make(field, &ring.keys[5], NOW_MS, client_nonce, home);
    return 0;
}

static bool good(int64_t now_ms, int64_t since_ms, const uint8_t *address)
{
    struct puzzle_field f;
    assert_int_equal(puzzle_field_decode(&f, field), LETHE_OK);
    assert_int_equal(f.type, PUZZLE_FIELD_PASS);
    return pass_check(&f, &ring, now_ms, since_ms, address) == &ring.keys[5];
}

static void known_answers(void **state)
{
    (void)state;
    assert_hex(field, "0205808182838485868788898a8b8c8d8e8fe0fbe9cf8b010000"
                      "346ca0bd52271c39229a9e325f876306");
    assert_true(good(NOW_MS, NOW_MS, home));
}

static void it_serves_its_network_alone(void **state)
{
    (void)state;
    uint8_t address[ADDRESS_BYTES];
    for (size_t i = 0; i < ADDRESS_BYTES; i++) {
        memcpy(address, home, sizeof address);
        address[i] ^= 1;
        assert_int_equal(good(NOW_MS, 0, address), i >= 16); /* host and port may differ */
    }
}

static void it_serves_for_its_life(void **state)
{
    (void)state;
    assert_true(good(NOW_MS + PASS_LIFE_MS - 1, NOW_MS, home));
    assert_false(good(NOW_MS + PASS_LIFE_MS, NOW_MS, home));
    assert_false(good(NOW_MS + 1, NOW_MS + 1, home)); /* what was used before is forgotten */
    assert_false(good(NOW_MS - 1, 0, home));
    ring.keys[5].live = false;
    assert_false(good(NOW_MS, 0, home));
}

static void every_bit_is_checked(void **state)
{
    (void)state;
    struct puzzle_field f;
    for (size_t bit = 8; bit < 8 * 42; bit++) {
        field[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (puzzle_field_decode(&f, field) == LETHE_OK)
            assert_null(pass_check(&f, &ring, NOW_MS + 1, 0, home));
        field[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_use_is_its_nonce(void **state)
{
    (void)state;
    uint8_t use[PASS_USE_BYTES];
    struct puzzle_field f;
    assert_int_equal(puzzle_field_decode(&f, field), LETHE_OK);
    pass_use(use, &f);
    assert_int_equal(use[0], PUZZLE_FIELD_PASS);
    assert_memory_equal(use + 1, client_nonce, PASS_NONCE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(known_answers, start),
        cmocka_unit_test_setup(it_serves_its_network_alone, start),
        cmocka_unit_test_setup(it_serves_for_its_life, start),
        cmocka_unit_test_setup(every_bit_is_checked, start),
        cmocka_unit_test_setup(a_use_is_its_nonce, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
