/*
 * Recording an exchange and trying to open what was recorded, with one key or another.
 */
#include "capture.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/dh.h"
#include "flow/caller.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "seal/continuation.h"
#include "seal/handle.h"
#include "seal/share.h"
#include "store/identity.h"
#include "wire/accept.h"
#include "wire/files.h"

#define PATIENCE_NS 5000000000u

static void record(void *context, bool sent, const uint8_t *p, size_t n)
{
    struct capture *c = context;
    (void)sent;
    if (p[0] >= CAPTURE_KINDS || c->packets[p[0]].n)
        return;
    memcpy(c->packets[p[0]].bytes, p, n);
    c->packets[p[0]].n = n;
}

void capture_keep(struct capture *c, const char *name, const void *p, size_t n)
{
    if (c->secret_count == CAPTURE_SECRETS || n > CAPTURE_SECRET_BYTES)
        errx(1, "no room for secret %s", name);
    struct secret *s = &c->secrets[c->secret_count++];
    snprintf(s->name, sizeof s->name, "%s", name);
    memcpy(s->bytes, p, n);
    s->n = n;
}

/* A key and its two directions. */
static void keep_split(struct capture *c, const char *name, const uint8_t key[32])
{
    char part[64];
    uint8_t from_client[32], from_server[32];
    keys_split(from_client, from_server, key);
    capture_keep(c, name, key, 32);
    snprintf(part, sizeof part, "%s from client", name);
    capture_keep(c, part, from_client, 32);
    snprintf(part, sizeof part, "%s from server", name);
    capture_keep(c, part, from_server, 32);
}

/* Every key of the image, dead or alive: whoever finds one does not care for its age. */
static void all_keys(struct ring *ring, const struct ring_image *image)
{
    ring_init(ring, image->period_ms);
    ring->life_ms = INT64_MAX;
    for (int i = 0; i < KID_COUNT; i++)
        if (image->keys[i].epoch)
            ring_put(ring, image->keys[i].epoch, image->keys[i].born_ms, image->keys[i].key);
}

static void keep_ring(struct capture *c, const struct ring *ring, const struct ring_image *image)
{
    static const char *const purposes[] = {"seal",   "exchange", "error", "mask", "share",
                                           "handle", "puzzle",   "pass",  "mark", "park"};
    _Static_assert(sizeof purposes / sizeof *purposes == RING_PURPOSES, "a name each");
    char name[32];
    for (int i = 0; i < KID_COUNT; i++) {
        if (!image->keys[i].epoch)
            continue;
        snprintf(name, sizeof name, "cookie key kid %d", i);
        capture_keep(c, name, image->keys[i].key, COOKIE_KEY_BYTES);
        for (int p = 0; p < RING_PURPOSES; p++) {
            snprintf(name, sizeof name, "subkey %s kid %d", purposes[p], i);
            capture_keep(c, name, ring->keys[i].sub[p], 32);
        }
    }
}

bool capture_hello_key(const struct capture *c, const struct server_identity *id, uint8_t kh0[32],
                       uint8_t body[HELLO_BODY_BYTES])
{
    struct hello h;
    uint8_t dh[32], s[32], key[32];
    const struct captured *p = &c->packets[KIND_HELLO];
    if (hello_decode(&h, p->bytes, p->n) != LETHE_OK ||
        dh_shared(dh, h.client, id->dh_secret) != LETHE_OK ||
        mceliece_dec(s, h.ct, id->mceliece_secret) != LETHE_OK)
        return false;
    schedule_hello(kh0, id->fingerprint, s, dh, p->bytes);
    schedule_hello_box(key, kh0);
    return aead_open(body, h.box, HELLO_BOX_BYTES, p->bytes, HELLO_HEADER_BYTES, h.nonce, key) ==
           LETHE_OK;
}

/* Opens ACCEPT with a candidate for DH(s', c'); ka is then its key. */
static bool open_accept(const struct capture *c, const uint8_t kh0[32], const uint8_t dh[32],
                        uint8_t ka[32])
{
    struct accept a;
    uint8_t key[32], nonce[NONCE_BYTES], body[ACCEPT_BODY_BYTES];
    const struct captured *p = &c->packets[KIND_ACCEPT];
    if (accept_decode(&a, p->bytes, p->n) != LETHE_OK)
        return false;
    schedule_accept(ka, kh0, dh);
    schedule_accept_box(key, ka);
    schedule_accept_nonce(nonce, a.m);
    return aead_open(body, a.box, ACCEPT_BOX_BYTES, p->bytes, ACCEPT_HEADER_BYTES, nonce, key) ==
           LETHE_OK;
}

