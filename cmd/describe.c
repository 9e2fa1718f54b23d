/*
 * Files of Lethe's by their first bytes: an exact length each, and of a secret one nothing but its
 * fingerprint. Whatever is none of them may be a capture or a datagram.
 */
#include "cmd/describe.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "cmd/describe_capture.h"
#include "cmd/describe_packet.h"
#include "cmd/pcap.h"
#include "crypto/dh.h"
#include "crypto/kem.h"
#include "kex/lookup.h"
#include "lethe/error.h"
#include "seal/short_term.h"
#include "store/identity.h"
#include "store/ringfile.h"
#include "store/sessions.h"
#include "store/short_term.h"

static void print(const struct facts *f, bool json)
{
    if (!json) {
        facts_print_lines(f);
        return;
    }
    putchar('{');
    facts_print_json(f);
    printf("}\n");
}

static void describe_public(const uint8_t *body, size_t n, bool json)
{
    (void)n;
    uint8_t fingerprint[FINGERPRINT_BYTES];
    struct facts f = {.count = 0};
    lookup_fingerprint(fingerprint, body);
    fact_text(&f, "what", "public identity");
    fact_hex(&f, "fingerprint", fingerprint, sizeof fingerprint);
    fact_size(&f, "X25519", DH_PUBLIC_BYTES);
    fact_size(&f, "Ed25519", SIGN_PUBLIC_BYTES);
    fact_size(&f, "mceliece6960119", MCELIECE_PUBLIC_BYTES);
    print(&f, json);
}

static void describe_secret(const uint8_t *body, size_t n, bool json)
{
    (void)n;
    struct facts f = {.count = 0};
    fact_text(&f, "what", "secret identity");
    fact_hex(&f, "fingerprint", body, FINGERPRINT_BYTES);
    fact_text(&f, "note", "secret: it stays with the server, and nothing else of it is shown");
    print(&f, json);
}

static void print_secret(const char *what, bool json)
{
    struct facts f = {.count = 0};
    fact_text(&f, "what", what);
    fact_text(&f, "note", "secret: it stays with the server, and nothing of it is shown");
    print(&f, json);
}

static void describe_short_term(const uint8_t *body, size_t n, bool json)
{
    struct reader r = reader_of(body, n);
    struct facts f = {.count = 0};
    fact_text(&f, "what", "short-term key");
    fact_hex(&f, "fingerprint", read_span(&r, FINGERPRINT_BYTES), FINGERPRINT_BYTES);
    fact_hex(&f, "X25519", read_span(&r, DH_PUBLIC_BYTES), DH_PUBLIC_BYTES);
    fact_number(&f, "born_ms", read64(&r));
    fact_number(&f, "until_ms", read64(&r));
    fact_hex(&f, "signature", read_span(&r, SIGN_BYTES), SIGN_BYTES);
    fact_text(&f, "note", "the signature is not checked here: lethe refresh does that");
    print(&f, json);
}

static void describe_session(const uint8_t *body, size_t n, bool json)
{
    struct facts f = {.count = 0};
    struct reader r = reader_of(body, n);
    fact_text(&f, "what", "parked session");
    fact_number(&f, "since_ms", read64(&r));
    fact_number(&f, "level", (uint64_t)session_level(read8(&r)));
    (void)read_span(&r, SESSION_KEY_BYTES);
    fact_number(&f, "parked_kid", read8(&r));
    fact_text(&f, "note", "secret: who has it can resume the session; nothing else is shown");
    print(&f, json);
}

