/*
 * The ring on disk: fixed layout, checked by hash, replaced atomically, erased when replaced.
 */
#include "store/ringfile.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "lethe/error.h"
#include "store/checked_file.h"
#include "store/file.h"

#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BODY_BYTES(count) (8 + (count) * (8 + 8 + COOKIE_KEY_BYTES))
#define HINT              "remove it, and sessions will begin anew"

/* The files of the two rings, told apart by how many keys they hold. */
static const struct ring_file {
    unsigned count;
    const char *name;
    struct checked_file file;
} ring_files[] = {
    {KID_COUNT, "ring", {"lethe ring 1\n", "ring file", BODY_BYTES(KID_COUNT), HINT}},
    {SLOW_COUNT, "slow", {"lethe slow 1\n", "ring file", BODY_BYTES(SLOW_COUNT), HINT}},
};

_Static_assert(BODY_BYTES(RING_COUNT_MAX) + 13 + HASH_BYTES <= SECRET_FILE_MAX,
               "erased as a whole");

static const struct ring_file *ring_of(uint64_t count)
{
    return &ring_files[count == SLOW_COUNT];
}

static bool in_memory(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* The first candidate whose parent is memory-backed. */
static int default_folder(char *out, const uint8_t fingerprint[32], struct complaint *why)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *parents[] = {geteuid() == 0 ? "/run" : runtime, "/dev/shm"};
    for (int i = 0; i < 2; i++) {
        if (!parents[i] || !in_memory(parents[i]) || access(parents[i], W_OK) != 0)
            continue;
        char owner[32] = "/";
        if (i == 1)
            (void)snprintf(owner, sizeof owner, "-%u-", (unsigned)geteuid());
        (void)snprintf(out, RING_PATH_BYTES, "%s/lethe%s%02x%02x%02x%02x%02x%02x%02x%02x",
                       parents[i], owner, fingerprint[0], fingerprint[1], fingerprint[2],
                       fingerprint[3], fingerprint[4], fingerprint[5], fingerprint[6],
                       fingerprint[7]);
        return LETHE_OK;
    }
    return complain(why, LETHE_ERR_NOT_FOUND,
                    "no memory-backed folder for the cookie keys: set "
                    "XDG_RUNTIME_DIR or give one with --ring FOLDER");
}

