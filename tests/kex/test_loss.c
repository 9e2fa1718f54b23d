/*
 * Whole exchanges through loss, reordering and duplication, over servers that restart, take turns
 * and turn their keys; every seal of every one of them is audited for its nonce.
 */
#include "kex/link.h"
#include "kex/test_support.h"

#include "nonce_audit.h"

static struct world_server servers[2];
static struct kex_client client;
static struct ring ring;

static int start(void **state)
{
    (void)state;
    nonce_audit_reset();
    world_ring(&ring, 1, 3);
    world_server_start(&servers[0], &ring, 1);
    world_server_start(&servers[1], &ring, 2);
    return 0;
}

/* 20 % loss and 10 % duplicates each way, and delays of 5 to 45 ms. */
static struct link bad_path(uint64_t seed)
{
    print_message("seed %llu\n", (unsigned long long)seed);
    world_seed_libraries(seed);
    world_client(&client, BOTH_LEGS, seed);
    return (struct link){.loss_percent = 20,
                         .twice_percent = 10,
                         .delay_ns = 5 * PACE_MS,
                         .jitter_ns = 40 * PACE_MS,
                         .limit_ns = 100000 * PACE_MS,
                         .rng = world_rng(seed ^ 0x70617468),
                         .servers = servers};
}

static void completes(struct link *l)
{
    assert_true(link_run(l, &client));
    assert_true(share_matches(&client, &servers[0].ring, WORLD_MS, LEG_SNTRUP));
    assert_true(share_matches(&client, &servers[0].ring, WORLD_MS, LEG_MCELIECE));
    assert_true(l->verdicts[ANSWERED] == l->served);
    const struct nonce_audit a = nonce_audit_result();
    print_message("%llu up, %llu down, %lld ms; %zu seals, %zu repeated\n",
                  (unsigned long long)l->up, (unsigned long long)l->down,
                  (long long)(l->end_ns / PACE_MS), a.seals, a.repeats);
    assert_true(l->up < 3 * 887);
    assert_true(a.seals >= 2 * 887);
    assert_int_equal(a.violations, 0);
}

static void loss_is_survived(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct link l = bad_path(seed);
        completes(&l);
    }
}

/* The server is killed every 50 packets: nothing is left of it but the ring. */
static struct world_server *restarting(struct link *l, int64_t now_ns)
{
    static uint64_t starts = 100; /* no two processes ever draw the same */
    (void)now_ns;
    if (l->served % 50 == 49)
        world_server_start(&servers[0], &ring, starts++);
    return &servers[0];
}

static void a_restart_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 12; seed++) {
        struct link l = bad_path(seed);
        l.pick = restarting;
        completes(&l);
    }
    struct link l = {.limit_ns = 60000 * PACE_MS,
                     .delay_ns = PACE_MS,
                     .rng = world_rng(13),
                     .servers = servers,
                     .pick = restarting};
    world_client(&client, BOTH_LEGS, 13);
    completes(&l);
    assert_true(l.up == 887); /* it is not even noticed */
}

static struct world_server *either(struct link *l, int64_t now_ns)
{
    (void)now_ns;
    return &servers[rng_below(&l->rng, 2)];
}

static void any_server_takes_any_step(void **state)
{
    (void)state;
    for (uint64_t seed = 21; seed <= 22; seed++) {
        struct link l = bad_path(seed);
        l.pick = either;
        completes(&l);
    }
}

/* A new key every 100 packets: the exchange ends under the key that it began with. */
static struct world_server *rotating(struct link *l, int64_t now_ns)
{
    uint64_t epoch = 103 + l->served / 100;
    struct rng rng = world_rng(epoch);
    uint8_t key[COOKIE_KEY_BYTES];
    rng_fill(&rng, key, sizeof key);
    if (epoch < 103 + KID_COUNT) /* the eighth after it takes its place */
        for (int i = 0; i < 2; i++)
            ring_put(&servers[i].ring, epoch, WORLD_MS - RING_SETTLE_MS, key);
    return either(l, now_ns);
}

static void rotation_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 31; seed <= 32; seed++) {
        start(NULL);
        struct link l = bad_path(seed);
        l.pick = rotating;
        completes(&l);
        assert_int_equal(client.kid, 103 % KID_COUNT);
        assert_true(ring_sealing(&servers[0].ring, WORLD_MS)->epoch == 103 + KID_COUNT - 1);
    }
}

/* The ring is lost in the middle: every packet is dropped under one name, and no share is made. */
static struct world_server *losing_the_ring(struct link *l, int64_t now_ns)
{
    (void)now_ns;
    if (l->served == 400) {
        ring_wipe(&servers[0].ring);
        ring_init(&servers[0].ring, RING_PERIOD_MS);
    }
    return &servers[0];
}

