/*
 * Judging a puzzle's solution against a whole HELLO: how much cheaper it is to see that a client
 * has paid than to serve it. A judgement is all of admission: the sketch, the solution, its strike.
 */
#include "admit/puzzle.h"
#include "bench/local.h"
#include "bench/measure.h"
#include "lethe/error.h"

#include <stdlib.h>
#include <string.h>

#define HELLOS 32    /* in a round */
#define CHECKS 20000 /* and solutions: with w = 0, which cost as much to judge as any */

struct solved {
    uint8_t field[PUZZLE_FIELD_BYTES];
};

static double hellos_us(struct local *l, struct kex_client *c, uint8_t (*hellos)[DATAGRAM_BYTES])
{
    for (int i = 0; i < HELLOS; i++) {
        if (kex_client_init(c, &l->public, LEG_BIT(LEG_SNTRUP), &l->rng) != LETHE_OK)
            bench_fail("no HELLO");
        memcpy(hellos[i], c->hello, DATAGRAM_BYTES);
    }
    int64_t start = cpu_own_ns();
    for (int i = 0; i < HELLOS; i++)
        if (local_ask(l, hellos[i], DATAGRAM_BYTES) != 1)
            bench_fail("a HELLO was not answered");
    return (double)(cpu_own_ns() - start) / 1e3 / HELLOS;
}

static void solve(struct local *l, struct hello *h, struct solved *solved)
{
    uint8_t packet[PUZZLE_BYTES], random[PUZZLE_RANDOM_BYTES];
    const struct cookie_key *key = ring_sealing(&l->server.ring, LOCAL_MS);
    struct puzzle q;
    for (int i = 0; i < CHECKS; i++) {
        rng_fill(&l->rng, random, sizeof random);
        puzzle_set(packet, key, LOCAL_MS, 0, random, l->address, h);
        if (puzzle_decode(&q, packet, sizeof packet) != LETHE_OK)
            bench_fail("no PUZZLE");
        const struct puzzle_field f = {
            .type = PUZZLE_FIELD_SOLUTION, .nonce = q.nonce, .answer = q.hint};
        puzzle_field_encode(solved[i].field, &f);
    }
}

static double checks_us(struct local *l, const uint8_t *hello, struct solved *solved)
{
    struct server *s = &l->server;
    const struct step st = {.ring = &s->ring,
                            .filter = &s->filter,
                            .rng = &s->rng,
                            .strikes = &s->strikes,
                            .now_ms = LOCAL_MS,
                            .address = l->address};
    struct admission d;
    struct hello h;
    uint8_t out[PUZZLE_BYTES];
    int through = 0;
    if (hello_decode(&h, hello, DATAGRAM_BYTES) != LETHE_OK)
        bench_fail("no HELLO");
    solve(l, &h, solved);
    s->admit.control.level = 1;
    int64_t start = cpu_own_ns();
    for (int i = 0; i < CHECKS; i++) {
        h.puzzle = solved[i].field;
        through += admit_hello(&s->admit, &d, &st, s->steady_ms, &h, out) == ADMIT_SOLVED;
    }
    double us = (double)(cpu_own_ns() - start) / 1e3 / CHECKS;
    if (through != CHECKS)
        bench_fail("%d of %d solutions counted", through, CHECKS);
    strikes_turn(&s->strikes, s->steady_ms += STRIKES_TURN_MS);
    return us;
}

int main(int argc, char **argv)
{
    static uint8_t hellos[HELLOS][DATAGRAM_BYTES];
    struct measure m;
    struct series ratio = {0}, hello = {0}, check = {0};
    measure_begin(&m, "puzzle", 31, 1, argc, argv);
    struct local *l = local_make(&(struct lethe_service){0});
    struct kex_client *c = calloc(1, sizeof *c);
    struct solved *solved = calloc(CHECKS, sizeof *solved);
    if (!c || !solved)
        bench_fail("out of memory");
    (void)hellos_us(l, c, hellos); /* warms up */
    for (int i = 0; i < m.rounds; i++) {
        double b = i % 2 ? checks_us(l, hellos[0], solved) : 0, a = hellos_us(l, c, hellos);
        if (i % 2 == 0)
            b = checks_us(l, hellos[0], solved);
        series_add(&ratio, a / b);
        series_add(&hello, a);
        series_add(&check, b);
    }
    measure_at_least(&m, "puzzle checks / HELLOs, one core", &ratio, 100);
    measure_tell(&m, "HELLO to ACCEPT", &hello, "us");
    measure_tell(&m, "a solution judged and struck", &check, "us");
    free(solved);
    free(c);
    free(l);
    return measure_end(&m);
}
