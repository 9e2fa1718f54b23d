/*
 * A capture of packets as lines: one a datagram, then sums by kind.
 */
#ifndef CMD_DESCRIBE_CAPTURE_H
#define CMD_DESCRIBE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"

/* describe() for the bytes of a classic pcap file. */
int describe_capture(const char *name, const uint8_t *bytes, size_t n, bool json,
                     struct complaint *why);

#endif
