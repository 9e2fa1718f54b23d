/*
 * Short-term keys in the ring's folder: fixed layout, checked by hash, replaced and erased.
 * A new key takes the place of the one that it makes superfluous.
 */
#include "node/short_term_file.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "crypto/hash.h"
#include "lethe/error.h"
#include "node/file.h"
#include "node/secret_file.h"

static const char magic[] = "lethe short-term keys 1\n";

#define MAGIC_BYTES (sizeof magic - 1)
#define BODY_BYTES                                                                                 \
    (MAGIC_BYTES + 8 + SHORT_TERM_KEYS * (16 + SHORT_TERM_KEY_BYTES) + SHORT_TERM_FILE_BYTES)
#define FILE_BYTES (BODY_BYTES + HASH_BYTES)

_Static_assert(FILE_BYTES <= SECRET_FILE_MAX, "erased as a whole");

static int decode(struct short_term_image *image, const uint8_t bytes[FILE_BYTES])
{
    uint8_t sum[HASH_BYTES];
    hash_of(sum, "short-term file", bytes, BODY_BYTES);
    if (memcmp(bytes, magic, MAGIC_BYTES) != 0 || memcmp(sum, bytes + BODY_BYTES, HASH_BYTES) != 0)
        return LETHE_ERR_FORMAT;
    struct reader r = reader_of(bytes + MAGIC_BYTES, BODY_BYTES - MAGIC_BYTES);
    image->period_ms = (int64_t)read64(&r);
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        image->keys[i].born_ms = (int64_t)read64(&r);
        image->keys[i].until_ms = (int64_t)read64(&r);
        read_bytes(&r, image->keys[i].secret, SHORT_TERM_KEY_BYTES);
    }
    read_bytes(&r, image->file, SHORT_TERM_FILE_BYTES);
    return image->period_ms > 0 ? LETHE_OK : LETHE_ERR_FORMAT;
}

int short_term_image_read(struct short_term_image *image, const char *folder, struct complaint *why)
{
    char path[4096];
    uint8_t bytes[FILE_BYTES];
    memset(image, 0, sizeof *image);
    int err = file_join(path, sizeof path, folder, "short-term", why);
    if (err == LETHE_OK)
        err = file_read(path, bytes, sizeof bytes, true, why);
    if (err != LETHE_OK)
        return err;
    err = decode(image, bytes);
    wipe(bytes, sizeof bytes);
    if (err == LETHE_OK)
        return err;
    wipe(image, sizeof *image);
    return complain(why, err, "%s is damaged; remove it, and a new key will be made", path);
}

int short_term_image_write(const struct short_term_image *image, const char *folder,
                           struct complaint *why)
{
    char path[4096];
    uint8_t bytes[FILE_BYTES];
    int err = file_join(path, sizeof path, folder, "short-term", why);
    if (err != LETHE_OK)
        return err;
    struct writer w = writer_of(bytes, sizeof bytes);
    write_bytes(&w, magic, MAGIC_BYTES);
    write64(&w, (uint64_t)image->period_ms);
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        write64(&w, (uint64_t)image->keys[i].born_ms);
        write64(&w, (uint64_t)image->keys[i].until_ms);
        write_bytes(&w, image->keys[i].secret, SHORT_TERM_KEY_BYTES);
    }
    write_bytes(&w, image->file, SHORT_TERM_FILE_BYTES);
    hash_of(bytes + BODY_BYTES, "short-term file", bytes, BODY_BYTES);
    err = secret_file_write(path, bytes, sizeof bytes, why);
    wipe(bytes, sizeof bytes);
    return err;
}

static bool is_alive(const struct short_term_image *image, int i, int64_t now_ms)
{
    return image->keys[i].born_ms != 0 &&
           short_term_is_alive(image->keys[i].born_ms, image->keys[i].until_ms, now_ms);
}

bool short_term_image_turn(struct short_term_image *image, int64_t now_ms,
                           const uint8_t fresh[SHORT_TERM_KEY_BYTES],
                           const struct identity_signer *signer, bool *changed)
{
    int oldest = 0;
    int64_t newest = 0;
    *changed = false;
    for (int i = 0; i < SHORT_TERM_KEYS; i++) {
        if (image->keys[i].born_ms != 0 && !is_alive(image, i, now_ms)) {
            wipe(&image->keys[i], sizeof image->keys[i]);
            *changed = true;
        }
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
