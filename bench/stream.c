/*
 * TCP for the peers of bench/first-byte.sh.
 */
#include "bench/stream.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

struct sockaddr_in stream_address(const char *address, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
        errx(2, "%s is no IPv4 address", address);
    return a;
}

size_t stream_file(uint8_t out[STREAM_FILE_MOST], const char *name)
{
    FILE *f = fopen(name, "rbe");
    const size_t n = f ? fread(out, 1, STREAM_FILE_MOST, f) : 0;
    if (n == 0 || fclose(f) != 0)
        err(1, "%s", name);
    return n;
}

int stream_listen(const struct sockaddr_in *at)
{
    const int on = 1, waiting = 16;
    const int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(s, IPPROTO_TCP, TCP_FASTOPEN, &waiting, sizeof waiting) ||
        bind(s, (const struct sockaddr *)at, sizeof *at) || listen(s, waiting))
        err(1, "listen");
    puts("listening");
    fflush(stdout);
    return s;
}

void stream_tell(uint64_t start_ns, uint64_t first_ns, uint64_t end_ns)
{
    printf("%.3f %.3f\n", (double)(first_ns - start_ns) / 1e6, (double)(end_ns - start_ns) / 1e6);
}
