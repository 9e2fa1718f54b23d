/*
 * Identities on disk: making, loading and naming them.
 * The secret file is written first, so that a public half never stands without its secret.
 */
#include "store/identity.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "crypto/dh.h"
#include "crypto/kem.h"
#include "kex/lookup.h"
#include "lethe/error.h"
#include "store/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(DH_PUBLIC_BYTES + SIGN_PUBLIC_BYTES + MCELIECE_PUBLIC_BYTES == LOOKUP_IDENTITY_BYTES,
               "what LOOKUP finds is all of it");

static const char public_magic[] = "lethe identity 1\n";
static const char secret_magic[] = "lethe secret 1\n";

#define PUBLIC_MAGIC_BYTES (sizeof public_magic - 1)
#define SECRET_MAGIC_BYTES (sizeof secret_magic - 1)
#define PUBLIC_PARTS_BYTES (DH_PUBLIC_BYTES + SIGN_PUBLIC_BYTES + MCELIECE_PUBLIC_BYTES)
#define PUBLIC_BYTES       (PUBLIC_MAGIC_BYTES + PUBLIC_PARTS_BYTES)
#define SECRET_BYTES                                                                               \
    (SECRET_MAGIC_BYTES + FINGERPRINT_BYTES + DH_SECRET_BYTES + SIGN_SECRET_BYTES +                \
     MCELIECE_SECRET_BYTES)

/* Draws all keys and lays both files' contents out. */
static int draw(uint8_t *public, uint8_t *secret, uint8_t fingerprint[FINGERPRINT_BYTES],
                struct complaint *why)
{
    uint8_t seeds[DH_SECRET_BYTES + 32];
    if (getrandom(seeds, sizeof seeds, 0) != (ssize_t)sizeof seeds)
        return complain(why, LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    struct writer p = writer_of(public, PUBLIC_BYTES), s = writer_of(secret, SECRET_BYTES);
    write_bytes(&p, public_magic, PUBLIC_MAGIC_BYTES);
    write_bytes(&s, secret_magic, SECRET_MAGIC_BYTES);
    uint8_t *print = write_span(&s, FINGERPRINT_BYTES);
    uint8_t *dh = write_span(&s, DH_SECRET_BYTES);
    memcpy(dh, seeds, DH_SECRET_BYTES);
    dh_public(write_span(&p, DH_PUBLIC_BYTES), dh);
    sign_keypair(write_span(&p, SIGN_PUBLIC_BYTES), write_span(&s, SIGN_SECRET_BYTES),
                 seeds + DH_SECRET_BYTES);
    mceliece_keypair(write_span(&p, MCELIECE_PUBLIC_BYTES), write_span(&s, MCELIECE_SECRET_BYTES));
    lookup_fingerprint(fingerprint, public + PUBLIC_MAGIC_BYTES);
    memcpy(print, fingerprint, FINGERPRINT_BYTES);
    wipe(seeds, sizeof seeds);
    return LETHE_OK;
}

static int store(const char *dir, const uint8_t *public, const uint8_t *secret,
                 const uint8_t fingerprint[FINGERPRINT_BYTES], struct complaint *why)
{
    char path[4096], text[FINGERPRINT_TEXT_BYTES + 1];
    const struct {
        const char *name;
        const uint8_t *p;
        size_t n;
        unsigned permissions;
    } files[] = {{"secret/identity", secret, SECRET_BYTES, 0600},
                 {"public/identity", public, PUBLIC_BYTES, 0644},
                 {"public/fingerprint", (const uint8_t *)text, FINGERPRINT_TEXT_BYTES, 0644}};
    fingerprint_text(text, fingerprint);
    text[FINGERPRINT_TEXT_BYTES - 1] = '\n';
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        int err = file_join(path, sizeof path, dir, files[i].name, why);
        if (err == LETHE_OK)
            err = file_write(path, files[i].p, files[i].n, files[i].permissions, FILE_NEW, why);
        if (err != LETHE_OK)
            return err;
    }
    return LETHE_OK;
}

/* An identity is whole or not made: no half may be there that belongs to another. */
static int check_absent(const char *dir, struct complaint *why)
{
    static const char *const names[] = {"secret/identity", "public/identity", "public/fingerprint"};
    char path[4096];
    for (int i = 0; i < 3; i++) {
        int err = file_join(path, sizeof path, dir, names[i], why);
        if (err != LETHE_OK)
            return err;
        if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return complain(why, LETHE_ERR_EXISTS,
                            "%s exists already; an identity is never overwritten: name another "
                            "folder",
                            path);
    }
    return LETHE_OK;
}

