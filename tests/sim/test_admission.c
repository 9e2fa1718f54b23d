/*
 * Floods of HELLOs at four times what a server can open, each for a second, with an honest client
 * beside it: it finishes, the counters tell which flood it was, memory stays as it is, and
 * difficulty comes back to rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admit/puzzle.h"
#include "lethe/error.h"
#include "sim/allocations.h"
#include "sim/world.h"

#define FLOOD_MS  1000
#define PER_MS    27 /* four times 1 ms / HELLO_NS */
#define HONEST_MS 300
#define SOLVABLE  12 /* bits that this attacker works for */
#define SIZE      20000

struct flood {
    struct world *world;
    struct server *server;
    struct counters *counters;
    void (*send)(struct flood *f, uint64_t number);
    uint64_t sent;
    int64_t until_ns;
    struct kex_client kex;         /* somebody's, */
    uint8_t hello[DATAGRAM_BYTES]; /* his HELLO, and with a solution */
    uint8_t solved[DATAGRAM_BYTES];
    unsigned hardest; /* bits that the attacker was asked for */
    bool asked;
    struct puzzle puzzle; /* in out, the last answer */
    uint8_t out[BURST_BYTES];
};

static void answer_mac(uint8_t p[DATAGRAM_BYTES])
{
    schedule_hello_mac(p + HELLO_MAC_AT, world_party()->public.fingerprint, p);
}

/* To the server in the name of an address; true: it came back with a PUZZLE. */
static bool knock(struct flood *f, const uint8_t address[ADDRESS_BYTES],
                  const uint8_t p[DATAGRAM_BYTES])
{
    struct burst burst = {.at = f->out, .room = sizeof f->out};
    sim_in_core++;
    size_t n = server_packet(f->server, cluster_wall_ms(&f->world->cluster), address, p,
                             DATAGRAM_BYTES, &burst);
    server_batch_end(f->server);
    sim_in_core--;
    f->sent++;
    expect(f->world, n <= 1 && burst.used <= DATAGRAM_BYTES);
    f->asked = n && puzzle_decode(&f->puzzle, f->out, burst.used) == LETHE_OK;
    if (f->asked && f->puzzle.bits > f->hardest)
        f->hardest = f->puzzle.bits;
    return f->asked;
}

/* The HELLO with the solution of the last PUZZLE; false: too hard for this attacker. */
static bool solve(struct flood *f, uint8_t p[DATAGRAM_BYTES])
{
    uint8_t z[PUZZLE_ANSWER_BYTES];
    if (!f->asked || f->puzzle.bits > SOLVABLE)
        return false;
    expect(f->world, puzzle_search(z, &f->puzzle, 0, 1, UINT64_MAX));
    const struct puzzle_field field = {
        .type = PUZZLE_FIELD_SOLUTION, .nonce = f->puzzle.nonce, .answer = z};
    puzzle_field_encode(p + HELLO_PUZZLE_AT, &field);
    answer_mac(p);
    return true;
}

/* With another ciphertext, so that only the last check finds it out. */
static void garbage(struct flood *f, uint8_t p[DATAGRAM_BYTES], uint64_t number)
{
    memcpy(p, f->hello, DATAGRAM_BYTES);
    memcpy(p + HELLO_NONCE_AT, &number, sizeof number);
    answer_mac(p);
}

static void from_one_address(struct flood *f, uint64_t number)
{
    uint8_t p[DATAGRAM_BYTES], address[ADDRESS_BYTES];
    address_make(address, 50, 1, 1000);
    garbage(f, p, number);
    knock(f, address, p);
}

/* 10,000 addresses of 40 networks, where nobody listens. */
static void from_spoofed_addresses(struct flood *f, uint64_t number)
{
    uint8_t p[DATAGRAM_BYTES], address[ADDRESS_BYTES];
    address_make(address, (uint8_t)(100 + number % 40), (uint8_t)(number / 40 % 250), 1000);
    garbage(f, p, number);
    knock(f, address, p);
}

/* Who answers what he is asked, while it is easy. */
static void from_a_real_network(struct flood *f, uint64_t number)
{
    uint8_t p[DATAGRAM_BYTES], address[ADDRESS_BYTES];
    address_make(address, 50, (uint8_t)number, (uint16_t)(1000 + number % 7));
    garbage(f, p, number);
    if (knock(f, address, p) && solve(f, p))
        knock(f, address, p);
}

