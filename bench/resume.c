/*
 * RESUME to RESUMED at the server against HELLO to ACCEPT, what it saves; and against its
 * X25519 and one of the base point alone. Each RESUME is of a session of its own.
 */
#include "kex/resume.h"
#include "bench/local.h"
#include "bench/measure.h"
#include "crypto/dh.h"
#include "lethe/error.h"
#include "seal/parked.h"

#include <stdlib.h>
#include <string.h>

#define PER_ROUND 32

static struct local_packet *make_resumes(struct local *l, int count)
{
    struct local_packet *resumes = calloc((size_t)count, sizeof *resumes);
    uint8_t key[COOKIE_KEY_BYTES], z[SESSION_KEY_BYTES], m[EXCHANGE_ID_BYTES], nonce[NONCE_BYTES];
    if (!resumes)
        bench_fail("out of memory");
    local_random(key, sizeof key);
    ring_put(&l->server.slow, 1, LOCAL_MS - SLOW_PERIOD_MS / 2, key);
    for (int i = 0; i < count; i++) {
        struct parked_session kept = {.legs = 3};
        struct kex_resume r;
        struct parked p;
        local_random(z, sizeof z);
        local_random(m, sizeof m);
        local_random(nonce, sizeof nonce);
        parked_of(&p, z, kept.legs, m);
        parked_seal(kept.value, &p, ring_sealing(&l->server.slow, LOCAL_MS), nonce);
        memcpy(kept.key, p.key, sizeof kept.key);
        kex_resume_init(&r, &kept, &l->rng);
        memcpy(resumes[i].bytes, r.packet, RESUME_BYTES);
    }
    return resumes;
}

static double answer_us(struct local *l, const struct local_packet *packets, size_t n)
{
    int64_t start = cpu_own_ns();
    for (int i = 0; i < PER_ROUND; i++)
        if (local_ask(l, packets[i].bytes, n) != 1)
            bench_fail("a packet was not answered");
    return (double)(cpu_own_ns() - start) / 1e3 / PER_ROUND;
}

static double primitives_us(const struct local_packet *resumes)
{
    uint8_t shared[DH_SHARED_BYTES], public[DH_PUBLIC_BYTES], secret[32] = {7};
    int err = LETHE_OK;
    int64_t start = cpu_own_ns();
    for (int i = 0; i < PER_ROUND; i++) {
        secret[1] = (uint8_t)i;
        dh_public(public, secret);
        err |= dh_shared(shared, resumes[i].bytes + 2 + PARKED_BYTES, secret);
    }
    if (err != LETHE_OK)
        bench_fail("a primitive failed");
    return (double)(cpu_own_ns() - start) / 1e3 / PER_ROUND;
}

int main(int argc, char **argv)
{
    struct measure m;
    struct series ratio = {0}, above = {0}, ours = {0}, theirs = {0};
    measure_begin(&m, "resume", 51, 1, argc, argv);
    struct local *l = local_make(&(struct lethe_service){0});
    struct local_packet *hellos = local_hellos(l, m.rounds * PER_ROUND);
    struct local_packet *resumes = make_resumes(l, m.rounds * PER_ROUND);
    (void)primitives_us(resumes); /* warms up */
    for (int i = 0; i < m.rounds; i++) {
        const struct local_packet *h = hellos + i * PER_ROUND, *r = resumes + i * PER_ROUND;
        double b = i % 2 ? answer_us(l, h, DATAGRAM_BYTES) : 0, a = answer_us(l, r, RESUME_BYTES);
        if (i % 2 == 0)
            b = answer_us(l, h, DATAGRAM_BYTES);
        series_add(&ratio, a / b);
        series_add(&above, a / primitives_us(r));
        series_add(&ours, a);
        series_add(&theirs, b);
    }
    measure_at_most(&m, "RESUME to RESUMED / HELLO to ACCEPT", &ratio, 0.75);
    measure_at_most(&m, "RESUME to RESUMED / its primitives", &above, 1.5);
    measure_tell(&m, "RESUME to RESUMED", &ours, "us");
    measure_tell(&m, "HELLO to ACCEPT", &theirs, "us");
    free(hellos);
    free(resumes);
    free(l);
    return measure_end(&m);
}
