/*
 * The controller: what was spent in a step, against two bounds, moves the level by one.
 */
#include "admit/control.h"

#include <string.h>

#define MEAN_OF 16 /* how much the mean remembers */

void control_init(struct control *c, int64_t now_ms, unsigned patience)
{
    memset(c, 0, sizeof *c);
    c->patience = patience;
    c->step = now_ms / CONTROL_STEP_MS;
}

static uint64_t percent_of_step(uint64_t ns)
{
    return ns / (CONTROL_STEP_MS * 1000000ull / 100);
}

static void move(struct control *c)
{
    const uint64_t load = percent_of_step(c->spent_ns);
    const uint64_t demand = percent_of_step(c->spent_ns + c->asked * c->mean_ns);
    c->calm = load < CONTROL_LOW ? c->calm + 1 : 0;
    if (load >= CONTROL_HIGH && c->level < CONTROL_LEVELS) {
        c->level++;
    } else if (c->level > 0 && (demand < CONTROL_LOW || (c->level > 1 && c->calm >= c->patience))) {
        c->level--;
        c->calm = 0;
    }
    c->spent_ns = c->asked = 0;
}

void control_turn(struct control *c, int64_t now_ms)
{
    const int64_t step = now_ms / CONTROL_STEP_MS;
    if (step > c->step + CONTROL_LEVELS + 1)
        c->step = step - CONTROL_LEVELS - 1; /* enough to come to rest: more is no quieter */
    for (; c->step < step; c->step++)
        move(c);
}

void control_spent(struct control *c, uint64_t ns)
{
    c->spent_ns += ns;
    c->mean_ns = c->mean_ns ? (c->mean_ns * (MEAN_OF - 1) + ns) / MEAN_OF : ns;
}

void control_asked(struct control *c)
{
    c->asked++;
}

int control_bits(const struct control *c)
{
    return c->level < 2 ? c->level - 1 : CONTROL_BITS_FIRST + c->level - 2;
}
