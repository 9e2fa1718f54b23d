/*
 * lethe get: fetch files, resumable, put in place atomically when every packet is there.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/whom.h"
#include "lethe/fetch.h"
#include "net/signals.h"

enum {
    OPTION_IDENTITY = 256,
    OPTION_IDENTITY_FROM,
    OPTION_STRICT,
    OPTION_EARLY,
    OPTION_BACKGROUND,
    OPTION_LIMIT_RATE,
    OPTION_TIMEOUT,
    OPTION_NO_PARK,
    OPTION_JSON,
};

static const struct option options[] = {
    {"identity", required_argument, NULL, OPTION_IDENTITY},
    {"identity-from", required_argument, NULL, OPTION_IDENTITY_FROM},
    {"output", required_argument, NULL, 'o'},
    {"directory", required_argument, NULL, 'O'},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"early", no_argument, NULL, OPTION_EARLY},
    {"background", no_argument, NULL, OPTION_BACKGROUND},
    {"limit-rate", required_argument, NULL, OPTION_LIMIT_RATE},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"no-park", no_argument, NULL, OPTION_NO_PARK},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPTION_JSON},
    {0},
};

struct get {
    const char *output;
    struct whom whom;
    bool quiet, verbose, json;
    size_t count;
    struct lethe_fetch_file *files;
    struct lethe_fetch_options fetch;
};

static int take_option(struct get *g, int c, struct complaint *why)
{
    int64_t timeout = 0;
    int err = LETHE_OK;
    switch (c) {
    case OPTION_IDENTITY:
        g->whom.identity = optarg;
        break;
    case OPTION_IDENTITY_FROM:
        g->whom.from = optarg;
        break;
    case 'o':
        g->output = optarg;
        break;
    case 'O':
        g->fetch.directory = optarg;
        break;
    case OPTION_STRICT:
        g->fetch.strict = true;
        break;
    case OPTION_EARLY:
        g->fetch.early = true;
        break;
    case OPTION_BACKGROUND:
        g->fetch.background = true;
        break;
    case OPTION_LIMIT_RATE:
        err = command_bytes("limit-rate", optarg, &g->fetch.bytes_a_second, why);
        break;
    case OPTION_TIMEOUT:
        err = command_number("timeout", optarg, 1, 86400, &timeout, why);
        g->fetch.timeout_seconds = (unsigned)timeout;
        break;
    case OPTION_NO_PARK:
        g->fetch.no_park = true;
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

static int check(const struct get *g, int argc, char **argv, struct complaint *why)
{
    struct stat st;
    const char *directory = g->fetch.directory;
    if (argc == optind)
        return command_arguments(argc, argv, 1, why);
    if (g->output && argc - optind > 1)
        return complain(why, LETHE_ERR_USAGE,
                        "-o names one file, and there are %d; name a folder with -O",
                        argc - optind);
    if (g->fetch.early && g->fetch.strict)
        return complain(why, LETHE_ERR_USAGE, "--early or --strict, not both");
    if (g->output && strcmp(g->output, "-") == 0)
        return complain(why, LETHE_ERR_USAGE,
                        "-o -: a file is put in place when all of it is there, which standard "
                        "output cannot be; name a file");
    if (g->output && directory)
        return complain(why, LETHE_ERR_USAGE, "-o or -O, not both");
    if (directory && (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode)))
        return complain(why, LETHE_ERR_NOT_FOUND, "-O %s: no such folder", directory);
    return LETHE_OK;
}

static int read_arguments(struct get *g, int argc, char **argv, struct complaint *why)
{
    int c, err = LETHE_OK;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":o:O:qv", options, why)) != -1)
        err = take_option(g, c, why);
    if (err == LETHE_OK)
        err = check(g, argc, argv, why);
    if (err != LETHE_OK || optind >= argc)
        return err;
    g->count = (size_t)(argc - optind);
    g->files = calloc(g->count, sizeof *g->files);
    if (!g->files)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    for (size_t i = 0; i < g->count; i++)
        g->files[i].uri = argv[optind + (int)i];
    g->files[0].output = g->output;
    return LETHE_OK;
}

/* Of several files, a line for each that failed but the first, whose line comes at the end. */
static void tell_failures(const struct get *g)
{
    bool first = true;
    for (size_t i = 0; i < g->count; i++) {
        const struct lethe_fetch_file *f = &g->files[i];
        if (f->result == LETHE_OK)
            continue;
        if (!first)
            fprintf(stderr, "lethe: %s\n", f->why.text);
        first = false;
    }
}

