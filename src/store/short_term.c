/*
 * The signed short-term key: one fixed layout. What is signed is checked before it is used, and its
 * time after that, so that "too old" is never said of what someone made up.
 */
#include "store/short_term.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"
#include "seal/short_term.h"
#include "store/file.h"

#include <sys/stat.h>

static const char magic[] = "lethe short-term 1\n";

#define LATEST_MS ((int64_t)1 << 52) /* no sum of times wraps */

_Static_assert(sizeof magic - 1 == SHORT_TERM_MAGIC_BYTES, "the layout");

void short_term_sign(uint8_t out[SHORT_TERM_FILE_BYTES],
                     const uint8_t fingerprint[FINGERPRINT_BYTES],
                     const struct short_term_public *key, const uint8_t secret[SIGN_SECRET_BYTES])
{
    struct writer w = writer_of(out, SHORT_TERM_SIGNED_BYTES);
    write_bytes(&w, magic, SHORT_TERM_MAGIC_BYTES);
    write_bytes(&w, fingerprint, FINGERPRINT_BYTES);
    write_bytes(&w, key->dh, DH_PUBLIC_BYTES);
    write64(&w, (uint64_t)key->born_ms);
    write64(&w, (uint64_t)key->until_ms);
    sign_make(out + SHORT_TERM_SIGNED_BYTES, secret, out, SHORT_TERM_SIGNED_BYTES);
}

int short_term_open(struct short_term_public *out, const uint8_t *p, size_t n,
                    const uint8_t fingerprint[FINGERPRINT_BYTES],
                    const uint8_t sign_public[SIGN_PUBLIC_BYTES], int64_t now_ms)
{
    struct reader r = reader_of(p, n);
    const uint8_t *begin = read_span(&r, SHORT_TERM_MAGIC_BYTES);
    const uint8_t *owner = read_span(&r, FINGERPRINT_BYTES);
    read_bytes(&r, out->dh, DH_PUBLIC_BYTES);
    const uint64_t born = read64(&r), until = read64(&r);
    const uint8_t *signature = read_span(&r, SIGN_BYTES);
    if (!reader_done(&r) || memcmp(begin, magic, SHORT_TERM_MAGIC_BYTES) != 0 || until <= born ||
        until > (uint64_t)LATEST_MS)
        return LETHE_ERR_FORMAT;
    if (memcmp(owner, fingerprint, FINGERPRINT_BYTES) != 0)
        return LETHE_ERR_IDENTITY;
    if (!sign_is_of(sign_public, signature, p, SHORT_TERM_SIGNED_BYTES))
        return LETHE_ERR_CRYPTO;
    out->born_ms = (int64_t)born;
    out->until_ms = (int64_t)until;
    return short_term_is_alive(out->born_ms, out->until_ms, now_ms) ? LETHE_OK : LETHE_ERR_TIMEOUT;
}

int short_term_explain(const struct short_term_public *key, const char *from, int err,
                       int64_t now_ms, struct complaint *why)
{
    const bool early = err == LETHE_ERR_TIMEOUT && now_ms < key->born_ms;
    const int64_t ms = early ? key->born_ms - now_ms : now_ms - key->until_ms;
    switch (err) {
    case LETHE_ERR_IDENTITY:
        return complain(why, err, "the short-term key of %s is another identity's", from);
    case LETHE_ERR_CRYPTO:
        return complain(why, err, "the short-term key of %s is not signed by this identity", from);
    case LETHE_ERR_TIMEOUT:
        return complain(why, err,
                        "the short-term key of %s %s %lld s %s: is this clock right, and the "
                        "server's, and does its rotator run?",
                        from, early ? "begins only" : "ended", (long long)(ms / 1000),
                        early ? "from now" : "ago");
    default:
        return complain(why, err, "%s holds no short-term key", from);
    }
}

int short_term_load(struct short_term_public *out, const char *path,
                    const struct public_identity *id, int64_t now_ms, struct complaint *why)
{
    char inside[4096];
    uint8_t bytes[SHORT_TERM_FILE_BYTES];
    struct stat st;
    int err = LETHE_OK;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        err = file_join(inside, sizeof inside, path, "public/short-term", why);
        path = inside;
    }
    if (err == LETHE_OK)
        err = file_read(path, bytes, sizeof bytes, false, why);
    if (err != LETHE_OK)
        return err;
    err =
        short_term_open(out, bytes, sizeof bytes, id->server.fingerprint, id->sign_public, now_ms);
    return err == LETHE_OK ? err : short_term_explain(out, path, err, now_ms, why);
}

int short_term_load_cached(struct short_term_public *out, const struct public_identity *id,
                           int64_t now_ms, struct complaint *why)
{
    char path[4096];
    int err = identity_cache_path(path, sizeof path, "short-term", id->server.fingerprint, why);
    return err == LETHE_OK ? short_term_load(out, path, id, now_ms, why) : err;
}

int short_term_cache(const uint8_t file[SHORT_TERM_FILE_BYTES], const struct public_identity *id,
                     struct complaint *why)
{
    char path[4096];
    int err = identity_cache_path(path, sizeof path, "short-term", id->server.fingerprint, why);
    if (err == LETHE_OK)
        err = file_write(path, file, SHORT_TERM_FILE_BYTES, 0600, FILE_REPLACE, why);
    return err;
}
