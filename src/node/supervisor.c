/*
 * The supervisor: everything is opened first, so that an error is said before anything is served;
 * then children run, and it waits for signals and for the ring to turn.
 */
#include "node/supervisor.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/signals.h"
#include "node/children.h"
#include "node/listen.h"
#include "node/log.h"
#include "node/shared_once.h"
#include "node/status.h"
#include "service/table.h"
#include "store/identity.h"
#include "store/ringfile.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LOOK_NS       200000000  /* how often the ring file is looked at */
#define FIRST_RING_NS 5000000000 /* how long to wait for the first key */

struct supervisor {
    const struct supervisor_options *options;
    struct server_identity *identity;
    struct mirror mirror;
    struct files files; /* folder -1: not open */
    struct table table;
    struct lethe_service service;
    struct shared_once once;
    struct listeners listeners;
    struct children children;
    struct history history;
    struct status_socket status;
    bool status_failed; /* and it was said */
    bool counters_lost; /* some were not printed */
    char ring_folder[RING_PATH_BYTES];
    struct ring_image ring, slow; /* as last sent to the workers */
    struct short_term_image short_term;
    int signal_fd;
    sigset_t signals;      /* that were blocked before */
    struct sigaction pipe; /* what SIGPIPE did before */
};

static int open_service(struct supervisor *s, struct complaint *why)
{
    const struct supervisor_options *o = s->options;
    int err = LETHE_OK;
    if (o->service) {
        s->service = *o->service;
    } else if (o->table) {
        err = table_open(&s->table, o->table, why);
        s->service = table_service(&s->table);
    } else {
        err = files_open(&s->files, o->root, why);
        s->service = files_service(&s->files);
        if (err == LETHE_OK && o->writable)
            files_allow_writing(&s->files, o->upload_limit);
    }
    return err;
}

static int open_everything(struct supervisor *s, struct complaint *why)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGUSR1, SIGCHLD, SIGHUP};
    const struct supervisor_options *o = s->options;
    bool on_disk;
    int err = identity_load_secret(s->identity, o->identity_dir, why);
    if (err == LETHE_OK)
        err = mirror_open(&s->mirror, o->identity_dir, s->identity->fingerprint, o->identity_files,
                          o->identity_file_count, why);
    if (err == LETHE_OK)
        err = open_service(s, why);
    if (err == LETHE_OK)
        err = confine_user(&s->children.confinement, o->user, why);
    if (err == LETHE_OK)
        err = listeners_open(&s->listeners, o->listen, o->listen_count, o->default_port, o->workers,
                             why);
    if (err == LETHE_OK)
        err = ring_folder(s->ring_folder, o->ring, s->identity->fingerprint, &on_disk, why);
    if (err != LETHE_OK)
        return err;
    if (on_disk)
        log_say("warning: %s is not memory-backed; erased cookie keys may survive on the medium",
                s->ring_folder);
    err = signals_open(&s->signal_fd, signals, sizeof signals / sizeof signals[0]);
    return err == LETHE_OK ? err : complain(why, err, "cannot watch for signals");
}

/* Reads a ring and hands it to the workers when it is another than before. What is dead is not kept
 * here, whether or not a rotator has taken it out of the file. */
static void look_at(struct supervisor *s, struct ring_image *ring, unsigned count)
{
    const int64_t now_ms = (int64_t)clock_real_ms();
    struct ring_image now;
    struct complaint why;
    (void)ring_image_expire(ring, now_ms);
    int err = ring_image_read(&now, count, s->ring_folder, &why);
    if (err == LETHE_OK)
        (void)ring_image_expire(&now, now_ms);
    if (err == LETHE_OK && memcmp(&now, ring, sizeof now) != 0) {
        *ring = now;
        children_send_ring(&s->children, ring);
    }
    wipe(&now, sizeof now);
}

static void look_at_rings(struct supervisor *s)
{
    look_at(s, &s->ring, KID_COUNT);
    if (s->options->park)
        look_at(s, &s->slow, SLOW_COUNT);
}

static bool is_another(const struct short_term_image *a, const struct short_term_image *b)
{
    return memcmp(a->keys, b->keys, sizeof a->keys) != 0 ||
           memcmp(a->file, b->file, sizeof a->file) != 0;
}

