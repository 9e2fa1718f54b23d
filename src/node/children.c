/*
 * The supervisor's children: fork, watch, replace, end.
 */
#include "node/children.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "node/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t rotator_stop;

static void stop_rotator(int number)
{
    (void)number;
    rotator_stop = 1;
}

int children_prepare(struct children *c, int workers, struct complaint *why)
{
    c->count = workers;
    c->lock_fd = -1;
    c->counters = mmap(NULL, sizeof *c->counters * (size_t)workers, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c->counters == MAP_FAILED) {
        c->counters = NULL;
        return complain(why, LETHE_ERR_NO_SPACE, "out of memory");
    }
    return LETHE_OK;
}

/* What every child does first: die with its parent, take signals in the ordinary way, and let go of
 * the supervisor's ends of the ring sockets, whose closing is what ends a worker, and of the status
 * socket, which another server may take when the supervisor is gone. */
static void become_child(const struct children *c, pid_t parent)
{
    sigset_t none;
    for (int i = 0; i < c->count; i++)
        if (c->workers[i].ring_fd > 0)
            close(c->workers[i].ring_fd);
    status_forget(c->status);
    log_forget();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGINT, SIG_IGN); /* the terminal's ^C is the supervisor's to handle */
    (void)signal(SIGUSR1, SIG_IGN);
}

static void wipe_keys(const struct children *c)
{
    wipe(c->ring, sizeof *c->ring);
    wipe(c->slow, sizeof *c->slow);
    wipe(c->short_term, sizeof *c->short_term);
}

static _Noreturn void run_rotator(const struct children *c)
{
    struct complaint why;
    struct sigaction stop = {.sa_handler = stop_rotator};
    (void)sigaction(SIGTERM, &stop, NULL);
    wipe_keys(c);
    int err = rotator_run(&c->rotator_options, &rotator_stop, NULL, &why);
    if (err != LETHE_OK)
        log_say("rotator: %s", why.text);
    _exit(-err);
}

static int fork_child(struct child *child, struct complaint *why)
{
    fflush(stdout);
    child->started_ns = clock_monotonic_ns();
    child->pid = fork();
    if (child->pid < 0) {
        child->pid = 0;
        return complain(why, LETHE_ERR_INTERNAL, "cannot fork: %s", strerror(errno));
    }
    child->ran = true;
    return LETHE_OK;
}

/* A machine may be short of processes for a moment: what ran before is tried again. */
static int try_again(struct child *child, int err, const struct complaint *why)
{
    if (err == LETHE_OK || !child->ran)
        return err;
    log_say("warning: %s; tried again after a pause", why->text);
    child->start_ns = clock_monotonic_ns() + CHILD_PAUSE_NS;
    return LETHE_OK;
}

/* A child that is not running, and has waited long enough if it kept dying. */
static bool is_due(const struct child *child)
{
    return child->pid == 0 && clock_monotonic_ns() >= child->start_ns;
}

static int start_rotator(struct children *c, struct complaint *why)
{
    pid_t parent = getpid();
    int err = fork_child(&c->rotator, why);
    if (err == LETHE_OK && c->rotator.pid == 0) {
        become_child(c, parent);
        run_rotator(c);
    }
    return try_again(&c->rotator, err, why);
}

int children_ensure_rotator(struct children *c, struct complaint *why)
{
    if (c->lock_fd >= 0)
        return is_due(&c->rotator) ? start_rotator(c, why) : LETHE_OK;
    int err = rotator_lock(&c->lock_fd, c->rotator_options.folder, why);
    if (err == LETHE_ERR_IN_USE)
        return LETHE_OK;
    return err == LETHE_OK ? start_rotator(c, why) : err;
}

void children_watch_rotator(struct children *c, bool is_due)
{
    const uint64_t now = clock_monotonic_ns();
    if (!is_due || c->due_ns == 0)
        c->due_ns = is_due ? now : 0;
    if (!is_due || now - c->due_ns < CHILD_HUNG_NS)
        return;
    c->due_ns = now; /* the next one has as long */
    if (c->rotator.pid && kill(c->rotator.pid, SIGKILL) == 0)
        log_say("the rotator hangs: killed");
}

static _Noreturn void run_worker(const struct children *c, int i, int ring_fd)
{
    struct complaint why;
    struct worker_setup setup = {.server = c->server,
                                 .files = c->files,
                                 .confinement = c->confinement,
                                 .socket_count = c->listeners->addresses,
                                 .ring_fd = ring_fd,
                                 .counters = &c->counters[i]};
    setup.server.period_ms = c->ring->period_ms;
    if (c->lock_fd >= 0)
        close(c->lock_fd); /* or a worker that outlives us would pass for a rotator */
    wipe_keys(c);          /* a worker gets its keys by socket, and keeps no cookie key itself */
    setup.confinement.folder = c->files ? c->files->folder : -1;
    setup.confinement.writable = c->files && c->files->writable;
    for (int a = 0; a < setup.socket_count; a++) {
        const struct udp *sockets = c->listeners->sockets[a];
        setup.sockets[a] = sockets[i].fd;
        setup.gso[a] = sockets[i].gso;
        for (int w = 0; w < c->count; w++)
            if (w != i)
                close(sockets[w].fd); /* the packets of others are none of its business */
    }
    int err = worker_run(&setup, &why);
    if (err != LETHE_OK)
        log_say("%s", why.text);
    _exit(-err);
}

