/*
 * A file over bare TCP for bench/first-byte.sh, whose client may send its request with Fast Open:
 * what any protocol that asks and is answered once is measured against.
 */
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/stream.h"
#include "net/clock.h"

static const char usage[] = "usage: tcp_peer serve ADDRESS PORT FILE\n"
                            "       tcp_peer get ADDRESS PORT full|open";

static void serve(char **argv)
{
    static uint8_t file[STREAM_FILE_MOST], in[STREAM_FILE_MOST];
    const struct sockaddr_in at = stream_address(argv[2], argv[3]);
    const size_t n = stream_file(file, argv[4]);
    const int s = stream_listen(&at);
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
        return sendto(s, STREAM_REQUEST, strlen(STREAM_REQUEST), MSG_FASTOPEN, at, sizeof *to);
    return connect(s, at, sizeof *to) == 0 ? send(s, STREAM_REQUEST, strlen(STREAM_REQUEST), 0)
                                           : -1;
}

static void get(char **argv)
{
    const struct sockaddr_in to = stream_address(argv[2], argv[3]);
    static uint8_t in[STREAM_FILE_MOST];
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
    stream_tell(start, first, end);
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
