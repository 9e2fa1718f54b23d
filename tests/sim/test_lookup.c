/*
 * An identity is fetched by its fingerprint alone over a path that loses, repeats, holds back and
 * changes packets, from a server that a box on the way plays: it comes whole and right, or not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "client/finder.h"
#include "kex/lookup.h"
#include "lethe/error.h"
#include "sim/fixture.h"
#include "sim/link.h"

static uint8_t keys[LOOKUP_IDENTITY_BYTES], other_keys[LOOKUP_IDENTITY_BYTES];
static uint8_t got[LOOKUP_IDENTITY_BYTES], signed_key[LOOKUP_SHORT_TERM_BYTES];
static struct tree trees[2];
static struct shelf shelf, other_shelf; /* of the other identity alone */

struct scene {
    struct sim sim;
    struct finder finder;
    struct node client, server;
    struct way up, down;
    uint64_t wake, answered;
    bool has_short_term;
    /* What a box beside the server makes of an answer; false: nothing is left of it. */
    bool (*box)(struct scene *s, struct packet *answer);
    uint8_t kept[FOUND_MAX_BYTES]; /* by the box */
};

static int make_identities(void **state)
{
    (void)state;
    struct rng rng;
    const uint8_t seed[RNG_SEED_BYTES] = {7};
    rng_seed(&rng, seed);
    rng_fill(&rng, keys, sizeof keys);
    rng_fill(&rng, other_keys, sizeof other_keys);
    rng_fill(&rng, signed_key, sizeof signed_key);
    shelf_add(&shelf, keys, &trees[0]);
    shelf_add(&other_shelf, other_keys, &trees[1]);
    return 0;
}

static void serve(struct node *self, const struct packet *p)
{
    struct scene *s = (struct scene *)(void *)((char *)self - offsetof(struct scene, server));
    struct packet answer;
    memcpy(answer.from, p->to, ADDRESS_BYTES);
    memcpy(answer.to, p->from, ADDRESS_BYTES);
    const uint8_t *short_term = s->has_short_term ? signed_key : NULL;
    if (kex_lookup(&shelf, short_term, p->bytes, p->n, answer.bytes, &answer.n) != ANSWERED)
        return;
    s->answered++;
    sim_expect(&s->sim, answer.n <= p->n);
    if (!s->box || s->box(s, &answer))
        self->next->take(self->next, &answer);
}

struct timer {
    struct scene *scene;
    uint64_t wake;
};

static void wake(void *context);

static void run_client(struct scene *s)
{
    struct packet p = {.n = 0};
    unsigned count = 0;
    while ((p.n = finder_output(&s->finder, s->sim.now_ns, p.bytes)) > 0) {
        sim_expect(&s->sim, ++count < 2 * PACE_WINDOW);
        s->client.next->take(s->client.next, &p);
    }
    if (finder_done(&s->finder))
        return;
    const struct timer t = {.scene = s, .wake = ++s->wake};
    const int64_t next = finder_next_ns(&s->finder);
    sim_at_with(&s->sim, next > s->sim.now_ns ? next : s->sim.now_ns + 1000, wake, &t, sizeof t);
}

static void wake(void *context)
{
    const struct timer *t = context;
    if (t->wake == t->scene->wake)
        run_client(t->scene);
}

static void take(struct node *self, const struct packet *p)
{
    struct scene *s = (struct scene *)(void *)((char *)self - offsetof(struct scene, client));
    finder_input(&s->finder, s->sim.now_ns, p->bytes, p->n);
    run_client(s);
}

static bool is_genuine(void *context, const uint8_t *bytes)
{
    (void)context;
    return memcmp(bytes, signed_key, sizeof signed_key) == 0;
}

static struct scene *scene_new(uint64_t seed, const struct path_plan *path, bool identity)
{
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    struct finder_options options = {
        .keys = identity ? got : NULL, .is_genuine = is_genuine, .give_up_ns = 20 * SIM_SEC};
    memcpy(options.fingerprint, shelf.entries[0].fingerprint, FINGERPRINT_BYTES);
    memset(got, 0, sizeof got);
    sim_init(&s->sim, seed);
    finder_init(&s->finder, &options, s->sim.now_ns);
    s->client = (struct node){.take = take, .sim = &s->sim};
    s->server = (struct node){.take = serve, .sim = &s->sim};
    way_init(&s->up, &s->sim, path, &s->server);
    way_init(&s->down, &s->sim, path, &s->client);
    s->client.next = way_entry(&s->up);
    s->server.next = way_entry(&s->down);
    return s;
}