/* A worker tells the messages apart by their sizes. */
static void send_keys(const struct child *w, const void *image, size_t n)
{
    (void)send(w->ring_fd, image, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int start_worker(struct children *c, int i, struct complaint *why)
{
    int pair[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return complain(why, LETHE_ERR_INTERNAL, "cannot make a socket pair: %s", strerror(errno));
    struct child *w = &c->workers[i];
    w->ring_fd = pair[0];
    send_keys(w, c->ring, sizeof *c->ring);
    if (c->rotator_options.park)
        send_keys(w, c->slow, sizeof *c->slow);
    send_keys(w, c->short_term, sizeof *c->short_term);
    int err = fork_child(w, why);
    if (err == LETHE_OK && w->pid == 0) {
        become_child(c, parent);
        run_worker(c, i, pair[1]);
    }
    close(pair[1]);
    if (err != LETHE_OK) {
        close(w->ring_fd);
        w->ring_fd = 0;
    }
    return err;
}

int children_start_workers(struct children *c, struct complaint *why)
{
    int err = LETHE_OK;
    for (int i = 0; i < c->count && err == LETHE_OK; i++)
        if (is_due(&c->workers[i]))
            err = try_again(&c->workers[i], start_worker(c, i, why), why);
    return err;
}

static void send_all(struct children *c, const void *image, size_t n)
{
    for (int i = 0; i < c->count; i++)
        if (c->workers[i].pid)
            send_keys(&c->workers[i], image, n);
}

void children_send_ring(struct children *c, const struct ring_image *ring)
{
    send_all(c, ring, sizeof *ring);
}

void children_send_short_term(struct children *c)
{
    send_all(c, c->short_term, sizeof *c->short_term);
}

/* A child that keeps dying right after its start is started again only after a pause: a fault that
 * some packet triggers must neither end the service nor take the machine. */
static void note_death(struct child *child, const char *what, int status)
{
    uint64_t now = clock_monotonic_ns();
    child->pid = 0;
    child->quick_deaths = now - child->started_ns < CHILD_QUICK_NS ? child->quick_deaths + 1 : 0;
    bool pause = child->quick_deaths >= CHILD_QUICK_MAX;
    child->start_ns = pause ? now + CHILD_PAUSE_NS : now;
    log_say("%s died (status %d); %s", what, status,
            pause ? "it keeps dying: replaced after a pause" : "replaced");
}

static int bury_worker(struct children *c, int i, int status, struct complaint *why)
{
    struct child *w = &c->workers[i];
    close(w->ring_fd);
    w->ring_fd = 0;
    c->counters[i].filter_used = c->counters[i].strikes_used = 0; /* gone with their worker */
    counters_add(&c->past, &c->counters[i]);
    memset(&c->counters[i], 0, sizeof c->counters[i]);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        return complain(why, -WEXITSTATUS(status), "a worker could not run (see above)");
    note_death(w, "worker", status);
    return LETHE_OK;
}

int children_bury_dead(struct children *c, struct complaint *why)
{
    int status, err = LETHE_OK;
    pid_t pid;
    while (err == LETHE_OK && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == c->rotator.pid)
            note_death(&c->rotator, "rotator", status);
        for (int i = 0; i < c->count && err == LETHE_OK; i++)
            if (c->workers[i].pid == pid)
                err = bury_worker(c, i, status, why);
    }
    return err;
}

static void ask_to_end(struct child *child)
{
    if (child->pid == 0)
        return;
    if (child->ring_fd > 0)
        close(child->ring_fd); /* ends a worker even where its user cannot be signalled */
    child->ring_fd = 0;
    (void)kill(child->pid, SIGTERM);
}

/* A fault may have a child go round, or someone have stopped it: then it is killed. */
static void await_end(struct child *child, uint64_t deadline_ns)
{
    pid_t dead = 0;
    if (child->pid == 0)
        return;
    while ((dead = waitpid(child->pid, NULL, WNOHANG)) == 0 && clock_monotonic_ns() < deadline_ns)
        usleep(1000);
    if (dead == 0 && kill(child->pid, SIGKILL) == 0)
        (void)waitpid(child->pid, NULL, 0);
    child->pid = 0;
}

void children_stop(struct children *c)
{
    const uint64_t deadline_ns = clock_monotonic_ns() + CHILD_END_NS;
    for (int i = 0; i < c->count; i++)
        ask_to_end(&c->workers[i]);
    ask_to_end(&c->rotator);
    for (int i = 0; i < c->count; i++)
        await_end(&c->workers[i], deadline_ns);
    await_end(&c->rotator, deadline_ns);
    if (c->lock_fd >= 0)
        close(c->lock_fd);
    c->lock_fd = -1;
}

void children_sum(const struct children *c, struct counters *sum)
{
    *sum = c->past;
    for (int i = 0; c->counters && i < c->count; i++)
        counters_add(sum, &c->counters[i]);
}

uint64_t children_resident_bytes(const struct children *c)
{
    uint64_t pages = 0;
    for (int i = 0; i < c->count; i++) {
        char path[64];
        unsigned long long size, resident;
        (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)c->workers[i].pid);
        FILE *f = c->workers[i].pid ? fopen(path, "re") : NULL;
        if (f && fscanf(f, "%llu %llu", &size, &resident) == 2)
            pages += resident;
        if (f)
            fclose(f);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
