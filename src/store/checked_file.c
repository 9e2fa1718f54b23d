/*
 * Checked files: the frame around a body is made and taken off here, and nowhere else.
 */
#include "store/checked_file.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "store/file.h"

#include <string.h>

size_t checked_file_bytes(const struct checked_file *f)
{
    return strlen(f->magic) + f->body + HASH_BYTES;
}

int checked_file_damaged(const struct checked_file *f, const char *path, struct complaint *why)
{
    return complain(why, LETHE_ERR_FORMAT, "%s is damaged; %s", path, f->hint);
}

static int check(const struct checked_file *f, const char *path, const uint8_t *bytes,
                 struct complaint *why)
{
    uint8_t sum[HASH_BYTES];
    const size_t magic = strlen(f->magic), hashed = magic + f->body;
    if (bytes_are_zero(bytes, hashed + HASH_BYTES))
        return complain(why, LETHE_ERR_NOT_FOUND, "%s was erased", path);
    hash_of(sum, f->label, bytes, hashed);
    if (memcmp(bytes, f->magic, magic) != 0 || !bytes_equal(sum, bytes + hashed, HASH_BYTES))
        return checked_file_damaged(f, path, why);
    return LETHE_OK;
}

/* Takes the body out of what was read, which is wiped; err: of the reading. */
static int take_body(const struct checked_file *f, int err, const char *path, uint8_t *bytes,
                     uint8_t *body, struct complaint *why)
{
    const size_t n = checked_file_bytes(f);
    if (err == LETHE_OK)
        err = check(f, path, bytes, why);
    if (err == LETHE_OK)
        memcpy(body, bytes + strlen(f->magic), f->body);
    else
        wipe(body, f->body);
    wipe(bytes, n);
    return err;
}

int checked_file_read(const struct checked_file *f, const char *path, uint8_t *body,
                      struct complaint *why)
{
    uint8_t bytes[SECRET_FILE_MAX];
    int err = file_read(path, bytes, checked_file_bytes(f), true, why);
    return take_body(f, err, path, bytes, body, why);
}

int checked_file_read_open(const struct checked_file *f, int fd, const char *path, uint8_t *body,
                           struct complaint *why)
{
    uint8_t bytes[SECRET_FILE_MAX];
    int err = file_read_open(fd, path, bytes, checked_file_bytes(f), true, why);
    return take_body(f, err, path, bytes, body, why);
}

int checked_file_write(const struct checked_file *f, const char *path, const uint8_t *body,
                       struct complaint *why)
{
    uint8_t bytes[SECRET_FILE_MAX];
    const size_t magic = strlen(f->magic), hashed = magic + f->body;
    memcpy(bytes, f->magic, magic);
    memcpy(bytes + magic, body, f->body);
    hash_of(bytes + hashed, f->label, bytes, hashed);
    int err = secret_file_write(path, bytes, checked_file_bytes(f), why);
    wipe(bytes, sizeof bytes);
    return err;
}
