/*
 * Many clients in one process: the program's own state machine for each, on a socket of its own,
 * and one thread that serves them all. What comes is opened, counted and thrown away, so that one
 * core does as many clients as a server's core does, and no file is between them.
 */
#include "bench/measure.h"
#include "bench/null_store.h"
#include "client/client.h"
#include "crypto/init.h"
#include "lethe/error.h"
#include "net/batch.h"
#include "net/clock.h"
#include "net/outbox.h"
#include "net/udp.h"
#include "store/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>

#define EVENTS      64
#define GIVE_UP_NS  20000000000
#define PATIENCE_NS 60000000000 /* for the exchanges of all */
#define PAUSE_NS    2000000
#define SECOND_NS   1000000000

struct member {
    struct client *client;
    struct udp udp;
    int64_t next_ns;
    uint64_t before; /* bytes of fetches that are done */
    uint64_t from;   /* bytes when the window opened */
};

struct crowd {
    struct public_identity identity;
    struct address to;
    const char *path;
    size_t count, started;
    int epoll;
    struct batch *batch;   /* what the last socket had */
    struct outbox *outbox; /* what the next is to send */
    struct member *members;
};

static int64_t now_ns(void)
{
    return (int64_t)clock_monotonic_ns();
}

static void begin_fetch(const struct crowd *c, struct member *s)
{
    const struct fetch_store store = null_store();
    (void)client_begin(s->client, c->path, &store, 0);
}

static uint64_t bytes_of(const struct member *s)
{
    return s->before + s->client->fetches[0].bytes_done;
}

/* All that a client has to say now; a file that is there is fetched again. */
static void speak(const struct crowd *c, struct member *s)
{
    const struct fetch *f = &s->client->fetches[0];
    size_t n;
    if (fetch_done(f) && f->result == LETHE_OK) {
        s->before += f->bytes_done;
        client_end(s->client, 0);
        begin_fetch(c, s);
    }
    do {
        uint8_t *out = outbox_reserve(c->outbox, &c->to, NULL, PACKET_MAX);
        if (!out)
            bench_fail("no room for a request");
        n = client_output(s->client, now_ns(), out);
        outbox_commit(c->outbox, n);
    } while (n && outbox_has_room(c->outbox, 1, PACKET_MAX));
    (void)outbox_flush(c->outbox, s->udp.fd);
    if (s->client->result != LETHE_OK || f->result != LETHE_OK)
        bench_fail("a client failed: %s",
                   lethe_strerror(s->client->result ? s->client->result : f->result));
    if (client_puzzle(s->client))
        bench_fail("the server asks for puzzles");
    client_prepare(s->client);
    s->next_ns = client_next_ns(s->client);
}

static void hear(const struct crowd *c, struct member *s)
{
    if (batch_receive(c->batch, s->udp.fd) != LETHE_OK)
        bench_fail("cannot receive");
    const int64_t now = now_ns();
    for (size_t i = 0; i < c->batch->count; i++)
        client_input(s->client, now, c->batch->datagrams[i].data, c->batch->datagrams[i].len);
    speak(c, s);
}

/* Serves who has packets, and whose time has come, of those that have started. */
static void turn(struct crowd *c, int64_t until_ns)
{
    struct epoll_event ready[EVENTS];
    int64_t next = until_ns, now = now_ns();
    for (size_t i = 0; i < c->started; i++) {
        if (c->members[i].next_ns <= now)
            speak(c, &c->members[i]);
        next = c->members[i].next_ns < next ? c->members[i].next_ns : next;
    }
    now = now_ns();
    next = next > now ? next - now : 0;
    const struct timespec wait = {.tv_sec = next / SECOND_NS, .tv_nsec = next % SECOND_NS};
    const int n = epoll_pwait2(c->epoll, ready, EVENTS, &wait, NULL);
    if (n < 0 && errno != EINTR)
        bench_fail("cannot wait for packets");
    for (int i = 0; i < n; i++)
        hear(c, ready[i].data.ptr);
}

static void open_socket(struct crowd *c, struct member *s)
{
    const struct address any = address_any(address_family(&c->to), 0);
    const struct udp_options options = {0};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    if (udp_open(&s->udp, &any, &options) != LETHE_OK ||
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, s->udp.fd, &event) != 0)
        bench_fail("no socket for a client");
    if (!udp_attach(&s->udp, &c->to))
        bench_fail("no route");
}

/* Level 2, and no McEliece key, which would take a client longer than the window. It asks for ten
 * packets and then waits for the others. */
