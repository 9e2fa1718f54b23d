/*
 * One datagram of Lethe's as anyone on the way sees it: its kind and every field in the clear.
 */
#ifndef CMD_DESCRIBE_PACKET_H
#define CMD_DESCRIBE_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/describe_facts.h"
#include "wire/limits.h"

#define KIND_END (KIND_RESUMED + 1)

/* "HELLO" and so on; "unknown" for what is no kind. */
const char *packet_kind_name(uint8_t kind);

/* Adds the datagram's fields, which borrow p. LETHE_ERR_FORMAT, with f as it was, unless the wire
 * format's decoder of that kind takes exactly these n bytes. */
int packet_facts(struct facts *f, const uint8_t *p, size_t n);

/* A capture at the sender shows equal datagrams that the kernel has yet to cut apart (UDP GSO) as
 * one. Returns the length of each but the last, which may be shorter; n when these bytes are one
 * datagram or no row of them. n is at least 1. A guess where the kind does not fix the length, and
 * one that takes chance for a row in less than one of a thousand packets. */
size_t packet_segment(const uint8_t *p, size_t n);

#endif