static bool open_leg(const struct capture *c, const uint8_t from_client[32])
{
    uint8_t nonce[NONCE_BYTES], body[LEG_BODY_BYTES];
    const struct captured *p = &c->packets[KIND_LEG];
    schedule_client_nonce(nonce, KIND_LEG, LEG_SNTRUP);
    return p->n == DATAGRAM_BYTES &&
           aead_open(body, p->bytes + LEG_HEADER_BYTES, p->n - LEG_HEADER_BYTES, p->bytes,
                     LEG_HEADER_BYTES, nonce, from_client) == LETHE_OK;
}

/* What the server derived for this exchange and forgot. */
static void keep_exchange(struct capture *c, const struct server_identity *id,
                          const struct cookie_key *key, const struct kex_client *client)
{
    uint8_t k1[32], secret[32], kh0[32], ka[32], dh[32], box[32], z[32];
    uint8_t body[HELLO_BODY_BYTES];
    struct exchange x = {.keyed = false};
    struct accept a;
    struct hello h;
    const struct captured *p = &c->packets[KIND_ACCEPT];
    schedule_exchange_key(k1, key, c->m);
    keep_split(c, "K1", k1);
    schedule_exchange_dh(secret, key, c->m);
    capture_keep(c, "S' secret", secret, 32);
    schedule_error_seed(z, key, c->m);
    capture_keep(c, "error seed", z, 32);
    schedule_mask_key(z, key, c->m);
    capture_keep(c, "mask key", z, 32);
    exchange_key(&x, key, c->m);
    exchange_error(&x, key);
    capture_keep(c, "error positions", x.error.at, sizeof x.error.at);
    capture_keep(c, "masks", x.mask, BLOCK_COUNT);
    if (accept_decode(&a, p->bytes, p->n) != LETHE_OK ||
        hello_decode(&h, client->hello, DATAGRAM_BYTES) != LETHE_OK ||
        !capture_hello_key(c, id, kh0, body) || dh_shared(dh, h.client, secret) != LETHE_OK ||
        !open_accept(c, kh0, dh, ka))
        errx(1, "ACCEPT does not open with the keys that made it");
    capture_keep(c, "Kh0", kh0, 32);
    capture_keep(c, "DH(s', c')", dh, 32);
    capture_keep(c, "Ka", ka, 32);
    schedule_accept_box(box, ka);
    capture_keep(c, "accept box key", box, 32);
    schedule_session(z, ka, client->hello, a.kid, a.m, a.server);
    keep_split(c, "Z1", z);
    if (memcmp(z, client->session.z, 32) != 0 ||
        memcmp(x.from_client, client->from_client, 32) != 0)
        errx(1, "the secrets derived are not the client's");
}

static void keep_session(struct capture *c, const struct kex_client *client,
                         const struct caller *caller)
{
    char name[32];
    capture_keep(c, "NTRU Prime secret", client->yields[LEG_SNTRUP].secret, 32);
    capture_keep(c, "McEliece secret", client->yields[LEG_MCELIECE].secret, 32);
    for (int i = 0; i < CALLER_GENERATIONS; i++) {
        if (!caller->generations[i].live)
            continue;
        snprintf(name, sizeof name, "Z of generation %d", i);
        keep_split(c, name, caller->generations[i].z);
    }
}

/* The file opened, and the first 512 bytes of it pulled, in one request; each has its echo. */
static size_t make_request(struct caller *caller, struct rng *rng, const char *path, uint32_t echo,
                           int64_t now, uint8_t out[DATAGRAM_BYTES])
{
    uint8_t call[FILES_REQUEST_MAX];
    const struct files_request open = {
        .op = FILES_OPEN, .path = (const uint8_t *)path, .path_len = strlen(path)};
    struct request_body b = {
        .flags = REQUEST_CALL,
        .echo = echo,
        .datagram = DATAGRAM_BYTES,
        .item_count = 1,
        .items = {{.first = 1, .count = 1, .handle = HANDLE_OPENED, .last = 512}},
        .call_id = 1,
        .call_handle = HANDLE_NONE,
        .call = call,
        .call_len = (uint16_t)files_request_encode(call, sizeof call, &open)};
    return caller_seal(caller, &b, rng, now, PACE_MS, LEG_BIT(LEG_SNTRUP), out, DATAGRAM_BYTES,
                       DATAGRAM_BYTES);
}

