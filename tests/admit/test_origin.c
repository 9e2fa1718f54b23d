/* admit/origin: what each packet shows of where it comes from. */
#include "admit/test_support.h"

#include "admit/origin.h"

static struct ring ring;
static struct rng rng;
static uint8_t address[ADDRESS_BYTES], packet[DATAGRAM_BYTES];

static int start(void **state)
{
    (void)state;
    const uint8_t seed[RNG_SEED_BYTES] = {2};
    ring_of_one(&ring);
    rng_seed(&rng, seed);
    memcpy(address, home, sizeof home);
    return 0;
}

static enum origin origin(size_t n)
{
    const struct step st = {.ring = &ring, .now_ms = NOW_MS, .address = address};
    return origin_of(&st, packet, n);
}

/* What was received in a network shows it; elsewhere, changed, of another key or of another length
 * it does not. */
static void shows_its_network(uint8_t kind)
{
    size_t at;
    const size_t n = marked_packet(packet, kind, &at, &ring, &rng, home);
    assert_int_equal(origin(n), ORIGIN_PROVEN);
    address[16] ^= 1; /* a neighbour */
    assert_int_equal(origin(n), ORIGIN_PROVEN);
    address[15] ^= 1; /* somebody else */
    assert_int_equal(origin(n), ORIGIN_FOREIGN);
    address[15] ^= 1;
    packet[at] ^= 1;
    assert_int_equal(origin(n), ORIGIN_FOREIGN);
    packet[at] ^= 1;
    packet[1] ^= 1; /* no key of that name */
    assert_int_equal(origin(n), ORIGIN_FOREIGN);
    packet[1] ^= 1;
    assert_int_equal(origin(at), ORIGIN_FOREIGN);
    ring.keys[5].born_ms -= ring.life_ms;
    assert_int_equal(origin(n), ORIGIN_FOREIGN);
    ring.keys[5].born_ms += ring.life_ms;
    assert_int_equal(origin(n), ORIGIN_PROVEN);
}

static void what_a_server_gave_shows_where_it_went(void **state)
{
    (void)state;
    shows_its_network(KIND_LEG);
    shows_its_network(KIND_BLOCK);
    shows_its_network(KIND_FINISH);
    shows_its_network(KIND_REQUEST);
}

static void the_others_cannot_tell(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 256; kind++) {
        packet[0] = (uint8_t)kind;
        const bool marked =
            kind == KIND_LEG || kind == KIND_BLOCK || kind == KIND_FINISH || kind == KIND_REQUEST;
        assert_int_equal(origin(1), marked ? ORIGIN_FOREIGN : ORIGIN_UNTOLD);
    }
    assert_int_equal(origin(0), ORIGIN_UNTOLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_a_server_gave_shows_where_it_went, start),
        cmocka_unit_test_setup(the_others_cannot_tell, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
