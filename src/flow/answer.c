/*
 * The answer to a REQUEST: what the call says, then every wanted number that may be sent and was
 * not, each struck before it is filled; the new continuation rides in the first packet with room.
 */
#include "base/bytes.h"
#include "flow/answer_draft.h"
#include "flow/lineage.h"
#include "lethe/error.h"
#include "seal/continuation.h"
#include "seal/mark.h"
#include "seal/parked.h"

#define OVERHEAD (DATA_HEADER_BYTES + TAG_BYTES)

_Static_assert(DATA_PULL_BYTES <= FLOW_HEAD_ROOM, "a number's head fits before its bytes");
_Static_assert(DATA_BARE_BYTES <= REQUEST_MIN_BYTES, "an unproven address earns no longer answer");
_Static_assert(BURST_BYTES >= 7 * PACKET_MAX, "a burst has room for a few of the largest packets");

/* Moves the session to its next key and seals it for the client to bring back. */
static enum verdict renew(struct answer *a)
{
    const struct step *st = a->st;
    const struct cookie_key *key = ring_sealing(st->ring, st->now_ms);
    if (!key)
        return DROP_NO_KEY;
    uint8_t nonce[NONCE_BYTES];
    struct session next = a->rq->session;
    mark_draw(nonce, sizeof nonce, st->rng, key, st->address);
    session_next(next.z, nonce);
    next.issued_ms = st->now_ms;
    next.transport.home = st->home;
    address_hash(next.address, st->address);
    continuation_seal(a->carried, &next, key, nonce);
    transport_encode(a->carried + CONTINUATION_BYTES, &next.transport);
    a->carry = true;
    wipe(&next, sizeof next);
    return ANSWERED;
}

static bool has_room(const struct burst *burst, size_t most)
{
    return burst->count < BURST_PACKETS && most <= burst->room - burst->used;
}

/* Seals a body, which lies elsewhere or where its box goes, as the burst's next packet. */
static void seal(struct answer *a, const uint8_t *body, size_t len)
{
    struct burst *burst = a->burst;
    uint8_t *out = burst->at + burst->used;
    const struct data d = {.aes = a->batch.aes,
                           .generation = a->rq->body.generation,
                           .index = (uint8_t)burst->count,
                           .prefix = a->prefix};
    data_encode(out, &d);
    aead_batch_seal(&a->batch, out + DATA_HEADER_BYTES, body, len, out, DATA_HEADER_BYTES,
                    burst->count);
    burst->len[burst->count++] = (uint16_t)(len + OVERHEAD);
    burst->used += len + OVERHEAD;
}

bool answer_put(struct answer *a, struct data_body *b, size_t most)
{
    uint8_t *body = a->burst->at + a->burst->used + DATA_HEADER_BYTES;
    if (!has_room(a->burst, most))
        return false;
    b->echo = a->rq->body.echo;
    size_t body_len = 0;
    if (a->carry) {
        b->flags |= DATA_CONTINUATION;
        b->continuation = a->carried;
        b->transport = a->carried + CONTINUATION_BYTES;
        body_len = data_body_encode(body, most - OVERHEAD, b);
        a->carry = body_len == 0;
        b->flags &= (uint8_t) ~(a->carry ? DATA_CONTINUATION : 0);
    }
    /* Under a fallback there are no bytes for another packet, and the continuation goes first. */
    const bool must = a->carry && a->rq->fallback != FALLBACK_NONE && b->flags & DATA_CALL;
    if (body_len == 0 && !must)
        body_len = data_body_encode(body, most - OVERHEAD, b);
    if (body_len == 0)
        return false;
    seal(a, body, body_len);
    return true;
}

bool answer_put_number(struct answer *a, struct data_body *b, uint8_t *bytes)
{
    const size_t len = b->bytes_len;
    b->bytes = bytes;
    if (a->carry)
        return answer_put(a, b, a->rq->datagram);
    if (!has_room(a->burst, a->rq->datagram))
        return false;
    b->echo = a->rq->body.echo;
    b->bytes_len = 0;
    (void)data_body_encode(bytes - DATA_PULL_BYTES, DATA_PULL_BYTES, b);
    seal(a, bytes - DATA_PULL_BYTES, DATA_PULL_BYTES + len);
    return true;
}

/* The handle at an index of the request, opened once. */
const struct handle *answer_handle(struct answer *a, uint8_t index)
{
    const struct request_body *b = &a->rq->body;
    size_t i = index == HANDLE_OPENED ? OPENED : index;
    if (i != OPENED && !a->tried[i]) {
        a->tried[i] = true;
        a->opened[i] = handle_open(&a->handles[i], a->rq->session.m, a->st->ring, a->st->now_ms,
                                   b->handles[i].p, b->handles[i].len) == LETHE_OK;
    }
    return a->opened[i] ? &a->handles[i] : NULL;
}

static int ask_service(struct answer *a, struct lethe_answer *answer)
{
    const struct request_body *b = &a->rq->body;
    struct lethe_call call = {.request = b->call, .request_len = b->call_len};
    if (b->call_handle != HANDLE_NONE) {
        const struct handle *h = answer_handle(a, b->call_handle);
        if (!h)
            return LETHE_STATUS_HANDLE;
        call.state = h->state;
        call.state_len = h->state_len;
    }
    return a->service->call(a->service->context, &call, answer);
}