/* What ended all of them at once is said once. */
static bool ended_together(int err)
{
    return err == LETHE_ERR_INTERRUPTED || err == LETHE_ERR_TIMEOUT || err == LETHE_ERR_USAGE ||
           err == LETHE_ERR_NETWORK || err == LETHE_ERR_IDENTITY;
}

static int fetch(struct get *g, struct complaint *why)
{
    struct progress progress = {
        .whom = &g->whom, .line = g->whom.line, .quiet = g->quiet, .verbose = g->verbose};
    struct lethe_fetch_state state;
    struct lethe_message message;
    g->fetch.server = g->whom.server;
    g->fetch.progress = progress_fetch;
    g->fetch.context = &progress;
    int err = lethe_fetch_all(&g->fetch, g->files, g->count, &state, &message);
    progress_clear(&progress);
    progress_session(&progress, &state.session);
    progress_early(&progress, &state);
    progress_park(&progress, &state.session);
    if (state.session.accept_seconds > 0)
        whom_met(&g->whom);
    if (err != LETHE_OK && !ended_together(err))
        tell_failures(g);
    if (g->json && (err == LETHE_OK || (g->count > 1 && !ended_together(err))))
        progress_json_fetch(&state, g->files, g->whom.identity_seconds);
    else if (err == LETHE_OK && !g->quiet)
        progress_account_fetch(&state, g->files);
    return err == LETHE_OK ? err : complain(why, err, "%s", message.text);
}

/* Finds the server, and what there is to fetch from it. */
static int meet(struct get *g, struct complaint *why)
{
    struct uri uri;
    int err = uri_parse(&uri, g->files[0].uri, why);
    g->whom.stop_fd = g->fetch.stop_fd;
    g->whom.timeout_seconds = g->fetch.timeout_seconds;
    g->whom.line = isatty(STDERR_FILENO) && !g->quiet;
    g->whom.quiet = g->quiet || g->json;
    g->whom.mute = g->quiet;
    if (err == LETHE_OK)
        err = whom_find(&g->whom, &uri, why);
    return err == LETHE_OK ? fetch(g, why) : err;
}

static int run(int argc, char **argv, struct complaint *why)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct get g = {0};
    int err = read_arguments(&g, argc, argv, why);
    if (err == LETHE_OK && signals_open(&g.fetch.stop_fd, signals, 2) != LETHE_OK)
        err = complain(why, LETHE_ERR_INTERNAL, "cannot watch for signals");
    if (err == LETHE_OK) {
        err = meet(&g, why);
        close(g.fetch.stop_fd);
    }
    whom_free(&g.whom);
    free(g.files);
    return err;
}

const struct command command_get = {
    .name = "get",
    .summary = "fetch files",
    .help =
        "usage: lethe get lethe://HOST[:PORT]/PATH... [--identity FILE|FINGERPRINT] [OPTION...]\n\n"
        "Fetches files of one server, up to 4 at a time, and puts each in place atomically when\n"
        "all of it is there. What an interrupted run left in FILE.part is checked and used.\n\n"
        "  --identity FILE|FINGERPRINT  whose server it is: a public identity, or its "
        "fingerprint,\n"
        "                               by which it is fetched; needed the first time only\n"
        "  --identity-from HOST[:PORT]  another server to fetch that identity from\n"
        "  -o, --output FILE            where to write one file (default: the path's last part)\n"
        "  -O, --directory DIR          the folder to write files to, under their own names\n"
        "  --strict                     no data before the McEliece leg too is in the key\n"
        "  --early                      ask in the very first packet, and take data at level 1: "
        "see\n"
        "                               lethe-get(1) for what that protects\n"
        "  --limit-rate RATE            bytes a second at most; k, M and G are powers of 1024\n"
        "  --background                 give way to other traffic (LEDBAT)\n"
        "  --timeout SECONDS            give up after this long without an answer (default 30)\n"
        "  --no-park                    neither resume an earlier session nor keep this one\n"
        "  -q, --quiet                  say nothing but errors\n"
        "  -v, --verbose                tell when the level rises\n"
        "  --json                       the account as one JSON object on standard output\n\n"
        "examples:\n"
        "  lethe get lethe://example.org/debian.iso --identity server.identity\n"
        "  lethe get -O music --background lethe://example.org/{1,2,3}.flac --identity "
        "server.identity\n"
        "  lethe get --strict lethe://[2001:db8::1]:7000/a%20b -o b --identity "
        "server/public/identity\n",
    .run = run,
};
