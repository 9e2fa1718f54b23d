/*
 * ClientHellos for a TLS server of one's own: connections of a network's addresses at a rate, for a
 * time, each of which sends the same ClientHello, waits for the answer and is reset. Says how many
 * were answered.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/clock.h"

#define OPEN_MOST    16000 /* connections at a time */
#define PATIENCE_NS  500000000u
#define SECONDS_MOST 60
#define HOSTS        253 /* .2 to .254 of the network */
#define HELLO_MOST   4096

struct flood {
    struct sockaddr_in to, from;
    uint8_t hello[HELLO_MOST];
    size_t hello_len;
    int epoll;
    int fds[OPEN_MOST]; /* -1: free */
    uint64_t since[OPEN_MOST];
    unsigned free_count, free[OPEN_MOST];
    uint64_t begun, answered;
};

static void reset(struct flood *f, unsigned slot)
{
    const struct linger now = {.l_onoff = 1};
    (void)setsockopt(f->fds[slot], SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(f->fds[slot]);
    f->fds[slot] = -1;
    f->free[f->free_count++] = slot;
}

static void begin(struct flood *f)
{
    const int yes = 1;
    struct sockaddr_in from = f->from;
    unsigned slot = f->free[--f->free_count];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        err(1, "a socket");
    f->fds[slot] = fd;
    f->since[slot] = clock_monotonic_ns();
    from.sin_addr.s_addr = htonl(ntohl(from.sin_addr.s_addr) + 2 + (uint32_t)(f->begun++ % HOSTS));
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = slot};
    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        (connect(fd, (struct sockaddr *)&f->to, sizeof f->to) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        reset(f, slot);
}

static void go_on(struct flood *f, const struct epoll_event *event)
{
    const unsigned slot = event->data.u32;
    struct epoll_event next = {.events = EPOLLIN, .data.u32 = slot};
    if (event->events & (EPOLLERR | EPOLLHUP)) {
        reset(f, slot);
    } else if (event->events & EPOLLIN) {
        f->answered++;
        reset(f, slot);
    } else if (send(f->fds[slot], f->hello, f->hello_len, MSG_NOSIGNAL) != (ssize_t)f->hello_len ||
               epoll_ctl(f->epoll, EPOLL_CTL_MOD, f->fds[slot], &next) != 0) {
        reset(f, slot);
    }
}

static void give_up_the_old(struct flood *f)
{
    const uint64_t now = clock_monotonic_ns();
    for (unsigned i = 0; i < OPEN_MOST; i++)
        if (f->fds[i] >= 0 && now - f->since[i] > PATIENCE_NS)
            reset(f, i);
}

static void run(struct flood *f, uint64_t rate, uint64_t ns)
{
    const uint64_t start = clock_monotonic_ns();
    struct epoll_event events[64];
    uint64_t old = start;
    for (uint64_t now = start; now - start < ns; now = clock_monotonic_ns()) {
        const uint64_t due = (now - start) * rate / 1000000000u + 1;
        for (int i = 0; i < 64 && f->begun < due && f->free_count; i++)
            begin(f);
        int n = epoll_wait(f->epoll, events, 64, f->begun < due && f->free_count ? 0 : 1);
        for (int i = 0; i < n; i++)
            go_on(f, &events[i]);
        if (now - old > PATIENCE_NS / 4) {
            give_up_the_old(f);
            old = now;
        }
    }
}

static void set_up(struct flood *f, char **argv)
{
    const struct rlimit files = {OPEN_MOST + 64, OPEN_MOST + 64};
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        err(1, "%d descriptors", OPEN_MOST);
    FILE *file = fopen(argv[1], "rb");
    f->hello_len = file ? fread(f->hello, 1, sizeof f->hello, file) : 0;
    if (f->hello_len == 0)
        errx(2, "no ClientHello in %s", argv[1]);
    (void)fclose(file);
    f->to.sin_family = f->from.sin_family = AF_INET;
    f->to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    if (inet_pton(AF_INET, argv[2], &f->to.sin_addr) != 1 ||
        inet_pton(AF_INET, argv[6], &f->from.sin_addr) != 1)
        errx(2, "no IPv4 address");
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (f->epoll < 0)
        err(1, "epoll");
    for (unsigned i = 0; i < OPEN_MOST; i++) {
        f->fds[i] = -1;
        f->free[f->free_count++] = i;
    }
}

int main(int argc, char **argv)
{
    static struct flood f;
    const unsigned long milliseconds = argc == 7 ? strtoul(argv[5], NULL, 10) : 0;
    if (milliseconds == 0 || milliseconds > SECONDS_MOST * 1000)
        errx(2, "usage: tls_hellos FILE ADDRESS PORT RATE MILLISECONDS NETWORK.0");
    set_up(&f, argv);
    run(&f, strtoul(argv[4], NULL, 10), milliseconds * 1000000u);
    for (unsigned i = 0; i < OPEN_MOST; i++)
        if (f.fds[i] >= 0)
            reset(&f, i);
    printf("begun %llu answered %llu\n", (unsigned long long)f.begun,
           (unsigned long long)f.answered);
    return 0;
}
