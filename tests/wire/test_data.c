/* wire/data: a body of every shape that the flags allow, none that they do not, and every bound. */
#include "wire/test_support.h"

#include "base/cursor.h"
#include "wire/data.h"

static uint8_t prefix[DATA_PREFIX_BYTES], version[DATA_VERSION_BYTES];
static uint8_t continuation[CONTINUATION_BYTES], transport[TRANSPORT_BYTES];
static uint8_t handle[HANDLE_BYTES_MAX], bytes[2000], out[DATA_BODY_MAX];

static int decode(const uint8_t *p, size_t n)
{
    struct data d;
    return data_decode(&d, p, n);
}

static int decode_body(const uint8_t *p, size_t n)
{
    struct data_body b;
    return data_body_decode(&b, p, n);
}

static int number_all(void **state)
{
    (void)state;
    number_bytes(prefix, sizeof prefix, 1);
    number_bytes(version, sizeof version, 2);
    number_bytes(continuation, sizeof continuation, 3);
    number_bytes(bytes, sizeof bytes, 4);
    number_bytes(transport, sizeof transport, 6);
    number_bytes(handle, sizeof handle, 7);
    memset(out, 0xee, sizeof out);
    return 0;
}

static void the_header_comes_back(void **state)
{
    (void)state;
    uint8_t packet[PACKET_MAX + 1];
    struct data d;
    number_bytes(packet, sizeof packet, 5);
    data_encode(packet, &(struct data){.generation = 0xcd, .index = 0xef, .prefix = prefix});
    assert_int_equal(packet[0], 10);
    assert_int_equal(packet[1], 0xcd);
    assert_int_equal(packet[2], 0xef);
    assert_memory_equal(packet + 3, prefix, 16);
    assert_int_equal(packet[19], (uint8_t)(5 + 13 * 19));
    for (size_t n = 0; n <= sizeof packet; n++)
        assert_int_equal(decode_exactly(decode, packet, sizeof packet, n),
                         n >= 19 + 16 && n <= 8952 ? LETHE_OK : LETHE_ERR_FORMAT);
    assert_int_equal(data_decode(&d, packet, 60), LETHE_OK);
    assert_int_equal(d.generation, 0xcd);
    assert_int_equal(d.index, 0xef);
    assert_ptr_equal(d.prefix, packet + 3);
    assert_ptr_equal(d.box, packet + 19);
    assert_int_equal(d.box_len, 41);
    only_these_values(decode, packet, 60, 0, 10, 12);
}

static void the_kind_names_the_cipher(void **state)
{
    (void)state;
    uint8_t packet[60] = {0};
    for (int aes = 0; aes <= 1; aes++) {
        struct data d = {.aes = aes, .index = 3, .prefix = prefix}, got = {.aes = !aes};
        data_encode(packet, &d);
        assert_int_equal(packet[0], aes ? KIND_DATA_AES : KIND_DATA);
        assert_int_equal(data_decode(&got, packet, sizeof packet), LETHE_OK);
        assert_int_equal(got.aes, aes);
        assert_int_equal(got.index, 3);
        assert_memory_equal(got.prefix, prefix, sizeof prefix);
    }
}

static void a_pull_written_out_by_hand(void **state)
{
    (void)state;
    const uint8_t plain[] = {33, 4, 3, 2, 1, 6, 5, 4, 3, 8, 7, 6, 5, 4, 3, 2, 1, 'a', 'b'};
    const uint8_t why[] = {17, 4, 3, 2, 1, 6, 5, 4, 3, 8, 7, 6, 5, 4, 3, 2, 1, 10};
    struct data_body b;
    assert_int_equal(data_body_decode(&b, plain, sizeof plain), LETHE_OK);
    assert_int_equal(b.flags, DATA_PULL | DATA_AGING);
    assert_int_equal(b.echo, 0x01020304);
    assert_true(b.number == 0x03040506);
    assert_true(b.range_nonce == 0x0102030405060708);
    assert_int_equal(b.status, 0);
    assert_ptr_equal(b.bytes, plain + DATA_PULL_BYTES);
    assert_int_equal(b.bytes_len, 2);
    assert_int_equal(data_body_decode(&b, why, sizeof why), LETHE_OK);
    assert_int_equal(b.flags, DATA_PULL | DATA_STATUS);
    assert_true(b.range_nonce == 0x0102030405060708);
    assert_int_equal(b.status, 10);
    assert_int_equal(b.bytes_len, 0);
}