/* The same for the short-term keys, which a server may lack. */
static void look_at_short_term(struct supervisor *s)
{
    const int64_t now_ms = (int64_t)clock_real_ms();
    struct short_term_image now;
    struct complaint why;
    (void)short_term_image_expire(&s->short_term, now_ms);
    int err = short_term_image_read(&now, s->ring_folder, &why);
    if (err == LETHE_OK)
        (void)short_term_image_expire(&now, now_ms);
    if (err == LETHE_OK && is_another(&now, &s->short_term)) {
        s->short_term = now;
        children_send_short_term(&s->children);
    }
    wipe(&now, sizeof now);
}

static int wait_for_ring(struct supervisor *s, struct complaint *why)
{
    uint64_t end = clock_monotonic_ns() + FIRST_RING_NS;
    const struct ring_image *last = s->options->park ? &s->slow : &s->ring;
    look_at_rings(s);
    while ((s->ring.period_ms == 0 || last->period_ms == 0) && clock_monotonic_ns() < end) {
        usleep(10000);
        look_at_rings(s);
    }
    if (s->ring.period_ms == 0)
        return complain(why, LETHE_ERR_TIMEOUT, "no cookie keys in %s: does its rotator run?",
                        s->ring_folder);
    if (last->period_ms == 0)
        return complain(why, LETHE_ERR_TIMEOUT,
                        "no slow ring in %s: its rotator runs without --park", s->ring_folder);
    return LETHE_OK;
}

/* Where nobody reads them they are left out, and the server's end tells. */
static void print_counters(struct supervisor *s, uint64_t resident_bytes)
{
    struct counters sum;
    if (!log_has_room(STDOUT_FILENO)) {
        s->counters_lost = true;
        return;
    }
    children_sum(&s->children, &sum);
    counters_print(stdout, &sum, s->options->workers, resident_bytes, s->options->json);
}

static void announce(const struct supervisor *s)
{
    char text[FINGERPRINT_TEXT_BYTES];
    fingerprint_text(text, s->identity->fingerprint);
    const struct supervisor_options *o = s->options;
    log_say("serving %s as %s", o->service ? o->name : o->table ? o->table : o->root, text);
    listeners_say(&s->listeners);
}

/* Returns false when it is time to end. */
static bool take_signals(struct supervisor *s, int *err, struct complaint *why)
{
    int number;
    while (signals_take(s->signal_fd, &number) == LETHE_OK && number != 0) {
        if (number == SIGTERM || number == SIGINT)
            return false;
        if (number == SIGUSR1)
            print_counters(s, children_resident_bytes(&s->children));
        if (number == SIGCHLD)
            *err = children_bury_dead(&s->children, why);
        if (*err != LETHE_OK)
            return false;
    }
    return true;
}

/* A server without a status still serves. */
static void tell_status(struct supervisor *s, struct loop *loop)
{
    const uint64_t now = clock_monotonic_ns();
    struct complaint why;
    struct counters sum;
    struct status status;
    children_sum(&s->children, &sum);
    history_add(&s->history, now, &sum);
    if (s->status.fd < 0) {
        if (status_open(&s->status, s->ring_folder, &why) != LETHE_OK && !s->status_failed) {
            log_say("warning: %s", why.text);
            s->status_failed = true;
        }
        if (s->status.fd >= 0)
            (void)loop_add(loop, s->status.fd);
    } else if (loop_ready(loop, s->status.fd)) {
        status_fill(&status, &s->history, now, &sum, s->options->workers,
                    children_resident_bytes(&s->children));
        status_answer(&s->status, &status);
    }
}

static int watch(struct supervisor *s, struct complaint *why)
{
    struct loop loop;
    int err = LETHE_OK;
    loop_prepare(&loop);
    (void)loop_add(&loop, s->signal_fd);
    history_begin(&s->history, clock_monotonic_ns());
    do {
        /* A rotator of someone else may have died: keys must be made, and erased, all the same. */
        err = children_ensure_rotator(&s->children, why);
        look_at_rings(s);
        look_at_short_term(s);
        children_watch_rotator(&s->children, ring_image_is_due(&s->ring, (int64_t)clock_real_ms()));
        if (err == LETHE_OK)
            err = children_start_workers(&s->children, why);
        tell_status(s, &loop);
        log_tell_lost();
        if (err == LETHE_OK)
            (void)loop_wait(&loop, clock_monotonic_ns() + LOOK_NS);
    } while (take_signals(s, &err, why) && err == LETHE_OK);
    return err;
}

