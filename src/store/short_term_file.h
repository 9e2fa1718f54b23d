/*
 * A server's short-term keys on its own machine: in the ring's folder, with the public half signed.
 *
 *   FOLDER/short-term  "lethe short-term keys 1\n" | period_ms 8 | 2 x (born_ms 8, until_ms 8,
 *                      secret 32) | the signed public half of the newest | H 32
 *
 * A birth of 0 is an empty place. Replaced and erased as the ring is. Each server has its own: it
 * does not go to the other servers of a cluster.
 */
#ifndef STORE_SHORT_TERM_FILE_H
#define STORE_SHORT_TERM_FILE_H

#include <stdbool.h>

#include "seal/short_term.h"
#include "store/short_term.h"

/* Also the message by which a worker gets them. */
struct short_term_image {
    int64_t period_ms;
    struct {
        int64_t born_ms, until_ms;
        uint8_t secret[SHORT_TERM_KEY_BYTES];
    } keys[SHORT_TERM_KEYS];
    uint8_t file[SHORT_TERM_FILE_BYTES]; /* of the newest; zeros: none */
};

/* LETHE_ERR_NOT_FOUND when there are none yet, LETHE_ERR_FORMAT when damaged. The caller wipes. */
int short_term_image_read(struct short_term_image *image, const char *folder,
                          struct complaint *why);
int short_term_image_write(const struct short_term_image *image, const char *folder,
                           struct complaint *why);

/* Wipes the keys whose time is over. Returns true when there was one. */
bool short_term_image_expire(struct short_term_image *image, int64_t now_ms);

/* Takes dead keys out and adds a new one when the newest is a period old: `fresh`, its secret,
 * whose public half is signed. Returns true when a key was added; *changed tells of any change. */
bool short_term_image_turn(struct short_term_image *image, int64_t now_ms,
                           const uint8_t fresh[SHORT_TERM_KEY_BYTES],
                           const struct identity_signer *signer, bool *changed);

/* Puts every key of the image that is alive at now_ms among a server's. */
void short_term_take_image(struct short_term_keys *keys, const struct short_term_image *image,
                           int64_t now_ms);

#endif
