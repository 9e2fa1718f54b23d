/*
 * A file over bare TCP for bench/first-byte.sh, whose client may send its request with Fast Open:
 * what any protocol that asks and is answered once is measured against.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/clock.h"

#define REQUEST   "GET /small HTTP/1.0\r\n\r\n"
#define FILE_MOST 4096

static const char usage[] = "usage: tcp_peer serve ADDRESS PORT FILE\n"
                            "       tcp_peer get ADDRESS PORT full|open";

static struct sockaddr_in address_of(const char *address, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
        errx(2, "%s", usage);
    return a;
}

static void serve(char **argv)
{
    static uint8_t file[FILE_MOST], in[FILE_MOST];
    const struct sockaddr_in at = address_of(argv[2], argv[3]);
    const int on = 1, waiting = 16;
    FILE *f = fopen(argv[4], "rbe");
    const size_t n = f ? fread(file, 1, sizeof file, f) : 0;
    if (n == 0 || fclose(f) != 0)
        err(1, "%s", argv[4]);
    const int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(s, IPPROTO_TCP, TCP_FASTOPEN, &waiting, sizeof waiting) ||
        bind(s, (const struct sockaddr *)&at, sizeof at) || listen(s, waiting))
        err(1, "listen");
    puts("listening");
    fflush(stdout);
    for (;;) {
        const int c = accept(s, NULL, NULL);
        if (c < 0)
            err(1, "accept");
        if (recv(c, in, sizeof in, 0) > 0 && send(c, file, n, MSG_NOSIGNAL) < 0)
            warn("send");
        close(c);
    }
}

static ssize_t ask(int s, const struct sockaddr_in *to, bool fast_open)
{
    const struct sockaddr *at = (const struct sockaddr *)to;
    if (fast_open)
        return sendto(s, REQUEST, strlen(REQUEST), MSG_FASTOPEN, at, sizeof *to);
    return connect(s, at, sizeof *to) == 0 ? send(s, REQUEST, strlen(REQUEST), 0) : -1;
}

static void get(char **argv)
{
    const struct sockaddr_in to = address_of(argv[2], argv[3]);
    static uint8_t in[FILE_MOST];
    uint64_t first = 0;
    ssize_t n;
    const int s = socket(AF_INET, SOCK_STREAM, 0);
    const uint64_t start = clock_monotonic_ns();
    if (ask(s, &to, strcmp(argv[4], "open") == 0) < 0)
        err(1, "connect");
    while ((n = recv(s, in, sizeof in, 0)) > 0)
        first = first ? first : clock_monotonic_ns();
    const uint64_t end = clock_monotonic_ns();
    if (n < 0 || first == 0)
        err(1, "no answer");
    printf("%.3f %.3f\n", (double)(first - start) / 1e6, (double)(end - start) / 1e6);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "%s", usage);
    if (strcmp(argv[1], "serve") == 0)
        serve(argv);
    else if (strcmp(argv[1], "get") == 0)
        get(argv);
    else
        errx(2, "%s", usage);
    return 0;
}
