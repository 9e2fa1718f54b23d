/* What the tests of net/ share: loopback sockets, known bytes, a network of one's own. */
#ifndef TESTS_NET_TEST_SUPPORT_H
#define TESTS_NET_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lethe/error.h"
#include "net/batch.h"
#include "net/outbox.h"
#include "net/udp.h"

static const int FAMILIES[2] = {AF_INET, AF_INET6};

static inline struct address loopback(int family)
{
    struct address a = address_any(family, 0);
    if (family == AF_INET)
        a.sock.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        a.sock.v6.sin6_addr = in6addr_loopback;
    return a;
}

static inline struct udp open_at(struct address at, bool plain)
{
    struct udp u;
    assert_int_equal(udp_open(&u, &at, &(struct udp_options){.plain = plain}), LETHE_OK);
    return u;
}

static inline struct udp open_loopback(int family, bool plain)
{
    return open_at(loopback(family), plain);
}

static inline struct batch *new_batch(void)
{
    struct batch *b = malloc(sizeof *b);
    assert_non_null(b);
    batch_prepare(b);
    return b;
}

/* Waits (5 seconds at most) and receives once. */
static inline void receive_some(struct batch *b, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_int_equal(batch_receive(b, fd), LETHE_OK);
}

/* Bytes that differ with the seed and the place. */
static inline void fill(uint8_t *p, size_t n, uint32_t seed)
{
    uint32_t x = seed * 2654435761u + 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (uint8_t)(x >> 24);
    }
}

static inline void assert_filled(const uint8_t *p, size_t n, uint32_t seed)
{
    static uint8_t want[65536];
    fill(want, n, seed);
    assert_memory_equal(p, want, n);
}

static inline struct outbox *new_outbox(bool gso)
{
    struct outbox *o = calloc(1, sizeof *o);
    assert_non_null(o);
    outbox_prepare(o, gso);
    return o;
}

static inline void put(struct outbox *o, const struct udp *to, size_t len, uint32_t seed)
{
    uint8_t *p = outbox_reserve(o, &to->self, NULL, len);
    assert_non_null(p);
    fill(p, len, seed);
    outbox_commit(o, len);
}

static inline uint64_t total(const struct outbox_counters *c)
{
    return c->sent + c->full + c->starved + c->unreachable + c->too_long + c->failed;
}

/* Receives count datagrams and compares each with its length and seed (seed, seed + 1, …). */
static inline void expect(const struct udp *u, struct batch *b, const size_t *lens, size_t count,
                          uint32_t seed)
{
    size_t seen = 0;
    while (seen < count) {
        receive_some(b, u->fd);
        for (size_t i = 0; i < b->count; i++, seen++) {
            assert_true(seen < count);
            assert_int_equal(b->datagrams[i].len, lens[seen]);
            assert_filled(b->datagrams[i].data, lens[seen], seed + (uint32_t)seen);
        }
    }
    assert_int_equal(batch_receive(b, u->fd), LETHE_OK);
    assert_int_equal(b->count, 0);
}

/*
 * Runs scenario in a child process that has an empty network of its own, loopback down, and every
 * privilege over it. What it writes to result (64 bytes at most) comes back. False when this
 * machine does not allow that; the caller skips. No cmocka assertions inside: it returns false if
 * it failed.
 */
static inline bool run_apart(bool (*scenario)(void *), void *result, size_t n)
{
    void *shared = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(n <= 64 && shared != MAP_FAILED);
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
            _exit(77);
        _exit(scenario(shared) ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    memcpy(result, shared, n);
    munmap(shared, 64);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        return false;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return true;
}

#endif