static int run(struct scene *s, int64_t for_ns)
{
    const int64_t end = s->sim.now_ns + for_ns;
    run_client(s);
    while (!finder_done(&s->finder) && s->sim.now_ns < end && sim_step(&s->sim))
        ;
    sim_expect(&s->sim, finder_done(&s->finder));
    return s->finder.result;
}

static void scene_free(struct scene *s)
{
    sim_free(&s->sim);
    way_free(&s->up);
    way_free(&s->down);
    free(s);
}

static void expect_whole(struct scene *s)
{
    sim_expect(&s->sim, s->finder.result == LETHE_OK);
    sim_expect(&s->sim, memcmp(got, keys, sizeof keys) == 0);
}

static void without_loss_each_part_is_asked_for_once(void **state)
{
    (void)state;
    const struct path_plan path = {.delay_ns = 25 * SIM_MS, .mtu = DATAGRAM_BYTES};
    struct scene *s = scene_new(1, &path, true);
    assert_int_equal(run(s, 20 * SIM_SEC), LETHE_OK);
    expect_whole(s);
    sim_expect(&s->sim, s->finder.packets_sent == LOOKUP_END && s->finder.packets_wrong == 0);
    const int64_t taken = s->sim.now_ns - s->finder.start_ns;
    print_message("an identity at 50 ms: %.3f s\n", (double)taken / 1e9);
    sim_expect(&s->sim, taken < 10 * 50 * SIM_MS); /* ten round trips */
    scene_free(s);
}

/* On a path that loses of itself, without a queue, each way. */
static void loss_costs_so_many_round_trips(void **state)
{
    (void)state;
    static const struct {
        uint32_t loss, round_trips;
    } bounds[] = {{50, 140}, {200, 280}};
    struct seeds seeds = sim_seeds(4);
    for (size_t b = 0; b < 2; b++)
        for (uint64_t i = 0; i < seeds.count; i++) {
            const struct path_plan path = {
                .delay_ns = 25 * SIM_MS, .mtu = DATAGRAM_BYTES, .loss = bounds[b].loss};
            struct scene *s = scene_new(seeds.first + i, &path, true);
            run(s, 200 * SIM_SEC);
            expect_whole(s);
            const int64_t taken = s->sim.now_ns - s->finder.start_ns;
            print_message("an identity at 50 ms and %u per mille: %.3f s\n", bounds[b].loss,
                          (double)taken / 1e9);
            sim_expect(&s->sim, taken < bounds[b].round_trips * 50 * SIM_MS);
            scene_free(s);
        }
}

/* Where a queue fills it is another matter: what is lost there is little. */
static void a_full_queue_is_no_lossy_path(void **state)
{
    (void)state;
    const struct path_plan path = {.delay_ns = 10 * SIM_MS,
                                   .bits_s = 1000000,
                                   .queue_bytes = 4 * DATAGRAM_BYTES,
                                   .mtu = DATAGRAM_BYTES};
    struct scene *s = scene_new(1, &path, true);
    run(s, 60 * SIM_SEC);
    expect_whole(s);
    const int64_t taken = s->sim.now_ns - s->finder.start_ns;
    print_message("an identity at 1 Mbit/s: %.3f s, %llu packets\n", (double)taken / 1e9,
                  (unsigned long long)s->finder.packets_sent);
    sim_expect(&s->sim, s->finder.packets_sent < LOOKUP_END * 115 / 100);
    scene_free(s);
}

static void it_comes_over_a_bad_path(void **state)
{
    (void)state;
    struct seeds seeds = sim_seeds(4);
    for (uint64_t i = 0; i < seeds.count; i++) {
        const struct path_plan path = {.delay_ns = 10 * SIM_MS,
                                       .jitter_ns = 3 * SIM_MS,
                                       .hold_ns = 15 * SIM_MS,
                                       .mtu = DATAGRAM_BYTES,
                                       .loss = 200,
                                       .reorder = 100,
                                       .duplicate = 100,
                                       .corrupt = 50};
        struct scene *s = scene_new(seeds.first + i, &path, true);
        run(s, 200 * SIM_SEC);
        expect_whole(s);
        sim_expect(&s->sim, s->down.corrupt.flipped > 10 && s->finder.packets_wrong > 0);
        scene_free(s);
    }
}

