/*
 * The client's exchanges: begun, resumed, answered, and one beside the other while a server says
 * nothing. What is answered first is the session.
 */
#include "client/client_exchange.h"
#include "base/bytes.h"
#include "client/client_request.h"
#include "lethe/error.h"

/* The exchange, with the first resource's opening call if it is to be early. */
static int init_exchange(struct client *c)
{
    const struct client_options *o = &c->options;
    uint8_t call[FILES_REQUEST_MAX];
    struct kex_early early = {.short_term = o->short_term, .minute = o->minute, .request = call};
    early.len = o->early_path ? fetch_open_call(o->early_path, call) : 0;
    return kex_client_init_early(&c->kex, o->server, o->wanted, early.len ? &early : NULL, &c->rng);
}

int client_exchange_begin(struct client *c)
{
    int err = init_exchange(c);
    c->exchanging = err == LETHE_OK;
    c->exchanges++;
    kex_client_lend_mceliece(&c->kex, c->mceliece_pk, c->mceliece_sk);
    return err;
}

void client_inform(struct pace *p, int64_t srtt_ns, int64_t rttvar_ns)
{
    if (p->least_ns) /* it has samples of its own */
        return;
    p->srtt_ns = srtt_ns;
    p->rttvar_ns = rttvar_ns;
}

/* What the exchange knows of round trips is all that is known until there are samples. */
static void inform_all(struct client *c)
{
    const struct pace *known = &c->kex.pace;
    for (int i = 0; i < PULL_BODIES; i++)
        client_inform(&c->fetches[i].pace, known->srtt_ns, known->rttvar_ns);
    if (c->put)
        client_inform(&c->put->pace, known->srtt_ns, known->rttvar_ns);
    if (c->pull.srtt_ns && !c->pull.guessed)
        return;
    c->pull.srtt_ns = c->pull.least_ns = known->srtt_ns;
    c->pull.rttvar_ns = known->rttvar_ns;
    c->pull.guessed = true;
}

static bool has_yielded(const struct client *c)
{
    const uint8_t lacks = c->options.needed & (uint8_t)~c->caller.legs;
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        if (lacks & LEG_BIT(leg) && !c->kex.yields[leg].ready)
            return false;
    return true;
}

/* Shares go to the session as soon as those that data waits for are complete. */
static void absorb(struct client *c)
{
    if (!client_is_ready(c) && !has_yielded(c))
        return;
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        if (c->kex.yields[leg].ready)
            caller_absorb(&c->caller, &c->kex.yields[leg], c->kex.m);
}

void client_follow(struct client *c, int index, bool knew)
{
    struct fetch *f = &c->fetches[index];
    if (f->moved) {
        pull_close(&c->pull, (unsigned)index);
        c->pull.bodies[index] = &f->wants;
        f->moved = false;
    } else if (!knew && f->known) {
        pull_clip(&c->pull, (unsigned)index, f->size);
    }
}

void client_note_data(struct client *c, int64_t now_ns)
{
    if (c->first_data_ns)
        return;
    c->first_data_ns = now_ns;
    c->first_data_legs = c->caller.legs;
}

/* What ACCEPT says of the request in HELLO, and of what the server needs. */
static void take_early(struct client *c, int64_t now_ns)
{
    struct early_answer a;
    struct fetch *f = &c->fetches[0];
    if (early_answer_decode(&a, c->kex.early_reply, sizeof c->kex.early_reply) != LETHE_OK)
        return;
    c->options.needed |= a.least & c->options.wanted;
    if (!c->kex.early_asked)
        return;
    c->early = a.outcome;
    if (a.outcome != EARLY_EXECUTED || !c->begun[0] || f->known ||
        strcmp(f->path, c->options.early_path) != 0)
        return;
    fetch_early(f, now_ns, &a);
    client_follow(c, 0, false);
    if (f->bytes_received)
        client_note_data(c, now_ns);
}

