/*
 * The client of LOOKUP: root, middle nodes, pieces, each as soon as it can be checked.
 */
#include "client/finder.h"
#include "base/bytes.h"
#include "kex/lookup.h"
#include "lethe/error.h"

enum { WANTED, ASKED, LOST, HERE };

void finder_init(struct finder *f, const struct finder_options *options, int64_t now_ns)
{
    memset(f, 0, sizeof *f);
    f->options = *options;
    schedule_ltid(f->ltid, options->fingerprint);
    f->start_ns = f->heard_ns = now_ns;
    pace_init(&f->pace);
}

static uint16_t end_of(const struct finder *f)
{
    return f->options.keys ? LOOKUP_END : 1;
}

/* The index of what an item's hash stands in; the root's stands in the fingerprint. */
static uint16_t above(uint16_t item)
{
    if (item < LOOKUP_PIECE)
        return LOOKUP_ROOT;
    return (uint16_t)(LOOKUP_MIDDLE + (item - LOOKUP_PIECE) / TREE_FAN);
}

static bool is_due(const struct finder *f, uint16_t item)
{
    return (f->state[item] == WANTED || f->state[item] == LOST) &&
           (item == LOOKUP_ROOT || f->state[above(item)] == HERE);
}

static bool is_right(const struct finder *f, uint16_t item, const uint8_t *p, size_t n)
{
    uint8_t hash[HASH_BYTES];
    const uint8_t *expected = f->options.fingerprint;
    if (!f->options.keys)
        return f->options.is_genuine(f->options.context, p);
    if (item == LOOKUP_ROOT) {
        tree_name(hash, p);
    } else if (item < LOOKUP_PIECE) {
        const unsigned m = item - LOOKUP_MIDDLE;
        expected = f->tree.root + (size_t)m * HASH_BYTES;
        tree_middle_hash(hash, m, p);
    } else {
        const unsigned i = item - LOOKUP_PIECE;
        expected = f->tree.middle[i / TREE_FAN] + (size_t)(i % TREE_FAN) * HASH_BYTES;
        tree_piece_hash(hash, i, p, n);
    }
    return memcmp(hash, expected, HASH_BYTES) == 0;
}

static void keep(struct finder *f, uint16_t item, const uint8_t *p, size_t n)
{
    if (!f->options.keys)
        return; /* is_genuine has it */
    if (item == LOOKUP_ROOT) {
        memcpy(f->tree.root, p, n);
    } else if (item < LOOKUP_PIECE) {
        memcpy(f->tree.middle[item - LOOKUP_MIDDLE], p, n);
    } else {
        memcpy(f->options.keys + (size_t)(item - LOOKUP_PIECE) * LOOKUP_PIECE_BYTES, p, n);
        f->pieces_done++;
    }
}

/* The parts fit; that they are the whole is seen by looking at the whole. */
static void conclude(struct finder *f)
{
    uint8_t name[FINGERPRINT_BYTES];
    f->done = true;
    if (!f->options.keys)
        return;
    lookup_fingerprint(name, f->options.keys);
    if (memcmp(name, f->options.fingerprint, sizeof name) != 0)
        f->result = LETHE_ERR_CRYPTO;
}

static void take(struct finder *f, int64_t now_ns, uint16_t item, const struct found *found)
{
    keep(f, item, found->bytes, found->len);
    (void)pace_answered(&f->pace, f->number[item], now_ns);
    f->state[item] = HERE;
    f->heard_ns = now_ns;
    if (item < LOOKUP_PIECE)
        f->next = 0; /* what is below may be asked for now */
    f->packets_received++;
    if (!f->options.keys || f->pieces_done == LOOKUP_PIECES)
        conclude(f);
}

/* Anyone may say that there is none, so one such answer alone is not believed. */
static void note_none(struct finder *f, int64_t now_ns, uint16_t item)
{
    if (f->state[item] != ASKED || !pace_answered(&f->pace, f->number[item], now_ns))
        return;
    f->state[item] = LOST;
    f->next = 0;
    if (++f->none == FINDER_NONE_MOST)
        f->result = LETHE_ERR_NOT_FOUND;
}

void finder_input(struct finder *f, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct found found;
    if (finder_done(f) || found_decode(&found, p, n) != LETHE_OK ||
        memcmp(found.ltid, f->ltid, LOOKUP_ID_BYTES) != 0 ||
        (found.index == LOOKUP_SHORT_TERM) != !f->options.keys)
        return;
    const uint16_t item = f->options.keys ? found.index : 0;
    if (f->state[item] == HERE || (item != LOOKUP_ROOT && f->state[above(item)] != HERE))
        return;
    if (found.len == 0)
        note_none(f, now_ns, item);
    else if (is_right(f, item, found.bytes, found.len))
        take(f, now_ns, item, &found);
    else
        f->packets_wrong++;
}

static void take_back_lost(struct finder *f)
{
    uint32_t item;
    while (pace_lost(&f->pace, &item)) {
        if (f->state[item] != ASKED)
            continue;
        f->state[item] = LOST;
        if (item < f->next)
            f->next = (uint16_t)item;
    }
}

/* The first that may be asked for; where there is none, the end. */
static uint16_t first_due(const struct finder *f)
{
    uint16_t item = f->next;
    while (item < end_of(f) && !is_due(f, item))
        item++;
    return item;
}

size_t finder_output(struct finder *f, int64_t now_ns, uint8_t out[LOOKUP_BYTES])
{
    if (!finder_done(f) && now_ns - f->heard_ns >= f->options.give_up_ns)
        f->result = LETHE_ERR_TIMEOUT;
    if (finder_done(f))
        return 0;
    pace_tick(&f->pace, now_ns);
    take_back_lost(f);
    const uint16_t item = f->next = first_due(f);
    if (item == end_of(f) || !pace_ready(&f->pace, now_ns))
        return 0;
    lookup_request(out, f->options.fingerprint, f->options.keys ? item : LOOKUP_SHORT_TERM);
    f->number[item] = pace_sent(&f->pace, item, f->state[item] == LOST, now_ns);
    f->state[item] = ASKED;
    f->packets_sent++;
    return LOOKUP_BYTES;
}

int64_t finder_next_ns(const struct finder *f)
{
    const int64_t next = pace_next_ns(&f->pace, first_due(f) < end_of(f));
    const int64_t end = f->heard_ns + f->options.give_up_ns;
    return next < end ? next : end;
}

bool finder_done(const struct finder *f)
{
    return f->done || f->result != LETHE_OK;
}
