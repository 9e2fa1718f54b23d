/*
 * Makes an identity, starts the server on a free port of the loopback, and reads its words to know
 * the port and the worker's pid, whose CPU clock is what benchmarks read.
 */
#include "bench/served.h"
#include "bench/measure.h"
#include "lethe/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void find_address(struct served *s)
{
    char text[ADDRESS_TEXT_BYTES] = "";
    const char *why = "no address";
    if (sscanf(child_await(&s->process, "listening on "), "%71s", text) != 1 ||
        address_parse(&s->address, text, 0, &why) != LETHE_OK)
        bench_fail("%s: %s", text, why);
}

void served_start(struct served *s, const char *lethe, const char *folder)
{
    char id[128], root[128], ring[128];
    uint8_t fingerprint[FINGERPRINT_BYTES];
    struct complaint why;
    snprintf(id, sizeof id, "%s/id", folder);
    snprintf(root, sizeof root, "%s/files", folder);
    snprintf(ring, sizeof ring, "%s/ring", folder);
    if (mkdir(root, 0755) != 0 || identity_generate(id, fingerprint, &why) != LETHE_OK ||
        identity_load_public(&s->identity, id, &why) != LETHE_OK)
        bench_fail("cannot make an identity in %s", folder);
    const char *argv[] = {lethe,         "serve",        id,   "--root",
                          root,          "--ring",       ring, "--listen",
                          "127.0.0.1:0", "--no-puzzles", NULL};
    child_start(&s->process, argv);
    find_address(s);
    s->worker = atoi(child_await(&s->process, "lethe: worker "));
    child_await(&s->process, "confined");
}

void served_stop(struct served *s)
{
    child_stop(&s->process);
    identity_free(&s->identity);
}
