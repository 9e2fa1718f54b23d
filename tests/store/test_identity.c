/* store/identity: two halves that fit, a secret for its owner alone, nothing overwritten, no damage
 * taken for an identity. */
#include "store/folder.h"

#include "crypto/dh.h"
#include "crypto/hash.h"
#include "crypto/kem.h"
#include "crypto/tree.h"
#include "store/identity.h"

#define PUBLIC_BYTES (17 + 32 + 32 + MCELIECE_PUBLIC_BYTES)
#define SECRET_BYTES (15 + 32 + 32 + 64 + MCELIECE_SECRET_BYTES)

static uint8_t fingerprint[FINGERPRINT_BYTES], public[PUBLIC_BYTES + 1], secret[SECRET_BYTES + 1];
static struct server_identity id;
static struct public_identity known;

static uint8_t made_public[PUBLIC_BYTES], made_secret[SECRET_BYTES];
static bool made;

static int generate(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    (void)setenv("XDG_CACHE_HOME", in_folder("cache"), 1);
    if (identity_generate(in_folder("id"), fingerprint, &why) != LETHE_OK)
        return -1;
    made = get_file("id/public/identity", made_public, PUBLIC_BYTES) == PUBLIC_BYTES &&
           get_file("id/secret/identity", made_secret, SECRET_BYTES) == SECRET_BYTES;
    return 0;
}

/* The identity that was made last, once more: making one takes longer than all else here. */
static int lay(void **state)
{
    if (!made)
        return generate(state);
    if (make_folder(state) != 0 || mkdir(in_folder("id"), 0755) != 0 ||
        mkdir(in_folder("id/secret"), 0700) != 0 || mkdir(in_folder("id/public"), 0755) != 0)
        return -1;
    (void)setenv("XDG_CACHE_HOME", in_folder("cache"), 1);
    put_file("id/public/identity", made_public, PUBLIC_BYTES);
    put_file("id/public/fingerprint", "", 0);
    put_file("id/secret/identity", made_secret, SECRET_BYTES);
    return chmod(in_folder("id/secret/identity"), 0600);
}

static void both_halves_fit(void **state)
{
    (void)state;
    uint8_t dh[DH_PUBLIC_BYTES], ltid[HELLO_ID_BYTES], s[32], again[32];
    static uint8_t ct[MCELIECE_CT_BYTES];
    assert_int_equal(identity_load_secret(&id, in_folder("id"), &why), LETHE_OK);
    assert_int_equal(identity_load_public(&known, in_folder("id"), &why), LETHE_OK);
    assert_memory_equal(id.fingerprint, fingerprint, sizeof fingerprint);
    assert_memory_equal(known.server.fingerprint, fingerprint, sizeof fingerprint);
    schedule_ltid(ltid, fingerprint);
    assert_memory_equal(id.ltid, ltid, sizeof ltid);
    dh_public(dh, id.dh_secret);
    assert_memory_equal(known.server.dh, dh, sizeof dh);
    assert_int_equal(mceliece_enc(ct, s, known.server.mceliece), LETHE_OK);
    assert_int_equal(mceliece_dec(again, ct, id.mceliece_secret), LETHE_OK);
    assert_memory_equal(s, again, sizeof s);
    identity_free(&known);
    assert_null(known.bytes);
    identity_free(&known);
    assert_int_equal(identity_load_public(&known, in_folder("id/public/identity"), &why), LETHE_OK);
    identity_free(&known);
}

static void the_files_are_as_described(void **state)
{
    (void)state;
    char text[FINGERPRINT_TEXT_BYTES + 1] = {0}, expected[FINGERPRINT_TEXT_BYTES];
    uint8_t hash[HASH_BYTES];
    assert_int_equal(permissions("id/secret"), 0700);
    assert_int_equal(permissions("id/secret/identity"), 0600);
    assert_int_equal(permissions("id/public"), 0755);
    assert_int_equal(permissions("id/public/identity"), 0644);
    assert_int_equal(entries("id/secret"), 1);
    assert_int_equal(entries("id/public"), 2);
    assert_int_equal(get_file("id/public/identity", public, sizeof public), PUBLIC_BYTES);
    assert_memory_equal(public, "lethe identity 1\n", 17);
    static struct tree tree;
    tree_build(&tree, public + 17, PUBLIC_BYTES - 17);
    tree_name(hash, tree.root);
    assert_memory_equal(hash, fingerprint, sizeof hash);
    assert_int_equal(get_file("id/secret/identity", secret, sizeof secret), SECRET_BYTES);
    assert_memory_equal(secret, "lethe secret 1\n", 15);
    assert_memory_equal(secret + 15, fingerprint, sizeof fingerprint);
    assert_int_equal(get_file("id/public/fingerprint", text, sizeof text), 65);
    fingerprint_text(expected, fingerprint);
    assert_memory_equal(text, expected, 64);
    assert_int_equal(text[64], '\n');
}

