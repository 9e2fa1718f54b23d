/*
 * lethe://HOST[:PORT]/PATH taken apart.
 */
#ifndef API_URI_H
#define API_URI_H

#include <stdint.h>

#include "base/complaint.h"
#include "wire/files.h"

#define URI_HOST_BYTES 300

struct uri {
    char host[URI_HOST_BYTES];     /* as in the text, with its port: "[::1]:7000" */
    char path[FILES_PATH_MAX + 1]; /* decoded, without the first slash */
};

/* LETHE_ERR_USAGE unless it is such an address with a path that names something. */
int uri_parse(struct uri *u, const char *text, struct complaint *why);

/* The host alone, of an address with a path or without. LETHE_ERR_USAGE unless it is one. */
int uri_parse_host(struct uri *u, const char *text, struct complaint *why);

/* The last part of the path: the name to save under. Never empty, "." or "..". */
const char *uri_name(const struct uri *u);

#endif
