/*
 * lethe rotate: the process that makes and erases cookie keys and short-term keys.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cmd/command.h"
#include "node/log.h"
#include "node/rotator.h"
#include "store/identity.h"
#include "store/ringfile.h"

static volatile sig_atomic_t stop;

static void on_stop(int number)
{
    (void)number;
    stop = 1;
}

static void say_turned(uint64_t epoch)
{
    log_say("cookie key %llu is the newest", (unsigned long long)epoch);
}

enum { OPTION_RING = 256, OPTION_PERIOD, OPTION_SHORT_TERM, OPTION_PARK };

/* o: the periods, milliseconds, and whether to turn a slow ring. */
static int turn_ring(const char *dir, const char *given, struct rotator_options *o,
                     struct complaint *why)
{
    static struct server_identity identity;
    char folder[RING_PATH_BYTES];
    bool on_disk;
    int lock, err = identity_load_secret(&identity, dir, why);
    if (err == LETHE_OK)
        err = ring_folder(folder, given, identity.fingerprint, &on_disk, why);
    wipe(&identity, sizeof identity);
    if (err == LETHE_OK)
        err = rotator_lock(&lock, folder, why);
    if (err != LETHE_OK)
        return err;
    log_open();
    if (on_disk)
        log_say("warning: %s is not memory-backed; erased cookie keys may survive on the medium",
                folder);
    struct sigaction action = {.sa_handler = on_stop};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    log_say("turning the ring in %s", folder);
    o->folder = folder;
    o->identity_dir = dir;
    err = rotator_run(o, &stop, say_turned, why);
    log_close();
    close(lock);
    return err;
}

static int run(int argc, char **argv, struct complaint *why)
{
    static const struct option options[] = {
        {"ring", required_argument, NULL, OPTION_RING},
        {"period", required_argument, NULL, OPTION_PERIOD},
        {"short-term", required_argument, NULL, OPTION_SHORT_TERM},
        {"park", no_argument, NULL, OPTION_PARK},
        {0}};
    const char *ring = NULL;
    struct rotator_options o = {0};
    int64_t seconds = 0;
    int c, err = LETHE_OK;
    while (err == LETHE_OK && (c = command_option(argc, argv, ":", options, why)) != -1) {
        if (c == OPTION_RING)
            ring = optarg;
        else if (c == OPTION_PERIOD)
            err = command_number("period", optarg, 1, 3600, &seconds, why);
        else if (c == OPTION_SHORT_TERM)
            err = command_number("short-term", optarg, 1, 86400, &seconds, why);
        else if (c == OPTION_PARK)
            o.park = true;
        else
            err = LETHE_ERR_USAGE;
        if (c == OPTION_PERIOD)
            o.period_ms = seconds * 1000;
        else if (c == OPTION_SHORT_TERM)
            o.short_term_ms = seconds * 1000;
    }
    if (err == LETHE_OK)
        err = command_arguments(argc, argv, 1, why);
    return err == LETHE_OK ? turn_ring(argv[optind], ring, &o, why) : err;
}

const struct command command_rotate = {
    .name = "rotate",
    .summary = "make and erase a server's short-lived keys",
    .help = "usage: lethe rotate DIR [--ring FOLDER] [--period SECONDS] [--short-term SECONDS]\n"
            "                        [--park]\n\n"
            "Turns the ring of cookie keys of the identity in DIR until it is ended: a new key\n"
            "each period, each key erased eight periods after its birth. One rotator serves all\n"
            "servers that share the ring. `lethe serve` starts one when none runs. Also makes the\n"
            "server's short-term key, for data in a client's first packet, and puts its signed\n"
            "public half into DIR/public/short-term.\n\n"
            "  --ring FOLDER       where the ring lives (default: in memory, below /run/lethe\n"
            "                      for root, $XDG_RUNTIME_DIR/lethe for others, or /dev/shm)\n"
            "  --period SECONDS    a new key this often (default 60)\n"
            "  --short-term SECONDS\n"
            "                      a new short-term key this often (default 3600); each is erased\n"
            "                      when it is twice as old\n"
            "  --park              turn the slow ring too, for servers with --park: a new key\n"
            "                      each hour, each erased two days after its birth\n\n"
            "example:\n"
            "  lethe rotate server\n",
    .run = run,
};
