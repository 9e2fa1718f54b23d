/* kex/client_hello: what a HELLO holds, and that each is made of fresh keys. */
#include "kex/test_support.h"

#include "crypto/dh.h"
#include "crypto/kem.h"
#include "wire/hello.h"

static struct kex_client client;

static void a_hello_is_as_the_page_says(void **state)
{
    (void)state;
    struct hello h;
    uint8_t mac[HELLO_MAC_BYTES], public[32];
    world_client(&client, BOTH_LEGS, 1);
    assert_int_equal(hello_decode(&h, client.hello, sizeof client.hello), LETHE_OK);
    assert_memory_equal(h.ltid, world.identity.ltid, HELLO_ID_BYTES);
    assert_true(bytes_are_zero(h.stid, HELLO_ID_BYTES));
    assert_int_equal(h.minute, 0);
    assert_true(bytes_are_zero(h.puzzle, HELLO_PUZZLE_BYTES));
    schedule_hello_mac(mac, world.identity.fingerprint, client.hello);
    assert_memory_equal(h.mac, mac, sizeof mac);
    dh_public(public, client.dh_secret);
    assert_memory_equal(h.client, public, sizeof public);
    assert_false(client.accepted);
    assert_int_equal(client.wanted, BOTH_LEGS);
}

/* Both long-term keys, and the header, are in the key of the box. */
static void the_box_needs_both_secrets(void **state)
{
    (void)state;
    struct hello h;
    uint8_t s[32], dh[32], kh0[32], key[32], body[HELLO_BODY_BYTES];
    world_client(&client, BOTH_LEGS, 1);
    assert_int_equal(hello_decode(&h, client.hello, sizeof client.hello), LETHE_OK);
    assert_int_equal(mceliece_dec(s, h.ct, world.identity.mceliece_secret), LETHE_OK);
    assert_int_equal(dh_shared(dh, h.client, world.identity.dh_secret), LETHE_OK);
    schedule_hello(kh0, world.identity.fingerprint, s, dh, client.hello);
    assert_memory_equal(kh0, client.kh0, sizeof kh0);
    schedule_hello_box(key, kh0);
    assert_int_equal(
        aead_open(body, h.box, HELLO_BOX_BYTES, client.hello, HELLO_HEADER_BYTES, h.nonce, key),
        LETHE_OK);
    assert_true(bytes_are_zero(body, sizeof body));
}

static void every_hello_is_new(void **state)
{
    (void)state;
    static struct kex_client other;
    struct rng rng = world_rng(2);
    assert_int_equal(kex_client_init(&client, &world.public, 0, &rng), LETHE_OK);
    assert_int_equal(kex_client_init(&other, &world.public, 0, &rng), LETHE_OK);
    assert_memory_not_equal(client.hello + 22, other.hello + 22, NONCE_BYTES);
    assert_memory_not_equal(client.hello + 46, other.hello + 46, 32);
    assert_memory_not_equal(client.hello + HELLO_CT_AT, other.hello + HELLO_CT_AT, HELLO_CT_BYTES);
    assert_memory_not_equal(client.kh0, other.kh0, 32);
}

static void unusable_server_keys_are_told(void **state)
{
    (void)state;
    static uint8_t pk[MCELIECE_PUBLIC_BYTES];
    struct rng rng = world_rng(3);
    struct server_public bad = world.public;
    memset(bad.dh, 0, sizeof bad.dh);
    memset(&client, 0xee, sizeof client);
    assert_int_equal(kex_client_init(&client, &bad, 0, &rng), LETHE_ERR_IDENTITY);
    assert_true(bytes_are_zero(&client, sizeof client));
    bad = world.public;
    memcpy(pk, world.identity_pk, sizeof pk);
    pk[GOPPA_ROW_BYTES - 1] |= 0x80;
    bad.mceliece = pk;
    memset(&client, 0xee, sizeof client);
    assert_int_equal(kex_client_init(&client, &bad, 0, &rng), LETHE_ERR_IDENTITY);
    assert_true(bytes_are_zero(&client, sizeof client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_is_as_the_page_says),
        cmocka_unit_test(the_box_needs_both_secrets),
        cmocka_unit_test(every_hello_is_new),
        cmocka_unit_test(unusable_server_keys_are_told),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
