/*
 * One line for a person, and errno put into the one error convention.
 */
#include "base/complaint.h"
#include "lethe/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int complain(struct complaint *why, int err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    for (char *p = why->text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) /* a name may hold anything, a line may not */
            *p = '?';
    return err;
}

int error_from_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
        return LETHE_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return LETHE_ERR_PERMISSION;
    case EEXIST:
    case ENOTEMPTY:
        return LETHE_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return LETHE_ERR_NO_SPACE;
    case EADDRINUSE:
        return LETHE_ERR_IN_USE;
    default:
        return LETHE_ERR_INTERNAL;
    }
}