static void an_opened_body_written_out_by_hand(void **state)
{
    (void)state;
    static const uint8_t start[] = {14, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3,
                                    2,  1, 9, 1, 2, 3, 4, 5, 6, 7, 0};
    struct data_body b;
    struct writer w = writer_of(out, sizeof out);
    write_bytes(&w, start, sizeof start);
    write_bytes(&w, version, 16);
    write_bytes(&w, "\61\0", 2);
    write_bytes(&w, handle, 49);
    write_bytes(&w, continuation, 197);
    write_bytes(&w, transport, 59);
    write_bytes(&w, "answer", 6);
    assert_int_equal(data_body_decode(&b, out, w.used), LETHE_OK);
    assert_int_equal(b.flags, DATA_CALL | DATA_CONTINUATION | DATA_BODY);
    assert_int_equal(b.echo, 0x01020304);
    assert_true(b.call_id == 0x0102030405060708);
    assert_int_equal(b.status, 9);
    assert_true(b.size == 0x0007060504030201);
    assert_ptr_equal(b.version, out + 22);
    assert_int_equal(b.handle_len, 49);
    assert_ptr_equal(b.handle, out + 40);
    assert_ptr_equal(b.continuation, out + 89);
    assert_ptr_equal(b.transport, out + 286);
    assert_ptr_equal(b.bytes, out + 345);
    assert_int_equal(b.bytes_len, 6);
}

/* PULL and CALL never together; what belongs to one never with the other, nor alone. */
static const uint8_t allowed[] = {0, 4, 1, 5, 17, 21, 33, 37, 49, 53, 2, 6, 10, 14};
#define ALLOWED (sizeof allowed)

static bool is_allowed(unsigned flags)
{
    return memchr(allowed, (int)flags, sizeof allowed) != NULL;
}

static void draw_body(struct rng *r, struct data_body *b)
{
    *b = (struct data_body){.flags = allowed[rng_below(r, ALLOWED)]};
    b->echo = (uint32_t)rng_u64(r);
    if (b->flags & DATA_PULL) {
        b->number = (uint32_t)rng_u64(r);
        b->range_nonce = rng_u64(r);
    }
    if (b->flags & (DATA_STATUS | DATA_CALL))
        b->status = (uint8_t)rng_u64(r);
    if (b->flags & DATA_CALL)
        b->call_id = rng_u64(r);
    if (b->flags & DATA_BODY) {
        b->size = between(r, 0, BODY_BYTES_MAX);
        b->version = version;
        b->handle = handle;
        b->handle_len = (uint16_t)between(r, HANDLE_BYTES_MIN, HANDLE_BYTES_MAX);
    }
    if (b->flags & DATA_CONTINUATION) {
        b->continuation = continuation;
        b->transport = transport;
    }
    b->bytes = bytes;
    b->bytes_len = between(r, 0, sizeof bytes);
}

static void expect_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a && n)
        assert_memory_equal(a, b, n);
}

static void expect_same(const struct data_body *a, const struct data_body *b)
{
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->echo, b->echo);
    assert_true(a->number == b->number);
    assert_true(a->range_nonce == b->range_nonce);
    assert_int_equal(a->status, b->status);
    assert_true(a->call_id == b->call_id);
    assert_true(a->size == b->size);
    expect_bytes(a->version, b->version, DATA_VERSION_BYTES);
    assert_int_equal(a->handle_len, b->handle_len);
    expect_bytes(a->handle, b->handle, a->handle_len);
    expect_bytes(a->continuation, b->continuation, CONTINUATION_BYTES);
    expect_bytes(a->transport, b->transport, TRANSPORT_BYTES);
    assert_int_equal(a->bytes_len, b->bytes_len);
    expect_bytes(a->bytes, b->bytes, a->bytes_len);
}

static void random_bodies_come_back(void **state)
{
    (void)state;
    struct rng r = rng_of(1);
    for (int i = 0; i < 1000; i++) {
        struct data_body b, got;
        draw_body(&r, &b);
        size_t n = data_body_encode(out, sizeof out, &b), fields = n - b.bytes_len;
        assert_true(n >= 5);
        memset(&got, 0xee, sizeof got);
        assert_int_equal(data_body_decode(&got, out, n), LETHE_OK);
        expect_same(&b, &got);
        for (size_t len = 0; len < fields; len++)
            assert_int_equal(decode_exactly(decode_body, out, n, len), LETHE_ERR_FORMAT);
        assert_int_equal(decode_exactly(decode_body, out, n, fields), LETHE_OK);
    }
}

/* Whatever decodes is encoded to the same bytes, to the last. */
static void what_decodes_has_one_form(void **state)
{
    (void)state;
    static uint8_t again[DATA_BODY_MAX];
    struct rng r = rng_of(2);
    int decoded = 0;
    for (int i = 0; i < 20000; i++) {
        struct data_body b;
        draw_body(&r, &b);
        size_t n = data_body_encode(out, sizeof out, &b);
        for (uint64_t k = 1 + rng_below(&r, 3); k > 0; k--)
            out[rng_below(&r, rng_below(&r, 2) || n < 40 ? n : 40)] = (uint8_t)rng_u64(&r);
        if (data_body_decode(&b, out, n) != LETHE_OK)
            continue;
        decoded++;
        assert_int_equal(data_body_encode(again, sizeof again, &b), n);
        assert_memory_equal(again, out, n);
    }
    assert_true(decoded > 1000);
}

