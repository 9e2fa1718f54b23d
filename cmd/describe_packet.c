/*
 * Kinds of datagrams by their first byte: the wire format's own decoders decide, this file names.
 */
#include "cmd/describe_packet.h"

#include <stdbool.h>
#include <string.h>

#include "lethe/error.h"
#include "wire/accept.h"
#include "wire/block.h"
#include "wire/data.h"
#include "wire/finish.h"
#include "wire/hello.h"
#include "wire/leg.h"
#include "wire/lookup.h"
#include "wire/puzzle.h"
#include "wire/request.h"
#include "wire/resume.h"

static void nonce_facts(struct facts *f, const uint8_t *nonce, const struct puzzle_nonce *q)
{
    fact_hex(f, "puzzle_nonce", nonce, PUZZLE_NONCE_BYTES);
    fact_number(f, "puzzle_kid", q->kid);
    fact_number(f, "puzzle_issued_ms", (uint64_t)q->issued_ms);
    fact_number(f, "puzzle_bits", q->bits);
}

/* What a puzzle field brings; one that makes no sense is shown as it is. */
static void field_facts(struct facts *f, const uint8_t *p)
{
    struct puzzle_field q;
    if (puzzle_field_decode(&q, p) != LETHE_OK) {
        fact_hex(f, "puzzle", p, PUZZLE_FIELD_BYTES);
    } else if (q.type == PUZZLE_FIELD_SOLUTION) {
        nonce_facts(f, q.nonce, &q.puzzle);
        fact_hex(f, "puzzle_solution", q.answer, PUZZLE_ANSWER_BYTES);
    } else if (q.type == PUZZLE_FIELD_PASS) {
        fact_number(f, "pass_kid", q.kid);
        fact_hex(f, "pass_nonce", q.nonce, PASS_NONCE_BYTES);
        fact_number(f, "pass_expires_ms", (uint64_t)q.expires_ms);
        fact_hex(f, "pass_tag", q.tag, PASS_TAG_BYTES);
    } else {
        fact_text(f, "puzzle", "none");
    }
}

static int puzzle_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct puzzle q;
    struct puzzle_nonce nonce;
    if (puzzle_decode(&q, p, n) != LETHE_OK || puzzle_nonce_decode(&nonce, q.nonce) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_hex(f, "nonce", q.echo, NONCE_BYTES);
    nonce_facts(f, q.nonce, &nonce);
    fact_hex(f, "hash", q.hash, PUZZLE_ANSWER_BYTES);
    fact_hex(f, "hint", q.hint, PUZZLE_ANSWER_BYTES);
    return LETHE_OK;
}

static int hello_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct hello h;
    if (hello_decode(&h, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "version", p[1]);
    fact_hex(f, "ltid", h.ltid, HELLO_ID_BYTES);
    fact_hex(f, "stid", h.stid, HELLO_ID_BYTES);
    fact_number(f, "minute", h.minute);
    fact_hex(f, "nonce", h.nonce, NONCE_BYTES);
    fact_hex(f, "client", h.client, HELLO_CLIENT_BYTES);
    field_facts(f, h.puzzle);
    fact_hex(f, "ct", h.ct, HELLO_CT_BYTES);
    fact_hex(f, "mac", h.mac, HELLO_MAC_BYTES);
    fact_size(f, "box", HELLO_BOX_BYTES);
    return LETHE_OK;
}

static int accept_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct accept a;
    if (accept_decode(&a, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "kid", a.kid);
    fact_hex(f, "M", a.m, EXCHANGE_ID_BYTES);
    fact_hex(f, "server", a.server, ACCEPT_SERVER_BYTES);
    fact_size(f, "box", ACCEPT_BOX_BYTES);
    return LETHE_OK;
}

static int leg_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct leg l;
    if (leg_decode(&l, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "kid", l.kid);
    fact_number(f, "leg", l.leg);
    fact_hex(f, "M", l.m, EXCHANGE_ID_BYTES);
    fact_size(f, "box", LEG_BOX_BYTES);
    return LETHE_OK;
}

