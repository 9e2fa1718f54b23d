/*
 * lethe/identity.h: the node's identities behind an opaque type.
 */
#include "api/identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/init.h"
#include "lethe/version.h"

_Static_assert(LETHE_FINGERPRINT_BYTES == FINGERPRINT_BYTES, "one length for fingerprints");

const char *lethe_version(void)
{
    return LETHE_VERSION;
}

static int finish(int err, const struct complaint *why, struct lethe_message *message)
{
    memset(message, 0, sizeof *message);
    if (err != LETHE_OK)
        memcpy(message->text, why->text, strnlen(why->text, sizeof message->text - 1));
    return err;
}

int lethe_identity_generate(const char *dir, uint8_t fingerprint[LETHE_FINGERPRINT_BYTES],
                            struct lethe_message *why)
{
    struct complaint c = {.text = ""};
    int err = crypto_init();
    if (err == LETHE_OK)
        err = identity_generate(dir, fingerprint, &c);
    return finish(err, &c, why);
}

/* Beside the file; short_term_load knows where it is in a folder. */
static char *beside(const char *path)
{
    static const char name[] = "short-term";
    struct stat st;
    const bool is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    const char *slash = strrchr(path, '/');
    const size_t n = is_dir ? strlen(path) : slash ? (size_t)(slash + 1 - path) : 0;
    char *out = calloc(1, n + sizeof name);
    if (out)
        memcpy(out, path, n);
    if (out && !is_dir)
        memcpy(out + n, name, sizeof name);
    return out;
}

static int load(struct lethe_identity **out, const char *path, const uint8_t *fingerprint,
                struct lethe_message *why)
{
    struct complaint c = {.text = ""};
    int err = crypto_init();
    *out = calloc(1, sizeof **out);
    if (!*out)
        return finish(complain(&c, LETHE_ERR_INTERNAL, "out of memory"), &c, why);
    if (err == LETHE_OK && path)
        err = identity_load_public(&(*out)->id, path, &c);
    if (err == LETHE_OK && path)
        (*out)->beside = beside(path);
    if (err == LETHE_OK && !path)
        err = identity_load_cached(&(*out)->id, fingerprint, &c);
    if (err != LETHE_OK) {
        free(*out);
        *out = NULL;
    }
    return finish(err, &c, why);
}

int lethe_identity_load(struct lethe_identity **out, const char *path, struct lethe_message *why)
{
    return load(out, path, NULL, why);
}

int lethe_identity_load_known(struct lethe_identity **out,
                              const uint8_t fingerprint[LETHE_FINGERPRINT_BYTES],
                              struct lethe_message *why)
{
    return load(out, NULL, fingerprint, why);
}

void lethe_identity_fingerprint(const struct lethe_identity *id,
                                uint8_t fingerprint[LETHE_FINGERPRINT_BYTES])
{
    memcpy(fingerprint, id->id.server.fingerprint, LETHE_FINGERPRINT_BYTES);
}

void lethe_identity_free(struct lethe_identity *id)
{
    if (!id)
        return;
    identity_free(&id->id);
    free(id->beside);
    free(id);
}
