/*
 * A download by Lethe that keeps nothing, next to which a floor that keeps nothing can be put: all
 * that lethe get does but its file. Whether the bytes are right, the packets' tags say.
 */
#include "bench/measure.h"
#include "bench/null_store.h"
#include "client/transfer.h"
#include "crypto/init.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "store/identity.h"

#include <stdlib.h>

#define GIVE_UP_NS 3000000000

struct download {
    const char *path;
    bool begun;
    uint64_t bytes;
};

static int step(void *context, struct client *client)
{
    struct download *d = context;
    const struct fetch_store store = null_store();
    int err = LETHE_OK;
    if (!d->begun)
        (void)client_begin(client, d->path, &store, 0);
    else if (fetch_done(&client->fetches[0])) {
        err = client->fetches[0].result;
        d->bytes = client->fetches[0].bytes_received;
        client_end(client, 0);
    }
    d->begun = true;
    return err;
}

static void progress(void *context, const struct client *client, int64_t now_ns)
{
    (void)context, (void)client, (void)now_ns;
}

int main(int argc, char **argv)
{
    static struct client client;
    struct public_identity server;
    struct complaint why = {.text = ""};
    const char *reason = "usage: bench_discard IDENTITY ADDRESS:PORT PATH BYTES";
    struct download d = {.path = argc == 5 ? argv[3] : ""};
    struct transfer_options options = {.server = &server.server,
                                       .address_count = 1,
                                       .give_up_ns = GIVE_UP_NS,
                                       .stop_fd = -1,
                                       .context = &d,
                                       .step = step,
                                       .progress = progress};
    if (argc != 5 || address_parse(&options.addresses[0], argv[2], 0, &reason) != LETHE_OK)
        bench_fail("%s", reason);
    if (crypto_init() != LETHE_OK)
        bench_fail("no cryptography");
    if (identity_load_public(&server, argv[1], &why) != LETHE_OK)
        bench_fail("%s", why.text);
    int err = transfer_run(&options, &client, &why);
    if (err != LETHE_OK)
        bench_fail("%s", why.text[0] ? why.text : lethe_strerror(err));
    if (d.bytes != strtoull(argv[4], NULL, 10))
        bench_fail("%llu bytes came", (unsigned long long)d.bytes);
    client_wipe(&client);
    identity_free(&server);
    return 0;
}
