/*
 * Known servers: the whole file is read, checked line by line, and written anew with a line more.
 */
#include "store/known_servers.h"
#include "lethe/error.h"
#include "store/file.h"
#include "store/identity.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define LINE_BYTES (KNOWN_NAME_BYTES + FINGERPRINT_TEXT_BYTES + 1)

struct known {
    char path[PATH_BYTES];
    char *text; /* owned; of `size` bytes, with room for a line and a newline more */
    size_t size;
};

static int port_of(const char *text, const char *host, unsigned *port, struct complaint *why)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || n == 0 || n > 65535)
        return complain(why, LETHE_ERR_USAGE, "%s: no port from 1 to 65535", host);
    *port = (unsigned)n;
    return LETHE_OK;
}

int known_name(char out[KNOWN_NAME_BYTES], const char *host, uint16_t default_port,
               struct complaint *why)
{
    const char *colon = strchr(host, ':'), *close = strchr(host, ']');
    const bool bare = host[0] != '[' && colon && strchr(colon + 1, ':');
    const char *at = host[0] == '[' && close ? close + 1 : bare || !colon ? strchr(host, 0) : colon;
    unsigned port = default_port;
    int err = LETHE_OK;
    if (*at)
        err = *at == ':' ? port_of(at + 1, host, &port, why) : port_of("", host, &port, why);
    if (err != LETHE_OK)
        return err;
    int n = snprintf(out, KNOWN_NAME_BYTES, bare ? "[%.*s]:%u" : "%.*s:%u", (int)(at - host), host,
                     port);
    if (n < 0 || n >= KNOWN_NAME_BYTES || at == host || strpbrk(out, " \t\n"))
        return complain(why, LETHE_ERR_USAGE, "%s: no name of a server", host);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return LETHE_OK;
}

/* False: nothing says where the file is to be. */
static bool folder_of(char folder[PATH_BYTES - 32])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const size_t room = PATH_BYTES - 32;
    if (config && config[0] == '/')
        return (size_t)snprintf(folder, room, "%s/lethe", config) < room;
    if (home && home[0] == '/')
        return (size_t)snprintf(folder, room, "%s/.config/lethe", home) < room;
    return false;
}

static int check_file(const struct known *k, const struct stat *st, struct complaint *why)
{
    if (!S_ISREG(st->st_mode))
        return complain(why, LETHE_ERR_FORMAT, "%s is not a regular file", k->path);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return complain(why, LETHE_ERR_PERMISSION,
                        "%s can be written by others; look into it, then run: chmod 600 %s",
                        k->path, k->path);
    if (st->st_size > KNOWN_BYTES_MAX)
        return complain(why, LETHE_ERR_FORMAT, "%s has more than %u bytes; remove lines", k->path,
                        KNOWN_BYTES_MAX);
    return LETHE_OK;
}

static int read_file(struct known *k, int fd, struct complaint *why)
{
    struct stat st = {0};
    int err = LETHE_OK;
    if (fd >= 0 && fstat(fd, &st) != 0)
        return complain(why, LETHE_ERR_INTERNAL, "cannot examine %s", k->path);
    if (fd >= 0)
        err = check_file(k, &st, why);
    if (err != LETHE_OK)
        return err;
    k->text = malloc((size_t)st.st_size + LINE_BYTES + 2);
    if (!k->text)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    for (ssize_t got = 1; got > 0 && k->size < (size_t)st.st_size; k->size += (size_t)got) {
        got = read(fd, k->text + k->size, (size_t)st.st_size - k->size);
        if (got < 0)
            return complain(why, LETHE_ERR_FORMAT, "cannot read %s", k->path);
    }
    if (k->size && k->text[k->size - 1] != '\n')
        k->text[k->size++] = '\n';
    return LETHE_OK;
}

