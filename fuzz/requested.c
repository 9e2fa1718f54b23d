/*
 * REQUEST at the server from who has a session: transport values, handles and a body of the
 * attacker's choice, sealed as they must be, so that the fuzzer's bytes reach the window, the
 * strikes and the service. What comes back opens, is about numbers that were wanted, none twice,
 * and no more than was earned.
 *   how 1 | transport 59 | body
 */
#include "flow/lineage.h"
#include "flow/server.h"
#include "flow/window.h"

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/short_hash.h"
#include "seal/continuation.h"
#include "seal/handle.h"
#include "stage.h"
#include "target.h"

enum how { OTHER_ADDRESS = 1, OTHER_HOME = 2, STRICT = 4, OLD = 8, RENO = 16, WRONG_SUM = 32 };

#define HOME 77

static struct strikes strikes;
static struct flow_request request;
static struct flow_scratch scratch;
static uint8_t out[BURST_BYTES], packet[PACKET_MAX], again[PACKET_MAX];

static int call(void *context, const struct lethe_call *c, struct lethe_answer *answer)
{
    (void)context;
    REQUIRE(c->request_len <= REQUEST_CALL_MAX && answer->room <= LETHE_ANSWER_BYTES);
    REQUIRE(c->state_len <= LETHE_STATE_BYTES);
    const uint8_t what = c->request_len ? c->request[0] : 0;
    answer->len = what < answer->room ? what : answer->room;
    answer->has_body = what & 1;
    answer->size = c->request_len >= 9 ? load64(c->request + 1) % (BODY_BYTES_MAX + 1) : what;
    answer->state_len = what;
    return what == 9 ? LETHE_STATUS_BUSY : LETHE_STATUS_OK;
}

static int read_body(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                     uint8_t *buffer, size_t n)
{
    (void)context;
    REQUIRE(n > 0 && n <= BURST_BYTES && state_len <= LETHE_STATE_BYTES);
    REQUIRE(offset <= BODY_BYTES_MAX + BURST_BYTES);
    memset(buffer, 1, n);
    return state_len && state[0] == 9 ? LETHE_STATUS_CHANGED : LETHE_STATUS_OK;
}

/* A session of its own for every input, or what one has had sent would be struck for the next. */
static void make_session(struct session *s, uint8_t how, const uint8_t *values, int64_t now_ms)
{
    static uint64_t number;
    memset(s, 0, sizeof *s);
    if (transport_decode(&s->transport, values) != LETHE_OK)
        transport_init(&s->transport, ALGORITHM_CUBIC, 1, HOME, values);
    s->transport.home = how & OTHER_HOME ? HOME + 1 : HOME;
    if (how & RENO)
        s->transport.algorithm = ALGORITHM_RENO;
    memset(s->transport.range_key, 5, RANGE_KEY_BYTES);
    store64(s->m, ++number);
    s->issued_ms = s->begun_ms = now_ms - (how & OLD ? LINEAGE_LIFE_MS + 1 : 100);
    address_hash(s->address, stage()->server.address);
    s->address[0] ^= how & OTHER_ADDRESS;
}

/* What the fuzzer put in the place of handles, sealed, and the sum that its proof ought to have. */
static void make_true(struct request_body *b, const struct session *s, uint8_t how,
                      uint8_t handles[][HANDLE_BYTES_MAX])
{
    const struct cookie_key *key = ring_sealing(&stage()->server.ring, WORLD_MS);
    for (int i = 0; i < b->handle_count; i++) {
        const uint8_t *p = b->handles[i].p;
        struct handle h = {.size = load64(p + 25) % (BODY_BYTES_MAX + 1),
                           .state_len = b->handles[i].len - HANDLE_BYTES_MIN};
        memcpy(h.state, p + 33, h.state_len);
        if (p[0] == 0xff) /* but for those that are to stay as they are */
            continue;
        REQUIRE(handle_seal(handles[i], &h, s->m, key, p + 1) == b->handles[i].len);
        b->handles[i].p = handles[i];
    }
    b->sum = how & WRONG_SUM && b->proof.count ? 1 : 0;
    for (size_t i = 0; i < b->proof.count; i++)
        for (int end = 0; end < 2; end++) {
            uint8_t number[8];
            const struct run *r = &b->proof.runs[i];
            store64(number, s->transport.base + (end ? r->last + 1 : r->first));
            b->sum ^= short_hash(s->transport.range_key, number, sizeof number);
        }
}

static size_t make_request(const struct session *s, uint8_t how, const uint8_t *data, size_t size)
{
    static const uint8_t nonce[NONCE_BYTES] = {3};
    uint8_t c[CONTINUATION_BYTES], key[32], handles[REQUEST_HANDLES_MAX][HANDLE_BYTES_MAX];
    struct request_body b;
    const size_t header = REQUEST_HEADER_BYTES(0), least = REQUEST_MIN_BYTES - header - TAG_BYTES;
    size_t n = size < REQUEST_BODY_MAX ? size : REQUEST_BODY_MAX;
    continuation_seal(c, s, ring_sealing(&stage()->server.ring, WORLD_MS), nonce);
    request_encode(packet, &(struct request){.continuation = c, .nonce = nonce});
    if (request_body_decode(&b, data, n) == LETHE_OK) {
        make_true(&b, s, how, handles);
        size_t most = n > least ? n : least;
        n = request_body_encode(packet + header, REQUEST_BODY_MAX, most, &b);
        REQUIRE(n == most || (n > most && n <= REQUEST_BODY_MAX));
    } else {
        memcpy(packet + header, data, n);
        for (; n < least; n++)
            packet[header + n] = 0;
    }
    key_from_client(key, s->z);
    aead_seal(packet + header, packet + header, n, packet, header, nonce, key);
    return header + n + TAG_BYTES;
}

