/*
 * Parking and resuming at the client: one call of its own kind, repeated once when it is lost.
 */
#include "client/client_park.h"
#include "base/bytes.h"
#include "client/client_request.h"
#include "lethe/service.h"

#define PARK_TRIES 2

/* The legs of the key that the next request is under. */
static uint8_t legs_now(const struct client *c)
{
    if (client_is_ready(c))
        return c->caller.legs;
    return c->caller.upgrade_sent_ns ? c->caller.upgrade_legs : 0; /* not the first of all */
}

int64_t client_park_ns(const struct client *c)
{
    const struct parking *k = &c->parking;
    const uint8_t legs = legs_now(c);
    if (!c->options.park || !c->caller.open || k->refused || session_level(legs) < 2)
        return INT64_MAX;
    if (k->legs != legs)
        return 0;
    return k->pending ? k->next_ns : INT64_MAX;
}

bool client_park_due(const struct client *c, int64_t now_ns)
{
    const struct parking *k = &c->parking;
    return now_ns >= client_park_ns(c) && (k->legs != legs_now(c) || k->tries < PARK_TRIES);
}

void client_park_asked(struct client *c, int64_t now_ns)
{
    struct parking *k = &c->parking;
    const uint8_t legs = legs_now(c);
    if (k->legs != legs)
        k->tries = 0;
    k->legs = legs;
    k->tries++;
    k->pending = true;
    k->next_ns = now_ns + pull_timeout_ns(&c->pull);
}

bool client_park_called(struct client *c, const uint8_t *p, const struct data_body *b)
{
    struct parking *k = &c->parking;
    const uint8_t legs = caller_legs_of(&c->caller, p);
    if (!k->pending)
        return false;
    k->pending = false;
    k->refused = b->status != LETHE_STATUS_LEVEL && b->status != LETHE_STATUS_OK;
    if (b->status != LETHE_STATUS_OK || b->bytes_len != PARKED_BYTES)
        return true;
    caller_park(&c->caller, p, c->parked.key);
    c->parked.legs = legs;
    memcpy(c->parked.value, b->bytes, PARKED_BYTES);
    return true;
}

void client_park_tick(struct client *c, int64_t now_ns)
{
    struct parking *k = &c->parking;
    if (k->pending && k->tries == PARK_TRIES && now_ns >= k->next_ns)
        k->pending = false;
}

int64_t client_resume_ns(const struct client *c)
{
    struct pace unknown;
    if (!c->resuming || c->exchanging)
        return INT64_MAX;
    pace_init(&unknown);
    return c->resume_sent ? c->start_ns + pace_timeout_ns(&unknown) : c->start_ns;
}