static int check_owner(const char *folder, struct complaint *why)
{
    struct stat st;
    if (lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
        return complain(why, LETHE_ERR_PERMISSION, "%s is not a folder", folder);
    if (st.st_uid != geteuid())
        return complain(why, LETHE_ERR_PERMISSION,
                        "%s belongs to another user, who could choose the "
                        "cookie keys; remove it or give another with --ring",
                        folder);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return complain(why, LETHE_ERR_PERMISSION, "%s is open to others; run: chmod 700 %s",
                        folder, folder);
    return LETHE_OK;
}

int ring_folder_name(char out[RING_PATH_BYTES], const char *given, const uint8_t fingerprint[32],
                     struct complaint *why)
{
    if (given && strlen(given) >= RING_PATH_BYTES)
        return complain(why, LETHE_ERR_USAGE, "--ring: name too long");
    if (!given)
        return default_folder(out, fingerprint, why);
    memcpy(out, given, strlen(given) + 1);
    return LETHE_OK;
}

int ring_folder(char out[RING_PATH_BYTES], const char *given, const uint8_t fingerprint[32],
                bool *on_disk, struct complaint *why)
{
    int err = ring_folder_name(out, given, fingerprint, why);
    if (err == LETHE_OK)
        err = file_make_folder(out, 0700, why);
    if (err == LETHE_OK)
        err = check_owner(out, why);
    *on_disk = err == LETHE_OK && !in_memory(out);
    return err;
}

/* False: there is no such period. */
static bool decode(struct ring_image *image, unsigned count, const uint8_t *body)
{
    struct reader r = reader_of(body, BODY_BYTES(count));
    memset(image, 0, sizeof *image);
    image->count = count;
    image->period_ms = (int64_t)read64(&r);
    for (unsigned i = 0; i < count; i++) {
        image->keys[i].epoch = read64(&r);
        image->keys[i].born_ms = (int64_t)read64(&r);
        read_bytes(&r, image->keys[i].key, COOKIE_KEY_BYTES);
    }
    return image->period_ms > 0;
}

int ring_image_read(struct ring_image *image, unsigned count, const char *folder,
                    struct complaint *why)
{
    char path[RING_PATH_BYTES];
    uint8_t body[BODY_BYTES(RING_COUNT_MAX)];
    const struct ring_file *ring = ring_of(count);
    int err = file_join(path, sizeof path, folder, ring->name, why);
    if (err == LETHE_OK)
        err = checked_file_read(&ring->file, path, body, why);
    if (err != LETHE_OK)
        return err;
    if (!decode(image, ring->count, body)) {
        wipe(image, sizeof *image);
        err = checked_file_damaged(&ring->file, path, why);
    }
    wipe(body, sizeof body);
    return err;
}

int ring_image_write(const struct ring_image *image, const char *folder, struct complaint *why)
{
    char path[RING_PATH_BYTES];
    uint8_t body[BODY_BYTES(RING_COUNT_MAX)];
    const struct ring_file *ring = ring_of(image->count);
    int err = file_join(path, sizeof path, folder, ring->name, why);
    if (err != LETHE_OK)
        return err;
    struct writer w = writer_of(body, sizeof body);
    write64(&w, (uint64_t)image->period_ms);
    for (unsigned i = 0; i < ring->count; i++) {
        write64(&w, image->keys[i].epoch);
        write64(&w, (uint64_t)image->keys[i].born_ms);
        write_bytes(&w, image->keys[i].key, COOKIE_KEY_BYTES);
    }
    err = checked_file_write(&ring->file, path, body, why);
    wipe(body, sizeof body);
    return err;
}

static bool is_alive(const struct ring_image *image, uint64_t i, int64_t now_ms)
{
    int64_t age = now_ms - image->keys[i].born_ms;
    return image->keys[i].epoch != 0 && age < (int64_t)image->count * image->period_ms &&
           age > -image->period_ms;
}

void ring_take_image(struct ring *ring, const struct ring_image *image, int64_t now_ms)
{
    ring_set_period(ring, image->period_ms);
    for (uint64_t i = 0; i < image->count; i++)
        if (is_alive(image, i, now_ms))
            ring_put(ring, image->keys[i].epoch, image->keys[i].born_ms, image->keys[i].key);
}

uint64_t ring_image_newest(const struct ring_image *image)
{
    uint64_t newest = 0;
    for (uint64_t i = 0; i < image->count; i++)
        if (image->keys[i].epoch > newest)
            newest = image->keys[i].epoch;
    return newest;
}

bool ring_image_expire(struct ring_image *image, int64_t now_ms)
{
    bool changed = false;
    for (uint64_t i = 0; i < image->count; i++) {
        if (image->keys[i].epoch == 0 || is_alive(image, i, now_ms))
            continue;
        wipe(&image->keys[i], sizeof image->keys[i]);
        changed = true;
    }
    return changed;
}

bool ring_image_is_due(const struct ring_image *image, int64_t now_ms)
{
    int64_t newest_born = 0;
    for (uint64_t i = 0; i < image->count; i++)
        if (is_alive(image, i, now_ms) && image->keys[i].born_ms > newest_born)
            newest_born = image->keys[i].born_ms;
    return newest_born == 0 || now_ms - newest_born >= image->period_ms;
}

bool ring_image_turn(struct ring_image *image, int64_t now_ms,
                     const uint8_t fresh[COOKIE_KEY_BYTES])
{
    const uint64_t newest = ring_image_newest(image);
    const bool changed = ring_image_expire(image, now_ms);
    if (!ring_image_is_due(image, now_ms))
        return changed;
    /* A ring begun anew starts above all before it: no period is shorter than a second. */
    uint64_t epoch = newest != 0 ? newest + 1 : (uint64_t)now_ms / 1000;
    const uint64_t i = epoch % ring_of(image->count)->count;
    image->keys[i].epoch = epoch;
    image->keys[i].born_ms = now_ms;
    memcpy(image->keys[i].key, fresh, COOKIE_KEY_BYTES);
    return true;
}
