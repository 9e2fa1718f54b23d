/*
 * A UDP address: IPv4 or IPv6, with its port.
 *
 * A plain value: copied freely, owns nothing. The zero value is "no address"
 * (family AF_UNSPEC, len 0). The kernel writes it and reads it in place, so it
 * is a union of the socket structures; use the functions below to compare it.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The canonical form: family (4 or 6), address (16 bytes, IPv4 mapped into ::ffff:0:0/96), port
 * (LE). */
#define ADDRESS_BYTES 19
/* Room for any text form and its NUL. */
#define ADDRESS_TEXT_BYTES 72

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } sock;
    socklen_t len;
};

/* AF_INET, AF_INET6, or AF_UNSPEC for the zero value. */
int address_family(const struct address *a);

/* The port in host order; 0 for the zero value. */
uint16_t address_port(const struct address *a);

/* The wildcard address of a family, to bind to; port 0 lets the kernel choose. */
struct address address_any(int family, uint16_t port);

/* Same family, address, port and (IPv6) scope. Flow labels do not matter. */
bool address_equal(const struct address *a, const struct address *b);

/*
 * The canonical form, which upper layers hash. The same peer has one form whether it came as IPv4
 * or as IPv4-mapped IPv6; the scope of a link-local address is left out, for it means nothing on
 * another machine. The zero value gives 19 zeros.
 */
void address_bytes(const struct address *a, uint8_t out[ADDRESS_BYTES]);

/* "127.0.0.1:4433", "[::1]:4433", "[fe80::1%2]:4433", or "none" for the zero value. */
void address_text(const struct address *a, char out[ADDRESS_TEXT_BYTES]);

/*
 * Reads a literal: "1.2.3.4", "1.2.3.4:5", "::1", "[::1]", "[::1]:5", "[fe80::1%eth0]:5". Without a
 * port it gets default_port. Asks no name server. LETHE_ERR_USAGE when it is malformed,
 * LETHE_ERR_NOT_FOUND when it is well formed but names a host. On failure *why says what is wrong
 * in a static string and *out is the zero value.
 */
int address_parse(struct address *out, const char *text, uint16_t default_port, const char **why);

/* Whether a text may be an IPv6 address that stands in no brackets, so that its last part cannot be
 * told from a port. */
bool address_is_bare_v6(const char *text);

/*
 * Reads a literal, or looks a name up with getaddrinfo (which blocks and allocates: set-up only).
 * Writes up to room addresses in the order in which to try them, and *count, at least 1. Errors as
 * above, and LETHE_ERR_NETWORK when the look-up fails.
 */
int address_resolve(struct address *out, size_t room, size_t *count, const char *text,
                    uint16_t default_port, const char **why);

#endif
