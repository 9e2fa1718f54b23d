/*
 * What a file is, told from its bytes alone: what `lethe inspect` prints.
 *
 * Known are a public identity, a fingerprint, a signed short-term key, a secret identity, a ring
 * and the secrets of short-term keys (of which nothing secret is printed), one datagram, and a
 * classic pcap file. The bytes may be anything: they are read through cursors, and nothing of them
 * reaches the output but numbers and hexadecimal digits.
 */
#ifndef CMD_DESCRIBE_H
#define CMD_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"

/* Prints to stdout: aligned lines, or with json one object a line (for a capture, one a datagram
 * and one of sums). LETHE_ERR_FORMAT when the bytes are of none of these kinds or are damaged; a
 * capture that breaks off is printed as far as it goes. name is for the words of an error. */
int describe(const char *name, const uint8_t *bytes, size_t n, bool json, struct complaint *why);

#endif
