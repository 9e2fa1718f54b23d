/*
 * Recording a request in a first packet, and trying to open it with one short-term key or another.
 */
#include "capture.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/aead.h"
#include "crypto/dh.h"
#include "lethe/error.h"
#include "lethe/service.h"
#include "net/clock.h"
#include "store/identity.h"
#include "store/short_term_file.h"
#include "wire/files.h"

#define PATIENCE_NS 5000000000u

static void read_keys(struct short_term_image *image, const char *folder)
{
    struct complaint why;
    if (short_term_image_read(image, folder, &why) != LETHE_OK)
        errx(1, "%s", why.text);
}

/* The client's half: HELLO, and the answer, which must be that of the service. */
static void ask(struct capture *c, struct kex_client *client, const struct address *server)
{
    uint8_t out[DATAGRAM_BYTES];
    struct early_answer a;
    struct peer *p = calloc(1, sizeof *p);
    if (!p)
        err(1, "set-up");
    peer_open(p, NULL, server);
    const uint64_t now = clock_monotonic_ns();
    const size_t n = kex_client_output(client, (int64_t)now, out);
    memcpy(c->packets[KIND_HELLO].bytes, out, c->packets[KIND_HELLO].n = n);
    peer_send(p, out, n);
    peer_flush(p);
    if (peer_receive(p, now + PATIENCE_NS))
        for (size_t i = 0; i < p->batch.count; i++)
            (void)kex_client_input(client, (int64_t)now, p->batch.datagrams[i].data,
                                   p->batch.datagrams[i].len);
    if (!client->accepted ||
        early_answer_decode(&a, client->early_reply, ACCEPT_EARLY_BYTES) != LETHE_OK ||
        a.outcome != EARLY_EXECUTED || a.status != LETHE_STATUS_OK)
        errx(1, "the request in the first packet was not executed");
    peer_close(p);
    free(p);
}

void capture_make_early(struct capture *c, const char *dir, const char *ring_folder,
                        const struct address *server, const char *path)
{
    static struct kex_client client;
    static struct rng rng;
    uint8_t seed[RNG_SEED_BYTES], call[FILES_REQUEST_MAX], public[DH_PUBLIC_BYTES], key[32];
    struct public_identity identity;
    struct short_term_image image;
    struct complaint why;
    memset(c, 0, sizeof *c);
    read_keys(&image, ring_folder);
    const int newest = image.keys[1].born_ms > image.keys[0].born_ms;
    const uint8_t *secret = image.keys[newest].secret;
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed ||
        identity_load_public(&identity, dir, &why) != LETHE_OK)
        errx(1, "set-up");
    rng_seed(&rng, seed);
    dh_public(public, secret);
    const struct files_request open = {
        .op = FILES_OPEN, .path = (const uint8_t *)path, .path_len = strlen(path)};
    const struct kex_early early = {.short_term = public,
                                    .minute = (uint32_t)(clock_real_ms() / 60000),
                                    .request = call,
                                    .len = files_request_encode(call, sizeof call, &open)};
    if (kex_client_init_early(&client, &identity.server, 0, &early, &rng) != LETHE_OK)
        errx(1, "the identity is unusable");
    schedule_early_box(key, client.kh0, client.early_dh);
    capture_keep(c, "short-term key", secret, SHORT_TERM_KEY_BYTES);
    capture_keep(c, "DH(c', short-term)", client.early_dh, 32);
    capture_keep(c, "early box key", key, sizeof key);
    ask(c, &client, server);
    identity_free(&identity);
}

static bool opens(const uint8_t body[HELLO_BODY_BYTES], const uint8_t *packet,
                  const struct hello *h, const uint8_t kh0[32], const uint8_t secret[32])
{
    uint8_t dh[32], key[32], plain[EARLY_BODY_BYTES];
    const uint8_t *box = early_box(body);
    if (!box || dh_shared(dh, h->client, secret) != LETHE_OK)
        return false;
    schedule_early_box(key, kh0, dh);
    return aead_open(plain, box, EARLY_BOX_BYTES, packet, HELLO_HEADER_BYTES, h->nonce, key) ==
           LETHE_OK;
}

int capture_open_early(const struct capture *c, const struct server_identity *id,
                       const char *ring_folder)
{
    uint8_t kh0[32], body[HELLO_BODY_BYTES];
    const uint8_t *packet = c->packets[KIND_HELLO].bytes;
    struct short_term_image image;
    struct hello h;
    read_keys(&image, ring_folder);
    if (hello_decode(&h, packet, DATAGRAM_BYTES) != LETHE_OK ||
        !capture_hello_key(c, id, kh0, body))
        errx(1, "the captured HELLO is not of this identity");
    int opened = opens(body, packet, &h, kh0, id->dh_secret);
    for (int i = 0; i < SHORT_TERM_KEYS; i++)
        opened += opens(body, packet, &h, kh0, image.keys[i].secret);
    return opened;
}
