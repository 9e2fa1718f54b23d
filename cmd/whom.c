/*
 * Whom a command speaks to: what is remembered is asked first, and never overruled in silence.
 */
#include "cmd/whom.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lethe/session.h"
#include "store/identity.h"

void whom_refused(struct whom *w, const char *address)
{
    if (w->mute || w->refused)
        return;
    if (w->line)
        fprintf(stderr, "\r\033[K");
    fprintf(stderr, "lethe: nobody listens at %s now, as ICMP tells; waiting until time is up\n",
            address);
    w->refused = true;
}

static void show(void *context, const struct lethe_identity_state *s)
{
    struct whom *w = context;
    if (s->refused)
        whom_refused(w, w->from ? w->from : w->name);
    if (w->line)
        fprintf(stderr, "\r\033[Kfetching the server's identity  %u%%  %.1f s",
                s->pieces * 100 / s->pieces_all, s->seconds);
}

static int fetch(struct whom *w, const struct uri *uri, const uint8_t *fingerprint,
                 struct complaint *why)
{
    char address[sizeof uri->host + 16];
    struct lethe_message message;
    struct lethe_identity_state state;
    struct lethe_identity_fetch_options options = {.uri = address,
                                                   .timeout_seconds = w->timeout_seconds,
                                                   .stop_fd = w->stop_fd,
                                                   .progress = show,
                                                   .context = w};
    (void)snprintf(address, sizeof address, "lethe://%s", w->from ? w->from : uri->host);
    memcpy(options.fingerprint, fingerprint, sizeof options.fingerprint);
    int err = lethe_identity_fetch(&w->server, &options, &state, &message);
    if (w->line)
        fprintf(stderr, "\r\033[K");
    w->identity_seconds = state.seconds;
    return err == LETHE_OK ? err : complain(why, err, "%s", message.text);
}

/* From the cache, or where that has none, or a damaged one, from the network. */
static int load_by_name(struct whom *w, const struct uri *uri, const uint8_t *fingerprint,
                        struct complaint *why)
{
    struct lethe_message message;
    int err = lethe_identity_load_known(&w->server, fingerprint, &message);
    if (err == LETHE_ERR_NOT_FOUND || err == LETHE_ERR_IDENTITY)
        return fetch(w, uri, fingerprint, why);
    return err == LETHE_OK ? err : complain(why, err, "%s", message.text);
}

static int by_memory(struct whom *w, const struct uri *uri, struct complaint *why)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    int err = known_find(fingerprint, w->name, why);
    if (err == LETHE_ERR_NOT_FOUND)
        return complain(why, LETHE_ERR_USAGE,
                        "%s was not used here before; say whose it is: --identity FILE or "
                        "FINGERPRINT",
                        w->name);
    return err == LETHE_OK ? load_by_name(w, uri, fingerprint, why) : err;
}

/* Digits of a fingerprint with some lost, or some too many, that name no file. */
static bool is_half_a_name(const char *text)
{
    return strlen(text) >= 8 && strspn(text, "0123456789abcdefABCDEF") == strlen(text) &&
           access(text, F_OK) != 0;
}

static int by_identity(struct whom *w, const struct uri *uri, struct complaint *why)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    struct lethe_message message = {.text = ""};
    const bool is_name = fingerprint_parse(fingerprint, w->identity) == LETHE_OK;
    if (!is_name && is_half_a_name(w->identity))
        return complain(why, LETHE_ERR_USAGE,
                        "--identity %s: no such file, and a fingerprint has %d hexadecimal digits, "
                        "not %zu",
                        w->identity, FINGERPRINT_TEXT_BYTES - 1, strlen(w->identity));
    int err = is_name ? LETHE_OK : lethe_identity_load(&w->server, w->identity, &message);
    if (err != LETHE_OK)
        return complain(why, err, "%s", message.text);
    if (!is_name)
        lethe_identity_fingerprint(w->server, fingerprint);
    err = known_check(w->name, fingerprint, why);
    return err == LETHE_OK && is_name ? load_by_name(w, uri, fingerprint, why) : err;
}

int whom_find(struct whom *w, const struct uri *uri, struct complaint *why)
{
    int err = known_name(w->name, uri->host, LETHE_DEFAULT_PORT, why);
    if (err != LETHE_OK)
        return err;
    return w->identity ? by_identity(w, uri, why) : by_memory(w, uri, why);
}

void whom_met(const struct whom *w)
{
    char path[512];
    uint8_t fingerprint[FINGERPRINT_BYTES];
    struct complaint why;
    lethe_identity_fingerprint(w->server, fingerprint);
    int err = known_remember(path, sizeof path, w->name, fingerprint, &why);
    if (err != LETHE_OK)
        fprintf(stderr, "lethe: warning: %s is not remembered: %s\n", w->name, why.text);
    else if (path[0] && !w->quiet)
        fprintf(stderr, "lethe: %s is remembered in %s\n", w->name, path);
}

void whom_free(struct whom *w)
{
    lethe_identity_free(w->server);
    w->server = NULL;
}
