/*
 * The transport's values on the wire: fixed fields, numbers relative to the base.
 */
#include "seal/transport.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"

void transport_init(struct transport *t, uint8_t algorithm, uint32_t lineage, uint64_t home,
                    const uint8_t range_key[RANGE_KEY_BYTES])
{
    *t = (struct transport){.window = WINDOW_FIRST,
                            .threshold = WINDOW_MOST,
                            .lineage = lineage,
                            .datagram = DATAGRAM_BYTES,
                            .algorithm = algorithm,
                            .home = home};
    memcpy(t->range_key, range_key, RANGE_KEY_BYTES);
}

static uint32_t beyond(uint64_t number, uint64_t base)
{
    if (number <= base)
        return 0;
    return number - base < UINT32_MAX ? (uint32_t)(number - base) : UINT32_MAX;
}

void transport_encode(uint8_t out[TRANSPORT_BYTES], const struct transport *t)
{
    struct writer w = writer_of(out, TRANSPORT_BYTES);
    write64(&w, t->base);
    write32(&w, beyond(t->highest, t->base));
    write32(&w, beyond(t->recovery, t->base));
    write32(&w, t->window);
    write32(&w, t->threshold);
    write32(&w, t->peak);
    write64(&w, t->square);
    write32(&w, t->virtual_ms);
    write32(&w, t->epoch_ms);
    write32(&w, t->lineage);
    write16(&w, t->datagram);
    write8(&w, (uint8_t)(t->algorithm << 1 | t->in_recovery));
    write64(&w, t->home);
}

int transport_decode(struct transport *t, const uint8_t in[TRANSPORT_BYTES])
{
    struct reader r = reader_of(in, TRANSPORT_BYTES);
    *t = (struct transport){0};
    t->base = read64(&r);
    t->highest = t->base + read32(&r);
    t->recovery = t->base + read32(&r);
    t->window = read32(&r);
    t->threshold = read32(&r);
    t->peak = read32(&r);
    t->square = read64(&r);
    t->virtual_ms = read32(&r);
    t->epoch_ms = read32(&r);
    t->lineage = read32(&r);
    t->datagram = read16(&r);
    uint8_t bits = read8(&r);
    t->algorithm = bits >> 1;
    t->in_recovery = bits & 1;
    t->home = read64(&r);
    bool sane = t->base <= (uint64_t)INT64_MAX && t->window <= WINDOW_MOST &&
                t->threshold >= WINDOW_LEAST && t->threshold <= WINDOW_MOST &&
                t->peak <= WINDOW_MOST && t->algorithm < ALGORITHMS &&
                t->datagram >= DATAGRAM_BYTES && t->datagram <= PACKET_MAX;
    return reader_done(&r) && sane ? LETHE_OK : LETHE_ERR_FORMAT;
}
