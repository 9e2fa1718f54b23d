/*
 * The shared filter: anonymous memory, and a lock that a child does not inherit, so that it ends
 * with the process that took it.
 */
#include "node/shared_once.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "node/log.h"
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

static int lock(struct shared_once *s, const char *folder, bool *held, struct complaint *why)
{
    char path[4096];
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int err = file_join(path, sizeof path, folder, "once", why);
    if (err != LETHE_OK)
        return err;
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0)
        return complain(why, error_from_errno(errno), "cannot open %s: %s", path, strerror(errno));
    *held = fcntl(s->lock_fd, F_SETLK, &all) == 0;
    return LETHE_OK;
}

static int make(struct shared_once *s, struct complaint *why)
{
    uint8_t key[ONCE_KEY_BYTES];
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    void *shared = mmap(NULL, sizeof *s->once, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (shared == MAP_FAILED)
        return complain(why, LETHE_ERR_NO_SPACE, "out of memory");
    s->once = shared;
    once_init(s->once, key, (int64_t)clock_real_ms());
    wipe(key, sizeof key);
    return LETHE_OK;
}

int shared_once_open(struct shared_once *s, const char *folder, struct complaint *why)
{
    bool held = false;
    *s = (struct shared_once){.lock_fd = -1};
    int err = lock(s, folder, &held, why);
    if (err == LETHE_OK && held)
        return make(s, why);
    if (err == LETHE_OK)
        log_say("warning: another server uses the short-term keys in %s; this one executes "
                "nothing from first packets",
                folder);
    return err;
}

void shared_once_close(struct shared_once *s)
{
    if (s->once)
        (void)munmap(s->once, sizeof *s->once);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    *s = (struct shared_once){.lock_fd = -1};
}
