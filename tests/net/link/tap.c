/*
 * A TAP device in a network namespace (tap.h): enter the namespace, open, come
 * back. The namespace's own counters say what the kernel dropped.
 */
#include "net/link/tap.h"

#include <err.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAP_QUEUE_FRAMES 20000 /* what the kernel holds for the emulator: 0.2 s at 100,000/s */

static void enter(int ns, const char *name)
{
    if (setns(ns, CLONE_NEWNET) != 0)
        err(1, "cannot enter the network namespace %s", name);
}

static int open_namespace(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "/run/netns/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        err(1, "cannot open the network namespace %s", path);
    return fd;
}

/* In the device's namespace. */
static void attach(struct tap *t)
{
    struct ifreq r = {0};
    memcpy(r.ifr_name, t->name, sizeof t->name);
    t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (t->fd < 0)
        err(1, "cannot open /dev/net/tun");
    r.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(t->fd, TUNSETIFF, &r) != 0)
        err(1, "cannot open the TAP device %s", t->name);
    if (ioctl(t->fd, TUNSETOFFLOAD, 0) != 0)
        err(1, "cannot turn the offloads of %s off", t->name);
    r.ifr_qlen = TAP_QUEUE_FRAMES; /* sizes the device's ring */
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ioctl(s, SIOCSIFTXQLEN, &r) != 0)
        err(1, "cannot set the queue of %s", t->name);
    close(s);
}

static uint64_t dropped(const struct tap *t)
{
    char text[16384];
    ssize_t n = pread(t->devices, text, sizeof text - 1, 0);
    if (n < 0)
        err(1, "cannot read the counters of %s", t->name);
    text[n] = 0;
    size_t length = strlen(t->name);
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        line += strspn(line, " ");
        if (strncmp(line, t->name, length) != 0 || line[length] != ':')
            continue;
        unsigned long long v[12];
        int got = sscanf(line + length + 1,
                         "%llu %llu %llu %llu %llu %llu %llu %llu %llu %llu "
                         "%llu %llu",
                         v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, v + 8, v + 9, v + 10,
                         v + 11);
        if (got == 12)
            return v[11]; /* the fourth transmit column */
    }
    errx(1, "the device %s has no counters", t->name);
}

void tap_open(struct tap *t, const char *where)
{
    const char *colon = strchr(where, ':');
    if (colon == NULL || colon == where || colon - where > 63 || strlen(colon + 1) == 0 ||
        strlen(colon + 1) >= sizeof t->name)
        errx(2, "%s: not a namespace and a device, NS:IF", where);
    char name[64] = "";
    memcpy(name, where, (size_t)(colon - where));
    memset(t->name, 0, sizeof t->name);
    memcpy(t->name, colon + 1, strlen(colon + 1));

    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0)
        err(1, "cannot open the own network namespace");
    int there = open_namespace(name);
    enter(there, name);
    attach(t);
    t->devices = open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
    if (t->devices < 0)
        err(1, "cannot open the device counters of %s", name);
    enter(home, "of the start");
    close(there);
    close(home);
    t->missed_before = dropped(t);
}

uint64_t tap_missed(const struct tap *t)
{
    return dropped(t) - t->missed_before;
}
