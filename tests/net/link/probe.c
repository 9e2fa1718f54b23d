/*
 * Sends, echoes and counts numbered UDP datagrams (tally.h), so that a shell
 * test can say what a link does to them without ping, iperf or an interpreter.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/link/tally.h"

#define FIRST_WAIT_MS 5000 /* how long sink and echo-waiting ping wait for a first datagram */
#define QUIET_MS      300  /* no datagram for so long: no more will come */

static const char help[] =
    "usage: probe COMMAND ADDRESS PORT ...\n"
    "  echo ADDRESS PORT                   echo datagrams until SIGTERM; print how many\n"
    "  ping ADDRESS PORT COUNT GAP SIZE    send, and count the echoes; delays are round trips\n"
    "  send ADDRESS PORT COUNT GAP SIZE    send\n"
    "  gso ADDRESS PORT COUNT SIZE         send COUNT datagrams in one call with UDP_SEGMENT\n"
    "  sink ADDRESS PORT COUNT [MISSING]   count datagrams numbered below COUNT until 0.3 s\n"
    "                                      pass without one; delays are one way; write the\n"
    "                                      missing numbers to the file MISSING\n"
    "GAP is in ns between sendings, SIZE in bytes of payload. echo and sink print `ready`.\n";

static uint8_t datagram[TALLY_BYTES_MAX];
static volatile sig_atomic_t stopped;

static void on_stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static uint64_t number_of(const char *text, uint64_t low, uint64_t high)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || v < low || v > high)
        errx(2, "%s: not a number from %" PRIu64 " to %" PRIu64, text, low, high);
    return v;
}

/* A UDP socket that is bound, for a listener, or connected. */
static int socket_of(const char *address, const char *port, bool listens)
{
    struct addrinfo want = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *to;
    int rc = getaddrinfo(address, port, &want, &to);
    if (rc != 0)
        errx(2, "%s port %s: %s", address, port, gai_strerror(rc));
    int s = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int room = 64 << 20;
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        err(1, "socket");
    if ((listens ? bind(s, to->ai_addr, to->ai_addrlen)
                 : connect(s, to->ai_addr, to->ai_addrlen)) != 0)
        err(1, "%s port %s", address, port);
    freeaddrinfo(to);
    if (listens) {
        puts("ready");
        fflush(stdout);
    }
    return s;
}

/* Sends. Nothing is dropped on this side: a full queue is waited for, a refusal (ICMP) is an end.
 */
static void send_one(int s, size_t size, uint64_t number)
{
    tally_write(datagram, size, number, tally_now_ns());
    while (send(s, datagram, size, 0) < 0) {
        if (errno != EAGAIN)
            err(1, "send");
        poll(&(struct pollfd){.fd = s, .events = POLLOUT}, 1, -1);
    }
}

/* Takes what has come; true when something had. */
static bool receive(int s, struct tally *t)
{
    bool any = false;
    for (;;) {
        ssize_t n = recv(s, datagram, sizeof datagram, 0);
        if (n < 0 && errno == EAGAIN)
            return any;
        if (n < 0)
            err(1, "recv");
        tally_count(t, datagram, (size_t)n, tally_now_ns());
        any = true;
    }
}

static bool wait_ms(int s, int ms)
{
    struct pollfd p = {.fd = s, .events = POLLIN};
    return poll(&p, 1, ms) > 0;
}

static void receive_until_quiet(int s, struct tally *t)
{
    for (int ms = FIRST_WAIT_MS; wait_ms(s, ms); ms = QUIET_MS)
        receive(s, t);
}

