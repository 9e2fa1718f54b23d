/*
 * The real worker allocates nothing after its start: worker_run in a child, confined as in the
 * program, with the calls of the allocator counted; strict downloads over loopback are its load.
 * Under a sanitizer this is no test.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocator.h"
#include "client/partial.h"
#include "client/transfer.h"
#include "crypto/init.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "net/udp.h"
#include "node/worker.h"
#include "store/identity.h"
#include "store/ringfile.h"

static unsigned long *calls; /* shared; counted in the worker alone */
static int in_worker;

void allocator_called(void)
{
    if (in_worker)
        ++*calls;
}

struct scene {
    struct server_identity identity;
    struct public_identity public;
    struct files files;
    struct udp udp;
    struct counters *counters;
    int ring[2];
};

static void must(int err, const struct complaint *why)
{
    if (err != LETHE_OK)
        errx(1, "%s", why->text);
}

static pid_t start_worker(struct scene *s, struct complaint *why)
{
    struct worker_setup setup = {.server = {.identity = &s->identity,
                                            .service = files_service(&s->files),
                                            .least_legs = LEG_BIT(LEG_SNTRUP),
                                            .period_ms = 60000},
                                 .files = &s->files,
                                 .sockets = {s->udp.fd},
                                 .gso = {s->udp.gso},
                                 .socket_count = 1,
                                 .ring_fd = s->ring[1],
                                 .counters = s->counters};
    must(confine_user(&setup.confinement, NULL, why), why);
    setup.confinement.folder = s->files.folder;
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    close(s->ring[0]);
    in_worker = 1;
    _exit(-worker_run(&setup, why));
}

static void send_ring(struct scene *s)
{
    struct ring_image image = {.count = KID_COUNT, .period_ms = 60000};
    uint8_t key[COOKIE_KEY_BYTES] = {7};
    (void)ring_image_turn(&image, (int64_t)clock_real_ms(), key);
    if (send(s->ring[0], &image, sizeof image, 0) != (ssize_t)sizeof image)
        err(1, "send");
}

/* The worker is at its loop when it has taken a packet; this one is of no kind that there is. */
static void await_loop(const struct scene *s)
{
    const volatile uint64_t *taken = &s->counters->packets_in;
    int from = socket(s->udp.self.sock.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (from < 0 || sendto(from, "", 1, 0, &s->udp.self.sock.any, s->udp.self.len) != 1)
        err(1, "a first packet");
    close(from);
    for (int i = 0; i < 1000 && *taken == 0; i++)
        usleep(10000);
    if (*taken == 0)
        errx(1, "the worker took no packet in 10 s");
}

static void ignore_progress(void *context, const struct client *client, int64_t now_ns)
{
    (void)context;
    (void)client;
    (void)now_ns;
}

struct one_file {
    const char *name;
    struct fetch_store store;
    bool begun;
};

static int begin_once(void *context, struct client *client)
{
    struct one_file *f = context;
    if (!f->begun)
        f->begun = client_begin(client, f->name, &f->store, 0) == 0;
    return f->begun ? client->fetches[0].result : LETHE_ERR_INTERNAL;
}

static void download(struct scene *s, const char *name, const char *to, struct complaint *why)
{
    static struct client client;
    static struct partial partial;
    bool replaced;
    must(partial_open(&partial, to, why), why);
    struct one_file file = {.name = name, .store = partial_store(&partial)};
    const struct transfer_options o = {.server = &s->public.server,
                                       .addresses = {s->udp.self},
                                       .address_count = 1,
                                       .strict = true,
                                       .give_up_ns = 10000 * PACE_MS,
                                       .stop_fd = -1,
                                       .context = &file,
                                       .step = begin_once,
                                       .progress = ignore_progress};
    int err = transfer_run(&o, &client, why);
    if (err != LETHE_OK)
        errx(1, "%s could not be fetched: %s %s", name, lethe_strerror(err), why->text);
    must(partial_finish(&partial, &replaced, why), why);
    partial_close(&partial);
    client_wipe(&client);
}

static void set_up(struct scene *s, const char *identity, const char *root, struct complaint *why)
{
    const struct udp_options options = {0};
    const char *reason;
    struct address at;
    must(identity_load_secret(&s->identity, identity, why), why);
    must(identity_load_public(&s->public, identity, why), why);
    must(files_open(&s->files, root, why), why);
    calls = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    s->counters =
        mmap(NULL, sizeof *s->counters, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (calls == MAP_FAILED || s->counters == MAP_FAILED ||
        address_parse(&at, "127.0.0.1:0", 0, &reason) != LETHE_OK ||
        udp_open(&s->udp, &at, &options) != LETHE_OK ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->ring) != 0)
        err(1, "set-up");
}

int main(int argc, char **argv)
{
    static struct scene s;
    struct complaint why = {.text = ""};
    int status;
    if (argc != 5)
        errx(2, "usage: allocation IDENTITY ROOT NAME OUTPUT");
    if (crypto_init() != LETHE_OK)
        errx(1, "no randomness");
    set_up(&s, argv[1], argv[2], &why);
    pid_t pid = start_worker(&s, &why);
    if (pid < 0)
        err(1, "fork");
    send_ring(&s);
    await_loop(&s);
    unsigned long start = *calls;
    for (int i = 0; i < 5; i++)
        download(&s, argv[3], argv[4], &why);
    unsigned long grown = *calls - start;
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    printf("allocator calls: %lu before the first packet, %lu in %llu packets\n", start, grown,
           (unsigned long long)s.counters->packets_in);
    return start < 2 || grown > 0 || s.counters->packets_in < 5 * 887 || status != 0;
}
