/*
 * lethe get: fetch one file, verified, resumable, put in place atomically.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/uri.h"
#include "net/clock.h"
#include "node/download.h"
#include "node/identity.h"
#include "node/partial.h"

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
    const char *identity, *output;
    bool strict, quiet, verbose, json;
    int64_t timeout;
    struct uri uri;
    struct public_identity server;
    struct partial partial;
    struct client client;
};

static int take_option(struct get *g, int c, struct complaint *why)
{
    switch (c) {
    case OPTION_IDENTITY:
        g->identity = optarg;
        return LETHE_OK;
    case 'o':
        g->output = optarg;
        return LETHE_OK;
    case OPTION_STRICT:
        g->strict = true;
        return LETHE_OK;
    case OPTION_TIMEOUT:
        return command_number("timeout", optarg, 1, 86400, &g->timeout, why);
    case 'q':
        g->quiet = true;
        return LETHE_OK;
    case 'v':
        g->verbose = true;
        return LETHE_OK;
    case OPTION_JSON:
        g->json = true;
        return LETHE_OK;
    default:
        return LETHE_ERR_USAGE;
    }
}

static int read_arguments(struct get *g, int argc, char **argv, struct complaint *why)
{
    int c, err = LETHE_OK;
    g->timeout = 30;
    while (err == LETHE_OK && (c = command_option(argc, argv, options, why)) != -1)
        err = take_option(g, c, why);
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    if (err == LETHE_OK)
        err = uri_parse(&g->uri, argv[optind], why);
    if (err == LETHE_OK && !g->identity)
        err = complain(why, LETHE_ERR_USAGE, "whose server? give --identity FILE or FINGERPRINT");
    if (err == LETHE_OK && !g->output)
        g->output = uri_name(&g->uri);
    return err;
}

static int load_identity(struct get *g, struct complaint *why)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    if (fingerprint_parse(fingerprint, g->identity) == LETHE_OK)
        return identity_load_cached(&g->server, fingerprint, why);
    return identity_load_public(&g->server, g->identity, why);
}

static int resolve(struct get *g, struct download_options *o, struct complaint *why)
{
    const char *reason;
    int err = address_resolve(o->addresses, DOWNLOAD_ADDRESSES_MAX, &o->address_count, g->uri.host,
                              DEFAULT_PORT, &reason);
    return err == LETHE_OK ? err : complain(why, err, "%s: %s", g->uri.host, reason);
}

/* Words for how a transfer ended, where the layers below had none. */
static int explain(const struct get *g, int err, struct complaint *why)
{
    const char *path = g->uri.path, *host = g->uri.host;
    if (why->text[0] && err != LETHE_ERR_INTERRUPTED)
        return err;
    switch (err) {
    case LETHE_ERR_TIMEOUT:
        return complain(why, err, g->client.kex.accepted
                        ? "%s stopped answering for %lld s; run the same command again to resume"
                        : "%s gave no answer in %lld s: is the server there, and is this its identity?",
                        host, (long long)g->timeout);
    case LETHE_ERR_NOT_FOUND:
        return complain(why, err, "%s has no file '%s'", host, path);
    case LETHE_ERR_PERMISSION:
        return complain(why, err, "%s does not give out '%s'", host, path);
    case LETHE_ERR_CHANGED:
        return complain(why, err, "'%s' keeps changing at the server; try again later", path);
    case LETHE_ERR_CRYPTO:
        return complain(why, err, "'%s' does not have the digest that the server gives for it", path);
    case LETHE_ERR_REFUSED:
        return complain(why, err, "%s refused the request or could not read '%s'", host, path);
    case LETHE_ERR_INTERRUPTED:
        return complain(why, err, "interrupted; run the same command again to resume");
    default:
        return complain(why, err, "%s: %s", host, lethe_strerror(err));
    }
}

static int fetch(struct get *g, struct complaint *why)
{
    struct progress progress = {.line = isatty(STDERR_FILENO) && !g->quiet, .verbose = g->verbose};
    struct download_options o = {.server = &g->server.server,
                                 .path = g->uri.path,
                                 .strict = g->strict,
                                 .give_up_ns = g->timeout * 1000 * PACE_MS,
                                 .local_size = g->partial.size,
                                 .store = partial_store(&g->partial),
                                 .progress = progress_show,
                                 .progress_context = &progress};
    bool replaced = false;
    int err = resolve(g, &o, why);
    if (err != LETHE_OK)
        return err;
    err = download_run(&o, &g->client, why);
    int64_t end = (int64_t)clock_monotonic_ns();
    progress_clear(&progress);
    if (err != LETHE_OK)
        return explain(g, err, why);
    err = partial_finish(&g->partial, &replaced, why);
    if (err == LETHE_OK && (g->json || !g->quiet))
        progress_account(&g->client, end, g->output, replaced, g->json);
    return err;
}

static int run(int argc, char **argv, struct complaint *why)
{
    struct get *g = calloc(1, sizeof *g);
    if (!g)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    g->partial.fd = -1;
    int err = read_arguments(g, argc, argv, why);
    if (err == LETHE_OK)
        err = load_identity(g, why);
    if (err == LETHE_OK)
        err = partial_open(&g->partial, g->output, why);
    if (err == LETHE_OK)
        err = fetch(g, why);
    if (g->client.accepted_ns)
        identity_cache(&g->server);
    partial_close(&g->partial);
    identity_free(&g->server);
    client_wipe(&g->client);
    free(g);
    return err;
}

const struct command command_get = {
    .name = "get",
    .summary = "fetch a file",
    .help = "usage: lethe get lethe://HOST[:PORT]/PATH --identity FILE|FINGERPRINT [OPTION...]\n\n"
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
            "  lethe get --strict lethe://[2001:db8::1]:7000/a%20b -o b --identity server/public/identity\n",
    .run = run,
};
