/*
 * The server's sockets. A machine without IPv6 still serves IPv4 when no address was asked for.
 */
#include "node/listen.h"
#include "lethe/error.h"
#include "node/log.h"

static int explain(int err, const char *text, struct complaint *why)
{
    if (err == LETHE_ERR_IN_USE)
        return complain(why, err, "%s is in use; end what uses it or choose another with --listen",
                        text);
    if (err == LETHE_ERR_PERMISSION)
        return complain(why, err, "not allowed to listen on %s; ports below 1024 need root", text);
    return complain(why, err, "cannot listen on %s: not an address of this machine", text);
}

static int open_address(struct listeners *l, const struct address *at, struct complaint *why)
{
    const struct udp_options options = {.reuse_port = l->workers > 1};
    struct address bound = *at;
    char text[ADDRESS_TEXT_BYTES];
    address_text(at, text);
    /* Sockets that share a port share it with any other server of this user: it must be free first.
     */
    if (options.reuse_port && address_port(at) != 0) {
        struct udp probe;
        const struct udp_options alone = {.reuse_port = false};
        int err = udp_open(&probe, at, &alone);
        udp_close(&probe);
        if (err != LETHE_OK)
            return explain(err, text, why);
    }
    for (int w = 0; w < l->workers; w++) {
        struct udp *udp = &l->sockets[l->addresses][w];
        int err = udp_open(udp, &bound, &options);
        if (err != LETHE_OK) {
            while (w-- > 0)
                udp_close(&l->sockets[l->addresses][w]);
            return explain(err, text, why);
        }
        bound = udp->self;
    }
    l->addresses++;
    return LETHE_OK;
}

static int open_all(struct listeners *l, uint16_t port, struct complaint *why)
{
    struct address v6 = address_any(AF_INET6, port), v4 = address_any(AF_INET, port);
    struct complaint no_v6;
    int err = open_address(l, &v6, &no_v6);
    if (err == LETHE_ERR_IN_USE) {
        *why = no_v6;
        return err;
    }
    return open_address(l, &v4, why);
}

int listeners_open(struct listeners *l, const char *const *texts, int count, uint16_t default_port,
                   int workers, struct complaint *why)
{
    l->addresses = 0;
    l->workers = workers;
    if (count == 0)
        return open_all(l, default_port, why);
    for (int i = 0; i < count; i++) {
        struct address at;
        const char *reason;
        int err = address_parse(&at, texts[i], default_port, &reason);
        if (err != LETHE_OK)
            return complain(why, LETHE_ERR_USAGE, "--listen %s: %s", texts[i], reason);
        err = open_address(l, &at, why);
        if (err == LETHE_ERR_NETWORK && address_is_bare_v6(texts[i]))
            return complain(why, err,
                            "cannot listen on the address %s: none of this machine; with a port, "
                            "an IPv6 address stands in brackets",
                            texts[i]);
        if (err != LETHE_OK)
            return err;
    }
    return LETHE_OK;
}

void listeners_close(struct listeners *l)
{
    for (int i = 0; i < l->addresses; i++)
        for (int w = 0; w < l->workers; w++)
            udp_close(&l->sockets[i][w]);
    l->addresses = 0;
}

void listeners_say(const struct listeners *l)
{
    char text[ADDRESS_TEXT_BYTES];
    for (int i = 0; i < l->addresses; i++) {
        address_text(&l->sockets[i][0].self, text);
        log_say("listening on %s", text);
    }
}