static void request(struct capture *c, struct peer *p, struct caller *caller, struct rng *rng,
                    const char *path)
{
    uint8_t out[DATAGRAM_BYTES], plain[DATA_BODY_MAX];
    struct data_body d;
    bool adopted, bytes = false, renewed = false;
    int64_t now = (int64_t)clock_monotonic_ns();
    peer_send(p, out, make_request(caller, rng, path, 0, now, out));
    peer_flush(p);
    for (int i = 0; i < 5 && !(bytes && renewed); i++) {
        if (!peer_receive(p, clock_monotonic_ns() + 1000000000u))
            continue;
        for (size_t j = 0; j < p->batch.count; j++) {
            const struct datagram *g = &p->batch.datagrams[j];
            if (caller_open_answer(caller, &d, plain, g->data, g->len, now, &adopted) != LETHE_OK)
                continue;
            if (d.flags & DATA_BODY) {
                memcpy(c->handle, d.handle, d.handle_len);
                c->handle_len = d.handle_len;
            }
            bytes = bytes || (d.flags & DATA_PULL && d.bytes_len == 512);
            if (d.continuation)
                memcpy(c->continuations[1], d.continuation, CONTINUATION_BYTES);
            renewed = renewed || d.continuation;
        }
    }
    if (!bytes || !renewed || c->handle_len == 0)
        errx(1, "the answer is not the file's first 512 bytes, a handle and a continuation");
    if (c->packets[aead_has_aes() ? KIND_DATA_AES : KIND_DATA].n == 0)
        errx(1, "the answer was not recorded");
}

