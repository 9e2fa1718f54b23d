/*
 * Parked sessions on disk: a rename takes one, so that only one process can; then it is erased.
 */
#include "node/sessions.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "crypto/hash.h"
#include "lethe/error.h"
#include "node/file.h"
#include "node/identity.h"
#include "node/secret_file.h"
#include "seal/ring.h"

#include <stdio.h>
#include <unistd.h>

static const char magic[] = "lethe session 1\n";

#define MAGIC_BYTES (sizeof magic - 1)
#define BODY_BYTES  (MAGIC_BYTES + 8 + 1 + SESSION_KEY_BYTES + PARKED_BYTES)
#define FILE_BYTES  (BODY_BYTES + HASH_BYTES)
#define PATH_BYTES  4096
/* A slow key may have lived a period when it sealed. */
#define LIFE_MS ((SLOW_COUNT - 1) * (int64_t)SLOW_PERIOD_MS)

static int path_of(char path[PATH_BYTES], const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    char text[FINGERPRINT_TEXT_BYTES];
    struct complaint ignored;
    fingerprint_text(text, fingerprint);
    return file_cache_path(path, PATH_BYTES, "sessions", text, &ignored);
}

static bool decode(struct parked_session *s, int64_t *saved_ms, const uint8_t bytes[FILE_BYTES])
{
    uint8_t sum[HASH_BYTES];
    struct reader r = reader_of(bytes + MAGIC_BYTES, BODY_BYTES - MAGIC_BYTES);
    hash_of(sum, "session file", bytes, BODY_BYTES);
    *saved_ms = (int64_t)read64(&r);
    s->legs = read8(&r);
    read_bytes(&r, s->key, SESSION_KEY_BYTES);
    read_bytes(&r, s->value, PARKED_BYTES);
    return memcmp(bytes, magic, MAGIC_BYTES) == 0 &&
           bytes_equal(sum, bytes + BODY_BYTES, HASH_BYTES);
}

/* True when it was there and whole. */
static bool look(struct parked_session *s, int64_t *saved_ms, const char *path)
{
    uint8_t bytes[FILE_BYTES];
    struct complaint ignored;
    bool whole = file_read(path, bytes, sizeof bytes, true, &ignored) == LETHE_OK &&
                 decode(s, saved_ms, bytes);
    wipe(bytes, sizeof bytes);
    return whole;
}

bool sessions_take(struct parked_session *s, const uint8_t fingerprint[FINGERPRINT_BYTES],
                   uint8_t needed, int64_t now_ms)
{
    char path[PATH_BYTES], mine[PATH_BYTES + 16];
    int64_t saved_ms;
    memset(s, 0, sizeof *s);
    if (path_of(path, fingerprint) != LETHE_OK)
        return false;
    if (look(s, &saved_ms, path) && (s->legs & needed) != needed) {
        wipe(s, sizeof *s);
        return false;
    }
    (void)snprintf(mine, sizeof mine, "%s.%ld", path, (long)getpid());
    if (rename(path, mine) != 0) {
        wipe(s, sizeof *s);
        return false;
    }
    /* Once more: another run may have replaced it since. */
    bool whole = look(s, &saved_ms, mine) && (s->legs & needed) == needed;
    secret_file_erase(mine);
    whole = whole && now_ms >= saved_ms && now_ms - saved_ms < LIFE_MS;
    if (!whole)
        wipe(s, sizeof *s);
    return whole;
}

void sessions_keep(const struct parked_session *s, const uint8_t fingerprint[FINGERPRINT_BYTES],
                   int64_t now_ms)
{
    char path[PATH_BYTES];
    uint8_t bytes[FILE_BYTES];
    struct complaint ignored;
    if (path_of(path, fingerprint) != LETHE_OK)
        return;
    struct writer w = writer_of(bytes, sizeof bytes);
    write_bytes(&w, magic, MAGIC_BYTES);
    write64(&w, (uint64_t)now_ms);
    write8(&w, s->legs);
    write_bytes(&w, s->key, SESSION_KEY_BYTES);
    write_bytes(&w, s->value, PARKED_BYTES);
    hash_of(bytes + BODY_BYTES, "session file", bytes, BODY_BYTES);
    (void)secret_file_write(path, bytes, sizeof bytes, &ignored);
    wipe(bytes, sizeof bytes);
}
