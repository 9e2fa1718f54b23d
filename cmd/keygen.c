/*
 * lethe keygen: a new identity in a folder.
 */
#include <stdio.h>

#include "cmd/command.h"
#include "store/identity.h"

static int run(int argc, char **argv, struct complaint *why)
{
    static const struct option options[] = {{0}};
    uint8_t fingerprint[FINGERPRINT_BYTES];
    char text[FINGERPRINT_TEXT_BYTES];
    int err = LETHE_OK;
    if (command_option(argc, argv, ":", options, why) != -1)
        return LETHE_ERR_USAGE;
    err = command_arguments(argc, argv, 1, why);
    if (err == LETHE_OK)
        err = identity_generate(argv[optind], fingerprint, why);
    if (err != LETHE_OK)
        return err;
    fingerprint_text(text, fingerprint);
    printf("%s\n", text);
    return LETHE_OK;
}

const struct command command_keygen = {
    .name = "keygen",
    .summary = "make a server's identity",
    .help = "usage: lethe keygen DIR\n\n"
            "Makes a new identity: Classic McEliece 6960119, X25519 and Ed25519 keys.\n"
            "DIR/public/ may be given to everyone; DIR/secret/ stays with the server.\n"
            "Prints the fingerprint by which clients know the identity. Never overwrites one.\n\n"
            "example:\n"
            "  lethe keygen server\n",
    .run = run,
};