/* The session that kex was answered with is the one from now on. */
static void open_session(struct client *c, int64_t now_ns)
{
    for (int i = 0; i < PULL_BODIES; i++)
        if (c->begun[i] && c->caller.open)
            fetch_ask_again(&c->fetches[i]);
    if (c->put && c->caller.open)
        put_ask_again(c->put);
    inform_all(c);
    caller_open(&c->caller, &c->kex.session, now_ns);
    pull_adopt(&c->pull, &c->caller.transport, now_ns);
    wipe(&c->kex.session, sizeof c->kex.session);
    kex_resume_wipe(&c->resume);
    c->resuming = false;
    c->parking = (struct parking){.legs = 0};
    if (c->accepted_ns == 0)
        c->accepted_ns = now_ns;
    if (c->resumed_level == 0)
        take_early(c, now_ns);
    if (c->ready_ns == 0 && client_is_ready(c))
        c->ready_ns = now_ns;
}

/* An exchange was answered: its session is not one of an earlier run. */
static void open_exchanged(struct client *c, int64_t now_ns)
{
    c->resumed_level = 0;
    open_session(c, now_ns);
}

int64_t client_stall_ns(const struct client *c)
{
    bool uploading = c->kex.accepted && c->kex.mceliece_pk && !kex_client_done(&c->kex);
    return (uploading ? c->kex_heard_ns : c->heard_ns) + CLIENT_STALL_NS;
}

/* The server answers: a spare that was begun while it did not is not needed any more. */
void client_heard(struct client *c, int64_t now_ns)
{
    c->heard_ns = now_ns;
    if (!c->spare_running || now_ns >= client_stall_ns(c))
        return;
    kex_client_wipe(&c->spare);
    c->spare_running = false;
}

/* The spare was answered and the first exchange was not: it takes over. */
static void spare_accepted(struct client *c, int64_t now_ns)
{
    kex_client_wipe(&c->kex);
    c->kex = c->spare;
    c->exchanging = true;
    c->kex_heard_ns = now_ns;
    open_exchanged(c, now_ns);
    client_heard(c, now_ns);
}

bool client_exchange_input(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    if (c->spare_running && kex_client_input(&c->spare, now_ns, p, n) == LETHE_OK) {
        spare_accepted(c, now_ns);
        return true;
    }
    if (!c->exchanging)
        return false;
    const bool had = c->kex.accepted, guessed = kex_client_guesses_rtt(&c->kex);
    uint64_t answered = c->kex.packets_answered;
    if (kex_client_input(&c->kex, now_ns, p, n) != LETHE_OK)
        return false;
    if (c->kex.packets_answered == answered) /* an old answer, which anyone may have kept */
        return false;
    if (!had && c->kex.accepted)
        open_exchanged(c, now_ns);
    else if (guessed)
        inform_all(c);
    absorb(c);
    c->kex_heard_ns = now_ns;
    client_heard(c, now_ns);
    return true;
}

/* What was answered first is the session: an exchange that was begun meanwhile ends. */
bool client_exchange_resumed(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    if (!c->resuming || kex_resume_input(&c->resume, &c->kex, c->options.server, c->options.wanted,
                                         p, n) != LETHE_OK)
        return false;
    c->kex.pace.srtt_ns = now_ns > c->start_ns ? now_ns - c->start_ns : 1;
    c->kex.pace.rttvar_ns = c->kex.pace.srtt_ns / 2;
    kex_client_lend_mceliece(&c->kex, c->mceliece_pk, c->mceliece_sk);
    c->exchanging = true;
    c->resumed_level = session_level(c->kex.session.legs);
    open_session(c, now_ns);
    c->kex_heard_ns = now_ns;
    client_heard(c, now_ns);
    return true;
}

void client_exchange_spare(struct client *c)
{
    if (kex_client_init(&c->spare, c->options.server, c->options.wanted, &c->rng) != LETHE_OK)
        return;
    if (c->kex.has_pass) { /* good for one HELLO */
        kex_client_show_pass(&c->spare, c->kex.pass);
        c->kex.has_pass = false;
    }
    kex_client_lend_mceliece(&c->spare, c->mceliece_pk, c->mceliece_sk);
    c->spare_running = true;
    c->exchanges++;
}
