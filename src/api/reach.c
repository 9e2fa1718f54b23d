/*
 * The server as a whole: found, watched, and what it means when it is not there.
 */
#include "api/reach.h"

#include <string.h>

#include "base/bytes.h"
#include "net/clock.h"
#include "store/sessions.h"

double reach_seconds(int64_t from_ns, int64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

void reach_report(struct lethe_session_state *s, const struct client *c, int64_t now_ns)
{
    s->level = c->caller.open ? session_level(c->caller.legs) : 0;
    s->key_blocks = c->kex.blocks_answered;
    s->key_blocks_all = BLOCK_COUNT;
    s->seconds = reach_seconds(c->start_ns, now_ns);
    s->accept_seconds = reach_seconds(c->start_ns, c->accepted_ns);
    s->ready_seconds = reach_seconds(c->start_ns, c->ready_ns);
    s->silent_seconds = reach_seconds(c->heard_ns, now_ns);
    s->refused = c->refused;
    s->resumed_level = c->resumed_level;
    s->exchanges = c->exchanges;
    s->exchange_packets_sent = c->kex.packets_sent;
    s->exchange_packets_answered = c->kex.packets_answered;
    s->puzzle_bits = c->puzzle_bits;
    s->puzzle_seconds = reach_seconds(0, c->puzzle_ns);
    s->solving_seconds = client_puzzle(c) ? reach_seconds(c->puzzle_since_ns, now_ns) : 0;
    s->packets_sent = c->packets_sent;
    s->packets_received = c->packets_received;
    s->packets_ignored = c->packets_ignored;
    s->number_restarts = c->caller.lineage_at;
    s->datagram_bytes = c->caller.open ? c->caller.transport.datagram : DATAGRAM_BYTES;
}

int reach_resolve(struct transfer_options *o, const struct uri *uri, struct complaint *why)
{
    const char *reason;
    int err = address_resolve(o->addresses, TRANSFER_ADDRESSES_MAX, &o->address_count, uri->host,
                              LETHE_DEFAULT_PORT, &reason);
    return err == LETHE_OK ? err : complain(why, err, "%s: %s", uri->host, reason);
}

/* What an earlier run left; the words why it is of no use go to the state. */
static bool take_parked(struct parked_session *parked, int64_t *since_ms,
                        const struct transfer_options *o, struct lethe_session_state *s)
{
    struct complaint why = {.text = ""};
    int err =
        sessions_take(parked, since_ms, o->server->fingerprint, (int64_t)clock_real_ms(), &why);
    reach_message(&s->park_why, err == LETHE_ERR_NOT_FOUND ? LETHE_OK : err, &why);
    return err == LETHE_OK;
}

int reach_run(struct transfer_options *o, struct client *client, bool no_park,
              struct lethe_session_state *s, struct complaint *why)
{
    struct parked_session parked = {.legs = 0};
    int64_t since_ms = 0;
    o->park = !no_park;
    if (o->park && !o->early_path && take_parked(&parked, &since_ms, o, s))
        o->resume = &parked;
    int err = transfer_run(o, client, why);
    o->resume = NULL;
    wipe(&parked, sizeof parked);
    if (!client->resumed_level)
        since_ms = (int64_t)clock_real_ms();
    if (client->parked.legs)
        sessions_keep(&client->parked, since_ms, o->server->fingerprint);
    return err;
}

int reach_explain(const struct client *c, int err, const char *host, unsigned timeout,
                  struct complaint *why)
{
    if (err == LETHE_OK || why->text[0])
        return err;
    switch (err) {
    case LETHE_ERR_TIMEOUT:
        if (c->accepted_ns)
            return complain(why, err,
                            "%s stopped answering for %u s; run the same command again to resume",
                            host, timeout);
        return complain(why, err,
                        "%s gave no answer in %u s: is the server there, and is this its "
                        "identity?",
                        host, timeout);
    case LETHE_ERR_NETWORK:
        return complain(why, err,
                        c->accepted_ns
                            ? "nobody listens at %s any more, for %u s: start the server "
                              "and run the same command again to resume"
                            : "nobody listens at %s (tried for %u s): start the server, "
                              "or give its address and port",
                        host, timeout);
    case LETHE_ERR_INTERRUPTED:
        return complain(why, err, "interrupted; run the same command again to resume");
    default:
        return complain(why, err, "%s: %s", host, lethe_strerror(err));
    }
}

void reach_message(struct lethe_message *to, int err, const struct complaint *why)
{
    memset(to, 0, sizeof *to);
    if (err != LETHE_OK)
        memcpy(to->text, why->text, strnlen(why->text, sizeof to->text - 1));
}