/* Reads the file, or takes one that is not there for empty. known_close after an error too. */
static int known_open(struct known *k, struct complaint *why)
{
    char folder[PATH_BYTES - 32];
    memset(k, 0, sizeof *k);
    if (!folder_of(folder))
        return LETHE_ERR_NOT_FOUND;
    (void)snprintf(k->path, sizeof k->path, "%s/known_servers", folder);
    int fd = open(k->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
        return complain(why, error_from_errno(errno), "cannot open %s: %s", k->path,
                        strerror(errno));
    int err = read_file(k, fd, why);
    if (fd >= 0)
        close(fd);
    return err;
}

static void known_close(struct known *k)
{
    free(k->text);
    k->text = NULL;
}

/* A line of n bytes without its newline, taken apart. */
static bool parse(const char *line, size_t n, size_t *name_len,
                  uint8_t fingerprint[FINGERPRINT_BYTES])
{
    char digits[FINGERPRINT_TEXT_BYTES];
    const char *space = memchr(line, ' ', n);
    if (!space || space == line || space - line >= KNOWN_NAME_BYTES ||
        n - (size_t)(space - line) != FINGERPRINT_TEXT_BYTES)
        return false;
    memcpy(digits, space + 1, sizeof digits - 1);
    digits[sizeof digits - 1] = 0;
    *name_len = (size_t)(space - line);
    return fingerprint_parse(fingerprint, digits) == LETHE_OK;
}

/* Looks at every line, so that damage is found wherever it is. *number: of the line, 0: none. */
static int look_up(const struct known *k, const char *name, unsigned *number,
                   uint8_t fingerprint[FINGERPRINT_BYTES], struct complaint *why)
{
    uint8_t found[FINGERPRINT_BYTES];
    size_t at = 0, len;
    *number = 0;
    for (unsigned line = 1; at < k->size; line++) {
        const char *start = k->text + at;
        const size_t n = (size_t)((const char *)memchr(start, '\n', k->size - at) - start);
        if (!parse(start, n, &len, found))
            return complain(why, LETHE_ERR_FORMAT,
                            "%s line %u is damaged: mend it to HOST:PORT FINGERPRINT, or remove it",
                            k->path, line);
        at += n + 1;
        if (len != strlen(name) || memcmp(start, name, len) != 0)
            continue;
        if (*number)
            return complain(why, LETHE_ERR_FORMAT,
                            "%s has %s twice, in lines %u and %u; remove one", k->path, name,
                            *number, line);
        *number = line;
        memcpy(fingerprint, found, FINGERPRINT_BYTES);
    }
    return LETHE_OK;
}

int known_find(uint8_t fingerprint[FINGERPRINT_BYTES], const char *name, struct complaint *why)
{
    struct known k;
    unsigned line = 0;
    int err = known_open(&k, why);
    if (err == LETHE_OK)
        err = look_up(&k, name, &line, fingerprint, why);
    known_close(&k);
    return err == LETHE_OK && line == 0 ? LETHE_ERR_NOT_FOUND : err;
}

/* *line: where it is known, 0: nowhere. */
static int compare(const struct known *k, const char *name,
                   const uint8_t fingerprint[FINGERPRINT_BYTES], unsigned *line,
                   struct complaint *why)
{
    uint8_t before[FINGERPRINT_BYTES];
    char text[FINGERPRINT_TEXT_BYTES];
    int err = look_up(k, name, line, before, why);
    if (err != LETHE_OK || *line == 0 || memcmp(before, fingerprint, FINGERPRINT_BYTES) == 0)
        return err;
    fingerprint_text(text, before);
    return complain(why, LETHE_ERR_STRANGER,
                    "%s was %.16s... before, another server than this; if that is meant, remove "
                    "line %u of %s",
                    name, text, *line, k->path);
}

int known_check(const char *name, const uint8_t fingerprint[FINGERPRINT_BYTES],
                struct complaint *why)
{
    struct known k;
    unsigned line;
    int err = known_open(&k, why);
    if (err == LETHE_ERR_NOT_FOUND)
        return LETHE_OK;
    if (err == LETHE_OK)
        err = compare(&k, name, fingerprint, &line, why);
    known_close(&k);
    return err;
}

static int append(struct known *k, const char *name, const uint8_t fingerprint[FINGERPRINT_BYTES],
                  struct complaint *why)
{
    char text[FINGERPRINT_TEXT_BYTES];
    fingerprint_text(text, fingerprint);
    k->size += (size_t)sprintf(k->text + k->size, "%s %s\n", name, text);
    if (k->size > KNOWN_BYTES_MAX)
        return complain(why, LETHE_ERR_NO_SPACE, "%s is full; remove lines", k->path);
    return file_write(k->path, (const uint8_t *)k->text, k->size, 0600, FILE_REPLACE, why);
}

static int lock(int *fd, const char *folder, struct complaint *why)
{
    char path[PATH_BYTES];
    int err = file_make_folder(folder, 0700, why);
    if (err != LETHE_OK)
        return err;
    (void)snprintf(path, sizeof path, "%s/known_servers.lock", folder);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0 || flock(*fd, LOCK_EX) != 0)
        return complain(why, error_from_errno(errno), "cannot lock %s: %s", path, strerror(errno));
    return LETHE_OK;
}

/* Under the lock: another may have been here since. */
static int remember(struct known *k, const char *name, const uint8_t fingerprint[FINGERPRINT_BYTES],
                    bool *added, struct complaint *why)
{
    unsigned line = 0;
    int err = known_open(k, why);
    if (err == LETHE_OK)
        err = compare(k, name, fingerprint, &line, why);
    if (err != LETHE_OK || line)
        return err;
    *added = true;
    return append(k, name, fingerprint, why);
}

int known_remember(char *path, size_t room, const char *name,
                   const uint8_t fingerprint[FINGERPRINT_BYTES], struct complaint *why)
{
    struct known k;
    char folder[PATH_BYTES - 32];
    uint8_t before[FINGERPRINT_BYTES];
    bool added = false;
    int fd = -1;
    path[0] = 0;
    if (!folder_of(folder))
        return LETHE_OK;
    int err = known_find(before, name, why);
    if (err == LETHE_OK && memcmp(before, fingerprint, FINGERPRINT_BYTES) == 0)
        return LETHE_OK;
    err = lock(&fd, folder, why);
    if (err == LETHE_OK) {
        err = remember(&k, name, fingerprint, &added, why);
        if (err == LETHE_OK && added)
            (void)snprintf(path, room, "%s", k.path);
        known_close(&k);
    }
    if (fd >= 0)
        close(fd);
    return err;
}