/* The numbers that the session has had so far. */
struct seen {
    uint64_t numbers[4 * BURST_PACKETS];
    size_t count;
};

/* Every packet of an answer, as the client would look at it. */
static void check_burst(const struct burst *burst, const struct session *s, uint64_t highest,
                        struct seen *seen)
{
    const size_t before = seen->count;
    uint8_t plain[DATA_BODY_MAX], key[32];
    size_t at = 0;
    key_from_server(key, s->z);
    for (size_t i = 0; i < burst->count; at += burst->len[i++]) {
        struct data d;
        struct data_body b;
        struct aead_batch batch;
        struct transport t;
        REQUIRE(data_decode(&d, out + at, burst->len[i]) == LETHE_OK);
        if (d.aes)
            aead_batch_init_aes(&batch, key, d.prefix);
        else
            aead_batch_init(&batch, key, d.prefix);
        REQUIRE(aead_batch_open(&batch, plain, d.box, d.box_len, out + at, DATA_HEADER_BYTES,
                                d.index) == LETHE_OK);
        REQUIRE(data_body_decode(&b, plain, d.box_len - TAG_BYTES) == LETHE_OK);
        REQUIRE(!b.continuation || transport_decode(&t, b.transport) == LETHE_OK);
        if (!(b.flags & DATA_PULL))
            continue;
        REQUIRE(burst->len[i] <= request.datagram);
        const uint64_t earned = highest - s->transport.base;
        const uint32_t above = b.number - (uint32_t)s->transport.base;
        REQUIRE(earned > UINT32_MAX || (above > 0 && above <= earned));
        for (size_t k = 0; k < seen->count; k++)
            REQUIRE(seen->numbers[k] != b.number);
        seen->numbers[seen->count++] = b.number;
    }
    REQUIRE(at == burst->used);
    REQUIRE(seen->count - before == request.sent);
}

static enum verdict ask(const struct step *st, size_t n, struct burst *burst)
{
    static const struct lethe_service service = {.call = call, .read = read_body};
    *burst = (struct burst){.at = out, .room = sizeof out};
    enum verdict v = flow_open(&request, st, packet, n);
    if (v == ANSWERED)
        v = flow_answer(&request, st, &service, 0, &scratch, burst);
    flow_wipe(&request);
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int64_t steady_ms;
    static unsigned inputs;
    static struct filter filter;
    static struct rng rng;
    static const uint8_t lineage_key[32] = {1};
    struct session s;
    struct burst burst;
    struct seen seen = {.count = 0};
    if (size < 1 + TRANSPORT_BYTES)
        return 0;
    if (inputs++ == 0)
        strikes_init(&strikes, lineage_key, 0);
    if (inputs % 20000 == 0)
        strikes_turn(&strikes, steady_ms += STRIKES_TURN_MS);
    rng = stage()->server.rng;
    const struct step st = {.ring = &stage()->server.ring,
                            .slow = &stage()->server.slow,
                            .filter = &filter,
                            .rng = &rng,
                            .strikes = &strikes,
                            .now_ms = WORLD_MS,
                            .boot_ms = WORLD_MS - 1000000,
                            .home = HOME,
                            .lineage_key = lineage_key,
                            .strict_home = data[0] & STRICT,
                            .address = stage()->server.address};
    make_session(&s, data[0], data + 1, WORLD_MS);
    size_t n = make_request(&s, data[0], data + 1 + TRANSPORT_BYTES, size - 1 - TRANSPORT_BYTES);
    memcpy(again, packet, n);
    enum verdict v = ask(&st, n, &burst);
    REQUIRE(v == ANSWERED || v == DROP_REQUEST_BODY || v == DROP_PROOF || v == DROP_TWICE);
    if (v != ANSWERED)
        return 0;
    const enum fallback fallback = request.fallback;
    check_burst(&burst, &s, request.horizon, &seen);
    REQUIRE(!(data[0] & OTHER_ADDRESS) || burst.used <= n);
    REQUIRE(fallback == FALLBACK_NONE || fallback == FALLBACK_FULL || burst.used <= n);
    REQUIRE(!(data[0] & OLD) || fallback == FALLBACK_AGE);
    fuzz_accepted++;
    /* And once more: what asks for more than numbers is not heard twice; else no number is sent
     * twice, but what had no room before may come now. */
    memcpy(packet, again, n);
    v = ask(&st, n, &burst);
    REQUIRE(v == ANSWERED || v == DROP_REPEAT);
    if (v == ANSWERED && fallback == FALLBACK_NONE && !(request.body.flags & REQUEST_PROBE))
        check_burst(&burst, &s, request.horizon, &seen);
    return 0;
}
