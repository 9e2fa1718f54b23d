/*
 * HELLO to ACCEPT at the server against its primitives alone: one McEliece decapsulation, two
 * X25519 and one X25519 of the base point. What the ratio exceeds 1 by is hashing, sealing and
 * copying.
 */
#include "wire/hello.h"
#include "bench/local.h"
#include "bench/measure.h"
#include "crypto/dh.h"
#include "lethe/error.h"

#include <stdlib.h>
#include <string.h>

#define PER_ROUND 32

static double handshakes_us(struct local *l, const struct local_packet *hellos)
{
    int64_t start = cpu_own_ns();
    for (int i = 0; i < PER_ROUND; i++)
        if (local_ask(l, hellos[i].bytes, DATAGRAM_BYTES) != 1)
            bench_fail("a HELLO was not answered");
    return (double)(cpu_own_ns() - start) / 1e3 / PER_ROUND;
}

static double primitives_us(struct local *l, const struct local_packet *hellos)
{
    uint8_t key[MCELIECE_KEY_BYTES], shared[DH_SHARED_BYTES], public[DH_PUBLIC_BYTES];
    struct hello h;
    int err = LETHE_OK;
    int64_t start = cpu_own_ns();
    for (int i = 0; i < PER_ROUND; i++) {
        err |= hello_decode(&h, hellos[i].bytes, DATAGRAM_BYTES);
        err |= mceliece_dec(key, h.ct, l->identity.mceliece_secret);
        err |= dh_shared(shared, h.client, l->identity.dh_secret);
        dh_public(public, key);
        err |= dh_shared(shared, h.client, key);
    }
    double us = (double)(cpu_own_ns() - start) / 1e3 / PER_ROUND;
    if (err != LETHE_OK)
        bench_fail("a primitive failed");
    return us;
}

int main(int argc, char **argv)
{
    struct measure m;
    struct series ratio = {0}, whole = {0}, parts = {0};
    measure_begin(&m, "hello", 51, 1, argc, argv);
    struct local *l = local_make(&(struct lethe_service){0});
    struct local_packet *hellos = local_hellos(l, m.rounds * PER_ROUND);
    (void)primitives_us(l, hellos); /* warms up */
    for (int i = 0; i < m.rounds; i++) {
        const struct local_packet *mine = hellos + i * PER_ROUND;
        double b = i % 2 ? primitives_us(l, mine) : 0, a = handshakes_us(l, mine);
        if (i % 2 == 0)
            b = primitives_us(l, mine);
        series_add(&ratio, a / b);
        series_add(&whole, a);
        series_add(&parts, b);
    }
    measure_at_most(&m, "HELLO to ACCEPT / its primitives", &ratio, 1.25);
    measure_tell(&m, "HELLO to ACCEPT", &whole, "us");
    measure_tell(&m, "its primitives", &parts, "us");
    free(hellos);
    free(l);
    return measure_end(&m);
}