/* One HELLO that was solved once, from where it came, again and again. */
static void replayed(struct flood *f, uint64_t number)
{
    uint8_t address[ADDRESS_BYTES];
    (void)number;
    address_make(address, 50, 1, 1000);
    knock(f, address, f->solved);
}

static void wrongly_solved(struct flood *f, uint64_t number)
{
    uint8_t p[DATAGRAM_BYTES], address[ADDRESS_BYTES];
    address_make(address, 50, 1, 1000);
    memcpy(p, f->solved, sizeof p);
    memcpy(p + HELLO_PUZZLE_AT + 40, &number, sizeof number);
    answer_mac(p);
    knock(f, address, p);
}

static void send_some(void *context)
{
    struct flood *f = context;
    struct sim *sim = &f->world->sim;
    for (int i = 0; i < PER_MS; i++)
        f->send(f, f->sent);
    if (sim->now_ns < f->until_ns)
        sim_at(sim, sim->now_ns + SIM_MS, send_some, f);
}

/* What the replaying and the wrong have to begin with. */
static void solve_one(struct flood *f)
{
    uint8_t address[ADDRESS_BYTES], z[PUZZLE_ANSWER_BYTES];
    address_make(address, 50, 1, 1000);
    server_expire(f->server, cluster_wall_ms(&f->world->cluster));
    f->server->admit.control.level = 1;
    expect(f->world, knock(f, address, f->hello));
    expect(f->world, kex_client_input(&f->kex, 0, f->out, PUZZLE_BYTES) == LETHE_OK);
    expect(f->world, puzzle_search(z, &f->puzzle, 0, 1, UINT64_MAX));
    kex_client_solved(&f->kex, z);
    memcpy(f->solved, f->kex.puzzle.hello, sizeof f->solved);
    expect(f->world, !knock(f, address, f->solved));
    expect(f->world, f->counters->answered[KIND_HELLO] == 1);
}

static void make_hello(struct flood *f)
{
    struct rng rng;
    uint8_t seed[RNG_SEED_BYTES];
    sim_fill(&f->world->sim, seed, sizeof seed);
    rng_seed(&rng, seed);
    expect(f->world, kex_client_init(&f->kex, &world_party()->public, LEGS_2, &rng) == LETHE_OK);
    memcpy(f->hello, f->kex.hello, sizeof f->hello);
}

static struct flood *new_flood(void (*send)(struct flood *f, uint64_t number))
{
    struct flood *f = calloc(1, sizeof *f);
    assert_non_null(f);
    const struct plan plan = {.seed = 1,
                              .needed = LEGS_2,
                              .wanted = LEGS_2,
                              .size = SIZE,
                              .up = path_of(20),
                              .down = path_of(20)};
    f->world = world_new(&plan);
    f->server = f->world->cluster.servers[0];
    f->counters = f->server->counters;
    f->send = send;
    make_hello(f);
    return f;
}

/* The flood; a client that comes when it is on; the end, and what is left 2 seconds after it. In
 * all of it no memory is taken that was not there before. */
static void run(struct flood *f)
{
    struct world *w = f->world;
    const uint64_t before = f->sent, allocations = allocations_in_core();
    f->until_ns = w->sim.now_ns + FLOOD_MS * SIM_MS;
    sim_at(&w->sim, w->sim.now_ns, send_some, f);
    world_pass(w, HONEST_MS * SIM_MS);
    expect(w, world_run(w, 3 * SIM_SEC));
    expect(w, w->client.result == LETHE_OK && w->store.size == w->resource.size);
    expect(w, memcmp(w->store.bytes, w->resource.bytes, w->resource.size) == 0);
    expect(w, w->end.done_ns < f->until_ns); /* it did not wait for the end */
    world_pass(w, f->until_ns - w->sim.now_ns + 2 * SIM_SEC);
    expect(w, f->sent - before >= FLOOD_MS * PER_MS);
    expect(w, allocations_in_core() == allocations);
    server_expire(f->server, cluster_wall_ms(&w->cluster));
    expect(w, f->counters->puzzle_level == 0);

    uint8_t address[ADDRESS_BYTES];
    const uint64_t free = f->counters->admissions[ADMIT_FREE];
    address_make(address, 50, 1, 1001);
    expect(w, !knock(f, address, f->hello));
    expect(w, f->counters->admissions[ADMIT_FREE] == free + 1);
}

