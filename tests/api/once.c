/*
 * A service whose early requests are executed once at most, by lethe_serve, for the test of the
 * command line:  once FILE IDENTITY RING ADDRESS
 *
 * FILE is shared memory of two numbers of 8 bytes: how many seconds this server's clock is ahead,
 * which the test moves; and how many requests were executed early, by whichever worker.
 */
#include <lethe/lethe.h>

#include <err.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct shared {
    _Atomic int64_t ahead_s, executed;
};
static struct shared *shared;

/* In the place of the C library's, for the library under test too. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *t)
{
    int ret = (int)syscall(SYS_clock_gettime, id, t);
    if (id == CLOCK_REALTIME && shared)
        t->tv_sec += (time_t)shared->ahead_s;
    return ret;
}

static int call(void *context, const struct lethe_call *c, struct lethe_answer *answer)
{
    (void)context;
    if (c->early)
        shared->executed++;
    answer->has_body = 1;
    answer->size = 5;
    answer->version[0] = 1;
    return c->request[0] == LETHE_REQUEST_OPEN ? LETHE_STATUS_OK : LETHE_STATUS_BAD;
}

static int read_body(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                     uint8_t *buffer, size_t n)
{
    (void)context, (void)state, (void)state_len;
    memcpy(buffer, &"done\n"[offset], n);
    return LETHE_STATUS_OK;
}

int main(int argc, char **argv)
{
    const struct lethe_service service = {
        .call = call, .read = read_body, .early = LETHE_EARLY_ONCE};
    struct lethe_message why;
    if (argc != 5)
        errx(2, "usage: once FILE IDENTITY RING ADDRESS");
    const int fd = open(argv[1], O_RDWR | O_CLOEXEC);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || shared == MAP_FAILED)
        err(1, "%s", argv[1]);
    const struct lethe_serve_options options = {.identity_dir = argv[2],
                                                .ring = argv[3],
                                                .listen = (const char *const *)&argv[4],
                                                .listen_count = 1,
                                                .workers = 2,
                                                .early = true};
    const int result = lethe_serve(&options, &service, &why);
    if (result != LETHE_OK)
        errx(-result, "%s", why.text);
    return 0;
}