static void every_identity_is_another(void **state)
{
    (void)state;
    uint8_t other[FINGERPRINT_BYTES];
    static uint8_t others[SECRET_BYTES];
    assert_int_equal(identity_generate(in_folder("other/deeper"), other, &why), LETHE_OK);
    assert_memory_not_equal(other, fingerprint, sizeof other);
    get_file("id/secret/identity", secret, sizeof secret);
    get_file("other/deeper/secret/identity", others, sizeof others);
    assert_memory_not_equal(secret + 47, others + 47, 32);                 /* X25519 */
    assert_memory_not_equal(secret + 79, others + 79, 32);                 /* Ed25519 */
    assert_memory_not_equal(secret + 143 + 100, others + 143 + 100, 1000); /* McEliece */
}

static void an_identity_is_never_overwritten(void **state)
{
    (void)state;
    uint8_t other[FINGERPRINT_BYTES];
    static uint8_t again[PUBLIC_BYTES + 1];
    get_file("id/public/identity", public, sizeof public);
    get_file("id/secret/identity", secret, sizeof secret);
    complained(identity_generate(in_folder("id"), other, &why), LETHE_ERR_EXISTS,
               "secret/identity");
    assert_int_equal(get_file("id/public/identity", again, sizeof again), PUBLIC_BYTES);
    assert_memory_equal(again, public, PUBLIC_BYTES);
    assert_int_equal(get_file("id/secret/identity", again, sizeof again), SECRET_BYTES);
    assert_memory_equal(again, secret, SECRET_BYTES);
    assert_int_equal(entries("id/secret"), 1);
    assert_int_equal(entries("id/public"), 2);
    assert_int_equal(unlink(in_folder("id/secret/identity")), 0); /* nor is the rest of one */
    complained(identity_generate(in_folder("id"), other, &why), LETHE_ERR_EXISTS,
               "public/identity");
    assert_int_equal(entries("id/secret"), 0);
    assert_int_equal(get_file("id/public/identity", again, sizeof again), PUBLIC_BYTES);
    assert_memory_equal(again, public, PUBLIC_BYTES);
}

static void a_secret_that_others_may_read_is_refused(void **state)
{
    (void)state;
    for (mode_t bit = 1; bit < 0100; bit <<= 1) {
        assert_int_equal(chmod(in_folder("id/secret/identity"), 0600 | bit), 0);
        complained(identity_load_secret(&id, in_folder("id"), &why), LETHE_ERR_PERMISSION,
                   "chmod 600");
    }
}

static void a_damaged_secret_is_refused(void **state)
{
    (void)state;
    get_file("id/secret/identity", secret, sizeof secret);
    for (size_t at = 0; at < 15; at++) {
        secret[at] ^= 1;
        put_file("id/secret/identity", secret, SECRET_BYTES);
        memset(&id, 0xee, sizeof id);
        complained(identity_load_secret(&id, in_folder("id"), &why), LETHE_ERR_IDENTITY,
                   "not a Lethe secret");
        assert_true(bytes_are_zero((const uint8_t *)&id, sizeof id));
        secret[at] ^= 1;
    }
    for (size_t n = SECRET_BYTES - 1; n <= SECRET_BYTES + 1; n += 2) {
        put_file("id/secret/identity", secret, n);
        complained(identity_load_secret(&id, in_folder("id"), &why), LETHE_ERR_FORMAT,
                   n < SECRET_BYTES ? "cut short" : "not the file meant");
    }
    put_file("id/secret/identity", secret, SECRET_BYTES);
    assert_int_equal(identity_load_secret(&id, in_folder("id"), &why), LETHE_OK);
    complained(identity_load_secret(&id, in_folder("none"), &why), LETHE_ERR_IDENTITY,
               "lethe keygen");
}

static void a_damaged_public_half_is_refused(void **state)
{
    (void)state;
    const char *path = in_folder("p");
    get_file("id/public/identity", public, sizeof public);
    for (size_t at = 0; at < 17; at += 8) {
        public[at] ^= 1;
        put_file("p", public, PUBLIC_BYTES);
        complained(identity_load_public(&known, path, &why), LETHE_ERR_IDENTITY, "/p");
        assert_null(known.bytes);
        public[at] ^= 1;
    }
    for (size_t n = PUBLIC_BYTES - 1; n <= PUBLIC_BYTES + 1; n += 2) {
        put_file("p", public, n);
        complained(identity_load_public(&known, path, &why), LETHE_ERR_FORMAT,
                   n < PUBLIC_BYTES ? "cut short" : "not the file meant");
        assert_null(known.bytes);
    }
    public[PUBLIC_BYTES - 1] ^= 1; /* well formed, and someone else's: the name tells */
    put_file("p", public, PUBLIC_BYTES);
    assert_int_equal(identity_load_public(&known, path, &why), LETHE_OK);
    assert_memory_not_equal(known.server.fingerprint, fingerprint, sizeof fingerprint);
    identity_free(&known);
    complained(identity_load_public(&known, in_folder("none"), &why), LETHE_ERR_IDENTITY, "/none");
    complained(identity_load_public(&known, in_folder("id/secret"), &why), LETHE_ERR_IDENTITY,
               "/id/secret/public/identity");
}