static void a_dead_key_ends_the_exchange(void **state)
{
    (void)state;
    struct link l = bad_path(41);
    l.pick = losing_the_ring;
    l.limit_ns = 20000 * PACE_MS;
    assert_false(link_run(&l, &client));
    assert_true(l.verdicts[ANSWERED] == 400);
    assert_true(l.verdicts[DROP_KID] == l.served - 400);
    assert_true(l.served > 400);
    assert_false(client.yields[LEG_MCELIECE].ready);
}

/* An exchange is recorded and played back, whole and in another order, to both servers. */
static uint8_t taken[2000][DATAGRAM_BYTES];
static size_t taken_len[2000], taken_count;

static void replay(struct rng *rng, size_t times)
{
    uint64_t answered = 0, metered = 0;
    for (size_t i = 0; i < times; i++) {
        uint8_t out[DATAGRAM_BYTES];
        size_t n, k = (size_t)rng_below(rng, taken_count);
        enum verdict v = world_serve(&servers[rng_below(rng, 2)], WORLD_MS + 2000, taken[k],
                                     taken_len[k], out, &n);
        assert_true(v == ANSWERED || v == DROP_METER);
        answered += v == ANSWERED;
        metered += v == DROP_METER;
    }
    print_message("replayed %llu answered, %llu metered\n", (unsigned long long)answered,
                  (unsigned long long)metered);
}

static void replays_reuse_no_nonce(void **state)
{
    (void)state;
    struct rng rng = world_rng(51);
    world_client(&client, BOTH_LEGS, 51);
    taken_count = 0;
    int64_t now = 1;
    while (!kex_client_done(&client)) {
        uint8_t out[DATAGRAM_BYTES];
        size_t n;
        while ((taken_len[taken_count] = kex_client_output(&client, now, taken[taken_count])) > 0) {
            assert_int_equal(world_serve(&servers[0], WORLD_MS, taken[taken_count],
                                         taken_len[taken_count], out, &n),
                             ANSWERED);
            taken_count++;
            now += PACE_MS;
            assert_int_equal(kex_client_input(&client, now, out, n), LETHE_OK);
        }
        now = kex_client_next_ns(&client) > now ? kex_client_next_ns(&client) : now;
    }
    assert_int_equal(taken_count, 887);
    replay(&rng, 2000);
    assert_int_equal(nonce_audit_result().violations, 0);
    assert_true(nonce_audit_result().seals > 3000);
}

/* The audit itself: it sees what it is for. */
static void the_audit_audits(void **state)
{
    (void)state;
    uint8_t key[32] = {1}, nonce[24] = {2}, m[4] = {3}, ad[3] = {4}, c[4 + 16];
    aead_seal(c, m, sizeof m, ad, sizeof ad, nonce, key);
    aead_seal(c, m, sizeof m, ad, sizeof ad, nonce, key);
    assert_int_equal(nonce_audit_result().seals, 2);
    assert_int_equal(nonce_audit_result().repeats, 1);
    nonce[23] ^= 1;
    aead_seal(c, m, 3, ad, sizeof ad, nonce, key);
    key[31] ^= 1;
    memcpy(c, m, sizeof m);
    aead_seal(c, c, sizeof m, ad, sizeof ad, nonce, key); /* in place */
    assert_int_equal(nonce_audit_result().violations, 0);
    uint8_t *const inputs[] = {m, ad};
    for (size_t i = 0; i < 2; i++) {
        inputs[i][0] ^= 1;
        aead_seal(c, m, sizeof m, ad, sizeof ad, nonce, key);
        assert_int_equal(nonce_audit_result().violations, 1 + i);
        inputs[i][0] ^= 1;
    }
    aead_seal(c, m, sizeof m - 1, ad, sizeof ad, nonce, key); /* a prefix is another plaintext */
    assert_int_equal(nonce_audit_result().violations, 3);
    nonce_audit_reset();
    assert_int_equal(nonce_audit_result().seals, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_audit_audits, start),
        cmocka_unit_test_setup(loss_is_survived, start),
        cmocka_unit_test_setup(a_restart_loses_nothing, start),
        cmocka_unit_test_setup(any_server_takes_any_step, start),
        cmocka_unit_test_setup(rotation_loses_nothing, start),
        cmocka_unit_test_setup(a_dead_key_ends_the_exchange, start),
        cmocka_unit_test_setup(replays_reuse_no_nonce, start),
    };
    return cmocka_run_group_tests(tests, make_world, NULL);
}
