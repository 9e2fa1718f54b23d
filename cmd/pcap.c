/*
 * The file and its records: in the byte order of the machine that wrote them.
 */
#include "cmd/pcap.h"

#include "cmd/pcap_link.h"
#include "lethe/error.h"

#define MAGIC_MICRO  0xa1b2c3d4u
#define MAGIC_NANO   0xa1b23c4du
#define MAGIC_NG     0x0a0d0d0au /* the same in both byte orders */
#define MAGIC_NG_SUB 0x1a2b3c4du

static uint16_t file16(struct pcap *c)
{
    uint16_t v = read16(&c->rest);
    return c->big_endian ? __builtin_bswap16(v) : v;
}

static uint32_t file32(struct pcap *c)
{
    uint32_t v = read32(&c->rest);
    return c->big_endian ? __builtin_bswap32(v) : v;
}

static bool is_magic(uint32_t v)
{
    return v == MAGIC_MICRO || v == MAGIC_NANO;
}

bool pcap_recognize(const uint8_t *bytes, size_t n)
{
    struct reader r = reader_of(bytes, n);
    uint32_t v = read32(&r);
    return is_magic(v) || is_magic(__builtin_bswap32(v));
}

bool pcapng_recognize(const uint8_t *bytes, size_t n)
{
    struct reader r = reader_of(bytes, n);
    uint32_t first = read32(&r);
    (void)read32(&r);
    uint32_t order = read32(&r);
    return first == MAGIC_NG && (order == MAGIC_NG_SUB || order == __builtin_bswap32(MAGIC_NG_SUB));
}

int pcap_open(struct pcap *c, const char *name, const uint8_t *bytes, size_t n,
              struct complaint *why)
{
    *c = (struct pcap){.rest = reader_of(bytes, n)};
    uint32_t magic = read32(&c->rest);
    c->big_endian = !is_magic(magic);
    c->nanoseconds = (c->big_endian ? __builtin_bswap32(magic) : magic) == MAGIC_NANO;
    uint16_t major = file16(c), minor = file16(c);
    (void)read_span(&c->rest, 12); /* the time zone, the accuracy, the length of snapshots */
    c->link = (uint16_t)file32(c); /* the bits above tell of frame check sequences */
    if (c->rest.bad)
        return complain(why, LETHE_ERR_FORMAT, "%s: the capture breaks off in its header", name);
    if (major != 2 || minor != 4)
        return complain(why, LETHE_ERR_FORMAT, "%s: a capture of version %u.%u; only 2.4 is known",
                        name, major, minor);
    if (!link_is_known(c->link))
        return complain(why, LETHE_ERR_FORMAT,
                        "%s: captured on a link of type %u, which is not "
                        "known here; capture on an Ethernet, IP or loopback interface",
                        name, c->link);
    return LETHE_OK;
}

bool pcap_ended(const struct pcap *c)
{
    return c->rest.left == 0;
}

int pcap_next(struct pcap *c, struct pcap_record *record)
{
    c->number++;
    uint64_t seconds = file32(c), fraction = file32(c);
    record->time_ns = seconds * 1000000000 + fraction * (c->nanoseconds ? 1 : 1000);
    record->n = file32(c);
    (void)read_span(&c->rest, 4); /* the length before a snapshot cut it: IP's own length tells */
    record->bytes = read_span(&c->rest, record->n);
    return c->rest.bad ? LETHE_ERR_FORMAT : LETHE_OK;
}

int pcap_find_udp(struct pcap_udp *u, const struct pcap *c, const struct pcap_record *record)
{
    return link_find_udp(u, c->link, reader_of(record->bytes, record->n));
}
