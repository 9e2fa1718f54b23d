/*
 * ppoll over a handful of descriptors: with so few, one call a wake-up costs no more
 * than epoll and needs no kernel object. The deadline is absolute, so an
 * interruption or an early wake-up only means waiting again.
 */
#include "net/loop.h"
#include "lethe/error.h"
#include "net/clock.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

void loop_prepare(struct loop *loop)
{
    loop->count = 0;
}

int loop_add(struct loop *loop, int fd)
{
    if (loop->count == LOOP_FDS)
        return LETHE_ERR_NO_SPACE;
    loop->fds[loop->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    return LETHE_OK;
}

/* One ppoll: the number of ready descriptors, 0 at the deadline or an interruption, or negative. */
static int poll_once(struct loop *loop, uint64_t now, uint64_t deadline_ns)
{
    uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
    struct timespec t = {.tv_sec = (time_t)(left / 1000000000u),
                         .tv_nsec = (long)(left % 1000000000u)};
    int n = ppoll(loop->fds, loop->count, &t, NULL);
    if (n < 0)
        return errno == EINTR ? 0 : LETHE_ERR_INTERNAL;
    for (size_t i = 0; i < loop->count; i++)
        if (loop->fds[i].revents & POLLNVAL)
            return LETHE_ERR_INTERNAL;
    return n;
}

int loop_wait(struct loop *loop, uint64_t deadline_ns)
{
    uint64_t now = clock_monotonic_ns();
    for (;;) {
        int n = poll_once(loop, now, deadline_ns);
        if (n != 0)
            return n > 0 ? LETHE_OK : n;
        now = clock_monotonic_ns();
        if (now >= deadline_ns)
            return LETHE_ERR_TIMEOUT;
    }
}

bool loop_failed(const struct loop *loop, int fd)
{
    for (size_t i = 0; i < loop->count; i++)
        if (loop->fds[i].fd == fd)
            return loop->fds[i].revents & POLLERR;
    return false;
}

bool loop_ready(const struct loop *loop, int fd)
{
    for (size_t i = 0; i < loop->count; i++)
        if (loop->fds[i].fd == fd)
            return loop->fds[i].revents != 0;
    return false;
}
