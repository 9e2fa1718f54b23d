/*
 * lethe serve: files from a folder, or values from a table, to anyone who knows the identity.
 */
#include <stddef.h>
#include <string.h>

#include "cmd/command.h"
#include "lethe/session.h"
#include "node/supervisor.h"
#include "seal/session.h"
#include "seal/transport.h"

#define UPLOAD_LIMIT ((uint64_t)1 << 30)

enum {
    OPTION_ROOT = 256,
    OPTION_TABLE,
    OPTION_WRITABLE,
    OPTION_MAX_UPLOAD,
    OPTION_CONGESTION,
    OPTION_STRICT_HOME,
    OPTION_IDENTITY_FILE,
    OPTION_EARLY,
    OPTION_LEVEL,
    OPTION_LISTEN,
    OPTION_WORKERS,
    OPTION_RING,
    OPTION_PERIOD,
    OPTION_SHORT_TERM,
    OPTION_PARK,
    OPTION_USER,
    OPTION_NO_PUZZLES,
    OPTION_JSON,
};

static const struct option options[] = {
    {"root", required_argument, NULL, OPTION_ROOT},
    {"table", required_argument, NULL, OPTION_TABLE},
    {"writable", no_argument, NULL, OPTION_WRITABLE},
    {"max-upload", required_argument, NULL, OPTION_MAX_UPLOAD},
    {"congestion", required_argument, NULL, OPTION_CONGESTION},
    {"strict-home", no_argument, NULL, OPTION_STRICT_HOME},
    {"identity-file", required_argument, NULL, OPTION_IDENTITY_FILE},
    {"early", no_argument, NULL, OPTION_EARLY},
    {"level", required_argument, NULL, OPTION_LEVEL},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"workers", required_argument, NULL, OPTION_WORKERS},
    {"ring", required_argument, NULL, OPTION_RING},
    {"period", required_argument, NULL, OPTION_PERIOD},
    {"short-term", required_argument, NULL, OPTION_SHORT_TERM},
    {"park", no_argument, NULL, OPTION_PARK},
    {"user", required_argument, NULL, OPTION_USER},
    {"no-puzzles", no_argument, NULL, OPTION_NO_PUZZLES},
    {"json", no_argument, NULL, OPTION_JSON},
    {0},
};

static int take_congestion(struct supervisor_options *o, const char *name, struct complaint *why)
{
    if (strcmp(name, "cubic") == 0)
        o->algorithm = ALGORITHM_CUBIC;
    else if (strcmp(name, "reno") == 0)
        o->algorithm = ALGORITHM_RENO;
    else
        return complain(why, LETHE_ERR_USAGE, "--congestion: '%s' is neither cubic nor reno", name);
    return LETHE_OK;
}

/* What is served, and how. */
static int take_service_option(struct supervisor_options *o, int c, struct complaint *why)
{
    int err = LETHE_OK;
    switch (c) {
    case OPTION_ROOT:
        o->root = optarg;
        break;
    case OPTION_TABLE:
        o->table = optarg;
        break;
    case OPTION_WRITABLE:
        o->writable = true;
        break;
    case OPTION_MAX_UPLOAD:
        err = command_bytes("max-upload", optarg, &o->upload_limit, why);
        break;
    case OPTION_CONGESTION:
        err = take_congestion(o, optarg, why);
        break;
    case OPTION_EARLY:
        o->early = true;
        break;
    case OPTION_LEVEL:
        err = command_number("level", optarg, 1, 3, &o->level, why);
        break;
    case OPTION_STRICT_HOME:
        o->strict_home = true;
        break;
    case OPTION_NO_PUZZLES:
        o->no_puzzles = true;
        break;
    default:
        err = LETHE_ERR_USAGE;
    }
    return err;
}

