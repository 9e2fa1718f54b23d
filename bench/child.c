/*
 * Starts programs, reads what they say with a bound on the time, and ends them.
 * What is still running when the benchmark ends is killed by its pid, and the folder goes with it.
 */
#include "bench/child.h"
#include "bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 8
#define AWAIT_S  20
#define STOP_S   5

static pid_t running[CHILDREN];
static char folder[64];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void clean_up(void)
{
    for (int i = 0; i < CHILDREN; i++)
        if (running[i]) {
            kill(running[i], SIGTERM);
            waitpid(running[i], NULL, 0);
        }
    if (folder[0])
        nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void on_signal(int number)
{
    (void)number;
    exit(2);
}

static void register_once(void)
{
    static int done;
    if (done++)
        return;
    atexit(clean_up);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGPIPE, SIG_IGN);
}

static void remember(pid_t old, pid_t new)
{
    for (int i = 0; i < CHILDREN; i++)
        if (running[i] == old) {
            running[i] = new;
            return;
        }
    bench_fail("too many children");
}

static void become(const char *const *argv, int in, int out)
{
    char *words[32];
    int n = 0;
    for (; argv[n] && n < 31; n++)
        words[n] = strdup(argv[n]);
    words[n] = NULL;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2)
        execvp(words[0], words);
    fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
    _exit(127);
}

void child_start(struct child_process *c, const char *const *argv)
{
    int in[2], out[2];
    register_once();
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        bench_fail("no pipe: %s", strerror(errno));
    fflush(stdout);
    c->pid = fork();
    if (c->pid < 0)
        bench_fail("no process: %s", strerror(errno));
    if (c->pid == 0)
        become(argv, in[0], out[1]);
    remember(0, c->pid);
    close(in[0]);
    close(out[1]);
    c->input = in[1];
    c->output = out[0];
    c->used = 0;
    c->text[0] = 0;
}

/* Reads some more; 0 at the end, which is a failure for a caller that waits for words. */
static ssize_t more(struct child_process *c, int timeout_ms)
{
    struct pollfd p = {.fd = c->output, .events = POLLIN};
    if (poll(&p, 1, timeout_ms) <= 0)
        return -1;
    if (c->used > sizeof c->text - 1024)
        c->used = 0; /* a talkative child: only its last words matter */
    ssize_t n = read(c->output, c->text + c->used, sizeof c->text - 1 - c->used);
    if (n > 0)
        c->used += (size_t)n;
    c->text[c->used] = 0;
    return n;
}

const char *child_await(struct child_process *c, const char *mark)
{
    time_t end = time(NULL) + AWAIT_S;
    while (time(NULL) <= end) {
        const char *found = strstr(c->text, mark);
        if (found && strchr(found, '\n'))
            return found + strlen(mark);
        if (more(c, 100) == 0)
            break;
    }
    bench_fail("no \"%s\" from a child, but:\n%s", mark, c->text);
}

static int reap(struct child_process *c)
{
    int status = 0;
    waitpid(c->pid, &status, 0);
    remember(c->pid, 0);
    close(c->input);
    close(c->output);
    c->pid = 0;
    return status;
}

void child_finish(struct child_process *c, int limit_s)
{
    time_t end = time(NULL) + limit_s;
    while (more(c, 100) != 0)
        if (time(NULL) > end)
            bench_fail("a child has not ended in %d s:\n%s", limit_s, c->text);
    int status = reap(c);
    if (status != 0)
        bench_fail("a child failed (status %d):\n%s", status, c->text);
}

void child_stop(struct child_process *c)
{
    kill(c->pid, SIGTERM);
    time_t end = time(NULL) + STOP_S;
    while (time(NULL) <= end && more(c, 100) != 0)
        ;
    kill(c->pid, SIGKILL);
    reap(c);
}

const char *child_folder(void)
{
    register_once();
    strcpy(folder, "/dev/shm/lethe-bench-XXXXXX");
    if (!mkdtemp(folder)) {
        strcpy(folder, "/tmp/lethe-bench-XXXXXX");
        if (!mkdtemp(folder))
            bench_fail("no temporary folder: %s", strerror(errno));
    }
    if (chmod(folder, 0755) != 0)
        bench_fail("%s: %s", folder, strerror(errno));
    return folder;
}
