/*
 * The ring on disk: fixed layout, checked by hash, replaced atomically, erased when replaced.
 */
#include "node/ringfile.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "crypto/hash.h"
#include "lethe/error.h"
#include "node/file.h"
#include "node/secret_file.h"

#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The files of the two rings, told apart by how many keys they hold. */
static const struct ring_file {
    unsigned count;
    const char *name, *magic;
} ring_files[] = {{KID_COUNT, "ring", "lethe ring 1\n"}, {SLOW_COUNT, "slow", "lethe slow 1\n"}};

#define RING_FILES        2
#define MAGIC_BYTES       13
#define BODY_BYTES(count) (MAGIC_BYTES + 8 + (count) * (8 + 8 + COOKIE_KEY_BYTES))
#define FILE_BYTES(count) (BODY_BYTES(count) + HASH_BYTES)
#define FILE_BYTES_MAX    FILE_BYTES(RING_COUNT_MAX)

static const struct ring_file *file_of(uint64_t count)
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

static int decode(struct ring_image *image, const struct ring_file *file, const uint8_t *bytes)
{
    uint8_t sum[HASH_BYTES];
    const size_t body = BODY_BYTES(file->count);
    hash_of(sum, "ring file", bytes, body);
    if (memcmp(bytes, file->magic, MAGIC_BYTES) != 0 || memcmp(sum, bytes + body, HASH_BYTES) != 0)
        return LETHE_ERR_FORMAT;
    struct reader r = reader_of(bytes + MAGIC_BYTES, body - MAGIC_BYTES);
    memset(image, 0, sizeof *image);
    image->count = file->count;
    image->period_ms = (int64_t)read64(&r);
    for (unsigned i = 0; i < file->count; i++) {
        image->keys[i].epoch = read64(&r);
        image->keys[i].born_ms = (int64_t)read64(&r);
        read_bytes(&r, image->keys[i].key, COOKIE_KEY_BYTES);
    }
    return image->period_ms > 0 ? LETHE_OK : LETHE_ERR_FORMAT;
}

int ring_image_read(struct ring_image *image, unsigned count, const char *folder,
                    struct complaint *why)
{
    char path[RING_PATH_BYTES];
    uint8_t bytes[FILE_BYTES_MAX];
    const struct ring_file *file = file_of(count);
    int err = file_join(path, sizeof path, folder, file->name, why);
    if (err == LETHE_OK)
        err = file_read(path, bytes, FILE_BYTES(count), true, why);
    if (err != LETHE_OK)
        return err;
    err = decode(image, file, bytes);
    wipe(bytes, sizeof bytes);
    if (err != LETHE_OK)
        wipe(image, sizeof *image);
    return err == LETHE_OK ? err
                           : complain(why, err,
                                      "%s is damaged; remove it, and sessions will "
                                      "begin anew",
                                      path);
}

int ring_image_write(const struct ring_image *image, const char *folder, struct complaint *why)
{
    char path[RING_PATH_BYTES];
    uint8_t bytes[FILE_BYTES_MAX];
    const struct ring_file *file = file_of(image->count);
    const size_t body = BODY_BYTES(file->count);
    int err = file_join(path, sizeof path, folder, file->name, why);
    if (err != LETHE_OK)
        return err;
    struct writer w = writer_of(bytes, sizeof bytes);
    write_bytes(&w, file->magic, MAGIC_BYTES);
    write64(&w, (uint64_t)image->period_ms);
    for (unsigned i = 0; i < file->count; i++) {
        write64(&w, image->keys[i].epoch);
        write64(&w, (uint64_t)image->keys[i].born_ms);
        write_bytes(&w, image->keys[i].key, COOKIE_KEY_BYTES);
    }
    hash_of(bytes + body, "ring file", bytes, body);
    err = secret_file_write(path, bytes, body + HASH_BYTES, why);
    wipe(bytes, sizeof bytes);
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

bool ring_image_turn(struct ring_image *image, int64_t now_ms,
                     const uint8_t fresh[COOKIE_KEY_BYTES])
{
    bool changed = false;
    uint64_t newest = 0;
    int64_t newest_born = 0;
    for (uint64_t i = 0; i < image->count; i++) {
        if (image->keys[i].epoch > newest)
            newest = image->keys[i].epoch;
        if (is_alive(image, i, now_ms)) {
            if (image->keys[i].born_ms > newest_born)
                newest_born = image->keys[i].born_ms;
        } else if (image->keys[i].epoch != 0) {
            wipe(&image->keys[i], sizeof image->keys[i]);
            changed = true;
        }
    }
    if (newest_born != 0 && now_ms - newest_born < image->period_ms)
        return changed;
    /* A ring begun anew starts above all before it: no period is shorter than a second. */
    uint64_t epoch = newest != 0 ? newest + 1 : (uint64_t)now_ms / 1000;
    const uint64_t i = epoch % file_of(image->count)->count;
    image->keys[i].epoch = epoch;
    image->keys[i].born_ms = now_ms;
    memcpy(image->keys[i].key, fresh, COOKIE_KEY_BYTES);
    return true;
}
