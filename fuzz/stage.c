/*
 * The scene is made once; targets copy what they change.
 * An attacker is one who has no keys, and stage_seal's one is the peer itself.
 */
#include "stage.h"

#include "base/bytes.h"
#include "crypto/aead.h"
#include "target.h"
#include "wire/accept.h"
#include "wire/block.h"
#include "wire/finish.h"
#include "wire/leg.h"

static struct stage made;

const struct stage *stage(void)
{
    static bool ready;
    struct ring ring;
    static struct world_server scratch;
    uint8_t out[DATAGRAM_BYTES];
    if (ready)
        return &made;
    world_make();
    world_seed_libraries(1);
    world_ring(&ring, 1, 3);
    world_server_start(&made.server, &ring, 1);
    world_server_start(&scratch, &ring, 2);
    world_client(&made.waiting, 3, 1);
    REQUIRE(kex_client_output(&made.waiting, 1, out) == DATAGRAM_BYTES);
    memcpy(&made.accepted, &made.waiting, sizeof made.accepted);
    world_accept(&made.accepted, &scratch, WORLD_MS);
    for (int i = 0; i < 1 + STAGE_BLOCKS; i++)
        REQUIRE(kex_client_output(&made.accepted, 1000 * PACE_MS, out) > 0);
    ready = true;
    return &made;
}

size_t stage_shape(uint8_t kind, size_t *header)
{
    static const struct {
        size_t header, packet;
    } shapes[] = {[KIND_HELLO] = {HELLO_HEADER_BYTES, DATAGRAM_BYTES},
                  [KIND_ACCEPT] = {ACCEPT_HEADER_BYTES, DATAGRAM_BYTES},
                  [KIND_LEG] = {LEG_HEADER_BYTES, DATAGRAM_BYTES},
                  [KIND_LEGGED] = {LEGGED_HEADER_BYTES, LEGGED_BYTES},
                  [KIND_BLOCK] = {BLOCK_HEADER_BYTES, BLOCK_PACKET_BYTES},
                  [KIND_BLOCKED] = {BLOCKED_HEADER_BYTES, BLOCKED_BYTES},
                  [KIND_FINISH] = {FINISH_HEADER_BYTES, FINISH_PACKET_BYTES},
                  [KIND_FINISHED] = {FINISHED_HEADER_BYTES, FINISHED_BYTES}};
    if (kind == 0 || kind > KIND_FINISHED)
        return 0;
    *header = shapes[kind].header;
    return shapes[kind].packet;
}

static void name_exchange(uint8_t *packet, uint8_t nonce[NONCE_BYTES])
{
    size_t m_at = packet[0] == KIND_LEG ? 3 : packet[0] == KIND_BLOCK ? 4 : 2;
    uint16_t which = packet[0] == KIND_LEG     ? packet[2]
                     : packet[0] == KIND_BLOCK ? load16(packet + 2)
                                               : 0;
    packet[1] = made.accepted.kid;
    memcpy(packet + m_at, made.accepted.m, EXCHANGE_ID_BYTES);
    schedule_client_nonce(nonce, packet[0], which);
}

void stage_seal(uint8_t *packet, size_t n)
{
    uint8_t nonce[NONCE_BYTES];
    const uint8_t *key = made.accepted.from_server;
    size_t header = 0;
    REQUIRE(stage_shape(packet[0], &header) == n);
    if (packet[0] == KIND_LEG || packet[0] == KIND_BLOCK || packet[0] == KIND_FINISH) {
        name_exchange(packet, nonce);
        key = made.accepted.from_client;
    } else {
        memcpy(nonce, packet + header - NONCE_BYTES, NONCE_BYTES);
    }
    aead_seal(packet + header, packet + header, n - header - TAG_BYTES, packet, header, nonce, key);
}
