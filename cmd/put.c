/*
 * lethe put: send a file to a server that takes uploads; resumable, in place atomically.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/whom.h"
#include "lethe/put.h"
#include "net/signals.h"

enum {
    OPTION_IDENTITY = 256,
    OPTION_IDENTITY_FROM,
    OPTION_STRICT,
    OPTION_TIMEOUT,
    OPTION_NO_PARK,
    OPTION_JSON,
};

static const struct option options[] = {
    {"identity", required_argument, NULL, OPTION_IDENTITY},
    {"identity-from", required_argument, NULL, OPTION_IDENTITY_FROM},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"no-park", no_argument, NULL, OPTION_NO_PARK},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPTION_JSON},
    {0},
};

struct putting {
    struct whom whom;
    bool quiet, verbose, json;
    struct lethe_put_options put;
};

static int take_option(struct putting *p, int c, struct complaint *why)
{
    int64_t timeout = 0;
    int err = LETHE_OK;
    switch (c) {
    case OPTION_IDENTITY:
        p->whom.identity = optarg;
        break;
    case OPTION_IDENTITY_FROM:
        p->whom.from = optarg;
        break;
    case OPTION_STRICT:
        p->put.strict = true;
        break;
    case OPTION_TIMEOUT:
        err = command_number("timeout", optarg, 1, 86400, &timeout, why);
        p->put.timeout_seconds = (unsigned)timeout;
        break;
    case OPTION_NO_PARK:
        p->put.no_park = true;
        break;
    case 'q':
        p->quiet = true;
        break;
    case 'v':
        p->verbose = true;
        break;
    case OPTION_JSON:
        p->json = true;
        break;
    default:
        err = LETHE_ERR_USAGE;
    }
    return err;
}

static int read_arguments(struct putting *p, int argc, char **argv, struct complaint *why)
{
    int c, err = LETHE_OK;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":qv", options, why)) != -1)
        err = take_option(p, c, why);
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 2, why);
    if (err == LETHE_OK) {
        p->put.file = argv[optind];
        p->put.uri = argv[optind + 1];
    }
    return err;
}

static int put(struct putting *p, struct complaint *why)
{
    struct progress progress = {
        .whom = &p->whom, .line = p->whom.line, .quiet = p->quiet, .verbose = p->verbose};
    struct lethe_put_state state;
    struct lethe_message message;
    p->put.server = p->whom.server;
    p->put.progress = progress_put;
    p->put.context = &progress;
    int err = lethe_put(&p->put, &state, &message);
    progress_clear(&progress);
    progress_session(&progress, &state.session);
    progress_park(&progress, &state.session);
    if (state.session.accept_seconds > 0)
        whom_met(&p->whom);
    if (err == LETHE_OK && p->json)
        progress_json_put(&state, p->whom.identity_seconds);
    else if (err == LETHE_OK && !p->quiet)
        progress_account_put(&state);
    return err == LETHE_OK ? err : complain(why, err, "%s", message.text);
}

/* Finds the server, and sends the file to it. */
static int meet(struct putting *p, struct complaint *why)
{
    struct uri uri;
    int err = uri_parse(&uri, p->put.uri, why);
    p->whom.stop_fd = p->put.stop_fd;
    p->whom.timeout_seconds = p->put.timeout_seconds;
    p->whom.line = isatty(STDERR_FILENO) && !p->quiet;
    p->whom.quiet = p->quiet || p->json;
    p->whom.mute = p->quiet;
    if (err == LETHE_OK)
        err = whom_find(&p->whom, &uri, why);
    return err == LETHE_OK ? put(p, why) : err;
}

static int run(int argc, char **argv, struct complaint *why)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct putting p = {0};
    int err = read_arguments(&p, argc, argv, why);
    if (err == LETHE_OK && signals_open(&p.put.stop_fd, signals, 2) != LETHE_OK)
        err = complain(why, LETHE_ERR_INTERNAL, "cannot watch for signals");
    if (err == LETHE_OK) {
        err = meet(&p, why);
        close(p.put.stop_fd);
    }
    whom_free(&p.whom);
    return err;
}

const struct command command_put = {
    .name = "put",
    .summary = "send a file to a server that takes uploads",
    .help =
        "usage: lethe put FILE lethe://HOST[:PORT]/PATH [--identity FILE|FINGERPRINT] "
        "[OPTION...]\n\n"
        "Sends FILE to a server that runs with --writable. It appears there when all of it has\n"
        "arrived and was compared, in place of what had the name. An interrupted run is resumed\n"
        "by the same command.\n\n"
        "  --identity FILE|FINGERPRINT  whose server it is: a public identity, or its "
        "fingerprint,\n"
        "                               by which it is fetched; needed the first time only\n"
        "  --identity-from HOST[:PORT]  another server to fetch that identity from\n"
        "  --strict                     no data before the McEliece leg too is in the key\n"
        "  --timeout SECONDS            give up after this long without an answer (default 30)\n"
        "  --no-park                    neither resume an earlier session nor keep this one\n"
        "  -q, --quiet                  say nothing but errors\n"
        "  -v, --verbose                tell when the level rises\n"
        "  --json                       the account as one JSON object on standard output\n\n"
        "example:\n"
        "  lethe put backup.tar lethe://example.org/backup/monday.tar --identity "
        "server.identity\n",
    .run = run,
};