static int check_closed(const char *folder, struct complaint *why)
{
    struct stat st;
    if (stat(folder, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)))
        return complain(why, LETHE_ERR_PERMISSION, "%s is open to others; run: chmod 700 %s",
                        folder, folder);
    return LETHE_OK;
}

static int make_folders(const char *dir, struct complaint *why)
{
    char path[4096];
    int err = file_join(path, sizeof path, dir, "secret", why);
    if (err == LETHE_OK)
        err = file_make_folder(path, 0700, why);
    if (err == LETHE_OK)
        err = check_closed(path, why);
    if (err == LETHE_OK)
        err = file_join(path, sizeof path, dir, "public", why);
    if (err == LETHE_OK)
        err = file_make_folder(path, 0755, why);
    return err;
}

int identity_generate(const char *dir, uint8_t fingerprint[FINGERPRINT_BYTES],
                      struct complaint *why)
{
    uint8_t *public = malloc(PUBLIC_BYTES), *secret = malloc(SECRET_BYTES);
    int err = LETHE_ERR_INTERNAL;
    if (!public || !secret)
        err = complain(why, LETHE_ERR_INTERNAL, "out of memory");
    else
        err = check_absent(dir, why);
    if (err == LETHE_OK)
        err = make_folders(dir, why);
    if (err == LETHE_OK)
        err = draw(public, secret, fingerprint, why);
    if (err == LETHE_OK)
        err = store(dir, public, secret, fingerprint, why);
    if (secret)
        wipe(secret, SECRET_BYTES);
    free(secret);
    free(public);
    return err;
}

/* The secret file as it is; the caller wipes bytes. */
static int read_secret(uint8_t bytes[SECRET_BYTES], const char *dir, struct complaint *why)
{
    char path[4096];
    int err = file_join(path, sizeof path, dir, "secret/identity", why);
    if (err == LETHE_OK)
        err = file_read(path, bytes, SECRET_BYTES, true, why);
    if (err == LETHE_ERR_NOT_FOUND)
        return complain(why, LETHE_ERR_IDENTITY,
                        "%s holds no identity; make one with: lethe keygen %s", dir, dir);
    if (err != LETHE_OK)
        return err;
    if (memcmp(bytes, secret_magic, SECRET_MAGIC_BYTES) == 0)
        return LETHE_OK;
    wipe(bytes, SECRET_BYTES);
    return complain(why, LETHE_ERR_IDENTITY,
                    "%s is not a Lethe secret: name the folder that lethe keygen made", path);
}

int identity_load_secret(struct server_identity *id, const char *dir, struct complaint *why)
{
    uint8_t bytes[SECRET_BYTES];
    int err = read_secret(bytes, dir, why);
    wipe(id, sizeof *id);
    if (err != LETHE_OK)
        return err;
    struct reader r = reader_of(bytes + SECRET_MAGIC_BYTES, SECRET_BYTES - SECRET_MAGIC_BYTES);
    read_bytes(&r, id->fingerprint, FINGERPRINT_BYTES);
    read_bytes(&r, id->dh_secret, DH_SECRET_BYTES);
    (void)read_span(&r, SIGN_SECRET_BYTES);
    read_bytes(&r, id->mceliece_secret, MCELIECE_SECRET_BYTES);
    kex_identity_name(id);
    wipe(bytes, sizeof bytes);
    return LETHE_OK;
}

int identity_load_signer(struct identity_signer *s, const char *dir, struct complaint *why)
{
    uint8_t bytes[SECRET_BYTES];
    int err = read_secret(bytes, dir, why);
    if (err != LETHE_OK)
        return err;
    struct reader r = reader_of(bytes + SECRET_MAGIC_BYTES, SECRET_BYTES - SECRET_MAGIC_BYTES);
    read_bytes(&r, s->fingerprint, FINGERPRINT_BYTES);
    (void)read_span(&r, DH_SECRET_BYTES);
    read_bytes(&r, s->secret, SIGN_SECRET_BYTES);
    wipe(bytes, sizeof bytes);
    return LETHE_OK;
}

static void take_apart(struct public_identity *id)
{
    struct reader r = reader_of(id->bytes + PUBLIC_MAGIC_BYTES, PUBLIC_PARTS_BYTES);
    lookup_fingerprint(id->server.fingerprint, r.at);
    read_bytes(&r, id->server.dh, DH_PUBLIC_BYTES);
    read_bytes(&r, id->sign_public, SIGN_PUBLIC_BYTES);
    id->server.mceliece = read_span(&r, MCELIECE_PUBLIC_BYTES);
}