static void run(struct capture *c, struct kex_client *client, struct caller *caller,
                const struct server_public *server, const struct address *to, const char *path)
{
    uint8_t seed[RNG_SEED_BYTES];
    struct rng rng;
    struct peer *p = calloc(1, sizeof *p);
    uint8_t *pk = malloc(MCELIECE_PUBLIC_BYTES), *sk = malloc(MCELIECE_SECRET_BYTES);
    if (!p || !pk || !sk || getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        err(1, "set-up");
    rng_seed(&rng, seed);
    mceliece_keypair(pk, sk);
    if (kex_client_init(client, server, LEG_BIT(LEG_SNTRUP) | LEG_BIT(LEG_MCELIECE), &rng) !=
        LETHE_OK)
        errx(1, "the identity is unusable");
    kex_client_lend_mceliece(client, pk, sk);
    peer_open(p, NULL, to);
    p->watch = record;
    p->context = c;
    if (!peer_exchange(p, client, PATIENCE_NS))
        errx(1, "the exchange was not finished in 5 s");
    caller_open(caller, &client->session, (int64_t)clock_monotonic_ns());
    for (int leg = 0; leg < LEG_COUNT; leg++)
        caller_absorb(caller, &client->yields[leg], client->m);
    request(c, p, caller, &rng, path);
    for (uint32_t i = 0; i < CAPTURE_UNHEARD; i++)
        c->unheard[i].n = make_request(caller, &rng, path, 1 + i, (int64_t)clock_monotonic_ns(),
                                       c->unheard[i].bytes);
    peer_close(p);
    free(p);
    free(pk);
    free(sk);
}

void capture_make(struct capture *c, const char *dir, const char *ring_folder,
                  const struct address *server, const char *path)
{
    static struct kex_client client;
    static struct caller caller;
    static struct server_identity id;
    struct public_identity public;
    struct ring_image image;
    struct ring ring;
    struct complaint why;
    memset(c, 0, sizeof *c);
    if (identity_load_public(&public, dir, &why) != LETHE_OK ||
        identity_load_secret(&id, dir, &why) != LETHE_OK)
        errx(1, "%s", why.text);
    run(c, &client, &caller, &public.server, server, path);
    if (ring_image_read(&image, KID_COUNT, ring_folder, &why) != LETHE_OK)
        errx(1, "%s", why.text);
    all_keys(&ring, &image);
    c->kid = client.kid;
    memcpy(c->m, client.m, sizeof c->m);
    memcpy(c->continuations[0], client.session.continuation, CONTINUATION_BYTES);
    for (int leg = 0; leg < LEG_COUNT; leg++)
        memcpy(c->shares[leg], client.yields[leg].share, SHARE_BYTES);
    keep_ring(c, &ring, &image);
    keep_exchange(c, &id, &ring.keys[c->kid], &client);
    keep_session(c, &client, &caller);
    identity_free(&public);
}

static int tell(bool opened, const char *what)
{
    if (opened)
        printf("opens: %s\n", what);
    return opened;
}

/* Each key of the ring in turn, for what does not name its key under authentication. */
static int open_exchange(const struct capture *c, const struct server_identity *id,
                         const struct ring *ring)
{
    uint8_t k1[32], from_client[32], from_server[32], secret[32], public[32], dh[32], kh0[32];
    uint8_t ka[32], body[HELLO_BODY_BYTES];
    bool leg = false, dh_found = false, accept = false;
    struct hello h;
    struct accept a;
    if (!capture_hello_key(c, id, kh0, body) ||
        hello_decode(&h, c->packets[KIND_HELLO].bytes, DATAGRAM_BYTES) != LETHE_OK ||
        accept_decode(&a, c->packets[KIND_ACCEPT].bytes, DATAGRAM_BYTES) != LETHE_OK)
        errx(1, "the captured HELLO is not of this identity");
    for (int i = 0; i < KID_COUNT; i++) {
        const struct cookie_key *key = &ring->keys[i];
        if (!key->live)
            continue;
        schedule_exchange_key(k1, key, c->m);
        keys_split(from_client, from_server, k1);
        leg = leg || open_leg(c, from_client);
        schedule_exchange_dh(secret, key, c->m);
        dh_public(public, secret);
        dh_found = dh_found || memcmp(public, a.server, sizeof public) == 0;
        accept =
            accept || (dh_shared(dh, h.client, secret) == LETHE_OK && open_accept(c, kh0, dh, ka));
    }
    return tell(leg, "LEG, under K1") + tell(dh_found, "S', by its secret") +
           tell(accept, "ACCEPT, under Ka");
}

int capture_open(const struct capture *c, const struct server_identity *id,
                 const struct ring_image *image)
{
    static const char *const names[] = {"the continuation of ACCEPT", "the continuation of DATA",
                                        "the share of NTRU Prime", "the share of McEliece"};
    struct ring ring;
    struct session s;
    struct handle h;
    uint8_t secret[32], hash[32];
    int opened = 0;
    all_keys(&ring, image);
    for (int i = 0; i < 2; i++)
        opened += tell(continuation_open(&s, &ring, 0, c->continuations[i]) == LETHE_OK, names[i]);
    for (uint8_t leg = 0; leg < LEG_COUNT; leg++)
        opened += tell(share_open(secret, hash, &ring, 0, c->m, leg, c->shares[leg]) == LETHE_OK,
                       names[2 + leg]);
    opened += tell(handle_open(&h, c->m, &ring, 0, c->handle, c->handle_len) == LETHE_OK,
                   "the handle of the file");
    return opened + open_exchange(c, id, &ring);
}

bool capture_open_static(const struct capture *c, const struct server_identity *id, int *opened)
{
    uint8_t kh0[32], ka[32], dh[4][32] = {{0}}, from_client[32], from_server[32];
    uint8_t body[HELLO_BODY_BYTES];
    struct hello h;
    struct accept a;
    *opened = 0;
    if (!capture_hello_key(c, id, kh0, body) ||
        hello_decode(&h, c->packets[KIND_HELLO].bytes, DATAGRAM_BYTES) != LETHE_OK ||
        accept_decode(&a, c->packets[KIND_ACCEPT].bytes, DATAGRAM_BYTES) != LETHE_OK)
        return false;
    /* What a thief can form: nothing, static with either ephemeral key, static's own bytes. */
    if (dh_shared(dh[1], a.server, id->dh_secret) != LETHE_OK ||
        dh_shared(dh[2], h.client, id->dh_secret) != LETHE_OK)
        return false;
    memcpy(dh[3], id->dh_secret, 32);
    for (int i = 0; i < 4; i++) {
        *opened += tell(open_accept(c, kh0, dh[i], ka), "ACCEPT, by static keys");
        keys_split(from_client, from_server, i == 0 ? kh0 : ka);
        *opened += tell(open_leg(c, from_client), "LEG, by static keys");
    }
    /* A ring of the static secrets, in case one was ever used for the other. */
    struct ring_image image = {.count = KID_COUNT, .period_ms = 1};
    for (int i = 0; i < KID_COUNT; i++) {
        image.keys[i].epoch = (uint64_t)(i + KID_COUNT);
        memcpy(image.keys[i].key, i % 2 ? id->fingerprint : id->dh_secret, COOKIE_KEY_BYTES);
    }
    *opened += capture_open(c, id, &image);
    return true;
}

bool capture_send(const struct capture *c, size_t unheard, const struct address *server)
{
    struct peer *p = calloc(1, sizeof *p);
    if (!p)
        err(1, "set-up");
    peer_open(p, NULL, server);
    peer_send(p, c->unheard[unheard].bytes, c->unheard[unheard].n);
    peer_flush(p);
    bool answered = peer_receive(p, clock_monotonic_ns() + 500000000u);
    peer_close(p);
    free(p);
    return answered;
}