static const struct {
    const char *magic, *what;
    size_t n; /* behind the magic */
    void (*describe)(const uint8_t *body, size_t n, bool json);
    const char *secret; /* instead of it, where nothing is to be shown: what it is */
} files[] = {
    {"lethe identity 1\n", "public identity",
     DH_PUBLIC_BYTES + SIGN_PUBLIC_BYTES + MCELIECE_PUBLIC_BYTES, describe_public, NULL},
    {"lethe secret 1\n", "secret identity",
     FINGERPRINT_BYTES + DH_SECRET_BYTES + SIGN_SECRET_BYTES + MCELIECE_SECRET_BYTES,
     describe_secret, NULL},
    {"lethe ring 1\n", "ring of cookie keys",
     8 + KID_COUNT *(8 + 8 + COOKIE_KEY_BYTES) + HASH_BYTES, NULL, "ring of cookie keys"},
    {"lethe slow 1\n", "slow ring", 8 + SLOW_COUNT *(8 + 8 + COOKIE_KEY_BYTES) + HASH_BYTES, NULL,
     "slow ring"},
    {SESSIONS_MAGIC, "parked session", SESSIONS_STATE_BYTES + HASH_BYTES, describe_session, NULL},
    {"lethe short-term 1\n", "short-term key", SHORT_TERM_FILE_BYTES - SHORT_TERM_MAGIC_BYTES,
     describe_short_term, NULL},
    {"lethe short-term keys 1\n", "file of short-term keys",
     8 + SHORT_TERM_KEYS *(8 + 8 + SHORT_TERM_KEY_BYTES) + SHORT_TERM_FILE_BYTES + HASH_BYTES, NULL,
     "secrets of short-term keys"},
};

/* LETHE_ERR_NOT_FOUND when no magic fits. */
static int describe_file(const char *name, const uint8_t *bytes, size_t n, bool json,
                         struct complaint *why)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t magic = strlen(files[i].magic);
        if (n < magic || memcmp(bytes, files[i].magic, magic) != 0)
            continue;
        if (n != magic + files[i].n)
            return complain(why, LETHE_ERR_FORMAT,
                            "%s is damaged: it begins as a %s of %zu bytes "
                            "and has %zu",
                            name, files[i].what, magic + files[i].n, n);
        if (files[i].secret)
            print_secret(files[i].secret, json);
        else
            files[i].describe(bytes + magic, n - magic, json);
        return LETHE_OK;
    }
    return LETHE_ERR_NOT_FOUND;
}

/* LETHE_ERR_NOT_FOUND unless 64 digits and perhaps a newline. */
static int describe_fingerprint(const uint8_t *bytes, size_t n, bool json)
{
    char text[FINGERPRINT_TEXT_BYTES] = "";
    uint8_t fingerprint[FINGERPRINT_BYTES];
    struct facts f = {.count = 0};
    if (n == FINGERPRINT_TEXT_BYTES && bytes[n - 1] == '\n')
        n--;
    if (n != FINGERPRINT_TEXT_BYTES - 1)
        return LETHE_ERR_NOT_FOUND;
    memcpy(text, bytes, n);
    if (fingerprint_parse(fingerprint, text) != LETHE_OK)
        return LETHE_ERR_NOT_FOUND;
    fact_text(&f, "what", "fingerprint");
    fact_hex(&f, "fingerprint", fingerprint, sizeof fingerprint);
    print(&f, json);
    return LETHE_OK;
}

/* LETHE_ERR_NOT_FOUND unless a kind's decoder takes it. */
static int describe_datagram(const uint8_t *bytes, size_t n, bool json)
{
    struct facts f = {.count = 0};
    if (n == 0)
        return LETHE_ERR_NOT_FOUND;
    fact_text(&f, "what", "datagram");
    fact_text(&f, "kind", packet_kind_name(bytes[0]));
    fact_size(&f, "datagram", n);
    if (packet_facts(&f, bytes, n) != LETHE_OK)
        return LETHE_ERR_NOT_FOUND;
    print(&f, json);
    return LETHE_OK;
}

int describe(const char *name, const uint8_t *bytes, size_t n, bool json, struct complaint *why)
{
    if (pcapng_recognize(bytes, n))
        return complain(why, LETHE_ERR_FORMAT,
                        "%s is a pcapng file; capture with tcpdump -w, or "
                        "turn it into classic pcap: tcpdump -r %s -w FILE",
                        name, name);
    if (pcap_recognize(bytes, n))
        return describe_capture(name, bytes, n, json, why);
    int err = describe_file(name, bytes, n, json, why);
    if (err == LETHE_ERR_NOT_FOUND)
        err = describe_fingerprint(bytes, n, json);
    if (err == LETHE_ERR_NOT_FOUND)
        err = describe_datagram(bytes, n, json);
    if (err == LETHE_ERR_NOT_FOUND)
        err = complain(why, LETHE_ERR_FORMAT,
                       "%s is neither an identity, a fingerprint, a ring, a short-term key, a "
                       "parked session, a datagram of Lethe's nor a capture (pcap)",
                       name);
    return err;
}