static void sleep_until(uint64_t at_ns)
{
    if (tally_now_ns() >= at_ns)
        return;
    struct timespec t = {.tv_sec = (time_t)(at_ns / 1000000000u),
                         .tv_nsec = (long)(at_ns % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* `t` is NULL to send only. Echoes are taken between the sendings and until it is quiet. */
static void send_all(int s, char **argv, struct tally *t)
{
    uint64_t count = number_of(argv[0], 1, TALLY_COUNT_MAX);
    uint64_t gap_ns = number_of(argv[1], 0, 10000000000u);
    size_t size = number_of(argv[2], TALLY_BYTES_MIN, TALLY_BYTES_MAX);
    uint64_t start_ns = tally_now_ns();
    for (uint64_t i = 0; i < count; i++) {
        if (gap_ns > 0)
            sleep_until(start_ns + i * gap_ns);
        send_one(s, size, i);
        if (t != NULL)
            receive(s, t);
    }
    while (t != NULL && wait_ms(s, QUIET_MS + (t->received == 0 ? 700 : 0)))
        receive(s, t);
}

static void ping(int s, char **argv)
{
    struct tally t;
    tally_init(&t, number_of(argv[0], 1, TALLY_COUNT_MAX));
    send_all(s, argv, &t);
    tally_print(&t, stdout);
    tally_free(&t);
}

static void sink(int s, char **argv)
{
    struct tally t;
    tally_init(&t, number_of(argv[0], 1, TALLY_COUNT_MAX));
    receive_until_quiet(s, &t);
    tally_print(&t, stdout);
    if (argv[1] != NULL) {
        FILE *out = fopen(argv[1], "w");
        if (out == NULL)
            err(1, "%s", argv[1]);
        tally_print_missing(&t, out);
        if (fclose(out) != 0)
            err(1, "%s", argv[1]);
    }
    tally_free(&t);
}

static void echo(int s)
{
    uint64_t echoed = 0;
    struct sigaction stop = {.sa_handler = on_stop};
    sigaction(SIGTERM, &stop, NULL);
    while (!stopped) {
        struct sockaddr_storage from;
        socklen_t from_bytes = sizeof from;
        ssize_t n = recvfrom(s, datagram, sizeof datagram, 0, (void *)&from, &from_bytes);
        if (n < 0)
            wait_ms(s, 100);
        else if (sendto(s, datagram, (size_t)n, 0, (void *)&from, from_bytes) == n)
            echoed++;
    }
    printf("echoed=%" PRIu64 "\n", echoed);
}

static void send_segments(int s, char **argv)
{
    uint64_t count = number_of(argv[0], 1, 64);
    size_t size = number_of(argv[1], TALLY_BYTES_MIN, TALLY_BYTES_MAX / count);
    for (uint64_t i = 0; i < count; i++)
        tally_write(datagram + i * size, size, i, tally_now_ns());
    int segment = (int)size;
    if (setsockopt(s, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0)
        err(1, "UDP_SEGMENT");
    if (send(s, datagram, count * size, 0) < 0)
        err(1, "send");
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return 0;
    }
    prctl(PR_SET_TIMERSLACK, 1ul);
    const char *command = argc >= 4 ? argv[1] : "";
    bool listens = strcmp(command, "echo") == 0 || strcmp(command, "sink") == 0;
    /* A busy machine shall not look like a slow link. Below the emulator, which is at 20. */
    if (listens || strcmp(command, "ping") == 0)
        sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 10});
    int more = argc - 4;
    if (strcmp(command, "echo") == 0 && more == 0)
        echo(socket_of(argv[2], argv[3], listens));
    else if (strcmp(command, "sink") == 0 && (more == 1 || more == 2))
        sink(socket_of(argv[2], argv[3], listens), argv + 4);
    else if (strcmp(command, "ping") == 0 && more == 3)
        ping(socket_of(argv[2], argv[3], listens), argv + 4);
    else if (strcmp(command, "send") == 0 && more == 3)
        send_all(socket_of(argv[2], argv[3], listens), argv + 4, NULL);
    else if (strcmp(command, "gso") == 0 && more == 2)
        send_segments(socket_of(argv[2], argv[3], listens), argv + 4);
    else
        errx(2, "not a command; see --help");
    return 0;
}
