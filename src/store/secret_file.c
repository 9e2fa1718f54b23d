/*
 * Files with keys that die. The old file is opened before it loses its name, and zeros go through
 * that descriptor.
 */
#include "store/secret_file.h"
#include "lethe/error.h"
#include "store/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX_BYTES 7 /* a dot and what file_write's temporary name ends with */

static bool write_zeros(int fd, const struct stat *st)
{
    static const uint8_t zeros[SECRET_FILE_MAX];
    const size_t n = st->st_size < SECRET_FILE_MAX ? (size_t)st->st_size : SECRET_FILE_MAX;
    return n == 0 || (pwrite(fd, zeros, n, 0) == (ssize_t)n && fsync(fd) == 0);
}

static void erase(int fd)
{
    struct stat st;
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0)
        (void)write_zeros(fd, &st);
    close(fd);
}

void secret_file_erase(const char *path)
{
    erase(open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    (void)unlink(path);
}

int secret_file_erase_open(int fd, const char *path)
{
    struct stat st, named;
    if (fstat(fd, &st) != 0 || !write_zeros(fd, &st))
        return error_from_errno(errno);
    if (lstat(path, &named) == 0 && named.st_ino == st.st_ino && named.st_dev == st.st_dev)
        (void)unlink(path);
    return LETHE_OK;
}

int secret_file_write(const char *path, const uint8_t *p, size_t n, struct complaint *why)
{
    int old = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    int err = file_write(path, p, n, 0600, FILE_REPLACE, why);
    if (err == LETHE_OK)
        erase(old);
    else if (old >= 0)
        close(old);
    return err;
}

void secret_file_sweep(const char *folder, const char *name)
{
    char path[4096];
    struct complaint ignored;
    DIR *dir = opendir(folder);
    const size_t n = strlen(name);
    const struct dirent *entry;
    /* cppcheck-suppress readdirCalled ; the stream is this function's own */
    while (dir && (entry = readdir(dir))) {
        if (strncmp(entry->d_name, name, n) != 0 || entry->d_name[n] != '.' ||
            strlen(entry->d_name) != n + SUFFIX_BYTES ||
            file_join(path, sizeof path, folder, entry->d_name, &ignored) != LETHE_OK)
            continue;
        secret_file_erase(path);
    }
    if (dir)
        closedir(dir);
}

void secret_file_sweep_beside(const char *path)
{
    char folder[4096];
    const char *name = strrchr(path, '/');
    if (!name || (size_t)(name - path) >= sizeof folder)
        return;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
    secret_file_sweep(folder, name + 1);
}
