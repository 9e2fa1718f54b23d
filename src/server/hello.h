/*
 * What a server does with a HELLO, rung by rung (protocol section 5), and with a RESUME, which
 * takes its place.
 */
#ifndef SERVER_HELLO_H
#define SERVER_HELLO_H

#include "server/server.h"

/* Answers HELLO into out (DATAGRAM_BYTES of room), with ACCEPT or PUZZLE; *out_len is written only
 * when ANSWERED. */
enum verdict hello(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                   uint8_t *out, size_t *out_len);

/* The same for RESUME, with RESUMED. */
enum verdict resume(struct server *s, const struct step *st, const uint8_t *p, size_t n,
                    uint8_t *out, size_t *out_len);

#endif
