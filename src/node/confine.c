/*
 * Confinement in the order in which each step still allows the next:
 * user, no new privileges, file system, system calls.
 */
#include "node/confine.h"
#include "lethe/error.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the worker's loop needs, and what its libraries may call: nothing that opens a socket or
 * starts a program. What openat2 may open, and for what, is Landlock's to say: its flags are behind
 * a pointer, where seccomp does not look. */
static const int allowed[] = {
    SCMP_SYS(recvmmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(close),
    SCMP_SYS(openat2),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* What uploads need besides; the file system's own restriction says where. */
static const int allowed_to_write[] = {
    SCMP_SYS(pwrite64),  SCMP_SYS(ftruncate), SCMP_SYS(fchmod),    SCMP_SYS(fsetxattr),
    SCMP_SYS(fgetxattr), SCMP_SYS(fsync),     SCMP_SYS(renameat2), SCMP_SYS(unlinkat),
};

int confine_user(struct confinement *c, const char *name, struct complaint *why)
{
    c->drop_user = geteuid() == 0;
    if (!c->drop_user)
        return name ? complain(why, LETHE_ERR_PERMISSION, "--user needs root") : LETHE_OK;
    /* cppcheck-suppress getpwnamCalled ; called once, before any thread or worker is started */
    const struct passwd *user = getpwnam(name ? name : "nobody");
    if (!user || user->pw_uid == 0)
        return complain(why, LETHE_ERR_USAGE,
                        "no unprivileged user '%s' to run as; name one with "
                        "--user",
                        name ? name : "nobody");
    c->uid = user->pw_uid;
    c->gid = user->pw_gid;
    return LETHE_OK;
}

static int drop_user(const struct confinement *c, struct complaint *why)
{
    if (!c->drop_user)
        return LETHE_OK;
    if (setgroups(0, NULL) != 0 || setresgid(c->gid, c->gid, c->gid) != 0 ||
        setresuid(c->uid, c->uid, c->uid) != 0 || setuid(0) == 0)
        return complain(why, LETHE_ERR_PERMISSION, "cannot drop root: %s", strerror(errno));
    return LETHE_OK;
}

static bool landlock(int folder, bool writable)
{
    struct landlock_ruleset_attr rules = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                             LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                             LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             LANDLOCK_ACCESS_FS_MAKE_SYM};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (fd < 0)
        return false;
    struct landlock_path_beneath_attr rights = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
                                                .parent_fd = folder};
    if (writable) /* a folder is opened for reading to be synced */
        rights.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    bool ok = folder < 0 ||
              syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rights, 0) == 0;
    ok = ok && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    close(fd);
    return ok;
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
    int err = 0;
    for (size_t i = 0; i < n && err == 0; i++)
        err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return err;
}

static int filter_calls(bool writable, struct complaint *why)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return complain(why, LETHE_ERR_INTERNAL, "seccomp: out of memory");
    int err = allow(filter, allowed, sizeof allowed / sizeof allowed[0]);
    if (err == 0 && writable)
        err = allow(filter, allowed_to_write, sizeof allowed_to_write / sizeof allowed_to_write[0]);
    if (err == 0)
        err = seccomp_load(filter);
    seccomp_release(filter);
    if (err != 0)
        return complain(why, LETHE_ERR_PERMISSION, "cannot filter system calls: %s",
                        strerror(-err));
    return LETHE_OK;
}

int confine(const struct confinement *c, struct confined *is, struct complaint *why)
{
    int err = drop_user(c, why);
    if (err != LETHE_OK)
        return err;
    /* A change of user cancels the signal at the parent's death. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return complain(why, LETHE_ERR_PERMISSION, "cannot give up privileges: %s",
                        strerror(errno));
    is->can_write = c->folder >= 0 && faccessat(c->folder, ".", W_OK | X_OK, 0) == 0;
    is->landlocked = landlock(c->folder, c->writable);
    return filter_calls(c->writable, why);
}
