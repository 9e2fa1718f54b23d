/*
 * The exchanges of the client's core: the one that its session comes from, whether HELLO or RESUME
 * began it, and the spare that takes its place when the server has gone silent.
 */
#ifndef CLIENT_CLIENT_EXCHANGE_H
#define CLIENT_CLIENT_EXCHANGE_H

#include "client/client.h"

/* Makes HELLO, with the first resource's opening call if it is to be early. What kex_client_init
 * returns. */
int client_exchange_begin(struct client *c);

/* Begins the spare. */
void client_exchange_spare(struct client *c);

/* Takes what may answer one of them, and what may answer RESUME; true when it is news. */
bool client_exchange_input(struct client *c, int64_t now_ns, const uint8_t *p, size_t n);
bool client_exchange_resumed(struct client *c, int64_t now_ns, const uint8_t *p, size_t n);

/* An authentic answer came: a spare that was begun meanwhile is not needed any more. */
void client_heard(struct client *c, int64_t now_ns);

/* When what runs counts as stalled: an upload by its own answers, anything else by any answer. */
int64_t client_stall_ns(const struct client *c);

/* A resource's size has become known, or it is another than before. */
void client_follow(struct client *c, int index, bool knew);

/* Bytes of a resource came. */
void client_note_data(struct client *c, int64_t now_ns);

/* Tells a pacer of round trips that are known already. */
void client_inform(struct pace *p, int64_t srtt_ns, int64_t rttvar_ns);

#endif
