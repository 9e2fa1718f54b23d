/*
 * A TAP device in a network namespace, opened so that frames on it are what a
 * wire would carry: no offloads, hence no super packets and no missing checksums.
 */
#ifndef NET_LINK_TAP_H
#define NET_LINK_TAP_H

#include <stdint.h>

struct tap {
    int fd;      /* non-blocking; one read or write is one frame */
    int devices; /* the namespace's table of device counters */
    char name[16];
    uint64_t missed_before;
};

/*
 * Opens the device IF of `where`, "NS:IF" with NS as of ip-netns(8), and makes
 * it if there is none. Ends the program with a message when it cannot.
 */
void tap_open(struct tap *t, const char *where);

/* Frames that the kernel dropped since tap_open because nobody read them in time. */
uint64_t tap_missed(const struct tap *t);

#endif
