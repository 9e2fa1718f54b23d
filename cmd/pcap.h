/*
 * Classic pcap files, as tcpdump -w makes them: records one after another, and the UDP datagram in
 * one. Source: draft-ietf-opsawg-pcap and the registry of link types beside it.
 *
 * Both byte orders; fractions of seconds in micro- or nanoseconds. Everything borrows the file's
 * bytes, which may be anything.
 */
#ifndef CMD_PCAP_H
#define CMD_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"
#include "base/cursor.h"

struct pcap {
    bool big_endian;
    bool nanoseconds;
    uint16_t link;
    uint32_t number; /* of the last record, counted from 1 */
    struct reader rest;
};

struct pcap_record {
    uint64_t time_ns; /* since 1970 */
    const uint8_t *bytes;
    size_t n;
};

struct pcap_udp {
    const char *reason; /* why there is none, or NULL */
    int family;         /* 4 or 6: 4 or 16 bytes of address */
    const uint8_t *from, *to;
    uint16_t from_port, to_port;
    const uint8_t *payload;
    size_t n;
};

/* By the first bytes only. */
bool pcap_recognize(const uint8_t *bytes, size_t n);
bool pcapng_recognize(const uint8_t *bytes, size_t n);

/* LETHE_ERR_FORMAT when the header is damaged, of another version or of a link type not known here:
 * Ethernet, raw IP, Linux cooked 1 and 2, and the two kinds of loopback are. */
int pcap_open(struct pcap *c, const char *name, const uint8_t *bytes, size_t n,
              struct complaint *why);

bool pcap_ended(const struct pcap *c);

/* LETHE_ERR_FORMAT when the file breaks off inside the record; nothing follows then. */
int pcap_next(struct pcap *c, struct pcap_record *record);

/* LETHE_ERR_FORMAT, with a reason, unless the record is a whole UDP datagram in an IPv4 packet that
 * is no fragment or in an IPv6 packet without extension headers; one VLAN tag may stand before. */
int pcap_find_udp(struct pcap_udp *u, const struct pcap *c, const struct pcap_record *record);

#endif
