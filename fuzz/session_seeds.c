/*
 * Seeds of the targets that seal what the fuzzer says: a request that opens and pulls, one that
 * proves, one under each fallback; answers that open, that carry bytes, that renew.
 */
#include "seeds.h"

#include "base/bytes.h"
#include "stage.h"
#include "target.h"
#include "wire/data.h"
#include "wire/files.h"
#include "wire/request.h"

static const uint8_t *some_bytes(void)
{
    return stage()->waiting.hello;
}

static void put_requested(const char *name, uint8_t how, const struct transport *t,
                          const struct request_body *b)
{
    uint8_t p[2000];
    p[0] = how;
    transport_encode(p + 1, t);
    size_t n = request_body_encode(p + 1 + TRANSPORT_BYTES, sizeof p - 1 - TRANSPORT_BYTES, 0, b);
    REQUIRE(n > 0);
    put_seed("requested", name, p, 1 + TRANSPORT_BYTES + n);
}

static void make_requested(void)
{
    uint8_t handle[HANDLE_BYTES_MIN + 40] = {0};
    struct transport t;
    struct request_body b = {
        .flags = REQUEST_CALL | REQUEST_RENEW,
        .datagram = DATAGRAM_BYTES,
        .item_count = 1,
        .items =
            {{.first = 1, .count = 10, .short_first = true, .handle = HANDLE_OPENED, .last = 100}},
        .call_handle = HANDLE_NONE,
        .call = (const uint8_t *)"\1\0\0\1\0\0\0\0\0",
        .call_len = 9};
    transport_init(&t, ALGORITHM_CUBIC, 7, 9, some_bytes());
    put_requested("open", 0, &t, &b);
    store32(handle + 25, 100000);
    b = (struct request_body){.flags = REQUEST_PROBE,
                              .datagram = PACKET_MAX,
                              .handle_count = 2,
                              .handles = {{handle, sizeof handle}, {handle, HANDLE_BYTES_MIN}},
                              .item_count = 2,
                              .items = {{.first = 15, .count = 16, .handle = 0, .last = 1193},
                                        {.first = 3, .count = 2, .handle = 1, .last = 7}},
                              .proof = {.count = 2, .runs = {{1, 2}, {4, 14}}}};
    t.base = 1000;
    t.highest = 1030;
    put_requested("prove", 0, &t, &b);
    put_requested("old", 8, &t, &b);
    put_requested("home", 2 | 4, &t, &b);
    put_requested("address", 1 | 16, &t, &b);
    put_requested("sum", 32, &t, &b);
    b.flags = REQUEST_PATH_PROBE;
    t.recovery = 1020;
    t.in_recovery = true;
    put_requested("probe", 0, &t, &b);
}

static size_t append(uint8_t *out, uint8_t ms, const struct data_body *b)
{
    size_t n = data_body_encode(out + 4, 1000, b);
    REQUIRE(n > 0);
    out[0] = 0;
    out[1] = ms;
    store16(out + 2, (uint16_t)n);
    return 4 + n;
}

static void make_answers(void)
{
    uint8_t p[2000], transport[TRANSPORT_BYTES];
    struct transport t;
    const uint8_t *bytes = some_bytes();
    struct data_body b = {.flags = DATA_CALL | DATA_BODY,
                          .size = 100,
                          .version = bytes,
                          .handle = bytes,
                          .handle_len = HANDLE_BYTES_MIN};
    size_t n = append(p, 5, &b);
    put_seed("answers", "open", p, n);
    b = (struct data_body){
        .flags = DATA_PULL, .number = 1, .range_nonce = 3, .bytes = bytes, .bytes_len = 100};
    n += append(p + n, 1, &b);
    put_seed("answers", "bytes", p, n);
    transport_init(&t, ALGORITHM_CUBIC, 7, 9, bytes);
    transport_encode(transport, &t);
    b = (struct data_body){
        .flags = DATA_CONTINUATION, .continuation = bytes, .transport = transport};
    n += append(p + n, 200, &b);
    put_seed("answers", "renew", p, n);
    b = (struct data_body){.flags = DATA_PULL | DATA_STATUS, .number = 2, .status = 4 /* busy */};
    n += append(p + n, 9, &b);
    put_seed("answers", "status", p, n);
}

void make_session_seeds(void)
{
    make_requested();
    make_answers();
}
