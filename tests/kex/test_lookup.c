/* kex/lookup: what is on the shelf is found by who knows its name, under every index; everyone else
 * gets silence, under the name of the check. */
#include "kex/test_support.h"

#include "kex/lookup.h"

static uint8_t keys[2][LOOKUP_IDENTITY_BYTES], packet[LOOKUP_BYTES], out[FOUND_MAX_BYTES];
static uint8_t short_term[LOOKUP_SHORT_TERM_BYTES];
static struct tree trees[2];
static struct shelf shelf;
static size_t out_len;

static int fill(void **state)
{
    (void)state;
    struct rng rng = world_rng(1);
    rng_fill(&rng, keys[0], sizeof keys[0]);
    rng_fill(&rng, keys[1], sizeof keys[1]);
    rng_fill(&rng, short_term, sizeof short_term);
    shelf_add(&shelf, keys[0], &trees[0]);
    shelf_add(&shelf, keys[1], &trees[1]);
    return 0;
}

static enum verdict serve(void)
{
    memset(out, 0xee, sizeof out);
    out_len = 0;
    return kex_lookup(&shelf, short_term, packet, sizeof packet, out, &out_len);
}

static void dropped(enum verdict expected)
{
    assert_int_equal(serve(), expected);
    assert_int_equal(out_len, 0);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 0xee);
}

static void find(int which, uint16_t index, struct found *f)
{
    lookup_request(packet, shelf.entries[which].fingerprint, index);
    assert_int_equal(serve(), ANSWERED);
    assert_true(out_len <= sizeof packet);
    assert_int_equal(found_decode(f, out, out_len), LETHE_OK);
    assert_int_equal(f->index, index);
    assert_memory_equal(f->ltid, shelf.entries[which].ltid, LOOKUP_ID_BYTES);
}

static void all_of_it_is_found(void **state)
{
    (void)state;
    static uint8_t got[LOOKUP_IDENTITY_BYTES];
    struct found f;
    uint8_t name[HASH_BYTES];
    for (int which = 0; which < 2; which++) {
        memset(got, 0, sizeof got);
        find(which, LOOKUP_ROOT, &f);
        tree_name(name, f.bytes);
        assert_memory_equal(name, shelf.entries[which].fingerprint, sizeof name);
        for (uint16_t m = 0; m < TREE_FAN; m++) {
            find(which, (uint16_t)(LOOKUP_MIDDLE + m), &f);
            assert_memory_equal(f.bytes, trees[which].middle[m], TREE_NODE_BYTES);
        }
        for (uint16_t i = 0; i < LOOKUP_PIECES; i++) {
            find(which, (uint16_t)(LOOKUP_PIECE + i), &f);
            memcpy(got + (size_t)i * LOOKUP_PIECE_BYTES, f.bytes, f.len);
        }
        assert_memory_equal(got, keys[which], sizeof got);
        lookup_fingerprint(name, got);
        assert_memory_equal(name, shelf.entries[which].fingerprint, sizeof name);
    }
}

/* The short-term key is the server's own; where there is none, that is said. */
static void the_short_term_key_is_of_the_first(void **state)
{
    (void)state;
    struct found f;
    find(0, LOOKUP_SHORT_TERM, &f);
    assert_int_equal(f.len, sizeof short_term);
    assert_memory_equal(f.bytes, short_term, sizeof short_term);
    find(1, LOOKUP_SHORT_TERM, &f);
    assert_int_equal(f.len, 0);
    lookup_request(packet, shelf.entries[0].fingerprint, LOOKUP_SHORT_TERM);
    assert_int_equal(kex_lookup(&shelf, NULL, packet, sizeof packet, out, &out_len), ANSWERED);
    assert_int_equal(out_len, FOUND_HEADER_BYTES);
}

static void strangers_get_silence(void **state)
{
    (void)state;
    uint8_t nobody[FINGERPRINT_BYTES] = {1}, other[LOOKUP_ID_BYTES];
    lookup_request(packet, nobody, 0);
    dropped(DROP_IDENTITY);
    memcpy(other, shelf.entries[0].ltid, sizeof other); /* the name seen, the fingerprint not */
    memcpy(packet + 2, other, sizeof other);
    dropped(DROP_MAC);
    lookup_request(packet, shelf.entries[1].fingerprint, 0);
    memcpy(packet + 2, other, sizeof other);
    dropped(DROP_MAC);
    for (size_t at = 0; at < LOOKUP_BYTES; at++) {
        lookup_request(packet, shelf.entries[0].fingerprint, 40);
        packet[at] ^= 1;
        const enum verdict v = serve();
        assert_int_equal(v, at < 2 || (at >= 12 && at < LOOKUP_MAC_AT) ? DROP_FORMAT
                            : at < 10                                  ? DROP_IDENTITY
                                                                       : DROP_MAC);
    }
    lookup_request(packet, shelf.entries[0].fingerprint, LOOKUP_END);
    dropped(DROP_FORMAT);
    lookup_request(packet, shelf.entries[0].fingerprint, 0);
    assert_int_equal(kex_lookup(NULL, NULL, packet, sizeof packet, out, &out_len), DROP_IDENTITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_found),
        cmocka_unit_test(the_short_term_key_is_of_the_first),
        cmocka_unit_test(strangers_get_silence),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
