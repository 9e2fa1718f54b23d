/*
 * Turning short-term keys: the secret is written before its public half is published, so that no
 * client is told of a key that the server does not have.
 */
#include "node/short_term_turn.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "net/clock.h"
#include "node/log.h"
#include "store/file.h"
#include "store/secret_file.h"

#include <sys/random.h>

static void warn(const struct complaint *why)
{
    log_say("warning: %s; clients cannot send data in the first packet with this key", why->text);
}

/* Of another identity, which had this folder before. */
static bool is_strange(const struct short_term_turn *s)
{
    return memcmp(s->image.file + SHORT_TERM_MAGIC_BYTES, s->signer.fingerprint,
                  FINGERPRINT_BYTES) != 0;
}

/* Whoever has the files only, and not the network, finds the key here. */
static void publish(const struct short_term_turn *s)
{
    char path[4096];
    struct complaint why;
    int err = file_join(path, sizeof path, s->identity_dir, "public/short-term", &why);
    if (err == LETHE_OK)
        err = file_write(path, s->image.file, SHORT_TERM_FILE_BYTES, 0644, FILE_REPLACE, &why);
    if (err != LETHE_OK)
        warn(&why);
}

void short_term_turn_begin(struct short_term_turn *s, const char *folder, const char *identity_dir,
                           int64_t period_ms)
{
    struct complaint why;
    s->folder = folder;
    s->identity_dir = identity_dir;
    s->ready = identity_load_signer(&s->signer, identity_dir, &why) == LETHE_OK;
    if (!s->ready) {
        warn(&why);
        return;
    }
    int err = short_term_image_read(&s->image, folder, &why);
    if (err != LETHE_OK && err != LETHE_ERR_NOT_FOUND)
        warn(&why);
    secret_file_sweep(folder, "short-term");
    if (err == LETHE_OK && is_strange(s))
        wipe(&s->image, sizeof s->image);
    else if (err == LETHE_OK)
        publish(s);
    if (period_ms != 0)
        s->image.period_ms = period_ms;
    else if (s->image.period_ms == 0)
        s->image.period_ms = SHORT_TERM_PERIOD_MS;
}

void short_term_turn(struct short_term_turn *s)
{
    uint8_t fresh[SHORT_TERM_KEY_BYTES];
    struct complaint why;
    bool changed;
    if (!s->ready)
        return;
    if (getrandom(fresh, sizeof fresh, 0) != (ssize_t)sizeof fresh)
        return; /* the ring says so, and ends */
    bool added =
        short_term_image_turn(&s->image, (int64_t)clock_real_ms(), fresh, &s->signer, &changed);
    wipe(fresh, sizeof fresh);
    if (!changed)
        return;
    if (short_term_image_write(&s->image, s->folder, &why) != LETHE_OK)
        warn(&why);
    else if (added)
        publish(s);
}
