/*
 * Short-term keys in the ring's folder: fixed layout, checked by hash, replaced and erased.
 * A new key takes the place of the one that it makes superfluous.
 */
#include "store/short_term_file.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"
#include "store/checked_file.h"
#include "store/file.h"

#define BODY_BYTES (8 + SHORT_TERM_KEYS * (8 + 8 + SHORT_TERM_KEY_BYTES) + SHORT_TERM_FILE_BYTES)

static const struct checked_file keys_file = {"lethe short-term keys 1\n", "short-term file",
                                              BODY_BYTES, "remove it, and a new key will be made"};

_Static_assert(BODY_BYTES + 24 + HASH_BYTES <= SECRET_FILE_MAX, "erased as a whole");

/* False: there is no such period. */
static bool decode(struct short_term_image *image, const uint8_t body[BODY_BYTES])
{
    struct reader r = reader_of(body, BODY_BYTES);
    image->period_ms = (int64_t)read64(&r);
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        image->keys[i].born_ms = (int64_t)read64(&r);
        image->keys[i].until_ms = (int64_t)read64(&r);
        read_bytes(&r, image->keys[i].secret, SHORT_TERM_KEY_BYTES);
    }
    read_bytes(&r, image->file, SHORT_TERM_FILE_BYTES);
    return image->period_ms > 0;
}

int short_term_image_read(struct short_term_image *image, const char *folder, struct complaint *why)
{
    char path[4096];
    uint8_t body[BODY_BYTES];
    memset(image, 0, sizeof *image);
    int err = file_join(path, sizeof path, folder, "short-term", why);
    if (err == LETHE_OK)
        err = checked_file_read(&keys_file, path, body, why);
    if (err != LETHE_OK)
        return err;
    if (!decode(image, body)) {
        wipe(image, sizeof *image);
        err = checked_file_damaged(&keys_file, path, why);
    }
    wipe(body, sizeof body);
    return err;
}

int short_term_image_write(const struct short_term_image *image, const char *folder,
                           struct complaint *why)
{
    char path[4096];
    uint8_t body[BODY_BYTES];
    int err = file_join(path, sizeof path, folder, "short-term", why);
    if (err != LETHE_OK)
        return err;
    struct writer w = writer_of(body, sizeof body);
    write64(&w, (uint64_t)image->period_ms);
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        write64(&w, (uint64_t)image->keys[i].born_ms);
        write64(&w, (uint64_t)image->keys[i].until_ms);
        write_bytes(&w, image->keys[i].secret, SHORT_TERM_KEY_BYTES);
    }
    write_bytes(&w, image->file, SHORT_TERM_FILE_BYTES);
    err = checked_file_write(&keys_file, path, body, why);
    wipe(body, sizeof body);
    return err;
}

static bool is_alive(const struct short_term_image *image, int i, int64_t now_ms)
{
    return image->keys[i].born_ms != 0 &&
           short_term_is_alive(image->keys[i].born_ms, image->keys[i].until_ms, now_ms);
}

bool short_term_image_expire(struct short_term_image *image, int64_t now_ms)
{
    bool changed = false;
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        if (image->keys[i].born_ms == 0 || is_alive(image, i, now_ms))
            continue;
        wipe(&image->keys[i], sizeof image->keys[i]);
        changed = true;
    }
    return changed;
}

bool short_term_image_turn(struct short_term_image *image, int64_t now_ms,
                           const uint8_t fresh[SHORT_TERM_KEY_BYTES],
                           const struct identity_signer *signer, bool *changed)
{
    int oldest = 0;
    int64_t newest = 0;
    *changed = short_term_image_expire(image, now_ms);
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        if (image->keys[i].born_ms > newest)
            newest = image->keys[i].born_ms;
        if (image->keys[i].born_ms < image->keys[oldest].born_ms)
            oldest = i;
    }
    if (newest != 0 && now_ms - newest < image->period_ms)
        return false;
    struct short_term_public key = {.born_ms = now_ms,
                                    .until_ms = now_ms + SHORT_TERM_PERIODS * image->period_ms};
    dh_public(key.dh, fresh);
    image->keys[oldest].born_ms = key.born_ms;
    image->keys[oldest].until_ms = key.until_ms;
    memcpy(image->keys[oldest].secret, fresh, SHORT_TERM_KEY_BYTES);
    short_term_sign(image->file, signer->fingerprint, &key, signer->secret);
    *changed = true;
    return true;
}

void short_term_take_image(struct short_term_keys *keys, const struct short_term_image *image,
                           int64_t now_ms)
{
    uint8_t public[DH_PUBLIC_BYTES], id[SHORT_TERM_ID_BYTES];
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        if (!is_alive(image, i, now_ms))
            continue;
        dh_public(public, image->keys[i].secret);
        schedule_stid(id, public);
        short_term_put(keys, id, image->keys[i].secret, image->keys[i].born_ms,
                       image->keys[i].until_ms);
    }
}
