/*
 * Kernel TCP as a competitor: one process sends zeros on each connection to one of its ports for as
 * long as the other side takes them, and one takes, a connection to each of those ports. CUBIC,
 * whatever the machine's default is.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAMS_MOST 64

static const char help[] = "usage: stream serve|take ADDRESS PORT COUNT\n"
                           "  serve  send to whoever connects to one of COUNT ports from PORT on\n"
                           "  take   connect to each of them, and read\n"
                           "Both print `ready` and end with SIGTERM; take also when a connection "
                           "does.\n";

static char bytes[1 << 16];

static int number_of(const char *text, int most)
{
    char *end;
    long v = strtol(text, &end, 10);
    if (end == text || *end != 0 || v < 1 || v > most)
        errx(2, "%s: not a number from 1 to %d", text, most);
    return (int)v;
}

static int cubic_socket(void)
{
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        err(1, "socket");
    if (setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) != 0)
        err(1, "this kernel has no CUBIC");
    return s;
}

static void open_all(struct pollfd *fds, int count, struct sockaddr_in at, bool serves)
{
    for (int i = 0; i < count; i++) {
        int s = cubic_socket();
        const struct sockaddr *a = (const struct sockaddr *)&at;
        if (serves ? bind(s, a, sizeof at) != 0 || listen(s, 1) != 0
                   : connect(s, a, sizeof at) != 0)
            err(1, "port %d", ntohs(at.sin_port));
        fds[i] = (struct pollfd){.fd = s, .events = POLLIN};
        at.sin_port = htons((in_port_t)(ntohs(at.sin_port) + 1));
    }
    puts("ready");
    fflush(stdout);
}

/* A port has one connection at a time: while it lasts, its entry is that and not the listener. */
static void serve(struct pollfd *fds, int count)
{
    int listeners[STREAMS_MOST];
    for (int i = 0; i < count; i++)
        listeners[i] = fds[i].fd;
    while (poll(fds, (nfds_t)count, -1) > 0)
        for (int i = 0; i < count; i++) {
            if (!fds[i].revents)
                continue;
            if (fds[i].fd == listeners[i]) {
                int s = accept4(listeners[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (s >= 0)
                    fds[i] = (struct pollfd){.fd = s, .events = POLLOUT};
            } else if (send(fds[i].fd, bytes, sizeof bytes, MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
                close(fds[i].fd);
                fds[i] = (struct pollfd){.fd = listeners[i], .events = POLLIN};
            }
        }
    err(1, "poll");
}

static void take(struct pollfd *fds, int count)
{
    while (poll(fds, (nfds_t)count, -1) > 0)
        for (int i = 0; i < count; i++)
            if (fds[i].revents && read(fds[i].fd, bytes, sizeof bytes) <= 0)
                errx(1, "connection %d ended", i);
    err(1, "poll");
}

int main(int argc, char **argv)
{
    struct pollfd fds[STREAMS_MOST];
    struct sockaddr_in at = {.sin_family = AF_INET};
    if (argc != 5 || inet_pton(AF_INET, argv[2], &at.sin_addr) != 1) {
        fputs(help, stderr);
        return 2;
    }
    const bool serves = strcmp(argv[1], "serve") == 0;
    const int count = number_of(argv[4], STREAMS_MOST);
    if (!serves && strcmp(argv[1], "take") != 0)
        errx(2, "%s: not a command", argv[1]);
    at.sin_port = htons((in_port_t)number_of(argv[3], 65536 - STREAMS_MOST));
    open_all(fds, count, at, serves);
    if (serves)
        serve(fds, count);
    take(fds, count);
}
