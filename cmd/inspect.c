/*
 * lethe inspect: what a file is, as far as it shows without any key.
 */
#include "base/bytes.h"
#include "cmd/command.h"
#include "cmd/describe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSPECT_MAX (64u << 20)

/* The file's bytes, which the caller frees, or NULL and an error. */
static uint8_t *read_whole(const char *path, size_t *n, int *err, struct complaint *why)
{
    FILE *f = fopen(path, "rbe");
    if (!f) {
        *err = complain(why, error_from_errno(errno), "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    uint8_t *bytes = malloc(INSPECT_MAX);
    if (!bytes) {
        *err = complain(why, LETHE_ERR_INTERNAL, "out of memory");
    } else {
        *n = fread(bytes, 1, INSPECT_MAX, f);
        if (ferror(f))
            *err = complain(why, LETHE_ERR_FORMAT, "cannot read %s: %s", path,
                            errno == EISDIR ? "a folder; name a file in it" : strerror(errno));
        else if (!feof(f))
            *err = complain(why, LETHE_ERR_FORMAT, "%s is longer than 64 MiB", path);
    }
    fclose(f);
    if (*err == LETHE_OK)
        return bytes;
    free(bytes);
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
            "FILE is a public identity, a fingerprint, a short-term key, one datagram's bytes, or\n"
            "a capture of packets (pcap). Shows the fields that anyone can see. Of a secret\n"
            "identity, a ring, the secrets of short-term keys or a parked session it says what\n"
            "they are, and shows nothing secret.\n\n"
            "  --json  one JSON object a line, bytes in hexadecimal\n\n"
            "examples:\n"
            "  lethe inspect server/public/identity\n"
            "  tcpdump -i lo -w capture.pcap udp port 6960; lethe inspect capture.pcap\n",
    .run = run,
};
