/*
 * The rotator: looks at the keys ten times a period, adds one when the newest is a period old,
 * takes the dead ones out. The files are its only memory, so it can be killed at any moment.
 */
#include "node/rotator.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "node/log.h"
#include "node/short_term_turn.h"
#include "store/file.h"
#include "store/ringfile.h"
#include "store/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

int rotator_lock(int *fd, const char *folder, struct complaint *why)
{
    char path[RING_PATH_BYTES];
    *fd = -1;
    int err = file_join(path, sizeof path, folder, "lock", why);
    if (err != LETHE_OK)
        return err;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0)
        return complain(why, error_from_errno(errno), "cannot open %s: %s", path, strerror(errno));
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return LETHE_OK;
    close(*fd);
    *fd = -1;
    return complain(why, LETHE_ERR_IN_USE, "another rotator already turns the ring in %s", folder);
}

/* A key that dies changes the ring too. */
static int turn(struct ring_image *image, const char *folder, void (*turned)(uint64_t epoch),
                struct complaint *why)
{
    uint8_t fresh[COOKIE_KEY_BYTES];
    const uint64_t before = ring_image_newest(image);
    if (getrandom(fresh, sizeof fresh, 0) != (ssize_t)sizeof fresh)
        return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    bool changed = ring_image_turn(image, (int64_t)clock_real_ms(), fresh);
    wipe(fresh, sizeof fresh);
    if (!changed)
        return LETHE_OK;
    int err = ring_image_write(image, folder, why);
    if (err == LETHE_OK && turned && ring_image_newest(image) != before)
        turned(ring_image_newest(image));
    return err;
}

/* The ring that is there, with the period that was asked for, or an empty one. Its epochs go on. */
static int begin(struct ring_image *image, unsigned count, const char *folder, int64_t period_ms,
                 struct complaint *why)
{
    int err = ring_image_read(image, count, folder, why);
    if (err != LETHE_OK && err != LETHE_ERR_NOT_FOUND && err != LETHE_ERR_FORMAT)
        return err;
    if (err != LETHE_OK)
        wipe(image, sizeof *image);
    image->count = count;
    if (period_ms != 0)
        image->period_ms = period_ms;
    else if (image->period_ms == 0)
        image->period_ms = RING_PERIOD_MS;
    return LETHE_OK;
}

static void nap(int64_t period_ms)
{
    int64_t ms = period_ms / 10 < 1000 ? period_ms / 10 : 1000;
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 + 1000};
    (void)nanosleep(&t, NULL); /* a signal ends it early, which is meant */
}

struct rotator {
    struct ring_image ring, slow;
    struct short_term_turn short_term;
};

/* Where nothing is parked any more, nothing that was is to be opened. */
static int begin_slow(struct ring_image *slow, const struct rotator_options *o,
                      struct complaint *why)
{
    char path[RING_PATH_BYTES];
    secret_file_sweep(o->folder, "slow");
    if (o->park)
        return begin(slow, SLOW_COUNT, o->folder, SLOW_PERIOD_MS, why);
    int err = file_join(path, sizeof path, o->folder, "slow", why);
    if (err == LETHE_OK)
        secret_file_erase(path);
    return err;
}

int rotator_run(const struct rotator_options *o, const volatile sig_atomic_t *stop,
                void (*turned)(uint64_t epoch), struct complaint *why)
{
    static struct rotator r;
    memset(&r, 0, sizeof r);
    (void)mlock(&r, sizeof r); /* best effort: the limit of a user may be zero */
    int err = begin(&r.ring, KID_COUNT, o->folder, o->period_ms, why);
    secret_file_sweep(o->folder, "ring");
    if (err == LETHE_OK)
        err = begin_slow(&r.slow, o, why);
    if (err == LETHE_OK)
        short_term_turn_begin(&r.short_term, o->folder, o->identity_dir, o->short_term_ms);
    while (err == LETHE_OK && !*stop) {
        short_term_turn(&r.short_term); /* first: who finds a ring finds these as well */
        if (o->park)
            err = turn(&r.slow, o->folder, NULL, why);
        if (err == LETHE_OK)
            err = turn(&r.ring, o->folder, turned, why);
        log_tell_lost();
        if (err == LETHE_OK)
            nap(r.ring.period_ms);
    }
    wipe(&r, sizeof r);
    return err;
}
