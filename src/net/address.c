/*
 * An address is the kernel's own structure, so that receiving and sending copy nothing;
 * everything that compares, hashes or prints it looks only at the fields that name a peer.
 */
#include "net/address.h"
#include "base/bytes.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int address_family(const struct address *a)
{
    return a->len == 0 ? AF_UNSPEC : a->sock.any.sa_family;
}

uint16_t address_port(const struct address *a)
{
    switch (address_family(a)) {
    case AF_INET:
        return ntohs(a->sock.v4.sin_port);
    case AF_INET6:
        return ntohs(a->sock.v6.sin6_port);
    default:
        return 0;
    }
}

struct address address_any(int family, uint16_t port)
{
    struct address a = {0};
    if (family == AF_INET) {
        a.sock.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        a.len = sizeof a.sock.v4;
    } else {
        a.sock.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
        a.len = sizeof a.sock.v6;
    }
    return a;
}

bool address_equal(const struct address *a, const struct address *b)
{
    int family = address_family(a);
    if (family != address_family(b))
        return false;
    if (family == AF_INET)
        return a->sock.v4.sin_port == b->sock.v4.sin_port &&
               a->sock.v4.sin_addr.s_addr == b->sock.v4.sin_addr.s_addr;
    if (family == AF_INET6)
        return a->sock.v6.sin6_port == b->sock.v6.sin6_port &&
               a->sock.v6.sin6_scope_id == b->sock.v6.sin6_scope_id &&
               memcmp(&a->sock.v6.sin6_addr, &b->sock.v6.sin6_addr, 16) == 0;
    return true;
}

void address_bytes(const struct address *a, uint8_t out[ADDRESS_BYTES])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    memset(out, 0, ADDRESS_BYTES);
    if (address_family(a) == AF_INET) {
        memcpy(out + 1, mapped, sizeof mapped);
        memcpy(out + 13, &a->sock.v4.sin_addr, 4);
    } else if (address_family(a) == AF_INET6) {
        memcpy(out + 1, &a->sock.v6.sin6_addr, 16);
    } else {
        return;
    }
    out[0] = memcmp(out + 1, mapped, sizeof mapped) == 0 ? 4 : 6;
    store16(out + 17, address_port(a));
}

void address_text(const struct address *a, char out[ADDRESS_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN] = "";
    char scope[12] = "";

    switch (address_family(a)) {
    case AF_INET:
        inet_ntop(AF_INET, &a->sock.v4.sin_addr, host, sizeof host);
        snprintf(out, ADDRESS_TEXT_BYTES, "%s:%" PRIu16, host, address_port(a));
        return;
    case AF_INET6:
        inet_ntop(AF_INET6, &a->sock.v6.sin6_addr, host, sizeof host);
        if (a->sock.v6.sin6_scope_id != 0)
            snprintf(scope, sizeof scope, "%%%" PRIu32, a->sock.v6.sin6_scope_id);
        snprintf(out, ADDRESS_TEXT_BYTES, "[%s%s]:%" PRIu16, host, scope, address_port(a));
        return;
    default:
        snprintf(out, ADDRESS_TEXT_BYTES, "none");
    }
}

bool address_is_bare_v6(const char *text)
{
    const char *colon = text[0] == '[' ? NULL : strchr(text, ':');
    return colon && strchr(colon + 1, ':');
}
