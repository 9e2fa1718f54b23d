/*
 * Files whole. A write goes to a temporary name first, so that a crash leaves the old file or the
 * new one; a file that must be new is linked into place, which fails if the name is taken.
 */
#include "store/file.h"
#include "base/bytes.h"
#include "lethe/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(const struct stat *st, size_t n, bool secret, const char *path,
                 struct complaint *why)
{
    if (!S_ISREG(st->st_mode))
        return complain(why, LETHE_ERR_FORMAT, "%s is not a regular file", path);
    if (secret && st->st_uid != geteuid() && geteuid() != 0)
        return complain(why, LETHE_ERR_PERMISSION, "%s belongs to another user", path);
    if (secret && (st->st_mode & (S_IRWXG | S_IRWXO)))
        return complain(why, LETHE_ERR_PERMISSION, "%s can be read by others; run: chmod 600 %s",
                        path, path);
    if ((uint64_t)st->st_size < n)
        return complain(why, LETHE_ERR_FORMAT,
                        "%s has %lld bytes instead of %zu: it was cut short; "
                        "copy it again from where it is whole",
                        path, (long long)st->st_size, n);
    if ((uint64_t)st->st_size > n)
        return complain(why, LETHE_ERR_FORMAT,
                        "%s has %lld bytes instead of %zu: it is not the file meant, or damaged; "
                        "name the right one",
                        path, (long long)st->st_size, n);
    return LETHE_OK;
}

static bool read_all(int fd, uint8_t *buf, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = read(fd, buf + done, n - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

int file_read_open(int fd, const char *path, uint8_t *buf, size_t n, bool secret,
                   struct complaint *why)
{
    struct stat st;
    int err = LETHE_OK;
    if (fstat(fd, &st) != 0)
        err = complain(why, LETHE_ERR_INTERNAL, "cannot examine %s: %s", path, strerror(errno));
    if (err == LETHE_OK)
        err = check(&st, n, secret, path, why);
    if (err == LETHE_OK && !read_all(fd, buf, n))
        err = complain(why, LETHE_ERR_FORMAT, "cannot read %s", path);
    if (err != LETHE_OK)
        wipe(buf, n);
    return err;
}

int file_read(const char *path, uint8_t *buf, size_t n, bool secret, struct complaint *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return complain(why, error_from_errno(errno), "cannot open %s: %s", path, strerror(errno));
    int err = file_read_open(fd, path, buf, n, secret, why);
    close(fd);
    return err;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t put = write(fd, p + done, n - done);
        if (put < 0)
            return false;
        done += (size_t)put;
    }
    return fsync(fd) == 0;
}

static bool move_into_place(const char *from, const char *to, enum file_mode mode)
{
    if (mode == FILE_REPLACE)
        return rename(from, to) == 0;
    return link(from, to) == 0 && unlink(from) == 0;
}

int file_write(const char *path, const uint8_t *p, size_t n, unsigned permissions,
               enum file_mode mode, struct complaint *why)
{
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return complain(why, LETHE_ERR_USAGE, "%s: name too long", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return complain(why, error_from_errno(errno), "cannot write %s: %s", path, strerror(errno));
    int err = LETHE_OK;
    if (fchmod(fd, permissions) != 0 || !write_all(fd, p, n) ||
        !move_into_place(temporary, path, mode)) {
        err = complain(why, error_from_errno(errno), "cannot write %s: %s", path, strerror(errno));
        (void)unlink(temporary);
    }
    close(fd);
    return err;
}

/* One that is there will do. A file system that is read-only, or none of ours to write, says so
 * even where the folder is there. */
static int make(const char *path, unsigned permissions, struct complaint *why)
{
    struct stat st;
    if (mkdir(path, permissions) == 0 || errno == EEXIST)
        return LETHE_OK;
    const int reason = errno;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return LETHE_OK;
    return complain(why, error_from_errno(reason), "cannot make folder %s: %s", path,
                    strerror(reason));
}

int file_make_folder(const char *path, unsigned permissions, struct complaint *why)
{
    char part[4096];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return complain(why, LETHE_ERR_USAGE, "bad folder name '%s'", path);
    memcpy(part, path, n + 1);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        int err = make(part, 0755, why);
        if (err != LETHE_OK)
            return err;
        *p = '/';
    }
    return make(path, permissions, why);
}

int file_join(char *out, size_t room, const char *dir, const char *name, struct complaint *why)
{
    if (!*dir)
        return complain(why, LETHE_ERR_USAGE, "the name of a folder is empty");
    int n = snprintf(out, room, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= room)
        return complain(why, LETHE_ERR_USAGE, "%s/%s: name too long", dir, name);
    return LETHE_OK;
}