/* Seals the body that a call opened; false when no key is there. */
static bool seal_body(struct answer *a, const struct lethe_answer *answer,
                      uint8_t out[HANDLE_BYTES_MAX], uint16_t *len)
{
    const struct cookie_key *key = ring_sealing(a->st->ring, a->st->now_ms);
    struct handle *h = &a->handles[OPENED];
    uint8_t nonce[NONCE_BYTES];
    if (!key)
        return false;
    h->size = answer->size;
    h->state_len = answer->state_len;
    h->aging = false;
    memcpy(h->state, answer->state, answer->state_len);
    rng_fill(a->st->rng, nonce, sizeof nonce);
    *len = (uint16_t)handle_seal(out, h, a->rq->session.m, key, nonce);
    a->opened[OPENED] = true;
    return true;
}

/* What the server itself is asked: the session as it stands, sealed under a slow key. */
static int park(struct answer *a, struct lethe_answer *answer)
{
    const struct step *st = a->st;
    const struct session *s = &a->rq->session;
    const struct cookie_key *key = ring_sealing(st->slow, st->now_ms);
    uint8_t nonce[NONCE_BYTES];
    struct parked parked;
    if (!key)
        return LETHE_STATUS_DENIED;
    rng_fill(st->rng, nonce, sizeof nonce);
    parked_of(&parked, s->z, s->legs, s->m);
    parked_seal(answer->bytes, &parked, key, nonce);
    answer->len = PARKED_BYTES;
    wipe(&parked, sizeof parked);
    return LETHE_STATUS_OK;
}

static int ask_server(struct answer *a, struct lethe_answer *answer)
{
    const struct request_body *b = &a->rq->body;
    if (b->call_len != 1 || b->call[0] != SERVER_PARK || answer->room < PARKED_BYTES)
        return LETHE_STATUS_BAD;
    return park(a, answer);
}

#define CALL_OVERHEAD (DATA_HEADER_BYTES + 5 + 9 + TAG_BYTES)

static void answer_call(struct answer *a, bool enough)
{
    struct lethe_answer *answer = &a->scratch->answer;
    uint8_t handle[HANDLE_BYTES_MAX];
    const size_t most = a->rq->packet_len;
    size_t room = most - CALL_OVERHEAD - (a->carry ? DATA_CARRIED_BYTES : 0);
    *answer = (struct lethe_answer){.room = room < LETHE_ANSWER_BYTES ? room : LETHE_ANSWER_BYTES};
    int status = LETHE_STATUS_LEVEL;
    if (enough)
        status = a->rq->body.call_handle == HANDLE_SERVER ? ask_server(a, answer)
                                                          : ask_service(a, answer);
    if (answer->len > answer->room || answer->state_len > LETHE_STATE_BYTES ||
        answer->size > BODY_BYTES_MAX) /* a faulty service must not write over the server */
        status = LETHE_STATUS_FAILED;
    struct data_body b = {
        .flags = DATA_CALL, .call_id = a->rq->body.call_id, .status = (uint8_t)status};
    if (status == LETHE_STATUS_OK) {
        b.bytes = answer->bytes;
        b.bytes_len = answer->len;
        if (answer->has_body && seal_body(a, answer, handle, &b.handle_len)) {
            b.flags |= DATA_BODY;
            b.size = answer->size;
            b.version = answer->version;
            b.handle = handle;
        }
    }
    (void)answer_put(a, &b, most);
}

/* A continuation alone, padded when it has to prove that a packet of this size passes. A session
 * has few of these: who repeats what earns no number would fill the line without a window. */
static enum verdict put_bare(struct answer *a)
{
    static const uint8_t zeros[PACKET_MAX];
    const bool pad = a->rq->body.flags & REQUEST_PATH_PROBE && !a->rq->fallback;
    struct data_body b = {.bytes = zeros,
                          .bytes_len = pad ? a->rq->packet_len - DATA_BARE_BYTES : 0};
    if (!(pad ? lineage_size : lineage_bare)(&a->rq->session, a->st))
        return a->burst->count ? ANSWERED : DROP_BARE;
    (void)answer_put(a, &b, DATA_BARE_BYTES + b.bytes_len);
    return ANSWERED;
}

static void begin(struct answer *a)
{
    uint8_t from_server[32];
    rng_fill(a->st->rng, a->prefix, sizeof a->prefix);
    key_from_server(from_server, a->rq->session.z);
    if (a->rq->body.flags & REQUEST_AES && aead_has_aes())
        aead_batch_init_aes(&a->batch, from_server, a->prefix);
    else
        aead_batch_init(&a->batch, from_server, a->prefix);
    wipe(from_server, sizeof from_server);
}

enum verdict flow_answer(struct flow_request *rq, const struct step *st,
                         const struct lethe_service *service, uint8_t least_legs,
                         struct flow_scratch *scratch, struct burst *burst)
{
    struct answer a = {.rq = rq, .st = st, .service = service, .scratch = scratch, .burst = burst};
    const uint8_t renewing = REQUEST_RENEW | REQUEST_PATH_PROBE;
    const bool enough = (rq->session.legs & least_legs) == least_legs;
    enum verdict v = ANSWERED;
    begin(&a);
    if (rq->body.flags & renewing || rq->absorbed || rq->aging || rq->fallback != FALLBACK_NONE)
        v = renew(&a);
    if (v == ANSWERED && rq->body.flags & REQUEST_PATH_PROBE)
        v = put_bare(&a);
    else if (v == ANSWERED && rq->body.flags & REQUEST_CALL && rq->fallback != FALLBACK_ADDRESS)
        answer_call(&a, enough);
    for (int i = 0; v == ANSWERED && enough && i < rq->body.item_count; i++)
        answer_item(&a, &rq->body.items[i]);
    answer_end_items(&a);
    if (v == ANSWERED && rq->fallback == FALLBACK_FULL && !a.carry)
        v = renew(&a);
    if (v == ANSWERED && a.carry)
        v = put_bare(&a);
    wipe(&a, sizeof a);
    return v;
}
