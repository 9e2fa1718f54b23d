/*
 * lethe inspect: what a file is, as far as it shows without any key.
 */
#include "base/bytes.h"
#include "cmd/command.h"
#include "cmd/describe.h"

#include <stdio.h>
#include <stdlib.h>

#define INSPECT_MAX (64u << 20)

/* The file's bytes, which the caller frees, or NULL and an error. */
static uint8_t *read_whole(const char *path, size_t *n, int *err, struct complaint *why)
{
    FILE *f = fopen(path, "rbe");
    uint8_t *bytes = f ? malloc(INSPECT_MAX) : NULL;
    if (!bytes) {
        if (f)
            fclose(f);
        *err = complain(why, LETHE_ERR_NOT_FOUND, "cannot open %s", path);
        return NULL;
    }
    *n = fread(bytes, 1, INSPECT_MAX, f);
    bool whole = !ferror(f) && feof(f);
    fclose(f);
    if (whole)
        return bytes;
    free(bytes);
    *err = complain(why, LETHE_ERR_FORMAT, "%s cannot be read or is longer than 64 MiB", path);
    return NULL;
}

enum { OPTION_JSON = 256 };

static int run(int argc, char **argv, struct complaint *why)
{
    static const struct option options[] = {{"json", no_argument, NULL, OPTION_JSON}, {0}};
    int c, err = LETHE_OK;
    bool json = false;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":", options, why)) != -1) {
        json = json || c == OPTION_JSON;
        err = c == OPTION_JSON ? LETHE_OK : LETHE_ERR_USAGE;
    }
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    size_t n;
    uint8_t *bytes = err == LETHE_OK ? read_whole(argv[optind], &n, &err, why) : NULL;
    if (!bytes)
        return err;
    err = describe(argv[optind], bytes, n, json, why);
    wipe(bytes, n); /* it may have been a secret */
    free(bytes);
    return err;
}

const struct command command_inspect = {
    .name = "inspect",
    .summary = "tell what an identity, fingerprint or captured packet is",
    .help = "usage: lethe inspect [--json] FILE\n\n"
            "FILE is a public identity, a fingerprint, one datagram's bytes, or a capture of\n"
            "packets (pcap). Shows the fields that anyone can see. Of a secret identity, a ring\n"
            "or a parked session it says what they are, and shows nothing secret.\n\n"
            "examples:\n"
            "  lethe inspect server/public/identity\n"
            "  tcpdump -i lo -w capture.pcap udp port 6960; lethe inspect capture.pcap\n",
    .run = run,
};
