/*
 * Early data, rung by rung: policy, key, box; for what may run only once clock and filter; then the
 * service. What is not executed is refused, and its client asks again in a REQUEST.
 */
#include "server/early.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "seal/handle.h"

_Static_assert(EARLY_ANSWER_MAX <= LETHE_ANSWER_BYTES, "an answer's room is the service's as well");
_Static_assert(HANDLE_STATE_MAX == LETHE_STATE_BYTES, "a handle has room for any state");

static enum early_end end_of(enum once_strike strike)
{
    switch (strike) {
    case ONCE_FRESH:
        return EARLY_END_EXECUTED;
    case ONCE_SEEN:
        return EARLY_END_SEEN;
    case ONCE_CLOCK:
        return EARLY_END_CLOCK;
    case ONCE_BEGIN:
        return EARLY_END_BEGIN;
    default:
        return EARLY_END_NOROOM;
    }
}

/* Whether it is the first time that this HELLO comes: N and C' name it, whatever else in it may be
 * made anew for a puzzle. */
static enum early_end strike(struct once *once, const struct hello *h, int64_t now_ms)
{
    uint8_t use[NONCE_BYTES + HELLO_CLIENT_BYTES];
    memcpy(use, h->nonce, NONCE_BYTES);
    memcpy(use + NONCE_BYTES, h->client, HELLO_CLIENT_BYTES);
    return end_of(once_strike(once, h->minute, now_ms, use, sizeof use));
}

/* Seals the body that the request opened, and reads as much of it as fits. */
static void add_body(struct kex_hello *k, const struct step *st,
                     const struct lethe_service *service, struct flow_scratch *scratch,
                     uint8_t *handle)
{
    struct early_answer *a = &k->early_answer;
    const struct lethe_answer *answer = &scratch->answer;
    struct handle h = {.size = answer->size, .state_len = answer->state_len};
    uint8_t nonce[NONCE_BYTES];
    memcpy(h.state, answer->state, answer->state_len);
    rng_fill(st->rng, nonce, sizeof nonce);
    a->handle_len = (uint16_t)handle_seal(handle, &h, k->session.m, k->key, nonce);
    a->has_body = true;
    a->size = answer->size;
    a->version = answer->version;
    a->handle = handle;
    const size_t room = early_first_room(a), n = a->size < room ? (size_t)a->size : room;
    if (n && service->read &&
        service->read(service->context, answer->state, answer->state_len, 0, scratch->bytes, n) ==
            LETHE_STATUS_OK) {
        a->first = scratch->bytes;
        a->first_len = n;
    }
    wipe(&h, sizeof h);
}

static enum early_end execute(struct kex_hello *k, const struct step *st,
                              const struct lethe_service *service, const uint8_t *request,
                              size_t len, struct flow_scratch *scratch, uint8_t *handle)
{
    const struct lethe_call call = {.request = request, .request_len = len, .early = 1};
    struct lethe_answer *answer = &scratch->answer;
    struct early_answer *a = &k->early_answer;
    *answer = (struct lethe_answer){.room = EARLY_ANSWER_MAX};
    int status = service->call(service->context, &call, answer);
    if (status == LETHE_STATUS_LEVEL)
        return EARLY_END_OFF;
    if (answer->len > answer->room || answer->state_len > LETHE_STATE_BYTES ||
        answer->size > BODY_BYTES_MAX) /* a faulty service must not write over the server */
        status = LETHE_STATUS_FAILED;
    a->outcome = EARLY_EXECUTED;
    a->status = (uint8_t)status;
    if (status != LETHE_STATUS_OK)
        return EARLY_END_EXECUTED;
    a->bytes = answer->bytes;
    a->bytes_len = answer->len;
    if (answer->has_body)
        add_body(k, st, service, scratch, handle);
    return EARLY_END_EXECUTED;
}

/* Whether requests are taken at all. */
static bool is_taken(const struct early_policy *policy)
{
    const struct lethe_service *service = policy->service;
    return policy->taken && policy->least_legs == 0 && service->early != LETHE_EARLY_NEVER &&
           (service->early == LETHE_EARLY_REPEATABLE || policy->once);
}

const uint8_t *early_secret(const struct early_policy *policy, const struct hello *h,
                            int64_t now_ms)
{
    const struct short_term_key *key =
        is_taken(policy) ? short_term_find(policy->keys, h->stid, now_ms) : NULL;
    return key ? key->secret : NULL;
}

static enum early_end take(struct kex_hello *k, const struct hello *h, const struct step *st,
                           const struct early_policy *policy, struct flow_scratch *scratch,
                           uint8_t *handle)
{
    const struct lethe_service *service = policy->service;
    const bool repeatable = service->early == LETHE_EARLY_REPEATABLE;
    const uint8_t *request;
    size_t len;
    if (!is_taken(policy))
        return EARLY_END_OFF;
    if (!k->is_early)
        return EARLY_END_KEY;
    if (kex_hello_early(k, h, &request, &len) != LETHE_OK)
        return EARLY_END_BOX;
    enum early_end end = repeatable ? EARLY_END_EXECUTED : strike(policy->once, h, st->now_ms);
    return end == EARLY_END_EXECUTED ? execute(k, st, service, request, len, scratch, handle) : end;
}

enum early_end early_take(struct kex_hello *k, const struct hello *h, const struct step *st,
                          const struct early_policy *policy, struct flow_scratch *scratch,
                          uint8_t *handle)
{
    k->early_answer.least = policy->least_legs;
    if (!early_box(k->body))
        return EARLY_END_NONE;
    enum early_end end = take(k, h, st, policy, scratch, handle);
    if (end != EARLY_END_EXECUTED)
        k->early_answer.outcome = end == EARLY_END_SEEN ? EARLY_UNKNOWN : EARLY_REFUSED;
    return end;
}