/* Changes three of four, in ways that are harder to see than a bit. */
static bool tamper(struct scene *s, struct packet *answer)
{
    struct found f;
    const uint64_t how = sim_below(&s->sim, 4);
    assert_int_equal(found_decode(&f, answer->bytes, answer->n), LETHE_OK);
    uint8_t *bytes = answer->bytes + FOUND_HEADER_BYTES;
    if (how == 0) { /* what stands at the same place in another's identity */
        uint8_t request[LOOKUP_BYTES];
        const struct shelf_entry *e = other_shelf.entries;
        lookup_request(request, e->fingerprint, f.index);
        (void)kex_lookup(&other_shelf, NULL, request, sizeof request, answer->bytes, &answer->n);
        memcpy(answer->bytes + 1, shelf.entries[0].ltid, LOOKUP_ID_BYTES);
    } else if (how == 1 && f.len == LOOKUP_PIECE_BYTES) { /* of another place */
        uint8_t before[LOOKUP_PIECE_BYTES];
        memcpy(before, bytes, sizeof before);
        memcpy(bytes, s->kept, sizeof before);
        memcpy(s->kept, before, sizeof before);
    } else if (how == 2) { /* a node where a piece was asked for, or the other way round */
        bytes[0] ^= 1;
        answer->bytes[9] ^= 32;
    }
    return true;
}

static void a_box_that_changes_most_of_it_only_costs_time(void **state)
{
    (void)state;
    const struct path_plan path = {.delay_ns = 5 * SIM_MS, .mtu = DATAGRAM_BYTES};
    struct scene *s = scene_new(3, &path, true);
    s->box = tamper;
    assert_int_equal(run(s, 10000 * SIM_SEC), LETHE_OK);
    expect_whole(s);
    sim_expect(&s->sim, s->finder.packets_wrong > LOOKUP_END);
    scene_free(s);
}

/* The other identity, whole and consistent, under the name of this one. */
static bool impersonate(struct scene *s, struct packet *answer)
{
    struct found f;
    uint8_t request[LOOKUP_BYTES];
    (void)s;
    assert_int_equal(found_decode(&f, answer->bytes, answer->n), LETHE_OK);
    lookup_request(request, other_shelf.entries[0].fingerprint, f.index);
    (void)kex_lookup(&other_shelf, NULL, request, sizeof request, answer->bytes, &answer->n);
    memcpy(answer->bytes + 1, shelf.entries[0].ltid, LOOKUP_ID_BYTES);
    return true;
}

static void another_identity_is_never_taken(void **state)
{
    (void)state;
    const struct path_plan path = {.delay_ns = 5 * SIM_MS, .mtu = DATAGRAM_BYTES};
    struct scene *s = scene_new(4, &path, true);
    s->box = impersonate;
    assert_int_equal(run(s, 60 * SIM_SEC), LETHE_ERR_TIMEOUT);
    sim_expect(&s->sim, s->finder.packets_wrong > 5 && s->finder.packets_received == 0);
    scene_free(s);
}

static void the_short_term_key_comes_or_there_is_none(void **state)
{
    (void)state;
    const struct path_plan path = {
        .delay_ns = 5 * SIM_MS, .mtu = DATAGRAM_BYTES, .loss = 300, .corrupt = 200};
    for (int has = 0; has < 2; has++) {
        struct scene *s = scene_new(5, &path, false);
        s->has_short_term = has;
        assert_int_equal(run(s, 60 * SIM_SEC), has ? LETHE_OK : LETHE_ERR_NOT_FOUND);
        scene_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_loss_each_part_is_asked_for_once),
        cmocka_unit_test(loss_costs_so_many_round_trips),
        cmocka_unit_test(a_full_queue_is_no_lossy_path),
        cmocka_unit_test(it_comes_over_a_bad_path),
        cmocka_unit_test(a_box_that_changes_most_of_it_only_costs_time),
        cmocka_unit_test(another_identity_is_never_taken),
        cmocka_unit_test(the_short_term_key_comes_or_there_is_none),
    };
    return cmocka_run_group_tests(tests, make_identities, NULL);
}