/* The fields that the flags name and no byte more: what is refused is refused for its flags. */
static size_t shape_of(unsigned flags)
{
    struct writer w = writer_of(out, sizeof out);
    write8(&w, (uint8_t)flags);
    write_zeros(&w, 4);
    if (flags & DATA_PULL)
        write_zeros(&w, flags & DATA_STATUS ? 13 : 12);
    if (flags & DATA_CALL)
        write_zeros(&w, 9);
    if (flags & DATA_BODY) {
        write_zeros(&w, 24);
        write_bytes(&w, "\61\0", 2);
        write_zeros(&w, 49);
    }
    if (flags & DATA_CONTINUATION)
        write_zeros(&w, 256);
    return w.used;
}

static void only_some_flags_go_together(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        size_t n = shape_of(flags);
        int err = is_allowed(flags) ? LETHE_OK : LETHE_ERR_FORMAT;
        assert_int_equal(decode_exactly(decode_body, out, n, n), err);
        assert_int_equal(decode_exactly(decode_body, out, n, n + 400), err);
        assert_int_equal(decode_exactly(decode_body, out, n, n - 1), LETHE_ERR_FORMAT);
    }
}

static void an_opened_body_has_its_ranges(void **state)
{
    (void)state;
    const uint64_t most = (uint64_t)INT64_MAX - (1 << 20);
    const uint64_t sizes[] = {most, most + 1, INT64_MAX, 1ull << 63, UINT64_MAX};
    size_t n = shape_of(DATA_CALL | DATA_BODY);
    for (size_t i = 0; i < 5; i++) {
        store64(out + 14, sizes[i]);
        assert_int_equal(decode_body(out, n), i == 0 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    store64(out + 14, 0);
    for (size_t at = 1; at < 14; at++)
        only_these_values(decode_body, out, n, at, 0, 256);
    static uint8_t body[66000];
    memcpy(body, out, n);
    for (unsigned len = 0; len < 65536; len++) {
        store16(body + 38, (uint16_t)len);
        assert_int_equal(decode_body(body, sizeof body),
                         len >= 49 && len <= 305 ? LETHE_OK : LETHE_ERR_FORMAT);
    }
    store16(body + 38, 305);
    assert_int_equal(decode_exactly(decode_body, body, sizeof body, 40 + 305), LETHE_OK);
    assert_int_equal(decode_exactly(decode_body, body, sizeof body, 40 + 304), LETHE_ERR_FORMAT);
}

static void what_a_body_lacks_is_zero(void **state)
{
    (void)state;
    struct data_body b;
    for (size_t i = 0; i < ALLOWED; i++) {
        memset(&b, 0xee, sizeof b);
        size_t n = shape_of(allowed[i]);
        assert_int_equal(data_body_decode(&b, out, n), LETHE_OK);
        assert_true(b.number == 0 && b.range_nonce == 0 && b.status == 0 && b.call_id == 0);
        assert_int_equal(b.version != NULL, (allowed[i] & DATA_BODY) != 0);
        assert_int_equal(b.handle != NULL, (allowed[i] & DATA_BODY) != 0);
        assert_int_equal(b.handle_len, allowed[i] & DATA_BODY ? 49 : 0);
        assert_int_equal(b.continuation != NULL, (allowed[i] & DATA_CONTINUATION) != 0);
        assert_int_equal(b.transport != NULL, (allowed[i] & DATA_CONTINUATION) != 0);
        assert_ptr_equal(b.bytes, out + n);
        assert_int_equal(b.bytes_len, 0);
    }
}

static void a_body_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    struct rng r = rng_of(3);
    for (int i = 0; i < 30; i++) {
        struct data_body b;
        draw_body(&r, &b);
        size_t n = data_body_encode(out, sizeof out, &b);
        for (size_t room = 0; room < n; room++) {
            out[room] = 0xee;
            assert_int_equal(data_body_encode(out, room, &b), 0);
            assert_int_equal(out[room], 0xee);
        }
        assert_int_equal(data_body_encode(out, n, &b), n);
    }
}

/* A packet of any size is full with its chunk. */
static void a_chunk_fills_its_packet(void **state)
{
    (void)state;
    static uint8_t chunk[PACKET_MAX];
    for (size_t datagram = DATAGRAM_BYTES; datagram <= PACKET_MAX; datagram++) {
        const struct data_body b = {
            .flags = DATA_PULL, .bytes = chunk, .bytes_len = DATA_CHUNK(datagram)};
        size_t n = data_body_encode(out, sizeof out, &b);
        assert_int_equal(DATA_HEADER_BYTES + n + TAG_BYTES, datagram);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_header_comes_back, number_all),
        cmocka_unit_test_setup(the_kind_names_the_cipher, number_all),
        cmocka_unit_test_setup(a_pull_written_out_by_hand, number_all),
        cmocka_unit_test_setup(an_opened_body_written_out_by_hand, number_all),
        cmocka_unit_test_setup(random_bodies_come_back, number_all),
        cmocka_unit_test_setup(what_decodes_has_one_form, number_all),
        cmocka_unit_test_setup(only_some_flags_go_together, number_all),
        cmocka_unit_test_setup(an_opened_body_has_its_ranges, number_all),
        cmocka_unit_test_setup(what_a_body_lacks_is_zero, number_all),
        cmocka_unit_test_setup(a_body_that_does_not_fit_is_not_written, number_all),
        cmocka_unit_test_setup(a_chunk_fills_its_packet, number_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
