/*
 * The sketch: rows of cells, each brought up to date when it is looked at.
 */
#include "admit/sketch.h"
#include "base/bytes.h"

_Static_assert(SKETCH_ROWS * 16 <= 64 && SKETCH_CELLS <= 65536, "one hash names a cell a row");

void sketch_init(struct sketch *s, const uint8_t key[SKETCH_KEY_BYTES])
{
    memset(s, 0, sizeof *s);
    memcpy(s->key, key, SKETCH_KEY_BYTES);
}

struct sketch_network sketch_find(const struct sketch *s, const uint8_t address[ADDRESS_BYTES])
{
    struct sketch_network n;
    uint64_t hash = short_hash(s->key, address, address_network_bytes(address));
    for (int row = 0; row < SKETCH_ROWS; row++)
        n.cell[row] = (uint16_t)(hash >> 16 * row) % SKETCH_CELLS;
    return n;
}

/* 256 * 2^(-i/8): what is left after i steps. */
static const uint16_t left[SKETCH_STEPS] = {256, 235, 215, 197, 181, 166, 152, 140};

static struct sketch_cell *fresh(struct sketch_cell *c, int64_t now_ms)
{
    const uint32_t step = (uint32_t)(now_ms / (SKETCH_HALF_MS / SKETCH_STEPS));
    const uint32_t passed = step - c->step, halvings = passed / SKETCH_STEPS;
    if (passed == 0)
        return c;
    for (int i = 0; i < SKETCH_COUNTS; i++) {
        const uint64_t us = (uint64_t)c->us[i] * left[passed % SKETCH_STEPS] / 256;
        c->us[i] = halvings < 32 ? (uint32_t)us >> halvings : 0;
    }
    c->step = step;
    return c;
}

static void add(struct sketch_cell *c, enum sketch_count which, uint32_t us, int64_t now_ms)
{
    uint32_t *count = &fresh(c, now_ms)->us[which];
    *count = us < UINT32_MAX - *count ? *count + us : UINT32_MAX;
}

uint32_t sketch_read(struct sketch *s, const struct sketch_network *n, enum sketch_count which,
                     int64_t now_ms)
{
    uint32_t least = UINT32_MAX;
    for (int row = 0; row < SKETCH_ROWS; row++) {
        const uint32_t us = fresh(&s->cells[row][n->cell[row]], now_ms)->us[which];
        least = us < least ? us : least;
    }
    return least;
}

uint32_t sketch_total(struct sketch *s, enum sketch_count which, int64_t now_ms)
{
    return fresh(&s->total, now_ms)->us[which];
}

void sketch_add_total(struct sketch *s, enum sketch_count which, uint32_t us, int64_t now_ms)
{
    add(&s->total, which, us, now_ms);
}

void sketch_add(struct sketch *s, const struct sketch_network *n, enum sketch_count which,
                uint32_t us, int64_t now_ms)
{
    sketch_add_total(s, which, us, now_ms);
    for (int row = 0; row < SKETCH_ROWS; row++)
        add(&s->cells[row][n->cell[row]], which, us, now_ms);
}
