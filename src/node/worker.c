/*
 * A worker's loop: ring from the supervisor, packets from the sockets, answers in batches.
 */
#include "node/worker.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/batch.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/outbox.h"
#include "net/signals.h"
#include "node/log.h"
#include "store/ringfile.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_NS 250000000 /* how often dead keys are looked for */

struct worker {
    struct batch batch;
    struct outbox outbox;
    struct server server;
    struct loop loop;
    int stop_fd;
};

/* Takes all keys that the supervisor has sent. False: it is gone. */
static bool take_keys(struct worker *w, int fd)
{
    union {
        struct ring_image ring;
        struct short_term_image short_term;
    } m;
    ssize_t n;
    while ((n = recv(fd, &m, sizeof m, MSG_DONTWAIT)) > 0) {
        const int64_t now_ms = (int64_t)clock_real_ms();
        if (n == (ssize_t)sizeof m.ring)
            ring_take_image(m.ring.count == SLOW_COUNT ? &w->server.slow : &w->server.ring, &m.ring,
                            now_ms);
        else if (n == (ssize_t)sizeof m.short_term)
            server_take_short_term(&w->server, &m.short_term, now_ms);
    }
    wipe(&m, sizeof m);
    return n != 0;
}

_Static_assert(sizeof(struct ring_image) != sizeof(struct short_term_image),
               "messages are told apart by their sizes");

static void count_net(struct worker *w)
{
    struct counters *c = w->server.counters;
    const struct batch_counters *in = &w->batch.counters;
    const struct outbox_counters *out = &w->outbox.counters;
    c->truncated = in->truncated + in->empty + in->overflow;
    c->send_failed = out->full + out->starved + out->unreachable + out->too_long + out->failed;
    c->filter_used = filter_used(&w->server.filter);
    c->strikes_used = strikes_used(&w->server.strikes);
}

/* Hands an answer, which lies in the outbox's own room, to it packet by packet. */
static void commit(struct worker *w, const struct datagram *d, const struct burst *burst)
{
    for (size_t i = 0; i < burst->count; i++) {
        (void)outbox_reserve(&w->outbox, d->from, d->local, burst->len[i]);
        outbox_commit(&w->outbox, burst->len[i]);
    }
}

static void answer_batch(struct worker *w, int fd, bool gso)
{
    int64_t now_ms = (int64_t)clock_real_ms();
    uint8_t address[ADDRESS_BYTES];
    struct burst burst = {.room = BURST_BYTES};
    w->outbox.gso = w->outbox.gso && gso;
    server_batch_begin(&w->server, w->batch.count);
    for (size_t i = 0; i < w->batch.count; i++) {
        const struct datagram *d = &w->batch.datagrams[i];
        if (!outbox_has_room(&w->outbox, BURST_PACKETS, BURST_BYTES))
            (void)outbox_flush(&w->outbox, fd);
        burst.at = outbox_reserve(&w->outbox, d->from, d->local, BURST_BYTES);
        address_bytes(d->from, address);
        if (server_packet(&w->server, now_ms, address, d->data, d->len, &burst))
            commit(w, d, &burst);
    }
    server_batch_end(&w->server);
    (void)outbox_flush(&w->outbox, fd);
}

static int serve(struct worker *w, const struct worker_setup *setup)
{
    for (;;) {
        (void)loop_wait(&w->loop, clock_monotonic_ns() + TICK_NS);
        if (loop_ready(&w->loop, w->stop_fd))
            return LETHE_OK;
        if (loop_ready(&w->loop, setup->ring_fd) && !take_keys(w, setup->ring_fd))
            return LETHE_OK;
        server_expire(&w->server, (int64_t)clock_real_ms());
        if (setup->files)
            files_close_idle(setup->files);
        for (int i = 0; i < setup->socket_count; i++) {
            if (!loop_ready(&w->loop, setup->sockets[i]))
                continue;
            int err = batch_receive(&w->batch, setup->sockets[i]);
            if (err != LETHE_OK)
                return err;
            answer_batch(w, setup->sockets[i], setup->gso[i]);
        }
        count_net(w);
        log_tell_lost();
    }
}

static int prepare(struct worker *w, const struct worker_setup *setup, struct complaint *why)
{
    static const int stop_signals[] = {SIGTERM};
    uint8_t seed[RNG_SEED_BYTES];
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    struct server_options options = setup->server;
    options.clock_ns = clock_monotonic_ns;
    server_init(&w->server, &options, setup->counters, (int64_t)clock_real_ms(), seed);
    wipe(seed, sizeof seed);
    batch_prepare(&w->batch);
    outbox_prepare(&w->outbox, true);
    loop_prepare(&w->loop);
    int err = signals_open(&w->stop_fd, stop_signals, 1);
    if (err == LETHE_OK)
        err = loop_add(&w->loop, w->stop_fd);
    if (err == LETHE_OK)
        err = loop_add(&w->loop, setup->ring_fd);
    for (int i = 0; i < setup->socket_count && err == LETHE_OK; i++)
        err = loop_add(&w->loop, setup->sockets[i]);
    return err == LETHE_OK ? err : complain(why, err, "cannot set the worker up");
}

int worker_run(const struct worker_setup *setup, struct complaint *why)
{
    struct confined is = {0};
    struct worker *w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (w == MAP_FAILED)
        return complain(why, LETHE_ERR_NO_SPACE, "out of memory");
    bool locked = mlock(w, sizeof *w) == 0;
    (void)madvise(w, sizeof *w, MADV_DONTDUMP);
    int err = prepare(w, setup, why);
    if (err == LETHE_OK)
        err = confine(&setup->confinement, &is, why);
    if (err == LETHE_OK && setup->files && files_check(setup->files) != LETHE_OK)
        err = complain(why, LETHE_ERR_PERMISSION,
                       "the unprivileged user cannot enter the folder "
                       "that is served; open it (chmod o+x) or name another with --user");
    if (err == LETHE_OK) {
        log_say("worker %d confined: %s, system calls filtered, %s, keys %s", (int)getpid(),
                setup->confinement.drop_user ? "root dropped" : "not root",
                is.landlocked ? "file system restricted" : "no Landlock in this kernel",
                locked ? "locked in memory" : "not locked in memory (see ulimit -l)");
        if (setup->confinement.writable && !is.can_write)
            log_say("warning: the worker's user may not write into the folder itself: uploads to "
                    "it are refused; give it to that user (chown), or name another with --user");
        err = serve(w, setup);
    }
    server_wipe(&w->server);
    return err;
}
