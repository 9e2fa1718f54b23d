/*
 * The status socket: one answer for each connection, sent before it is accepted whole.
 * Names go through /proc/self/fd, since a socket's own name may have 107 bytes only.
 */
#include "lethe/error.h"
#include "node/status.h"
#include "store/file.h"
#include "store/ringfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define AT_ONCE    16 /* who waits, and who is answered in one go */
#define PATIENCE_S 5  /* of who asks */

/* FOLDER/status; *fd is the folder's, for the caller to close once the name was used. */
static int name_in(struct sockaddr_un *name, int *fd, const char *folder)
{
    *fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return error_from_errno(errno);
    memset(name, 0, sizeof *name);
    name->sun_family = AF_UNIX;
    (void)snprintf(name->sun_path, sizeof name->sun_path, "/proc/self/fd/%d/status", *fd);
    return LETHE_OK;
}

static int take_lock(int *fd, const char *folder, struct complaint *why)
{
    char path[RING_PATH_BYTES];
    int err = file_join(path, sizeof path, folder, "status.lock", why);
    if (err != LETHE_OK || *fd >= 0)
        return err;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return *fd >= 0 ? LETHE_OK
                    : complain(why, error_from_errno(errno), "cannot open %s: %s", path,
                               strerror(errno));
}

static int listen_in(const char *folder, struct complaint *why)
{
    struct sockaddr_un name;
    int in, fd = -1, err = name_in(&name, &in, folder);
    if (err == LETHE_OK) {
        (void)unlink(name.sun_path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 ||
            chmod(name.sun_path, 0600) != 0 || listen(fd, AT_ONCE) != 0)
            err = error_from_errno(errno);
        close(in);
    }
    if (err == LETHE_OK)
        return fd;
    if (fd >= 0)
        close(fd);
    return complain(why, err, "no status can be asked for: cannot listen on %s/status", folder);
}

int status_open(struct status_socket *s, const char *folder, struct complaint *why)
{
    if (s->fd >= 0)
        return LETHE_OK;
    int err = take_lock(&s->lock_fd, folder, why);
    if (err != LETHE_OK || flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return err;
    s->fd = listen_in(folder, why);
    return s->fd >= 0 ? LETHE_OK : s->fd;
}

void status_answer(const struct status_socket *s, const struct status *status)
{
    int to;
    for (int i = 0; i < AT_ONCE && (to = accept(s->fd, NULL, NULL)) >= 0; i++) {
        (void)send(to, status, sizeof *status, MSG_DONTWAIT | MSG_NOSIGNAL);
        close(to);
    }
}

void status_forget(struct status_socket *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    s->fd = s->lock_fd = -1;
}

void status_close(struct status_socket *s, const char *folder)
{
    struct sockaddr_un name;
    int in;
    if (s->fd >= 0 && name_in(&name, &in, folder) == LETHE_OK) {
        (void)unlink(name.sun_path);
        close(in);
    }
    status_forget(s);
}

static int silent(struct complaint *why)
{
    return complain(why, LETHE_ERR_TIMEOUT, "the server does not answer within %d s", PATIENCE_S);
}

static int receive(int fd, struct status *status, struct complaint *why)
{
    size_t got = 0;
    ssize_t n = 1;
    while (got < sizeof *status && n > 0) {
        n = recv(fd, (char *)status + got, sizeof *status - got, 0);
        if (n < 0 && errno != EINTR)
            return silent(why);
        got += n > 0 ? (size_t)n : 0;
        n = n < 0 ? 1 : n;
    }
    if (got != sizeof *status || !status_is_ours(status))
        return complain(why, LETHE_ERR_FORMAT,
                        "the server is another version of lethe; use its own, or restart it");
    return LETHE_OK;
}

static int refused(int err, const char *folder, struct complaint *why)
{
    if (err == LETHE_ERR_PERMISSION)
        return complain(why, err, "not allowed to ask in %s: be the server's user, or root",
                        folder);
    return complain(why, LETHE_ERR_NOT_FOUND,
                    "no server tells its status in %s; if one runs, be its user, and name its "
                    "ring with --ring if it was given one",
                    folder);
}

int status_ask(struct status *status, const char *folder, struct complaint *why)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_un name;
    int in, err = name_in(&name, &in, folder);
    if (err != LETHE_OK)
        return refused(err, folder, why);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
        err = complain(why, LETHE_ERR_INTERNAL, "cannot make a socket: %s", strerror(errno));
    else if (connect(fd, (const struct sockaddr *)&name, sizeof name) != 0)
        err = errno == EAGAIN ? silent(why) : refused(error_from_errno(errno), folder, why);
    else
        err = receive(fd, status, why);
    if (fd >= 0)
        close(fd);
    close(in);
    return err;
}
