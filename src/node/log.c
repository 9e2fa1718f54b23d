/*
 * The log: each line is one write, when the kernel says that it has room.
 */
#include "node/log.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int log_fd = STDERR_FILENO;
static unsigned long lost;

/* A pipe that others write to as well may be full between the look and the write. Opened once more
 * it does not wait, and who else has it is not concerned. */
void log_open(void)
{
    struct stat st;
    if (fstat(STDERR_FILENO, &st) == 0 && S_ISFIFO(st.st_mode))
        log_fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (log_fd < 0)
        log_fd = STDERR_FILENO;
    lost = 0;
}

void log_close(void)
{
    if (log_fd != STDERR_FILENO)
        close(log_fd);
    log_fd = STDERR_FILENO;
}

void log_forget(void)
{
    lost = 0;
}

bool log_has_room(int fd)
{
    struct pollfd at = {.fd = fd, .events = POLLOUT};
    return poll(&at, 1, 0) == 1 && (at.revents & POLLOUT);
}

static bool put(const char *line, size_t n)
{
    return log_has_room(log_fd) && write(log_fd, line, n) == (ssize_t)n;
}

void log_tell_lost(void)
{
    char line[80];
    if (lost == 0)
        return;
    int n = snprintf(line, sizeof line, "lethe: %lu line%s lost here, for nobody read\n", lost,
                     lost == 1 ? " was" : "s were");
    if (put(line, (size_t)n))
        lost = 0;
}

void log_say(const char *format, ...)
{
    char line[PIPE_BUF] = "lethe: "; /* a pipe takes as much whole, or not at all */
    const size_t begun = strlen(line), room = sizeof line - begun - 1;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + begun, room, format, args);
    va_end(args);
    size_t used = begun + (n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1);
    line[used++] = '\n';
    log_tell_lost();
    if (!put(line, used))
        lost++;
}
