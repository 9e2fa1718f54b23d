/*
 * Servers that were spoken to before, and by which fingerprint:
 * $XDG_CONFIG_HOME/lethe/known_servers
 * (~/.config where that is not set), as ssh has its known_hosts.
 *
 *   HOST:PORT FINGERPRINT
 *
 * One line each, nothing else in it. Updates are atomic and under a lock beside the file; a line
 * that is not of that form is an error that names it. At most KNOWN_BYTES_MAX, about 10,000
 * servers; what does not fit is not remembered.
 */
#ifndef STORE_KNOWN_SERVERS_H
#define STORE_KNOWN_SERVERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "kex/schedule.h"

#define KNOWN_NAME_BYTES 320
#define KNOWN_BYTES_MAX  (1u << 20)

/* The name that a server has in the file: host in small letters, IPv6 in brackets, always a port.
 * host as in an address: "example.org", "[::1]:7000". LETHE_ERR_USAGE when it cannot be one. */
int known_name(char out[KNOWN_NAME_BYTES], const char *host, uint16_t default_port,
               struct complaint *why);

/* LETHE_ERR_NOT_FOUND, without words, when it is not known or there is no file, _FORMAT when the
 * file is damaged, _PERMISSION when others could have written it. */
int known_find(uint8_t fingerprint[FINGERPRINT_BYTES], const char *name, struct complaint *why);

/* LETHE_ERR_STRANGER, with file and line, when the server is known by another fingerprint; LETHE_OK
 * when it is known by this one or not known. Else as known_find. */
int known_check(const char *name, const uint8_t fingerprint[FINGERPRINT_BYTES],
                struct complaint *why);

/* Remembers a server, unless it is known already. *path: the file, where it is new, else empty;
 * also where neither variable says where the file is to be. LETHE_ERR_NO_SPACE when the file is
 * full; else as known_check and file_write. */
int known_remember(char *path, size_t room, const char *name,
                   const uint8_t fingerprint[FINGERPRINT_BYTES], struct complaint *why);

#endif