static uint8_t least_legs(const struct supervisor_options *o)
{
    const int64_t level = o->level ? o->level : o->early ? 1 : 2;
    return (uint8_t)((level > 1 ? LEG_BIT(LEG_SNTRUP) : 0) |
                     (level > 2 ? LEG_BIT(LEG_MCELIECE) : 0));
}

/* What is executed at most once needs what the workers share. */
static int open_once(struct supervisor *s, struct complaint *why)
{
    if (!s->options->early || s->service.early != LETHE_EARLY_ONCE)
        return LETHE_OK;
    return shared_once_open(&s->once, s->ring_folder, why);
}

static int start(struct supervisor *s, struct complaint *why)
{
    struct children *c = &s->children;
    const struct supervisor_options *o = s->options;
    int err = open_once(s, why);
    if (err != LETHE_OK)
        return err;
    c->server = (struct server_options){.identity = s->identity,
                                        .shelf = &s->mirror.shelf,
                                        .service = s->service,
                                        .least_legs = least_legs(o),
                                        .early = o->early,
                                        .once = s->once.once,
                                        .algorithm = o->algorithm,
                                        .strict_home = o->strict_home,
                                        .no_puzzles = o->no_puzzles};
    c->listeners = &s->listeners;
    c->files = o->root ? &s->files : NULL;
    c->rotator_options = (struct rotator_options){.folder = s->ring_folder,
                                                  .identity_dir = o->identity_dir,
                                                  .period_ms = o->period_ms,
                                                  .short_term_ms = o->short_term_ms,
                                                  .park = o->park};
    c->ring = &s->ring;
    c->slow = &s->slow;
    c->short_term = &s->short_term;
    err = children_prepare(c, o->workers, why);
    if (err == LETHE_OK)
        err = children_ensure_rotator(c, why);
    if (err == LETHE_OK)
        err = wait_for_ring(s, why);
    if (err == LETHE_OK)
        look_at_short_term(s);
    if (err == LETHE_OK)
        err = children_start_workers(c, why);
    return err;
}

/* What a process that goes on would keep. */
static void close_everything(struct supervisor *s)
{
    status_close(&s->status, s->ring_folder);
    listeners_close(&s->listeners);
    shared_once_close(&s->once);
    mirror_close(&s->mirror);
    if (s->options->root && s->files.folder >= 0)
        files_close(&s->files);
    if (s->signal_fd >= 0)
        close(s->signal_fd);
    if (s->children.counters)
        (void)munmap(s->children.counters,
                     sizeof *s->children.counters * (size_t)s->options->workers);
    (void)sigprocmask(SIG_SETMASK, &s->signals, NULL);
    (void)sigaction(SIGPIPE, &s->pipe, NULL);
    log_close();
}

int supervisor_run(const struct supervisor_options *o, struct complaint *why)
{
    static struct supervisor s;
    struct server_identity *identity =
        mmap(NULL, sizeof *identity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (identity == MAP_FAILED)
        return complain(why, LETHE_ERR_NO_SPACE, "out of memory");
    (void)mlock(identity, sizeof *identity); /* best effort: a user's limit may be too low */
    (void)mlock(&s.ring, sizeof s.ring);
    (void)mlock(&s.short_term, sizeof s.short_term);
    (void)mlock(&s.slow, sizeof s.slow);
    const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    memset(&s, 0, sizeof s);
    s.options = o;
    s.once.lock_fd = s.files.folder = s.signal_fd = s.children.lock_fd = s.status.fd =
        s.status.lock_fd = -1;
    s.children.status = &s.status;
    (void)sigprocmask(SIG_SETMASK, NULL, &s.signals);
    /* Who reads the log or the counters may go away: that ends no server. */
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, &s.pipe);
    s.identity = identity;
    log_open();
    int err = open_everything(&s, why);
    if (err == LETHE_OK)
        err = start(&s, why);
    if (err == LETHE_OK) {
        announce(&s);
        err = watch(&s, why);
    }
    uint64_t resident_bytes = children_resident_bytes(&s.children);
    children_stop(&s.children);
    if (s.ring.period_ms)
        print_counters(&s, resident_bytes);
    if (s.counters_lost && err == LETHE_OK)
        err = complain(why, LETHE_ERR_NO_SPACE, "cannot write to standard output: nobody read it");
    close_everything(&s);
    wipe(identity, sizeof *identity);
    (void)munmap(identity, sizeof *identity);
    wipe(&s.ring, sizeof s.ring);
    wipe(&s.short_term, sizeof s.short_term);
    wipe(&s.slow, sizeof s.slow);
    (void)prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
    return err;
}
