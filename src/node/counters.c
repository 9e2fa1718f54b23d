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
};

static const char *const kind_names[COUNTER_KINDS] = {
    [KIND_HELLO] = "answered_hello",     [KIND_LEG] = "answered_leg",
    [KIND_BLOCK] = "answered_block",     [KIND_FINISH] = "answered_finish",
    [KIND_REQUEST] = "answered_request",
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
    to->truncated += from->truncated;
    to->send_failed += from->send_failed;
    to->filter_used += from->filter_used;
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
    for (int i = ANSWERED + 1; i < VERDICTS; i++)
        if (json || c->verdicts[i])
            print(&p, verdict_name((enum verdict)i), c->verdicts[i]);
    if (json || c->truncated)
        print(&p, "drop_truncated", c->truncated);
    if (json || c->send_failed)
        print(&p, "send_failed", c->send_failed);
    if (json || c->filter_used)
        print(&p, "filter_used", c->filter_used);
    if (json)
        fprintf(to, "}\n");
    fflush(to);
}
