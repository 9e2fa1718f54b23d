/*
 * A link emulator: carries Ethernet frames between two TAP devices and, for
 * each direction, delays, paces, drops, doubles, reorders and corrupts them.
 * One thread: it sleeps until a frame comes or is due, and spins the last bit.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "net/link/channel.h"
#include "net/link/flight.h"
#include "net/link/frame.h"
#include "net/link/options.h"
#include "net/link/tap.h"

#define SPIN_NS   20000u /* waking from sleep takes about as long */
#define READ_MOST 64     /* frames read from one device before the other has its turn */

struct way {
    const char *name;
    const struct tap *from, *to;
    struct channel channel;
    struct flight flight;
    uint64_t bytes, largest, group;
    uint64_t delivered, lost, queue_dropped, undelivered;
    uint64_t duplicated, reordered, corrupted, corrupted_stale;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void send_off(struct way *w, uint64_t due_ns, const uint8_t *frame, size_t n)
{
    if (flight_push(&w->flight, due_ns, frame, n) != 0)
        errx(1, "no room for a frame: %zu are in flight from %s", w->flight.count, w->name);
}

static void carry(struct way *w, const struct fate *fate, uint8_t *frame, size_t n)
{
    for (unsigned i = fate->copies; i-- > 0;) {
        if (i == 0 && fate->corrupt)
            w->corrupted += frame_flip_bit(frame, n, fate->corrupt_bit, FRAME_CHECKSUM_FIXED);
        if (i == 0 && fate->stale)
            w->corrupted_stale += frame_flip_bit(frame, n, fate->stale_bit, FRAME_CHECKSUM_STALE);
        w->reordered += fate->reordered[i];
        send_off(w, fate->due_ns[i], frame, n);
    }
    w->duplicated += fate->copies - 1;
}

static void take_frame(struct way *w, uint8_t *frame, size_t n)
{
    uint64_t now = now_ns();
    if (frame_is_group(frame, n)) {
        w->group++;
        send_off(w, now + w->channel.how.delay_ns, frame, n);
        return;
    }
    w->bytes += n;
    if (n > w->largest)
        w->largest = n;
    struct fate fate = channel_decide(&w->channel, now, n);
    if (fate.kind == FATE_LOST)
        w->lost++;
    else if (fate.kind == FATE_QUEUE_FULL)
        w->queue_dropped++;
    else
        carry(w, &fate, frame, n);
}

static void take(struct way *w)
{
    static uint8_t frame[FRAME_BYTES_MAX];
    for (int i = 0; i < READ_MOST; i++) {
        ssize_t n = read(w->from->fd, frame, sizeof frame);
        if (n > 0)
            take_frame(w, frame, (size_t)n);
        else if (n < 0 && errno == EAGAIN)
            return;
        else if (n < 0 && errno != EINTR)
            err(1, "%s: read", w->from->name);
    }
}

/* Writes every frame that is due. */
static void deliver(struct way *w)
{
    uint64_t now = now_ns();
    while (flight_next_ns(&w->flight) <= now) {
        struct flight_frame f = flight_pop(&w->flight);
        bool group = frame_is_group(f.bytes, f.n);
        bool written = write(w->to->fd, f.bytes, f.n) == (ssize_t)f.n;
        w->delivered += written && !group;
        w->undelivered += !written && !group;
        free(f.bytes);
    }
}

static void print_way(FILE *out, const struct way *w)
{
    const char *names[] = {"frames",     "bytes",         "largest",     "delivered",
                           "lost",       "queue_dropped", "undelivered", "in_flight",
                           "duplicated", "reordered",     "corrupted",   "corrupted_stale",
                           "group",      "missed"};
    uint64_t in_flight = w->channel.frames + w->duplicated - w->delivered - w->lost -
                         w->queue_dropped - w->undelivered;
    const uint64_t v[] = {w->channel.frames, w->bytes,           w->largest,     w->delivered,
                          w->lost,           w->queue_dropped,   w->undelivered, in_flight,
                          w->duplicated,     w->reordered,       w->corrupted,   w->corrupted_stale,
                          w->group,          tap_missed(w->from)};
    fprintf(out, "{\"way\": \"%s\"", w->name);
    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
        fprintf(out, ", \"%s\": %" PRIu64, names[i], v[i]);
    fputs("}\n", out);
}

/* A file is replaced in one step, so that a reader finds all of it or the one before. */
static void print_stats(const char *path, const struct way ways[WAYS])
{
    char next[4096];
    FILE *out = stdout;
    if (path != NULL) {
        snprintf(next, sizeof next, "%s.next", path);
        out = fopen(next, "w");
        if (out == NULL)
            err(1, "%s", next);
    }
    for (int i = 0; i < WAYS; i++)
        print_way(out, &ways[i]);
    if (path == NULL)
        fflush(out);
    else if (fclose(out) != 0 || rename(next, path) != 0)
        err(1, "%s", path);
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        err(1, "signalfd");
    return fd;
}

/* Sleeps until a descriptor is ready or the next frame is nearly due. */
static void wait_for(struct pollfd *fds, const struct way ways[WAYS])
{
    uint64_t due = flight_next_ns(&ways[AB].flight), due_ba = flight_next_ns(&ways[BA].flight);
    if (due_ba < due)
        due = due_ba;
    struct timespec left = {0};
    uint64_t now = now_ns();
    if (due > now && due - now > SPIN_NS) {
        left.tv_sec = (time_t)((due - now - SPIN_NS) / 1000000000u);
        left.tv_nsec = (long)((due - now - SPIN_NS) % 1000000000u);
    }
    if (ppoll(fds, 3, due == UINT64_MAX ? NULL : &left, NULL) < 0 && errno != EINTR)
        err(1, "ppoll");
}

static void run(int signals, const char *stats, struct way ways[WAYS])
{
    struct pollfd fds[] = {{.fd = ways[AB].from->fd, .events = POLLIN},
                           {.fd = ways[BA].from->fd, .events = POLLIN},
                           {.fd = signals, .events = POLLIN}};
    for (;;) {
        wait_for(fds, ways);
        for (int i = 0; i < WAYS; i++)
            if (fds[i].revents & (POLLIN | POLLERR | POLLHUP))
                take(&ways[i]);
        for (int i = 0; i < WAYS; i++)
            deliver(&ways[i]);
        struct signalfd_siginfo s;
        if (read(signals, &s, sizeof s) != sizeof s)
            continue;
        print_stats(stats, ways);
        if (s.ssi_signo != SIGUSR1)
            return;
    }
}

int main(int argc, char **argv)
{
    struct options o;
    options_parse(&o, argc, argv);
    if (!o.seeded && getrandom(&o.seed, 4, 0) != 4)
        err(1, "getrandom");
    o.seed %= 1000000000; /* what --seed takes */
    prctl(PR_SET_TIMERSLACK, 1ul);
    /* A wire does not wait for a busy machine. Where this is not allowed, timing is less exact. */
    sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 20});
    int signals = open_signals();

    struct tap ends[2];
    struct way ways[WAYS] = {{.name = "ab", .from = &ends[0], .to = &ends[1]},
                             {.name = "ba", .from = &ends[1], .to = &ends[0]}};
    for (int i = 0; i < WAYS; i++) {
        tap_open(&ends[i], o.ends[i]);
        if (channel_init(&ways[i].channel, &o.way[i], o.seed, (unsigned)i) != 0)
            errx(1, "no memory for a queue of %" PRIu64, o.way[i].queue);
    }
    printf("link: up, seed %" PRIu64 "\n", o.seed);
    fflush(stdout);
    run(signals, o.stats, ways);
    for (int i = 0; i < WAYS; i++) {
        channel_free(&ways[i].channel);
        flight_free(&ways[i].flight);
    }
    return 0;
}
