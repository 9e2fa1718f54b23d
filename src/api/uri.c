/*
 * lethe://HOST[:PORT]/PATH: split at the first slash, percent-decoded once.
 */
#include "api/uri.h"

#include <stdbool.h>
#include <string.h>

#include "lethe/error.h"
#include "net/address.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int decode_path(struct uri *u, const char *at, const char *text, struct complaint *why)
{
    size_t n = 0;
    for (; *at; at++) {
        char c = *at;
        if (c == '%') {
            int high = hex(at[1]), low = high < 0 ? -1 : hex(at[2]);
            if (low < 0 || (high | low) == 0)
                return complain(why, LETHE_ERR_USAGE,
                                "%s: '%%' must be followed by two "
                                "hexadecimal digits other than 00",
                                text);
            c = (char)(high << 4 | low);
            at += 2;
        }
        if (n == FILES_PATH_MAX)
            return complain(why, LETHE_ERR_USAGE, "the path is longer than %d bytes",
                            FILES_PATH_MAX);
        u->path[n++] = c;
    }
    u->path[n] = 0;
    return LETHE_OK;
}

/* The host, and where the slash after it is, or NULL. what: the form, for the error. */
static int take_host(struct uri *u, const char *text, const char *what, const char **slash,
                     struct complaint *why)
{
    static const char scheme[] = "lethe://";
    const bool is_ours = strncmp(text, scheme, sizeof scheme - 1) == 0;
    const char *host = is_ours ? text + sizeof scheme - 1 : text;
    *slash = strchr(host, '/');
    const size_t n = *slash ? (size_t)(*slash - host) : strlen(host);
    if (!is_ours || n == 0 || n >= URI_HOST_BYTES || memchr(host, '@', n))
        return complain(why, LETHE_ERR_USAGE, "'%s' is not of the form %s", text, what);
    memcpy(u->host, host, n);
    u->host[n] = 0;
    if (address_is_bare_v6(u->host))
        return complain(why, LETHE_ERR_USAGE,
                        "%s: an IPv6 address stands in brackets, as in [::1]:7000", u->host);
    return LETHE_OK;
}

int uri_parse_host(struct uri *u, const char *text, struct complaint *why)
{
    const char *slash;
    u->path[0] = 0;
    return take_host(u, text, "lethe://HOST[:PORT]", &slash, why);
}

int uri_parse(struct uri *u, const char *text, struct complaint *why)
{
    static const char form[] = "lethe://HOST[:PORT]/PATH";
    const char *slash;
    int err = take_host(u, text, form, &slash, why);
    if (err == LETHE_OK && !slash)
        err = complain(why, LETHE_ERR_USAGE, "'%s' is not of the form %s", text, form);
    if (err == LETHE_OK)
        err = decode_path(u, slash + 1, text, why);
    if (err != LETHE_OK)
        return err;
    const char *name = uri_name(u);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return complain(why, LETHE_ERR_USAGE, "'%s' names a folder; name a file in it", text);
    return LETHE_OK;
}

const char *uri_name(const struct uri *u)
{
    const char *slash = strrchr(u->path, '/');
    return slash ? slash + 1 : u->path;
}
