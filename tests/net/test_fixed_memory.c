/*
 * The packet path of net/ allocates nothing: calls of the allocator are counted.
 */
#include "test_support.h"

#include "allocator.h"
#include "net/clock.h"
#include "net/loop.h"

static size_t calls;

void allocator_called(void)
{
    calls++;
}

static int start_counting(void **state)
{
    (void)state;
    return allocator_watch() ? 0 : -1;
}

/* One trip: 100 datagrams to the server, each answered, all through the loop. */
static size_t trip(struct udp *client, struct udp *server, struct outbox *o, struct batch *b)
{
    struct loop loop;
    size_t answered = 0;
    loop_prepare(&loop);
    if (loop_add(&loop, server->fd) != LETHE_OK)
        return 0;
    for (size_t i = 0; i < 100; i++) {
        uint8_t *p = outbox_reserve(o, &server->self, NULL, 200 + i / 30);
        if (!p) {
            outbox_flush(o, client->fd);
            p = outbox_reserve(o, &server->self, NULL, 200 + i / 30);
        }
        memset(p, 7, 200 + i / 30);
        outbox_commit(o, 200 + i / 30);
    }
    outbox_flush(o, client->fd);
    while (answered < 100 && loop_wait(&loop, clock_monotonic_ns() + 5000000000u) == LETHE_OK) {
        batch_receive(b, server->fd);
        for (size_t i = 0; i < b->count; i++) {
            const struct datagram *d = &b->datagrams[i];
            uint8_t *p = outbox_reserve(o, d->from, d->local, 46);
            if (!p) {
                outbox_flush(o, server->fd);
                p = outbox_reserve(o, d->from, d->local, 46);
            }
            memcpy(p, d->data, 46);
            outbox_commit(o, 46);
        }
        answered += b->count;
        outbox_flush(o, server->fd);
    }
    batch_receive(b, client->fd);
    return answered;
}

static void nothing_is_allocated_between_receive_and_flush(void **state)
{
    (void)state;
    struct batch *b = new_batch();
    struct outbox *o = malloc(sizeof *o);
    assert_non_null(o);
    assert_true(calls >= 2); /* the counting works */
    for (int i = 0; i < 4; i++) {
        struct udp client = open_loopback(FAMILIES[i & 1], i & 2);
        struct udp server = open_loopback(FAMILIES[i & 1], i & 2);
        outbox_prepare(o, client.gso);
        size_t before = calls;
        size_t answered = trip(&client, &server, o, b);
        size_t after = calls;
        assert_int_equal(after, before);
        assert_int_equal(answered, 100);
        udp_close(&client);
        udp_close(&server);
    }
    free(o);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_allocated_between_receive_and_flush),
    };
    return cmocka_run_group_tests(tests, start_counting, NULL);
}
