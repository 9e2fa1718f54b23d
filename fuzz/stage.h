/*
 * The fixed scene of the targets that need keys: the tests' world, one ring, one server process and
 * a client at two moments. Everything follows from constants, so that seeds stay valid.
 */
#ifndef FUZZ_STAGE_H
#define FUZZ_STAGE_H

#include "kex/world.h"

struct stage {
    struct world_server server; /* as freshly started */
    struct kex_client waiting;  /* HELLO is out */
    struct kex_client accepted; /* and answered; LEG and the first blocks are out */
};

/* Made on the first call. */
const struct stage *stage(void);

/* The position of the first block that the accepted client has not sent. */
#define STAGE_BLOCKS 20

/* Where the box of a kind's packet begins and how long the packet is, 0 for other kinds. */
size_t stage_shape(uint8_t kind, size_t *header);

/* Writes the packet again with what lies in the place of its box sealed: what a peer with the keys
 * could send. For LEG, BLOCK and FINISH, exchange and key name become the accepted client's; an
 * answer stays as it is. The last TAG_BYTES are lost. */
void stage_seal(uint8_t *packet, size_t n);

#endif
