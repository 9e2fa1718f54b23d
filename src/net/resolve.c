/*
 * From what a person types to an address: HOST, HOST:PORT, [V6] or [V6]:PORT.
 * Literals are read strictly here, because getaddrinfo takes "4433" for 0.0.17.81;
 * only what cannot be a literal is looked up as a name.
 */
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>

/* The longest domain name, or a literal with the longest scope, and a NUL. */
#define HOST_BYTES 256

struct host_port {
    char host[HOST_BYTES];
    uint16_t port;
    bool bracketed;
};

static bool read_number(const char *text, uint32_t limit, uint32_t *out)
{
    uint64_t value = 0;
    size_t n = 0;
    for (; text[n] >= '0' && text[n] <= '9' && n < 10; n++)
        value = value * 10 + (uint64_t)(text[n] - '0');
    if (n == 0 || text[n] != '\0' || value > limit)
        return false;
    *out = (uint32_t)value;
    return true;
}

/* Finds the host's end and the text after it; NULL when a bracket is not closed. */
static const char *host_end(const char *text, const char **host)
{
    *host = text;
    if (*text == '[') {
        *host = text + 1;
        return strchr(text, ']');
    }
    const char *colon = strchr(text, ':');
    if (!colon || strchr(colon + 1, ':')) /* no port, or IPv6 without brackets */
        return text + strlen(text);
    return colon;
}

static int split(struct host_port *out, const char *text, uint16_t default_port, const char **why)
{
    const char *host;
    const char *end = host_end(text, &host);
    *why = "a bracket is not closed";
    if (!end)
        return LETHE_ERR_USAGE;
    *why = end == host ? "the host is empty" : "the host is too long";
    if (end == host || (size_t)(end - host) >= HOST_BYTES)
        return LETHE_ERR_USAGE;
    memcpy(out->host, host, (size_t)(end - host));
    out->host[end - host] = '\0';
    out->bracketed = *text == '[';
    if (out->bracketed)
        end++;

    uint32_t port = default_port;
    *why = "the port is not a number from 0 to 65535";
    if (*end != '\0' && (*end != ':' || !read_number(end + 1, UINT16_MAX, &port)))
        return LETHE_ERR_USAGE;
    out->port = (uint16_t)port;
    return LETHE_OK;
}

static int literal_v6(struct address *out, struct host_port *from, const char **why)
{
    struct address a = address_any(AF_INET6, from->port);
    char *scope = strchr(from->host, '%');
    if (scope)
        *scope++ = '\0';
    *why = "this is not an IPv6 address";
    if (inet_pton(AF_INET6, from->host, &a.sock.v6.sin6_addr) != 1)
        return LETHE_ERR_USAGE;
    if (scope && !read_number(scope, UINT32_MAX, &a.sock.v6.sin6_scope_id))
        a.sock.v6.sin6_scope_id = if_nametoindex(scope);
    *why = "no interface has the name after the %";
    if (scope && a.sock.v6.sin6_scope_id == 0)
        return LETHE_ERR_USAGE;
    *out = a;
    return LETHE_OK;
}

static int literal(struct address *out, struct host_port *from, const char **why)
{
    if (from->bracketed || strchr(from->host, ':'))
        return literal_v6(out, from, why);

    struct address a = address_any(AF_INET, from->port);
    if (inet_pton(AF_INET, from->host, &a.sock.v4.sin_addr) == 1) {
        *out = a;
        return LETHE_OK;
    }
    *why = "this is not an IPv4 address";
    if (strspn(from->host, "0123456789.") == strlen(from->host))
        return LETHE_ERR_USAGE;
    *why = "this is a name, not an address such as 127.0.0.1 or [::1]";
    return LETHE_ERR_NOT_FOUND;
}

int address_parse(struct address *out, const char *text, uint16_t default_port, const char **why)
{
    struct host_port from;
    *out = (struct address){0};
    int rc = split(&from, text, default_port, why);
    return rc == LETHE_OK ? literal(out, &from, why) : rc;
}

static int lookup(struct address *out, size_t room, size_t *count, const struct host_port *from,
                  const char **why)
{
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    int rc = getaddrinfo(from->host, NULL, &hints, &list);
    *why = rc != 0 ? gai_strerror(rc) : "the name has no address";
    if (rc != 0)
        return LETHE_ERR_NETWORK;
    for (const struct addrinfo *i = list; i && *count < room; i = i->ai_next) {
        if (i->ai_family != AF_INET && i->ai_family != AF_INET6)
            continue;
        struct address *a = &out[(*count)++];
        *a = (struct address){.len = i->ai_addrlen};
        memcpy(&a->sock, i->ai_addr, i->ai_addrlen);
        if (i->ai_family == AF_INET)
            a->sock.v4.sin_port = htons(from->port);
        else
            a->sock.v6.sin6_port = htons(from->port);
    }
    freeaddrinfo(list);
    return *count > 0 ? LETHE_OK : LETHE_ERR_NETWORK;
}

int address_resolve(struct address *out, size_t room, size_t *count, const char *text,
                    uint16_t default_port, const char **why)
{
    struct host_port from;
    *count = 0;
    *out = (struct address){0};
    int rc = split(&from, text, default_port, why);
    if (rc != LETHE_OK)
        return rc;
    rc = literal(out, &from, why);
    if (rc == LETHE_OK)
        *count = 1;
    return rc == LETHE_ERR_NOT_FOUND ? lookup(out, room, count, &from, why) : rc;
}
