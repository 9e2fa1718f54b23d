/*
 * lethe serve: files from a folder, to anyone who knows the identity.
 */
#include <stddef.h>

#include "cmd/command.h"
#include "lethe/fetch.h"
#include "node/supervisor.h"
#include "seal/session.h"

enum {
    OPTION_ROOT = 256,
    OPTION_LISTEN,
    OPTION_WORKERS,
    OPTION_RING,
    OPTION_PERIOD,
    OPTION_USER,
    OPTION_JSON,
};

static const struct option options[] = {
    {"root", required_argument, NULL, OPTION_ROOT},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"workers", required_argument, NULL, OPTION_WORKERS},
    {"ring", required_argument, NULL, OPTION_RING},
    {"period", required_argument, NULL, OPTION_PERIOD},
    {"user", required_argument, NULL, OPTION_USER},
    {"json", no_argument, NULL, OPTION_JSON},
    {0},
};

static int take_option(struct supervisor_options *o, int c, struct complaint *why)
{
    int64_t n;
    int err = LETHE_OK;
    switch (c) {
    case OPTION_ROOT:
        o->root = optarg;
        break;
    case OPTION_LISTEN:
        if (o->listen_count == SUPERVISOR_LISTEN_MAX)
            return complain(why, LETHE_ERR_USAGE, "at most %d --listen", SUPERVISOR_LISTEN_MAX);
        o->listen[o->listen_count++] = optarg;
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
    case OPTION_USER:
        o->user = optarg;
        break;
    case OPTION_JSON:
        o->json = true;
        break;
    default:
        err = LETHE_ERR_USAGE;
    }
    return err;
}

static int run(int argc, char **argv, struct complaint *why)
{
    struct supervisor_options o = {
        .workers = 1, .default_port = LETHE_DEFAULT_PORT, .least_legs = LEG_BIT(LEG_SNTRUP)};
    int c, err = LETHE_OK;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":", options, why)) != -1)
        err = take_option(&o, c, why);
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    if (err == LETHE_OK && !o.root)
        err = complain(why, LETHE_ERR_USAGE, "which folder? give it with --root FOLDER");
    if (err != LETHE_OK)
        return err;
    o.identity_dir = argv[optind];
    return supervisor_run(&o, why);
}

const struct command command_serve = {
    .name = "serve",
    .summary = "serve a folder's files, keeping nothing about any client",
    .help = "usage: lethe serve DIR --root FOLDER [OPTION...]\n\n"
            "Serves the files below FOLDER under the identity in DIR. Never leaves FOLDER: no\n"
            "'..', no link out of it, no device or pipe. Ends at SIGTERM; SIGUSR1 prints the "
            "counters.\n\n"
            "  --root FOLDER         what to serve\n"
            "  --listen ADDR[:PORT]  where to listen, up to 8 times (default: all, port 6960);\n"
            "                        [::1]:7000, 127.0.0.1, and port 0 for any free one\n"
            "  --workers N           processes that share each port (default 1)\n"
            "  --user NAME           the user to become when started by root (default nobody)\n"
            "  --ring FOLDER         where the cookie keys live (see lethe rotate)\n"
            "  --period SECONDS      a new cookie key this often, if it starts the rotator\n"
            "  --json                counters as one JSON object a line\n\n"
            "examples:\n"
            "  lethe serve server --root /srv/files\n"
            "  lethe serve server --root . --listen 127.0.0.1:7000 --workers 2\n",
    .run = run,
};
