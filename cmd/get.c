/*
 * lethe get: fetch one file, verified, resumable, put in place atomically.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/progress.h"
#include "lethe/fetch.h"
#include "net/signals.h"
#include "node/identity.h"

enum { OPTION_IDENTITY = 256, OPTION_STRICT, OPTION_TIMEOUT, OPTION_JSON };

static const struct option options[] = {
    {"identity", required_argument, NULL, OPTION_IDENTITY},
    {"output", required_argument, NULL, 'o'},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPTION_JSON},
    {0},
};

struct get {
    const char *identity;
    bool quiet, verbose, json;
    struct lethe_fetch_options fetch;
};

static int take_option(struct get *g, int c, struct complaint *why)
{
    int64_t timeout = 0;
    int err = LETHE_OK;
    switch (c) {
    case OPTION_IDENTITY:
        g->identity = optarg;
        break;
    case 'o':
        g->fetch.output = optarg;
        break;
    case OPTION_STRICT:
        g->fetch.strict = true;
        break;
    case OPTION_TIMEOUT:
        err = command_number("timeout", optarg, 1, 86400, &timeout, why);
        g->fetch.timeout_seconds = (unsigned)timeout;
        break;
    case 'q':
        g->quiet = true;
        break;
    case 'v':
        g->verbose = true;
        break;
    case OPTION_JSON:
        g->json = true;
        break;
    default:
        err = LETHE_ERR_USAGE;
    }
    return err;
}

static int read_arguments(struct get *g, int argc, char **argv, struct complaint *why)
{
    int c, err = LETHE_OK;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":o:qv", options, why)) != -1)
        err = take_option(g, c, why);
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    if (err == LETHE_OK && !g->identity)
        err = complain(why, LETHE_ERR_USAGE, "whose server? give --identity FILE or FINGERPRINT");
    if (err == LETHE_OK)
        g->fetch.uri = argv[optind];
    return err;
}

static int load_identity(const char *text, struct lethe_identity **out, struct lethe_message *why)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    if (fingerprint_parse(fingerprint, text) == LETHE_OK)
        return lethe_identity_load_known(out, fingerprint, why);
    return lethe_identity_load(out, text, why);
}

static int fetch(struct get *g, struct lethe_message *why)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct progress progress = {.line = isatty(STDERR_FILENO) && !g->quiet, .verbose = g->verbose};
    struct lethe_fetch_state state;
    if (signals_open(&g->fetch.stop_fd, signals, 2) != LETHE_OK)
        return LETHE_ERR_INTERNAL;
    g->fetch.progress = progress_show;
    g->fetch.context = &progress;
    int err = lethe_fetch(&g->fetch, &state, why);
    progress_clear(&progress);
    if (err == LETHE_OK && g->json)
        progress_account_json(&state);
    else if (err == LETHE_OK && !g->quiet)
        progress_account(&state);
    close(g->fetch.stop_fd);
    return err;
}

static int run(int argc, char **argv, struct complaint *why)
{
    struct get g = {0};
    struct lethe_identity *server = NULL;
    struct lethe_message message = {.text = ""};
    int err = read_arguments(&g, argc, argv, why);
    if (err != LETHE_OK)
        return err;
    err = load_identity(g.identity, &server, &message);
    g.fetch.server = server;
    if (err == LETHE_OK)
        err = fetch(&g, &message);
    lethe_identity_free(server);
    return err == LETHE_OK ? err : complain(why, err, "%s", message.text);
}

const struct command command_get = {
    .name = "get",
    .summary = "fetch a file",
    .help =
        "usage: lethe get lethe://HOST[:PORT]/PATH --identity FILE|FINGERPRINT [OPTION...]\n\n"
        "Fetches a file, verifies what it wrote and puts it in place atomically. What an\n"
        "interrupted run left in FILE.part is checked and used.\n\n"
        "  --identity FILE|FINGERPRINT  the server's public identity, or the fingerprint of one\n"
        "                               that was used here before\n"
        "  -o, --output FILE            where to write (default: the path's last part)\n"
        "  --strict                     no data before the McEliece leg too is in the key\n"
        "  --timeout SECONDS            give up after this long without an answer (default 30)\n"
        "  -q, --quiet                  say nothing but errors\n"
        "  -v, --verbose                tell when the level rises\n"
        "  --json                       the account as one JSON object on standard output\n\n"
        "examples:\n"
        "  lethe get lethe://example.org/debian.iso --identity server.identity\n"
        "  lethe get --strict lethe://[2001:db8::1]:7000/a%20b -o b --identity "
        "server/public/identity\n",
    .run = run,
};