static int take_option(struct supervisor_options *o, int c, struct complaint *why)
{
    int64_t n;
    int err = LETHE_OK;
    switch (c) {
    case OPTION_LISTEN:
        if (o->listen_count == SUPERVISOR_LISTEN_MAX)
            return complain(why, LETHE_ERR_USAGE, "at most %d --listen", SUPERVISOR_LISTEN_MAX);
        o->listen[o->listen_count++] = optarg;
        break;
    case OPTION_IDENTITY_FILE:
        if (o->identity_file_count == MIRROR_FILES_MAX)
            return complain(why, LETHE_ERR_USAGE, "at most %d --identity-file", MIRROR_FILES_MAX);
        o->identity_files[o->identity_file_count++] = optarg;
        break;
    case OPTION_WORKERS:
        err = command_number("workers", optarg, 1, SUPERVISOR_WORKERS_MAX, &n, why);
        o->workers = err == LETHE_OK ? (int)n : 1;
        break;
    case OPTION_RING:
        o->ring = optarg;
        break;
    case OPTION_PERIOD:
        err = command_number("period", optarg, 1, 3600, &n, why);
        o->period_ms = err == LETHE_OK ? n * 1000 : 0;
        break;
    case OPTION_SHORT_TERM:
        err = command_number("short-term", optarg, 1, 86400, &n, why);
        o->short_term_ms = err == LETHE_OK ? n * 1000 : 0;
        break;
    case OPTION_PARK:
        o->park = true;
        break;
    case OPTION_USER:
        o->user = optarg;
        break;
    case OPTION_JSON:
        o->json = true;
        break;
    default:
        err = take_service_option(o, c, why);
    }
    return err;
}

static int check(struct supervisor_options *o, struct complaint *why)
{
    if (!o->root && !o->table)
        return complain(why, LETHE_ERR_USAGE,
                        "which folder? give it with --root FOLDER, or a file with --table FILE");
    if (o->root && o->table)
        return complain(why, LETHE_ERR_USAGE, "--root or --table, not both");
    if (o->table && o->writable)
        return complain(why, LETHE_ERR_USAGE, "--writable needs --root: a table takes no files");
    if (o->upload_limit && !o->writable)
        return complain(why, LETHE_ERR_USAGE, "--max-upload needs --writable");
    if (o->early && o->level > 1)
        return complain(why, LETHE_ERR_USAGE,
                        "--early answers at level 1: leave --level out, or give --level 1");
    if (o->upload_limit == 0)
        o->upload_limit = UPLOAD_LIMIT;
    return LETHE_OK;
}

static int run(int argc, char **argv, struct complaint *why)
{
    struct supervisor_options o = {.workers = 1, .default_port = LETHE_DEFAULT_PORT};
    int c, err = LETHE_OK;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":", options, why)) != -1)
        err = take_option(&o, c, why);
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    if (err == LETHE_OK)
        err = check(&o, why);
    if (err != LETHE_OK)
        return err;
    o.identity_dir = argv[optind];
    return supervisor_run(&o, why);
}

const struct command command_serve = {
    .name = "serve",
    .summary = "serve a folder's files, keeping nothing about any client",
    .help =
        "usage: lethe serve DIR --root FOLDER|--table FILE [OPTION...]\n\n"
        "Serves the files below FOLDER under the identity in DIR. Never leaves FOLDER: no\n"
        "'..', no link out of it, no device or pipe. Or serves the values of FILE by their\n"
        "keys. Ends at SIGTERM; SIGUSR1 prints the counters.\n\n"
        "  --root FOLDER         what to serve\n"
        "  --writable            take files too (lethe put), from anyone with the identity\n"
        "  --max-upload SIZE     of a file; k, M and G are powers of 1024 (default 1G)\n"
        "  --table FILE          lines of key, tab, value: served instead of a folder\n"
        "  --congestion NAME     cubic or reno (default cubic)\n"
        "  --strict-home         begin anew what another server of the cluster has begun\n"
        "  --identity-file FILE  give out this identity of another server too, up to 8 times\n"
        "  --level N             answer at level 1, 2 or 3 of the keys and above (default 2)\n"
        "  --early               take requests in a client's first packet, and answer at level 1:\n"
        "                        see lethe-get(1) for what that protects\n"
        "  --listen ADDR[:PORT]  where to listen, up to 8 times (default: all, port 6960);\n"
        "                        [::1]:7000, 127.0.0.1, and port 0 for any free one\n"
        "  --workers N           processes that share each port (default 1)\n"
        "  --user NAME           the user to become when started by root (default nobody)\n"
        "  --ring FOLDER         where the cookie keys live (see lethe rotate)\n"
        "  --period SECONDS      a new cookie key this often, if it starts the rotator\n"
        "  --short-term SECONDS  and a new short-term key (default 3600)\n"
        "  --park                let clients resume within two days without an exchange\n"
        "  --no-puzzles          take every HELLO, however busy (see lethe-serve(1))\n"
        "  --json                counters as one JSON object a line\n\n"
        "examples:\n"
        "  lethe serve server --root /srv/files\n"
        "  lethe serve server --root /srv/incoming --writable --max-upload 200M\n"
        "  lethe serve server --root . --listen 127.0.0.1:7000 --workers 2\n",
    .run = run,
};