static void end(struct flood *f)
{
    world_free(f->world);
    free(f);
}

/* How many HELLOs were opened, of `sent`, in per cent of what the server can open in the time. */
static uint64_t load_percent(const struct flood *f)
{
    return f->counters->hello_ns / (FLOOD_MS * 10000ull);
}

static void garbage_from_one_address(void **state)
{
    (void)state;
    struct flood *f = new_flood(from_one_address);
    run(f);
    const struct counters *c = f->counters;
    expect(f->world, c->verdicts[DROP_HELLO_BOX] + 1 >= ADMIT_SHARE_US * 1000 / HELLO_NS);
    expect(f->world, c->admissions[ADMIT_ASKED] > c->packets_in * 9 / 10);
    expect(f->world, c->admissions[ADMIT_SOLVED] <= 1);
    expect(f->world, load_percent(f) < 40); /* a share at once, and an eighth */
    expect(f->world, f->hardest == 0);
    end(f);
}

static void garbage_from_spoofed_addresses(void **state)
{
    (void)state;
    struct flood *f = new_flood(from_spoofed_addresses);
    run(f);
    const struct counters *c = f->counters;
    expect(f->world, c->admissions[ADMIT_ASKED] > c->packets_in * 8 / 10);
    expect(f->world, c->admissions[ADMIT_SOLVED] == 1); /* the client */
    expect(f->world, c->admissions[ADMIT_FREE] < 2 * CONTROL_STEP_MS * PER_MS);
    expect(f->world, load_percent(f) < 60); /* what came before the first step was over */
    expect(f->world, f->hardest <= CONTROL_BITS_FIRST);
    end(f);
}

static void a_real_network_that_answers(void **state)
{
    (void)state;
    struct flood *f = new_flood(from_a_real_network);
    run(f);
    const struct counters *c = f->counters;
    expect(f->world, c->admissions[ADMIT_SOLVED] > 500);
    expect(f->world, f->hardest > SOLVABLE); /* until it was too hard */
    expect(f->world, load_percent(f) < 100);
    expect(f->world, f->world->client.puzzle_bits <= SOLVABLE); /* for others it was not */
    end(f);
}

static void replayed_solutions(void **state)
{
    (void)state;
    struct flood *f = new_flood(replayed);
    solve_one(f);
    run(f);
    const struct counters *c = f->counters;
    expect(f->world, c->admissions[ADMIT_STRUCK] > c->packets_in * 9 / 10);
    expect(f->world, load_percent(f) < 40);
    end(f);
}

static void wrong_solutions(void **state)
{
    (void)state;
    struct flood *f = new_flood(wrongly_solved);
    solve_one(f);
    run(f);
    const struct counters *c = f->counters;
    expect(f->world, c->verdicts[DROP_PUZZLE] > c->packets_in * 9 / 10);
    expect(f->world, load_percent(f) < 40);
    end(f);
}

/* At rest a HELLO costs one round trip; a client that is asked, one more. */
static void a_puzzle_costs_a_round_trip(void **state)
{
    (void)state;
    int64_t accepted[2];
    for (int asked = 0; asked < 2; asked++) {
        struct flood *f = new_flood(NULL);
        f->server->admit.control.level = asked ? 2 : 0;
        f->server->admit.control.step = INT64_MAX / 2; /* it stays */
        expect(f->world, world_run(f->world, 5 * SIM_SEC));
        expect(f->world, f->world->client.puzzle_bits == (asked ? CONTROL_BITS_FIRST : 0));
        accepted[asked] = f->world->client.accepted_ns;
        end(f);
    }
    assert_in_range(accepted[1] - accepted[0], 39 * SIM_MS, 41 * SIM_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbage_from_one_address),
        cmocka_unit_test(garbage_from_spoofed_addresses),
        cmocka_unit_test(a_real_network_that_answers),
        cmocka_unit_test(replayed_solutions),
        cmocka_unit_test(wrong_solutions),
        cmocka_unit_test(a_puzzle_costs_a_round_trip),
    };
    return cmocka_run_group_tests(tests, allocations_begin, NULL);
}
