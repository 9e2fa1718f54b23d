/*
 * Seeds of LOOKUP and FOUND: the first index, the last, the short-term key, and what is almost one.
 */
#include "seeds.h"

#include "kex/lookup.h"
#include "target.h"

static uint8_t packet[LOOKUP_BYTES + 1];

static void put_lookup(const char *name, uint16_t index)
{
    const uint8_t fingerprint[FINGERPRINT_BYTES] = {1, 2, 3};
    lookup_request(packet, fingerprint, index);
    put_seed("lookup", name, packet, LOOKUP_BYTES);
}

static void put_found(const char *name, uint16_t index, size_t len)
{
    static const uint8_t bytes[LOOKUP_PIECE_BYTES] = {9, 8, 7};
    const uint8_t ltid[LOOKUP_ID_BYTES] = {5};
    const struct found f = {.ltid = ltid, .index = index, .bytes = bytes, .len = len};
    put_seed("found", name, packet, found_encode(packet, &f));
}

void make_lookup_seeds(void)
{
    put_lookup("root", LOOKUP_ROOT);
    put_lookup("last", LOOKUP_END - 1);
    put_lookup("short-term", LOOKUP_SHORT_TERM);
    put_lookup("index", LOOKUP_END);
    put_lookup("root", LOOKUP_ROOT);
    packet[LOOKUP_MAC_AT - 1] = 1;
    put_seed("lookup", "padding", packet, LOOKUP_BYTES);
    packet[LOOKUP_MAC_AT - 1] = 0;
    put_seed("lookup", "short", packet, LOOKUP_BYTES - 1);
    put_seed("lookup", "long", packet, LOOKUP_BYTES + 1);
    put_found("root", LOOKUP_ROOT, LOOKUP_PIECE_BYTES);
    put_found("last", LOOKUP_END - 1, lookup_length(LOOKUP_END - 1));
    put_found("last-long", LOOKUP_END - 1, lookup_length(LOOKUP_END - 1) + 1);
    put_found("short-term", LOOKUP_SHORT_TERM, LOOKUP_SHORT_TERM_BYTES);
    put_found("none", LOOKUP_SHORT_TERM, 0);
    put_found("no-piece", LOOKUP_PIECE, 0);
}
