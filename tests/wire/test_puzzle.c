/* wire/puzzle: PUZZLE and HELLO's puzzle field, one way to write each. */
#include "wire/test_support.h"

#include "wire/puzzle.h"

static uint8_t packet[PUZZLE_BYTES], echo[NONCE_BYTES], nonce[PUZZLE_NONCE_BYTES];
static uint8_t hash[PUZZLE_ANSWER_BYTES], hint[PUZZLE_ANSWER_BYTES], random_part[14];
static uint8_t field[PUZZLE_FIELD_BYTES];

static const int64_t issued = 0x0102030405060708;

static void set_nonce(uint8_t kid, int64_t issued_ms, uint8_t bits)
{
    puzzle_nonce_encode(
        nonce, &(struct puzzle_nonce){
                   .kid = kid, .issued_ms = issued_ms, .bits = bits, .random = random_part});
}

static int start(void **state)
{
    (void)state;
    number_bytes(echo, sizeof echo, 1);
    number_bytes(random_part, sizeof random_part, 2);
    number_bytes(hash, sizeof hash, 3);
    number_bytes(hint, sizeof hint, 4);
    store32(hint, 0xfff00000);
    set_nonce(7, issued, 20);
    puzzle_encode(packet,
                  &(struct puzzle){.echo = echo, .nonce = nonce, .hash = hash, .hint = hint});
    return 0;
}

static int decode(const uint8_t *p, size_t n)
{
    struct puzzle q;
    return puzzle_decode(&q, p, n);
}

static void a_puzzle_comes_back(void **state)
{
    (void)state;
    static const uint8_t by_hand[] = {7, 8, 7, 6, 5, 4, 3, 2, 1, 20};
    struct puzzle q;
    struct puzzle_nonce n;
    assert_int_equal(packet[0], 12);
    assert_memory_equal(packet + 1, echo, 24);
    assert_memory_equal(packet + 25, by_hand, sizeof by_hand);
    assert_memory_equal(packet + 35, random_part, 14);
    assert_memory_equal(packet + 49, hash, 32);
    assert_memory_equal(packet + 81, hint, 32);
    assert_int_equal(puzzle_decode(&q, packet, sizeof packet), LETHE_OK);
    assert_ptr_equal(q.echo, packet + 1);
    assert_ptr_equal(q.nonce, packet + 25);
    assert_ptr_equal(q.hash, packet + 49);
    assert_ptr_equal(q.hint, packet + 81);
    assert_int_equal(q.bits, 20);
    assert_int_equal(puzzle_nonce_decode(&n, q.nonce), LETHE_OK);
    assert_int_equal(n.kid, 7);
    assert_int_equal(n.issued_ms, issued);
    assert_ptr_equal(n.random, packet + 35);
}

static void other_lengths_and_values_are_malformed(void **state)
{
    (void)state;
    only_this_length(decode, packet, sizeof packet);
    only_these_values(decode, packet, sizeof packet, 0, KIND_PUZZLE, KIND_PUZZLE + 1);
    only_these_values(decode, packet, sizeof packet, 25, 0, KID_COUNT);
    only_these_values(decode, packet, sizeof packet, 33, 0, 128); /* a time before 1970 */
    only_these_values(decode, packet, sizeof packet, 34, 0, 21);  /* more bits than are zeroed */
    memset(packet + 81, 0, 4);
    only_these_values(decode, packet, sizeof packet, 34, 0, 33);
}

static void each_zeroed_bit_must_be_zero(void **state)
{
    (void)state;
    for (int bits = 0; bits <= 32; bits++)
        for (int bit = 0; bit < 33; bit++) {
            memset(packet + 81, 0, 32);
            packet[81 + bit / 8] = (uint8_t)(1 << bit % 8);
            packet[34] = (uint8_t)bits;
            assert_int_equal(decode(packet, sizeof packet),
                             bit < bits ? LETHE_ERR_FORMAT : LETHE_OK);
        }
}

static int decode_field(const uint8_t *p, size_t n)
{
    struct puzzle_field f;
    assert_int_equal(n, PUZZLE_FIELD_BYTES);
    return puzzle_field_decode(&f, p);
}

static void padding_from(size_t at)
{
    for (; at < PUZZLE_FIELD_BYTES; at++)
        only_these_values(decode_field, field, sizeof field, at, 0, 1);
}

static void no_field_is_zeros(void **state)
{
    (void)state;
    memset(field, 0xee, sizeof field);
    puzzle_field_encode(field, &(struct puzzle_field){.type = PUZZLE_FIELD_NONE});
    assert_true(bytes_are_zero(field, sizeof field));
    assert_int_equal(decode_field(field, sizeof field), LETHE_OK);
    padding_from(1);
    only_these_values(decode_field, field, sizeof field, 0, 0, 3);
}

static void a_solution_comes_back(void **state)
{
    (void)state;
    struct puzzle_field f = {.type = PUZZLE_FIELD_SOLUTION, .nonce = nonce, .answer = hash};
    memset(field, 0xee, sizeof field);
    puzzle_field_encode(field, &f);
    assert_int_equal(field[0], 1);
    assert_memory_equal(field + 1, nonce, 24);
    assert_memory_equal(field + 25, hash, 32);
    assert_int_equal(puzzle_field_decode(&f, field), LETHE_OK);
    assert_int_equal(f.type, PUZZLE_FIELD_SOLUTION);
    assert_ptr_equal(f.nonce, field + 1);
    assert_ptr_equal(f.answer, field + 25);
    assert_int_equal(f.puzzle.kid, 7);
    assert_int_equal(f.puzzle.issued_ms, issued);
    assert_int_equal(f.puzzle.bits, 20);
    padding_from(57);
    only_these_values(decode_field, field, sizeof field, 1, 0, KID_COUNT);
    only_these_values(decode_field, field, sizeof field, 9, 0, 128);
    only_these_values(decode_field, field, sizeof field, 10, 0, 33);
}

static void a_pass_comes_back(void **state)
{
    (void)state;
    struct puzzle_field f = {
        .type = PUZZLE_FIELD_PASS, .kid = 6, .nonce = echo, .expires_ms = issued, .tag = hash};
    memset(field, 0xee, sizeof field);
    puzzle_field_encode(field, &f);
    assert_int_equal(field[0], 2);
    assert_int_equal(field[1], 6);
    assert_memory_equal(field + 2, echo, 16);
    assert_int_equal(load64(field + 18), (uint64_t)issued);
    assert_memory_equal(field + 26, hash, 16);
    assert_int_equal(puzzle_field_decode(&f, field), LETHE_OK);
    assert_int_equal(f.type, PUZZLE_FIELD_PASS);
    assert_int_equal(f.kid, 6);
    assert_ptr_equal(f.nonce, field + 2);
    assert_int_equal(f.expires_ms, issued);
    assert_ptr_equal(f.tag, field + 26);
    padding_from(42);
    only_these_values(decode_field, field, sizeof field, 1, 0, KID_COUNT);
    only_these_values(decode_field, field, sizeof field, 25, 0, 128);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_puzzle_comes_back, start),
        cmocka_unit_test_setup(other_lengths_and_values_are_malformed, start),
        cmocka_unit_test_setup(each_zeroed_bit_must_be_zero, start),
        cmocka_unit_test_setup(no_field_is_zeros, start),
        cmocka_unit_test_setup(a_solution_comes_back, start),
        cmocka_unit_test_setup(a_pass_comes_back, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
