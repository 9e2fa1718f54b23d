/* A desk that is asked for numbers: what the tests of flow/answer's filling half share. */
#ifndef TESTS_FLOW_ANSWER_SUPPORT_H
#define TESTS_FLOW_ANSWER_SUPPORT_H

#include "flow/test_support.h"

#define CHUNK ((size_t)DATA_CHUNK(DATAGRAM_BYTES))

static struct strikes strikes;
static struct desk desk;
static uint8_t handle_room[HANDLE_BYTES_MAX];

static inline int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, &strikes);
    return 0;
}

/* A request for these items under one handle. */
static inline struct request_body items_of(const struct request_item *items, uint8_t count)
{
    struct request_body b = desk_body();
    b.handle_count = 1;
    b.handles[0] = desk_handle(&desk, handle_room, desk.m);
    b.item_count = count;
    memcpy(b.items, items, count * sizeof *items);
    return b;
}

static inline enum verdict pull(struct request_item item)
{
    const struct request_body b = items_of(&item, 1);
    return desk_round(&desk, &b);
}

/* Packet i has that number, and n of the body's bytes from offset on. */
static inline void expect_bytes(size_t i, uint64_t number, uint64_t offset, size_t n)
{
    const struct data_body *d = &desk.got[i];
    assert_true(i < desk.burst.count);
    assert_int_equal(d->flags & (DATA_PULL | DATA_STATUS | DATA_CALL), DATA_PULL);
    assert_int_equal(d->number, (uint32_t)number);
    assert_true(d->range_nonce == range_nonce(desk.range_key, number));
    assert_int_equal(d->bytes_len, n);
    for (size_t j = 0; j < n; j++)
        assert_int_equal(d->bytes[j], shop_byte(desk.shop.version, offset + j));
}

#endif