static void what_was_used_is_known_by_its_fingerprint(void **state)
{
    (void)state;
    char text[FINGERPRINT_TEXT_BYTES], name[256];
    complained(identity_load_cached(&known, fingerprint, &why), LETHE_ERR_NOT_FOUND, "fetch it");
    assert_int_equal(identity_load_public(&known, in_folder("id"), &why), LETHE_OK);
    identity_cache(&known, false);
    identity_cache(&known, false); /* once is enough */
    identity_free(&known);
    fingerprint_text(text, fingerprint);
    (void)snprintf(name, sizeof name, "cache/lethe/identities/%s", text);
    assert_int_equal(permissions(name), 0600);
    assert_int_equal(permissions("cache/lethe/identities"), 0700);
    assert_int_equal(entries("cache/lethe/identities"), 1);
    assert_int_equal(identity_load_cached(&known, fingerprint, &why), LETHE_OK);
    assert_memory_equal(known.server.fingerprint, fingerprint, sizeof fingerprint);
    identity_free(&known);
    /* Damaged, or another's in its place: the fingerprint decides. */
    get_file(name, public, sizeof public);
    for (size_t at = 17; at < PUBLIC_BYTES; at += PUBLIC_BYTES / 5) {
        public[at] ^= 0x10;
        put_file(name, public, PUBLIC_BYTES);
        complained(identity_load_cached(&known, fingerprint, &why), LETHE_ERR_IDENTITY, "damaged");
        assert_null(known.bytes);
        public[at] ^= 0x10;
    }
    put_file(name, public, 1000);
    complained(identity_load_cached(&known, fingerprint, &why), LETHE_ERR_IDENTITY, text);
    /* Had again, it takes the place of what is damaged. */
    assert_int_equal(identity_load_public(&known, in_folder("id"), &why), LETHE_OK);
    identity_cache(&known, true);
    identity_free(&known);
    assert_int_equal(permissions(name), 0600);
    assert_int_equal(identity_load_cached(&known, fingerprint, &why), LETHE_OK);
    identity_free(&known);
}

static void a_cache_lies_where_it_is_asked_to(void **state)
{
    (void)state;
    assert_int_equal(identity_load_public(&known, in_folder("id"), &why), LETHE_OK);
    (void)setenv("HOME", in_folder("home"), 1);
    (void)setenv("XDG_CACHE_HOME", "relative", 1); /* is not one */
    identity_cache(&known, false);
    assert_int_equal(entries("home/.cache/lethe/identities"), 1);
    (void)unsetenv("XDG_CACHE_HOME");
    struct public_identity again;
    assert_int_equal(identity_load_cached(&again, fingerprint, &why), LETHE_OK);
    identity_free(&again);
    (void)unsetenv("HOME");
    identity_cache(&known, false); /* nowhere: no error */
    complained(identity_load_cached(&again, fingerprint, &why), LETHE_ERR_IDENTITY, "HOME");
    identity_free(&known);
}

static void fingerprints_are_64_digits(void **state)
{
    (void)state;
    uint8_t f[FINGERPRINT_BYTES], parsed[FINGERPRINT_BYTES];
    char text[FINGERPRINT_TEXT_BYTES + 1];
    for (int i = 0; i < FINGERPRINT_BYTES; i++)
        f[i] = (uint8_t)(i * 11);
    fingerprint_text(text, f);
    assert_int_equal(strlen(text), 64);
    assert_int_equal(fingerprint_parse(parsed, text), LETHE_OK);
    assert_memory_equal(parsed, f, sizeof f);
    for (unsigned c = 1; c < 256; c++) {
        text[c % 64] = (char)c;
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        assert_int_equal(fingerprint_parse(parsed, text), digit ? LETHE_OK : LETHE_ERR_FORMAT);
        fingerprint_text(text, f);
    }
    text[64] = '0', text[65] = 0;
    assert_int_equal(fingerprint_parse(parsed, text), LETHE_ERR_FORMAT);
    text[63] = 0;
    assert_int_equal(fingerprint_parse(parsed, text), LETHE_ERR_FORMAT);
    assert_int_equal(fingerprint_parse(parsed, ""), LETHE_ERR_FORMAT);
}

#define OF_NEW(test) cmocka_unit_test_setup_teardown(test, generate, remove_folder)
#define EACH(test)   cmocka_unit_test_setup_teardown(test, lay, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_NEW(both_halves_fit),
        OF_NEW(the_files_are_as_described),
        OF_NEW(every_identity_is_another),
        EACH(an_identity_is_never_overwritten),
        EACH(a_secret_that_others_may_read_is_refused),
        EACH(a_damaged_secret_is_refused),
        EACH(a_damaged_public_half_is_refused),
        EACH(what_was_used_is_known_by_its_fingerprint),
        EACH(a_cache_lies_where_it_is_asked_to),
        cmocka_unit_test(fingerprints_are_64_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
