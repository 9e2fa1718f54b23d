/*
 * A blocked signal stays pending until it is read from a signalfd: no handler
 * runs, nothing is interrupted, and no global flag is needed.
 */
#include "net/signals.h"
#include "lethe/error.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(int *fd, const int *numbers, size_t count)
{
    sigset_t set;
    *fd = -1;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++)
        if (sigaddset(&set, numbers[i]) != 0)
            return LETHE_ERR_USAGE;
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return LETHE_ERR_INTERNAL;
    *fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return *fd >= 0 ? LETHE_OK : LETHE_ERR_INTERNAL;
}

int signals_take(int fd, int *number)
{
    struct signalfd_siginfo info;
    *number = 0;
    ssize_t n = read(fd, &info, sizeof info);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? LETHE_OK : LETHE_ERR_INTERNAL;
    if (n != sizeof info)
        return LETHE_ERR_INTERNAL;
    *number = (int)info.ssi_signo;
    return LETHE_OK;
}