static void start(struct crowd *c, struct member *s)
{
    uint8_t seed[RNG_SEED_BYTES];
    const struct client_options options = {.server = &c->identity.server,
                                           .needed = LEG_BIT(LEG_SNTRUP),
                                           .wanted = LEG_BIT(LEG_SNTRUP),
                                           .give_up_ns = GIVE_UP_NS,
                                           .rate = 1};
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed ||
        client_init(s->client, &options, seed, now_ns()) != LETHE_OK)
        bench_fail("cannot begin an exchange");
    open_socket(c, s);
    uint8_t *out = outbox_reserve(c->outbox, &c->to, NULL, PACKET_MAX);
    outbox_commit(c->outbox, client_first(s->client, now_ns(), out));
    (void)outbox_flush(c->outbox, s->udp.fd);
    begin_fetch(c, s);
    client_prepare(s->client);
    s->next_ns = client_next_ns(s->client);
    c->started++;
}

static void run_for(struct crowd *c, int64_t ns)
{
    const int64_t end = now_ns() + ns;
    while (now_ns() < end)
        turn(c, end);
}

/* One after the other and with a pause, so that no server has to ask for puzzles. */
static void start_all(struct crowd *c)
{
    const int64_t end = now_ns() + PATIENCE_NS;
    for (size_t i = 0; i < c->count; i++) {
        start(c, &c->members[i]);
        while (!c->members[i].client->first_data_ns && now_ns() < end)
            turn(c, end);
        if (!c->members[i].client->first_data_ns)
            bench_fail("only %zu of %zu clients got data in a minute", i, c->count);
        run_for(c, PAUSE_NS);
    }
    for (size_t i = 0; i < c->count; i++) {
        c->members[i].client->pull.rate = 0;
        c->members[i].next_ns = 0;
    }
}

/* "bytes, seconds, the server's and our own CPU seconds, least and most bytes of a client". */
static void measure(struct crowd *c, int64_t ns, pid_t server)
{
    uint64_t all = 0, least = UINT64_MAX, most = 0;
    const int64_t from = now_ns(), cpu = cpu_of_ns(server), own = cpu_own_ns();
    for (size_t i = 0; i < c->count; i++)
        c->members[i].from = bytes_of(&c->members[i]);
    run_for(c, ns);
    const double seconds = (double)(now_ns() - from) / SECOND_NS;
    const double cpu_seconds = (double)(cpu_of_ns(server) - cpu) / SECOND_NS;
    const double own_seconds = (double)(cpu_own_ns() - own) / SECOND_NS;
    for (size_t i = 0; i < c->count; i++) {
        const uint64_t bytes = bytes_of(&c->members[i]) - c->members[i].from;
        all += bytes;
        least = bytes < least ? bytes : least;
        most = bytes > most ? bytes : most;
    }
    printf("%llu %.4f %.4f %.4f %llu %llu\n", (unsigned long long)all, seconds, cpu_seconds,
           own_seconds, (unsigned long long)least, (unsigned long long)most);
}

static void *map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED)
        bench_fail("out of memory");
    return p;
}

static void prepare(struct crowd *c)
{
    struct rlimit files;
    struct client *clients = map(c->count * sizeof *clients);
    c->members = map(c->count * sizeof *c->members);
    c->batch = map(sizeof *c->batch);
    c->outbox = map(sizeof *c->outbox);
    batch_prepare(c->batch);
    outbox_prepare(c->outbox, true);
    for (size_t i = 0; i < c->count; i++)
        c->members[i].client = &clients[i];
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (c->epoll < 0)
        bench_fail("the kernel gives no epoll");
}

int main(int argc, char **argv)
{
    static struct crowd c;
    struct complaint why;
    const char *reason;
    if (argc != 8)
        bench_fail(
            "usage: bench_crowd IDENTITY ADDRESS:PORT PATH CLIENTS WARM_SECONDS SECONDS PID");
    if (crypto_init() != LETHE_OK)
        bench_fail("no cryptography");
    if (identity_load_public(&c.identity, argv[1], &why) != LETHE_OK)
        bench_fail("%s", why.text);
    if (address_parse(&c.to, argv[2], 0, &reason) != LETHE_OK)
        bench_fail("%s: %s", argv[2], reason);
    c.path = argv[3];
    c.count = strtoul(argv[4], NULL, 10);
    if (c.count == 0)
        bench_fail("'%s' is no number of clients", argv[4]);
    prepare(&c);
    start_all(&c);
    run_for(&c, (int64_t)(strtod(argv[5], NULL) * SECOND_NS));
    measure(&c, (int64_t)(strtod(argv[6], NULL) * SECOND_NS), atoi(argv[7]));
    return 0;
}
