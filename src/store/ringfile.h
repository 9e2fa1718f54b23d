/*
 * The ring on disk (protocol section 1): one small file in memory-backed storage.
 *
 *   FOLDER/ring   "lethe ring 1\n" | period_ms 8 | 8 x (epoch 8, born_ms 8, key 32) | H 32
 *   FOLDER/slow   "lethe slow 1\n", the same with 48 keys: the slow ring, where parking is allowed
 *   FOLDER/lock   held by the rotator (flock)
 *
 * An epoch of 0 is an empty place. A new ring takes the name by rename, and the old file is
 * overwritten with zeros before it is given up: an erased key must not survive on the medium.
 */
#ifndef STORE_RINGFILE_H
#define STORE_RINGFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "seal/ring.h"

#define RING_PATH_BYTES 4096

/* count tells which ring it is: KID_COUNT or SLOW_COUNT. */
struct ring_image {
    uint64_t count;
    int64_t period_ms;
    struct {
        uint64_t epoch;
        int64_t born_ms;
        uint8_t key[COOKIE_KEY_BYTES];
    } keys[RING_COUNT_MAX];
};

/* The folder for an identity's ring: `given`, or the first memory-backed one of /run/lethe/ID
 * (root), $XDG_RUNTIME_DIR/lethe/ID (others) and /dev/shm/lethe-UID-ID, where ID is the
 * fingerprint's first 16 digits. Makes it 0700. *on_disk tells when a folder that was given is not
 * memory-backed. LETHE_ERR_NOT_FOUND when no memory-backed folder is there; LETHE_ERR_PERMISSION
 * when the folder belongs to someone else or is open to others, who could then choose the keys. */
int ring_folder(char out[RING_PATH_BYTES], const char *given, const uint8_t fingerprint[32],
                bool *on_disk, struct complaint *why);

/* The same folder's name, for who only looks: nothing is made and nothing checked. */
int ring_folder_name(char out[RING_PATH_BYTES], const char *given, const uint8_t fingerprint[32],
                     struct complaint *why);

/* Reads the ring of that many keys. LETHE_ERR_NOT_FOUND when there is none yet, LETHE_ERR_FORMAT
 * when it is damaged. The caller wipes image. */
int ring_image_read(struct ring_image *image, unsigned count, const char *folder,
                    struct complaint *why);
int ring_image_write(const struct ring_image *image, const char *folder, struct complaint *why);

/* Puts every key of the image that is alive at now_ms into the ring. */
void ring_take_image(struct ring *ring, const struct ring_image *image, int64_t now_ms);

/* The highest epoch in it; 0: no key was ever made. */
uint64_t ring_image_newest(const struct ring_image *image);

/* Wipes the keys whose time is over. Returns true when there was one. */
bool ring_image_expire(struct ring_image *image, int64_t now_ms);

/* Whether the newest key that lives is a period old, or none does. */
bool ring_image_is_due(const struct ring_image *image, int64_t now_ms);

/* Takes dead keys out and adds a new one when the newest is a period old. Returns true when the
 * image changed. */
bool ring_image_turn(struct ring_image *image, int64_t now_ms,
                     const uint8_t fresh[COOKIE_KEY_BYTES]);

#endif
