/* seal/mark: a mark names the network that its value was drawn for, and no other. */
#include "seal/test_support.h"

#include "seal/mark.h"

static struct rng rng;
static struct ring ring;
static const struct cookie_key *key;

static int start(void **state)
{
    (void)state;
    rng = rng_of(1);
    ring_of(&ring, &rng, 8, 15);
    key = ring_sealing(&ring, BORN_MS);
    return 0;
}

/* 10.net.1.host, or fd00:0:0:(256 net):: in v6. */
static void at(uint8_t address[ADDRESS_BYTES], bool v6, uint8_t net, uint8_t host)
{
    memset(address, 0, ADDRESS_BYTES);
    address[0] = v6 ? 6 : ADDRESS_FAMILY_V4;
    memcpy(address + (v6 ? 1 : 11), v6 ? "\xfd" : "\xff\xff\x0a", v6 ? 1 : 3);
    address[v6 ? 7 : 14] = net;
    address[v6 ? 8 : 16] = host;
    address[18] = host; /* the port */
}

static void names_its_own_network(bool v6, size_t n)
{
    uint8_t home[ADDRESS_BYTES], near[ADDRESS_BYTES], far[ADDRESS_BYTES], value[MARK_VALUE_BYTES];
    at(home, v6, 1, 1);
    at(near, v6, 1, 2);
    at(far, v6, 2, 1);
    mark_draw(value, n, &rng, key, home);
    assert_true(mark_names(value, n, key, home));
    assert_true(mark_names(value, n, key, near));
    assert_false(mark_names(value, n, key, far));
    for (size_t bit = 0; bit < 8 * n; bit++) {
        value[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(mark_names(value, n, key, home));
        value[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_false(mark_names(value, n, ring_find(&ring, 5, BORN_MS), home));
    assert_true(mark_names(value, n, key, home));
}

static void a_mark_names_a_network(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        names_its_own_network(v6, NONCE_BYTES);
        names_its_own_network(v6, EXCHANGE_ID_BYTES);
    }
}

/* What is drawn is new each time, in front of the mark and in it. */
static void values_differ(void **state)
{
    (void)state;
    uint8_t address[ADDRESS_BYTES], values[100][NONCE_BYTES];
    at(address, false, 1, 1);
    for (int i = 0; i < 100; i++) {
        mark_draw(values[i], NONCE_BYTES, &rng, key, address);
        for (int j = 0; j < i; j++) {
            assert_memory_not_equal(values[i], values[j], 8);
            assert_memory_not_equal(values[i] + NONCE_BYTES - MARK_BYTES,
                                    values[j] + NONCE_BYTES - MARK_BYTES, MARK_BYTES);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_mark_names_a_network, start),
        cmocka_unit_test_setup(values_differ, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