static int legged_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct legged l;
    if (legged_decode(&l, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_hex(f, "nonce", l.nonce, NONCE_BYTES);
    fact_size(f, "box", LEGGED_BOX_BYTES);
    return LETHE_OK;
}

static int block_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct block b;
    if (block_decode(&b, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "kid", b.kid);
    fact_number(f, "position", b.position);
    fact_hex(f, "M", b.m, EXCHANGE_ID_BYTES);
    fact_size(f, "box", BLOCK_BOX_BYTES);
    return LETHE_OK;
}

static int blocked_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct blocked b;
    if (blocked_decode(&b, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "position", b.position);
    fact_hex(f, "nonce", b.nonce, NONCE_BYTES);
    fact_size(f, "box", BLOCKED_BOX_BYTES);
    return LETHE_OK;
}

static int finish_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct finish finish;
    if (finish_decode(&finish, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "kid", finish.kid);
    fact_hex(f, "M", finish.m, EXCHANGE_ID_BYTES);
    fact_size(f, "box", FINISH_BOX_BYTES);
    return LETHE_OK;
}

static int finished_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct finished finished;
    if (finished_decode(&finished, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_hex(f, "nonce", finished.nonce, NONCE_BYTES);
    fact_size(f, "box", FINISHED_BOX_BYTES);
    return LETHE_OK;
}

/* Their legs, and the cookie keys that seal them: a share is in the clear but for its box. */
static void share_facts(struct facts *f, const struct request *q)
{
    static const char *const legs[REQUEST_SHARES_MAX] = {"share_1_leg", "share_2_leg"};
    static const char *const kids[REQUEST_SHARES_MAX] = {"share_1_kid", "share_2_kid"};
    fact_number(f, "shares", q->share_count);
    for (int i = 0; i < REQUEST_SHARES_MAX && i < q->share_count; i++) {
        fact_number(f, legs[i], q->shares[i].leg);
        fact_number(f, kids[i], q->shares[i].share[0]);
    }
}

static int request_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct request q;
    if (request_decode(&q, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "continuation_kid", q.continuation[0]);
    fact_hex(f, "continuation_nonce", q.continuation + 1, NONCE_BYTES);
    fact_size(f, "continuation_box", CONTINUATION_BYTES - 1 - NONCE_BYTES);
    fact_hex(f, "nonce", q.nonce, NONCE_BYTES);
    share_facts(f, &q);
    fact_size(f, "box", q.box_len);
    return LETHE_OK;
}

static int data_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct data d;
    if (data_decode(&d, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "generation", d.generation);
    fact_number(f, "index", d.index);
    fact_hex(f, "prefix", d.prefix, DATA_PREFIX_BYTES);
    fact_size(f, "box", d.box_len);
    return LETHE_OK;
}

static int lookup_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct lookup l;
    if (lookup_decode(&l, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "version", p[1]);
    fact_hex(f, "ltid", l.ltid, LOOKUP_ID_BYTES);
    fact_number(f, "index", l.index);
    fact_hex(f, "mac", l.mac, LOOKUP_MAC_BYTES);
    return LETHE_OK;
}

static int found_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct found found;
    if (found_decode(&found, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_hex(f, "ltid", found.ltid, LOOKUP_ID_BYTES);
    fact_number(f, "index", found.index);
    fact_size(f, "found", found.len);
    return LETHE_OK;
}

static int resume_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct resume q;
    if (resume_decode(&q, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "version", p[1]);
    fact_number(f, "parked_kid", q.parked[0]);
    fact_hex(f, "parked_nonce", q.parked + 1, NONCE_BYTES);
    fact_size(f, "parked_box", PARKED_BYTES - 1 - NONCE_BYTES);
    fact_hex(f, "client", q.client, RESUME_DH_BYTES);
    fact_hex(f, "nonce", q.nonce, NONCE_BYTES);
    fact_size(f, "box", RESUME_BOX_BYTES);
    return LETHE_OK;
}

static int resumed_facts(struct facts *f, const uint8_t *p, size_t n)
{
    struct resumed_answer a;
    if (resumed_decode(&a, p, n) != LETHE_OK)
        return LETHE_ERR_FORMAT;
    fact_number(f, "kid", a.kid);
    fact_hex(f, "M", a.m, EXCHANGE_ID_BYTES);
    fact_hex(f, "server", a.server, RESUME_DH_BYTES);
    fact_size(f, "box", RESUMED_BOX_BYTES);
    return LETHE_OK;
}

static const struct {
    const char *name;
    int (*facts)(struct facts *f, const uint8_t *p, size_t n);
} kinds[KIND_END] = {
    [KIND_HELLO] = {"HELLO", hello_facts},
    [KIND_ACCEPT] = {"ACCEPT", accept_facts},
    [KIND_LEG] = {"LEG", leg_facts},
    [KIND_LEGGED] = {"LEGGED", legged_facts},
    [KIND_BLOCK] = {"BLOCK", block_facts},
    [KIND_BLOCKED] = {"BLOCKED", blocked_facts},
    [KIND_FINISH] = {"FINISH", finish_facts},
    [KIND_FINISHED] = {"FINISHED", finished_facts},
    [KIND_REQUEST] = {"REQUEST", request_facts},
    [KIND_DATA] = {"DATA", data_facts},
    [KIND_DATA_AES] = {"DATA_AES", data_facts},
    [KIND_RESUME] = {"RESUME", resume_facts},
    [KIND_RESUMED] = {"RESUMED", resumed_facts},
    [KIND_PUZZLE] = {"PUZZLE", puzzle_facts},
    [KIND_LOOKUP] = {"LOOKUP", lookup_facts},
    [KIND_FOUND] = {"FOUND", found_facts},
};

const char *packet_kind_name(uint8_t kind)
{
    return kind < KIND_END && kinds[kind].name ? kinds[kind].name : "unknown";
}

int packet_facts(struct facts *f, const uint8_t *p, size_t n)
{
    if (n == 0 || p[0] >= KIND_END || !kinds[p[0]].facts)
        return LETHE_ERR_FORMAT;
    return kinds[p[0]].facts(f, p, n);
}

static bool is_packet(const uint8_t *p, size_t n)
{
    struct facts none = {.count = 0};
    return packet_facts(&none, p, n) == LETHE_OK;
}

static bool is_variable(uint8_t kind)
{
    return kind == KIND_REQUEST || kind == KIND_DATA || kind == KIND_DATA_AES;
}

/* Packets of one answer share a prefix and are numbered from 0, though some may be lost on the way;
 * a client's requests in a row share the continuation. */
static bool is_of_one_row(const uint8_t *p, const uint8_t *next)
{
    if (p[0] == KIND_REQUEST)
        return memcmp(p + 1, next + 1, CONTINUATION_BYTES) == 0;
    const uint8_t *prefix = p + DATA_HEADER_BYTES - DATA_PREFIX_BYTES;
    bool same = memcmp(prefix, next + (prefix - p), DATA_PREFIX_BYTES) == 0;
    return p[1] == next[1] && (same ? next[2] > p[2] : next[2] == 0);
}

/* Whether a datagram may come after another of a message. Only where the kind does not fix the
 * length does it take more evidence than that both decode: what might be one packet, `single`, is
 * taken for more only when its second is of the same kind. */
static bool may_follow(const uint8_t *p, const uint8_t *next, bool single)
{
    if (!is_variable(p[0]) || !is_variable(next[0]))
        return !single;
    return p[0] == next[0] && is_of_one_row(p, next); /* else one is the client's, one not */
}

static bool is_row(const uint8_t *p, size_t n, size_t segment)
{
    bool single = n <= PACKET_MAX && is_variable(p[0]);
    if (!is_packet(p, segment))
        return false;
    for (size_t at = segment; at < n; at += segment) {
        size_t len = n - at < segment ? n - at : segment;
        if (!is_packet(p + at, len) || !may_follow(p + at - segment, p + at, single))
            return false;
        single = false;
    }
    return true;
}

size_t packet_segment(const uint8_t *p, size_t n)
{
    for (size_t segment = BLOCKED_BYTES; segment < n && segment <= PACKET_MAX; segment++)
        if (is_row(p, n, segment))
            return segment;
    return n;
}
