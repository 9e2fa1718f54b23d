/*
 * One exchange recorded from the outside, and every secret that it had, derived from the ring while
 * its cookie key lived. Written to a file as it is: for one build, on one machine.
 */
#ifndef SCENARIOS_CAPTURE_H
#define SCENARIOS_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "kex/exchange.h"
#include "kex/server.h"
#include "peer.h"
#include "seal/handle.h"
#include "store/ringfile.h"

#define CAPTURE_SECRETS      128
#define CAPTURE_SECRET_BYTES 1024
#define CAPTURE_KINDS        (KIND_DATA_AES + 1)
#define CAPTURE_UNHEARD      2

struct secret {
    char name[64];
    size_t n;
    uint8_t bytes[CAPTURE_SECRET_BYTES];
};

struct captured {
    size_t n;
    uint8_t bytes[DATAGRAM_BYTES];
};

struct capture {
    struct captured packets[CAPTURE_KINDS];   /* by kind, the first of each */
    struct captured unheard[CAPTURE_UNHEARD]; /* requests of the session that did not arrive */
    uint8_t m[EXCHANGE_ID_BYTES], kid;
    uint8_t continuations[2][CONTINUATION_BYTES]; /* of ACCEPT, and of the answer to the request */
    uint8_t shares[LEG_COUNT][SHARE_BYTES];
    uint8_t handle[HANDLE_BYTES_MAX]; /* of the file that the request opened */
    size_t handle_len;
    size_t secret_count;
    struct secret secrets[CAPTURE_SECRETS];
};

/* Notes a secret of that name. */
void capture_keep(struct capture *c, const char *name, const void *p, size_t n);

/* Opens the captured HELLO with an identity's secrets: its Kh0, and what is in its box. */
bool capture_hello_key(const struct capture *c, const struct server_identity *id, uint8_t kh0[32],
                       uint8_t body[HELLO_BODY_BYTES]);

/* Runs an exchange and a request for `path` against the live server, then derives its secrets from
 * the ring in `ring_folder` and the identity in `dir`. Ends the program when anything fails, or
 * when what is derived is not what the client has. */
void capture_make(struct capture *c, const char *dir, const char *ring_folder,
                  const struct address *server, const char *path);

/* Tries everything that was captured with an identity's secrets and every key of a ring, however
 * old. Returns how many of CAPTURE_TRIES opened, and names them. */
#define CAPTURE_TRIES 8
int capture_open(const struct capture *c, const struct server_identity *id,
                 const struct ring_image *ring);

/* Tries with the identity's secrets alone. True when HELLO authenticates, as it must; *opened
 * counts what must not open. */
bool capture_open_static(const struct capture *c, const struct server_identity *id, int *opened);

/* Asks for `path` in a first packet, which the live server must execute; keeps HELLO, and the
 * secrets that its request is sealed with. */
void capture_make_early(struct capture *c, const char *dir, const char *ring_folder,
                        const struct address *server, const char *path);

/* Tries that request with an identity's secrets and each short-term key that is in the ring's
 * folder, however old. Returns how many opened it. */
int capture_open_early(const struct capture *c, const struct server_identity *id,
                       const char *ring_folder);

/* Sends a captured request that was not heard, of which a server hears no copy twice. True when it
 * answers within 500 ms. */
bool capture_send(const struct capture *c, size_t unheard, const struct address *server);

#endif
