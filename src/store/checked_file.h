/*
 * Small secret files that tell when they are damaged: magic | body | H(label, magic | body).
 *
 * The hash has no key: it finds what a disk or a person did by mistake. Who may write the file is
 * believed, so it is for files that only their owner can read and write (store/secret_file.h).
 */
#ifndef STORE_CHECKED_FILE_H
#define STORE_CHECKED_FILE_H

#include "crypto/hash.h"
#include "store/secret_file.h"

struct checked_file {
    const char *magic; /* what the file begins with; its final zero is not in the file */
    const char *label; /* of the hash */
    size_t body;       /* bytes between the two; all three together at most SECRET_FILE_MAX */
    const char *hint;  /* what to do about a damaged one, for people */
};

/* How long the file is. */
size_t checked_file_bytes(const struct checked_file *f);

/* Reads the body. LETHE_ERR_NOT_FOUND when there is no file, or it was erased (zeros);
 * LETHE_ERR_FORMAT when it is damaged or has another length; LETHE_ERR_PERMISSION when others may
 * read it. On failure the body is wiped; on success that is the caller's. */
int checked_file_read(const struct checked_file *f, const char *path, uint8_t *body,
                      struct complaint *why);

/* The same through a descriptor that was opened at path, from its position on. */
int checked_file_read_open(const struct checked_file *f, int fd, const char *path, uint8_t *body,
                           struct complaint *why);

/* For a body that makes no sense though its hash is right: says so, returns LETHE_ERR_FORMAT. */
int checked_file_damaged(const struct checked_file *f, const char *path, struct complaint *why);

/* Puts the body in path's place, and erases what was there; as secret_file_write. */
int checked_file_write(const struct checked_file *f, const char *path, const uint8_t *body,
                       struct complaint *why);

#endif
