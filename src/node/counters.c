/*
 * Counters: adding up workers and printing for people and for machines.
 */
#include "node/counters.h"
#include "wire/limits.h"

static const char *const verdict_names[VERDICTS] = {
    [ANSWERED] = "answered",
    [DROP_KIND] = "drop_kind",
    [DROP_FORMAT] = "drop_format",
    [DROP_IDENTITY] = "drop_identity",
    [DROP_MAC] = "drop_mac",
    [DROP_NO_KEY] = "drop_no_key",
    [DROP_DH] = "drop_dh",
    [DROP_DECAP] = "drop_decap",
    [DROP_HELLO_BOX] = "drop_hello_box",
    [DROP_KID] = "drop_kid",
    [DROP_EXCHANGE_BOX] = "drop_exchange_box",
    [DROP_LEG] = "drop_leg",
    [DROP_METER] = "drop_meter",
    [DROP_SYNDROME] = "drop_syndrome",
    [DROP_CONTINUATION] = "drop_continuation",
    [DROP_REQUEST_BOX] = "drop_request_box",
    [DROP_REQUEST_BODY] = "drop_request_body",
    [DROP_SHARE] = "drop_share",
    [DROP_PROOF] = "drop_proof",
    [DROP_TWICE] = "drop_twice",
};

static const char *const kind_names[COUNTER_KINDS] = {
    [KIND_HELLO] = "answered_hello",     [KIND_LEG] = "answered_leg",
    [KIND_BLOCK] = "answered_block",     [KIND_FINISH] = "answered_finish",
    [KIND_REQUEST] = "answered_request",
};

static const char *const fallback_names[FALLBACKS] = {
    [FALLBACK_AGE] = "fallback_age",   [FALLBACK_ADDRESS] = "fallback_address",
    [FALLBACK_BOOT] = "fallback_boot", [FALLBACK_HOME] = "fallback_home",
    [FALLBACK_FULL] = "fallback_full",
};

const char *verdict_name(enum verdict v)
{
    return verdict_names[v];
}

void counters_add(struct counters *to, const struct counters *from)
{
    to->packets_in += from->packets_in;
    to->bytes_in += from->bytes_in;
    to->packets_out += from->packets_out;
    to->bytes_out += from->bytes_out;
    for (int i = 0; i < COUNTER_KINDS; i++)
        to->answered[i] += from->answered[i];
    for (int i = 0; i < VERDICTS; i++)
        to->verdicts[i] += from->verdicts[i];
    to->numbers_sent += from->numbers_sent;
    to->numbers_struck += from->numbers_struck;
    to->numbers_beyond += from->numbers_beyond;
    for (int i = 0; i < FALLBACKS; i++)
        to->fallbacks[i] += from->fallbacks[i];
    to->truncated += from->truncated;
    to->send_failed += from->send_failed;
    to->filter_used += from->filter_used;
    to->strikes_used += from->strikes_used;
}

struct printer {
    FILE *to;
    int json;
    int count;
};

static void print(struct printer *p, const char *name, uint64_t value)
{
    if (p->json)
        fprintf(p->to, "%s\"%s\":%llu", p->count ? "," : "{", name, (unsigned long long)value);
    else
        fprintf(p->to, "%-18s %llu\n", name, (unsigned long long)value);
    p->count++;
}

/* For people, only what happened. */
static void print_some(struct printer *p, const char *name, uint64_t value)
{
    if (p->json || value)
        print(p, name, value);
}

void counters_print(FILE *to, const struct counters *c, int workers, uint64_t resident_bytes,
                    int json)
{
    struct printer p = {.to = to, .json = json};
    print(&p, "workers", (uint64_t)workers);
    print(&p, "resident_bytes", resident_bytes);
    print(&p, "packets_in", c->packets_in);
    print(&p, "bytes_in", c->bytes_in);
    print(&p, "packets_out", c->packets_out);
    print(&p, "bytes_out", c->bytes_out);
    for (int i = 0; i < COUNTER_KINDS; i++)
        if (kind_names[i])
            print(&p, kind_names[i], c->answered[i]);
    print_some(&p, "numbers_sent", c->numbers_sent);
    print_some(&p, "numbers_struck", c->numbers_struck);
    print_some(&p, "numbers_beyond", c->numbers_beyond);
    for (int i = FALLBACK_NONE + 1; i < FALLBACKS; i++)
        print_some(&p, fallback_names[i], c->fallbacks[i]);
    for (int i = ANSWERED + 1; i < VERDICTS; i++)
        print_some(&p, verdict_name((enum verdict)i), c->verdicts[i]);
    print_some(&p, "drop_truncated", c->truncated);
    print_some(&p, "send_failed", c->send_failed);
    print_some(&p, "filter_used", c->filter_used);
    print_some(&p, "strikes_used", c->strikes_used);
    if (json)
        fprintf(to, "}\n");
    fflush(to);
}
