/*
 * lethe status: what a running server tells about itself, once or every few seconds.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/command.h"
#include "node/status.h"
#include "store/file.h"
#include "store/identity.h"
#include "store/ringfile.h"

enum { OPTION_RING = 256, OPTION_WATCH, OPTION_JSON, OPTION_PROMETHEUS };

static const struct option options[] = {
    {"ring", required_argument, NULL, OPTION_RING},
    {"watch", required_argument, NULL, OPTION_WATCH},
    {"json", no_argument, NULL, OPTION_JSON},
    {"prometheus", no_argument, NULL, OPTION_PROMETHEUS},
    {0},
};

struct wish {
    const char *ring;
    int64_t watch; /* seconds between two looks; 0: one look */
    bool json, prometheus;
};

static int take_option(struct wish *w, int c, struct complaint *why)
{
    switch (c) {
    case OPTION_RING:
        w->ring = optarg;
        return LETHE_OK;
    case OPTION_WATCH:
        return command_number("watch", optarg, 1, 3600, &w->watch, why);
    case OPTION_JSON:
        w->json = true;
        return LETHE_OK;
    case OPTION_PROMETHEUS:
        w->prometheus = true;
        return LETHE_OK;
    default:
        return LETHE_ERR_USAGE;
    }
}

static int check(const struct wish *w, struct complaint *why)
{
    if (w->json && w->prometheus)
        return complain(why, LETHE_ERR_USAGE, "--json or --prometheus, not both");
    if (w->watch && w->prometheus)
        return complain(why, LETHE_ERR_USAGE, "--prometheus is one look: it takes no --watch");
    return LETHE_OK;
}

/* The public half is enough: who may look need not be able to read the secret. */
static int read_fingerprint(uint8_t fingerprint[FINGERPRINT_BYTES], const char *dir,
                            struct complaint *why)
{
    char path[RING_PATH_BYTES], text[FINGERPRINT_TEXT_BYTES];
    int err = file_join(path, sizeof path, dir, "public/fingerprint", why);
    if (err == LETHE_OK && file_read(path, (uint8_t *)text, sizeof text, false, why) != LETHE_OK)
        err =
            complain(why, LETHE_ERR_IDENTITY,
                     "%s holds no identity; name the folder that the server was started with", dir);
    if (err != LETHE_OK)
        return err;
    text[sizeof text - 1] = 0; /* over the newline */
    err = fingerprint_parse(fingerprint, text);
    return err == LETHE_OK ? err
                           : complain(why, LETHE_ERR_IDENTITY, "%s is not a fingerprint", path);
}

static int look(const struct wish *w, const char *folder, struct complaint *why)
{
    const bool screen = !w->json && w->watch && isatty(STDOUT_FILENO);
    const struct timespec pause = {.tv_sec = w->watch};
    struct status status;
    int err;
    do {
        err = status_ask(&status, folder, why);
        if (err != LETHE_OK)
            return err;
        if (screen)
            printf("\033[H\033[2J"); /* home, and empty */
        status_print(stdout, &status,
                     w->json         ? STATUS_JSON
                     : w->prometheus ? STATUS_PROMETHEUS
                                     : STATUS_TEXT);
        if (w->watch && !w->json && !screen)
            printf("\n");
    } while (w->watch && !ferror(stdout) && nanosleep(&pause, NULL) == 0);
    return LETHE_OK;
}

static int run(int argc, char **argv, struct complaint *why)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    char folder[RING_PATH_BYTES];
    struct wish w = {0};
    int c, err = LETHE_OK;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":", options, why)) != -1)
        err = take_option(&w, c, why);
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    if (err == LETHE_OK)
        err = check(&w, why);
    if (err == LETHE_OK)
        err = read_fingerprint(fingerprint, argv[optind], why);
    if (err == LETHE_OK)
        err = ring_folder_name(folder, w.ring, fingerprint, why);
    return err == LETHE_OK ? look(&w, folder, why) : err;
}

const struct command command_status = {
    .name = "status",
    .summary = "show what a running server does",
    .help = "usage: lethe status DIR [--json|--prometheus] [--ring FOLDER] [--watch SECONDS]\n\n"
            "Asks the server of the identity in DIR, which must run on this machine as the same\n"
            "user, for its rates over the last second and the last ten, its totals, and how full\n"
            "its tables are. Nothing in it is about a single client.\n\n"
            "  --json              one JSON object a line\n"
            "  --prometheus        Prometheus' text format\n"
            "  --ring FOLDER       the server's, if it was given one\n"
            "  --watch SECONDS     again and again, with this pause\n\n"
            "examples:\n"
            "  lethe status server --watch 2\n"
            "  lethe status server --prometheus\n",
    .run = run,
};