/* Of a file whose length is wrong: it does not begin as an identity either. */
static bool is_of_another_kind(const char *path)
{
    char head[PUBLIC_MAGIC_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool is = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head &&
              memcmp(head, public_magic, sizeof head) != 0;
    if (fd >= 0)
        close(fd);
    return is;
}

int identity_load_public(struct public_identity *id, const char *path, struct complaint *why)
{
    char inside[4096];
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        int err = file_join(inside, sizeof inside, path, "public/identity", why);
        if (err != LETHE_OK)
            return err;
        path = inside;
    }
    id->bytes = malloc(PUBLIC_BYTES);
    if (!id->bytes)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    int err = file_read(path, id->bytes, PUBLIC_BYTES, false, why);
    if (err == LETHE_OK ? memcmp(id->bytes, public_magic, PUBLIC_MAGIC_BYTES) != 0
                        : err == LETHE_ERR_FORMAT && is_of_another_kind(path))
        err =
            complain(why, LETHE_ERR_IDENTITY,
                     "%s is not a Lethe identity: name the file public/identity of a server", path);
    if (err == LETHE_OK)
        take_apart(id);
    else
        identity_free(id);
    return err == LETHE_ERR_NOT_FOUND ? LETHE_ERR_IDENTITY : err;
}

int identity_prepare(struct public_identity *id, uint8_t **keys, struct complaint *why)
{
    memset(id, 0, sizeof *id);
    id->bytes = calloc(1, PUBLIC_BYTES);
    if (!id->bytes)
        return complain(why, LETHE_ERR_INTERNAL, "out of memory");
    memcpy(id->bytes, public_magic, PUBLIC_MAGIC_BYTES);
    *keys = id->bytes + PUBLIC_MAGIC_BYTES;
    return LETHE_OK;
}

void identity_complete(struct public_identity *id)
{
    take_apart(id);
}

const uint8_t *identity_keys(const struct public_identity *id)
{
    return id->bytes + PUBLIC_MAGIC_BYTES;
}

void identity_free(struct public_identity *id)
{
    free(id->bytes);
    memset(id, 0, sizeof *id);
}

int identity_cache_path(char *out, size_t room, const char *what,
                        const uint8_t fingerprint[FINGERPRINT_BYTES], struct complaint *why)
{
    char folder[4096], text[FINGERPRINT_TEXT_BYTES];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        (void)snprintf(folder, sizeof folder, "%s/lethe/%s", cache, what);
    else if (home && home[0] == '/')
        (void)snprintf(folder, sizeof folder, "%s/.cache/lethe/%s", home, what);
    else
        return complain(why, LETHE_ERR_IDENTITY, "neither XDG_CACHE_HOME nor HOME is set");
    int err = file_make_folder(folder, 0700, why);
    fingerprint_text(text, fingerprint);
    return err == LETHE_OK ? file_join(out, room, folder, text, why) : err;
}

int identity_load_cached(struct public_identity *id, const uint8_t fingerprint[FINGERPRINT_BYTES],
                         struct complaint *why)
{
    char path[4096];
    struct stat st;
    int err = identity_cache_path(path, sizeof path, "identities", fingerprint, why);
    if (err != LETHE_OK)
        return err;
    if (stat(path, &st) != 0)
        return complain(why, LETHE_ERR_NOT_FOUND,
                        "the identity of that fingerprint is not in the cache; fetch it, or give "
                        "its file once");
    err = identity_load_public(id, path, why);
    const bool whole = err != LETHE_ERR_FORMAT && err != LETHE_ERR_IDENTITY;
    if (!whole ||
        (err == LETHE_OK && memcmp(id->server.fingerprint, fingerprint, FINGERPRINT_BYTES) != 0)) {
        identity_free(id);
        return complain(why, LETHE_ERR_IDENTITY,
                        "%s is damaged; fetch the identity again, or remove it and give the "
                        "identity's file once",
                        path);
    }
    return err;
}

void identity_cache(const struct public_identity *id, bool anew)
{
    char path[4096];
    struct complaint ignored;
    if (identity_cache_path(path, sizeof path, "identities", id->server.fingerprint, &ignored) ==
            LETHE_OK &&
        (anew || access(path, F_OK) != 0))
        (void)file_write(path, id->bytes, PUBLIC_BYTES, 0600, anew ? FILE_REPLACE : FILE_NEW,
                         &ignored);
}
