/*
 * lethe refresh: a server's short-term key, fetched without a session, checked and kept for `lethe
 * get --early`.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/identity.h"
#include "api/reach.h"
#include "client/short_term_fetch.h"
#include "cmd/command.h"
#include "cmd/whom.h"
#include "net/clock.h"
#include "net/signals.h"

enum { OPTION_IDENTITY = 256, OPTION_IDENTITY_FROM, OPTION_TIMEOUT, OPTION_JSON };

static const struct option options[] = {
    {"identity", required_argument, NULL, OPTION_IDENTITY},
    {"identity-from", required_argument, NULL, OPTION_IDENTITY_FROM},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"quiet", no_argument, NULL, 'q'},
    {"json", no_argument, NULL, OPTION_JSON},
    {0},
};

struct refresh {
    struct whom whom;
    struct uri uri;
    bool quiet, json;
    struct short_term_search search;
};

static int take_option(struct refresh *r, int c, struct complaint *why)
{
    int64_t timeout = 0;
    int err = LETHE_OK;
    switch (c) {
    case OPTION_IDENTITY:
        r->whom.identity = optarg;
        break;
    case OPTION_IDENTITY_FROM:
        r->whom.from = optarg;
        break;
    case OPTION_TIMEOUT:
        err = command_number("timeout", optarg, 1, 86400, &timeout, why);
        r->whom.timeout_seconds = (unsigned)timeout;
        break;
    case 'q':
        r->quiet = true;
        break;
    case OPTION_JSON:
        r->json = true;
        break;
    default:
        err = LETHE_ERR_USAGE;
    }
    return err;
}

static int read_arguments(struct refresh *r, int argc, char **argv, struct complaint *why)
{
    int c, err = LETHE_OK;
    r->whom.timeout_seconds = REACH_TIMEOUT_SECONDS;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":q", options, why)) != -1)
        err = take_option(r, c, why);
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    if (err == LETHE_OK)
        err = uri_parse_host(&r->uri, argv[optind], why);
    r->whom.line = isatty(STDERR_FILENO) && !r->quiet;
    r->whom.mute = r->quiet;
    return err;
}

static void show(void *context, const struct finder *f, int64_t now_ns)
{
    struct refresh *r = context;
    (void)now_ns;
    if (f->refused)
        whom_refused(&r->whom, r->whom.name);
}

static int find(struct refresh *r, struct complaint *why)
{
    const char *reason;
    int err =
        address_resolve(r->search.find.addresses, TRANSFER_ADDRESSES_MAX,
                        &r->search.find.address_count, r->uri.host, LETHE_DEFAULT_PORT, &reason);
    if (err != LETHE_OK)
        return complain(why, err, "%s: %s", r->uri.host, reason);
    r->search.id = &r->whom.server->id;
    r->search.host = r->uri.host;
    r->search.timeout_seconds = r->whom.timeout_seconds;
    r->search.find.stop_fd = r->whom.stop_fd;
    r->search.find.progress = show;
    r->search.find.context = r;
    return short_term_fetch(&r->search, why);
}

static void account(const struct refresh *r, double seconds)
{
    char text[64];
    struct tm tm;
    const time_t until = (time_t)(r->search.key.until_ms / 1000);
    if (r->json) {
        printf("{\"born_ms\":%lld,\"until_ms\":%lld,\"identity_seconds\":%.6f,\"seconds\":%.6f}\n",
               (long long)r->search.key.born_ms, (long long)r->search.key.until_ms,
               r->whom.identity_seconds, seconds);
    } else if (!r->quiet && gmtime_r(&until, &tm) &&
               strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm)) {
        fprintf(stderr, "lethe: the short-term key of %s is valid until %s UTC\n", r->uri.host,
                text);
    }
}

static int refresh(struct refresh *r, struct complaint *why)
{
    int err = whom_find(&r->whom, &r->uri, why);
    if (err == LETHE_OK)
        err = find(r, why);
    const double seconds = reach_seconds(r->search.finder.start_ns, (int64_t)clock_monotonic_ns());
    if (err == LETHE_OK)
        err = short_term_cache(r->search.file, r->search.id, why);
    if (err == LETHE_OK)
        account(r, seconds);
    return err;
}

static int run(int argc, char **argv, struct complaint *why)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct refresh *r = calloc(1, sizeof *r);
    if (!r)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    int err = read_arguments(r, argc, argv, why);
    if (err == LETHE_OK && signals_open(&r->whom.stop_fd, signals, 2) != LETHE_OK)
        err = complain(why, LETHE_ERR_INTERNAL, "cannot watch for signals");
    if (err == LETHE_OK) {
        err = refresh(r, why);
        close(r->whom.stop_fd);
    }
    whom_free(&r->whom);
    free(r);
    return err;
}

const struct command command_refresh = {
    .name = "refresh",
    .summary = "fetch a server's short-term key, for data in the first packet",
    .help =
        "usage: lethe refresh lethe://HOST[:PORT] [--identity FILE|FINGERPRINT] [OPTION...]\n\n"
        "Asks a server for the short-term key that it changes every hour, checks that its\n"
        "identity signed it and that its time is now, and keeps it for `lethe get --early`.\n\n"
        "  --identity FILE|FINGERPRINT  whose server it is: a public identity, or its "
        "fingerprint,\n"
        "                               by which it is fetched; needed where it is not known\n"
        "  --identity-from HOST[:PORT]  another server to fetch that identity from\n"
        "  --timeout SECONDS            give up after this long without an answer (default 30)\n"
        "  -q, --quiet                  say nothing but errors\n"
        "  --json                       from when until when it is valid, as one JSON object\n\n"
        "example:\n"
        "  lethe refresh lethe://example.org --identity server.identity\n",
    .run = run,
};
