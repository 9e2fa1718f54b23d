/*
 * Parked sessions on disk: read and overwritten under a lock, so that each is used by one process,
 * once, and leaves nothing.
 */
#include "store/sessions.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"
#include "seal/ring.h"
#include "store/checked_file.h"
#include "store/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static const struct checked_file session_file = {SESSIONS_MAGIC, "session file",
                                                 SESSIONS_STATE_BYTES, "it is erased"};

#define PATH_BYTES 4096
/* A slow key may have lived a period when it sealed. */
#define LIFE_MS ((SLOW_COUNT - 1) * (int64_t)SLOW_PERIOD_MS)

/* Reads what the locked file has, and has it no more. One of zeros was used, by a run that was
 * ended before it had no name. */
static int take(struct parked_session *s, int64_t *since_ms, int fd, const char *path,
                struct complaint *why)
{
    uint8_t body[SESSIONS_STATE_BYTES];
    int err = checked_file_read_open(&session_file, fd, path, body, why);
    struct reader r = reader_of(body, sizeof body);
    *since_ms = (int64_t)read64(&r);
    s->legs = read8(&r);
    read_bytes(&r, s->key, SESSION_KEY_BYTES);
    read_bytes(&r, s->value, PARKED_BYTES);
    wipe(body, sizeof body);
    if (err == LETHE_ERR_NOT_FOUND)
        why->text[0] = 0;
    if (err == LETHE_ERR_FORMAT) /* whatever its length is */
        err = checked_file_damaged(&session_file, path, why);
    if (err == LETHE_ERR_PERMISSION)
        err = complain(why, err, "others could read %s; it is erased", path);
    if (secret_file_erase_open(fd, path) != LETHE_OK) {
        const int number = errno;
        wipe(s, sizeof *s); /* or it might be used twice */
        err = complain(why, LETHE_ERR_PERMISSION, "cannot erase %s: %s", path, strerror(number));
    }
    return err;
}

int sessions_take(struct parked_session *s, int64_t *since_ms,
                  const uint8_t fingerprint[FINGERPRINT_BYTES], int64_t now_ms,
                  struct complaint *why)
{
    char path[PATH_BYTES];
    memset(s, 0, sizeof *s);
    int err = identity_cache_path(path, sizeof path, "sessions", fingerprint, why);
    if (err != LETHE_OK)
        return LETHE_ERR_NOT_FOUND;
    secret_file_sweep_beside(path);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return LETHE_ERR_NOT_FOUND;
    if (fd < 0)
        return complain(why, LETHE_ERR_PERMISSION, "cannot open %s: %s", path, strerror(errno));
    err = flock(fd, LOCK_EX | LOCK_NB) == 0 ? take(s, since_ms, fd, path, why)
                                            : LETHE_ERR_NOT_FOUND; /* another run takes it */
    close(fd);
    if (err == LETHE_OK && (now_ms < *since_ms || now_ms - *since_ms >= LIFE_MS))
        err = LETHE_ERR_NOT_FOUND;
    if (err != LETHE_OK)
        wipe(s, sizeof *s);
    return err;
}

void sessions_keep(const struct parked_session *s, int64_t since_ms,
                   const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    char path[PATH_BYTES];
    uint8_t body[SESSIONS_STATE_BYTES];
    struct complaint ignored;
    if (identity_cache_path(path, sizeof path, "sessions", fingerprint, &ignored) != LETHE_OK)
        return;
    struct writer w = writer_of(body, sizeof body);
    write64(&w, (uint64_t)since_ms);
    write8(&w, s->legs);
    write_bytes(&w, s->key, SESSION_KEY_BYTES);
    write_bytes(&w, s->value, PARKED_BYTES);
    (void)checked_file_write(&session_file, path, body, &ignored);
    wipe(body, sizeof body);
}
