/*
 * openat2 with the flags that keep a path below its folder.
 */
#include "service/files_beneath.h"
#include "lethe/service.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whatever the case: there are file systems that do not look at it. */
static bool is_temporary(const char *part)
{
    const char *mark = strcasestr(part, ".lethe-"), *end = strchrnul(part, '/');
    return part[0] == '.' && mark && mark < end;
}

int beneath_path(char out[FILES_PATH_MAX + 1], const uint8_t *path, size_t n)
{
    if (n == 0 || n > FILES_PATH_MAX || memchr(path, 0, n))
        return LETHE_STATUS_NOT_FOUND;
    memcpy(out, path, n);
    out[n] = 0;
    for (const char *part = out; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (is_temporary(part))
            return LETHE_STATUS_DENIED;
    }
    return LETHE_STATUS_OK;
}

int beneath_open(int folder, const char *path, int flags, unsigned mode, bool links)
{
    const struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
                                 .mode = mode,
                                 .resolve = RESOLVE_BENEATH |
                                            (links ? RESOLVE_NO_MAGICLINKS : RESOLVE_NO_SYMLINKS)};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int beneath_open_regular(int folder, const char *path, int flags, bool links)
{
    struct stat st;
    int fd = beneath_open(folder, path, O_PATH, 0, links);
    if (fd < 0)
        return -1;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    close(fd);
    errno = EACCES;
    return regular ? beneath_open(folder, path, flags | O_NONBLOCK | O_NOCTTY, 0, links) : -1;
}

int beneath_status(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return LETHE_STATUS_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
    case EXDEV:
    case ELOOP:
        return LETHE_STATUS_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return LETHE_STATUS_FULL;
    default:
        return LETHE_STATUS_FAILED;
    }
}
