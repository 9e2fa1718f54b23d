/* What the tests of cmd/ share: captures made by hand, and bytes where one more is an error. */
#ifndef TESTS_CMD_TEST_SUPPORT_H
#define TESTS_CMD_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"

#define PORT_FROM 40000
#define PORT_TO   6960

#define PCAP_HEADER_BYTES 24
#define PCAP_RECORD_BYTES 16

static const uint8_t from4[4] = {192, 0, 2, 1}, to4[4] = {198, 51, 100, 255};
static const uint8_t from6[16] = {0x20, 0x01, 0x0d, 0xb8, 9, [15] = 1}, to6[16] = {[15] = 1};

/* The n bytes alone: the sanitizers and valgrind see a read of one more. The caller frees them. */
static inline uint8_t *alone(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    if (n)
        memcpy(copy, p, n);
    return copy;
}

static inline void net16(struct writer *w, unsigned v)
{
    write8(w, (uint8_t)(v >> 8));
    write8(w, (uint8_t)v);
}

static inline void net32(struct writer *w, uint32_t v)
{
    net16(w, v >> 16);
    net16(w, v & 0xffff);
}

/* A number of the file's, in the order that the magic announces. */
static inline void file32(struct writer *w, bool big, uint32_t v)
{
    if (big)
        net32(w, v);
    else
        write32(w, v);
}

static inline void pcap_header(struct writer *w, bool big, uint32_t magic, uint32_t link)
{
    file32(w, big, magic);
    file32(w, big, big ? 2 << 16 | 4 : 4 << 16 | 2);
    write_zeros(w, 8);
    file32(w, big, 262144);
    file32(w, big, link);
}

static inline void pcap_put(struct writer *w, bool big, uint32_t s, uint32_t fraction,
                            const uint8_t *frame, size_t n)
{
    file32(w, big, s);
    file32(w, big, fraction);
    file32(w, big, (uint32_t)n);
    file32(w, big, (uint32_t)n);
    write_bytes(w, frame, n);
}

/* An IP packet with a UDP datagram; returns its length. */
static inline void put_ip(struct writer *w, int family, const uint8_t *payload, size_t n)
{
    if (family == 4) {
        net16(w, 0x4500);
        net16(w, (unsigned)(20 + 8 + n));
        net32(w, 0x12344000); /* DF, as Linux sends it */
        net32(w, 64 << 24 | 17 << 16);
        write_bytes(w, from4, 4);
        write_bytes(w, to4, 4);
    } else {
        net32(w, 0x60012345);
        net16(w, (unsigned)(8 + n));
        net16(w, 17 << 8 | 64);
        write_bytes(w, from6, 16);
        write_bytes(w, to6, 16);
    }
    net16(w, PORT_FROM);
    net16(w, PORT_TO);
    net16(w, (unsigned)(8 + n));
    net16(w, 0xbeef);
    write_bytes(w, payload, n);
    assert_false(w->bad);
}

#endif
