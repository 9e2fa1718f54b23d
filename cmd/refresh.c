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
#include "cmd/command.h"
#include "cmd/whom.h"
#include "net/clock.h"
#include "net/signals.h"
#include "node/file.h"
#include "node/find.h"
#include "node/short_term.h"

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
    struct find_options find;
    struct finder finder;
    uint8_t file[SHORT_TERM_FILE_BYTES]; /* the last that was signed by this identity, */
    struct short_term_public key;        /* what it says, */
    int result;                          /* and LETHE_ERR_TIMEOUT where its time is not now */
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
    return err;
}

/* Whether it is signed by this identity. A key whose time is over is taken all the same: that is
 * what the server has, and asking again would not change it. */
static bool is_genuine(void *context, const uint8_t *bytes)
{
    struct refresh *r = context;
    const struct public_identity *id = &r->whom.server->id;
    memcpy(r->file, bytes, sizeof r->file);
    r->result = short_term_open(&r->key, bytes, sizeof r->file, id->server.fingerprint,
                                id->sign_public, (int64_t)clock_real_ms());
    return r->result == LETHE_OK || r->result == LETHE_ERR_TIMEOUT;
}

static int explain_find(const struct refresh *r, int err, struct complaint *why)
{
    const char *host = r->uri.host;
    if (err == LETHE_OK || why->text[0])
        return err;
    if (err == LETHE_ERR_NOT_FOUND)
        return complain(why, err, "%s has no short-term key to give out: does its rotator run?",
                        host);
    if (err == LETHE_ERR_NETWORK)
        return complain(why, err,
                        "nobody listens at %s (tried for %u s): start the server, or give its "
                        "address and port",
                        host, r->whom.timeout_seconds);
    if (err == LETHE_ERR_TIMEOUT && r->finder.packets_wrong)
        return complain(why, LETHE_ERR_CRYPTO,
                        "what %s gives out as its short-term key is not signed by its identity",
                        host);
    if (err == LETHE_ERR_TIMEOUT)
        return complain(why, err,
                        "%s gave no answer in %u s: is the server there, and is this its "
                        "identity?",
                        host, r->whom.timeout_seconds);
    return complain(why, err, "%s: %s", host, lethe_strerror(err));
}

static int explain_time(const struct refresh *r, struct complaint *why)
{
    const int64_t now_ms = (int64_t)clock_real_ms();
    const bool early = now_ms < r->key.born_ms;
    const int64_t ms = early ? r->key.born_ms - now_ms : now_ms - r->key.until_ms;
    return complain(why, LETHE_ERR_TIMEOUT,
                    "the short-term key of %s %s %lld s %s: is this clock right, and the "
                    "server's, and does its rotator run?",
                    r->uri.host, early ? "begins only" : "ended", (long long)(ms / 1000),
                    early ? "from now" : "ago");
}

static int find(struct refresh *r, struct complaint *why)
{
    const char *reason;
    int err = address_resolve(r->find.addresses, TRANSFER_ADDRESSES_MAX, &r->find.address_count,
                              r->uri.host, LETHE_DEFAULT_PORT, &reason);
    if (err != LETHE_OK)
        return complain(why, err, "%s: %s", r->uri.host, reason);
    lethe_identity_fingerprint(r->whom.server, r->find.finder.fingerprint);
    r->find.finder.is_genuine = is_genuine;
    r->find.finder.context = r;
    r->find.finder.give_up_ns = (int64_t)r->whom.timeout_seconds * 1000 * PACE_MS;
    r->find.stop_fd = r->whom.stop_fd;
    why->text[0] = 0;
    err = explain_find(r, find_run(&r->find, &r->finder, why), why);
    return err == LETHE_OK && r->result != LETHE_OK ? explain_time(r, why) : err;
}

static int keep(const struct refresh *r, struct complaint *why)
{
    char path[4096];
    int err = identity_cache_path(path, sizeof path, "short-term", r->find.finder.fingerprint, why);
    if (err == LETHE_OK)
        err = file_write(path, r->file, sizeof r->file, 0600, FILE_REPLACE, why);
    return err;
}

static void account(const struct refresh *r, double seconds)
{
    char text[64];
    struct tm tm;
    const time_t until = (time_t)(r->key.until_ms / 1000);
    if (r->json) {
        printf("{\"born_ms\":%lld,\"until_ms\":%lld,\"identity_seconds\":%.6f,\"seconds\":%.6f}\n",
               (long long)r->key.born_ms, (long long)r->key.until_ms, r->whom.identity_seconds,
               seconds);
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
    const double seconds = reach_seconds(r->finder.start_ns, (int64_t)clock_monotonic_ns());
    if (err == LETHE_OK)
        err = keep(r, why);
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
