/*
 * Progress: key upload, files and bytes, on one line that is redrawn.
 */
#include "cmd/progress.h"

#include <stdio.h>

/* What the line is about. */
struct sight {
    const struct lethe_session_state *session;
    size_t files, files_done;
    bool size_known;
    uint64_t size, done, moved; /* bytes; moved: over the network */
};

static double mebi(uint64_t n)
{
    return (double)n / (1 << 20);
}

static double rate(uint64_t moved, const struct lethe_session_state *s)
{
    return mebi(moved) / (s->seconds + 1e-9);
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r\033[K");
    p->shown = false;
}

static void show_line(const struct sight *v)
{
    const struct lethe_session_state *s = v->session;
    fprintf(stderr, "\r\033[K");
    if (s->solving_seconds > 0)
        fprintf(stderr, "the server is busy: solving its puzzle of %u bits, %.0f s", s->puzzle_bits,
                s->solving_seconds);
    else if (s->level == 0)
        fprintf(stderr, "waiting for the server");
    else
        fprintf(stderr, "level %d", s->level);
    if (s->key_blocks > 0 && s->key_blocks < s->key_blocks_all)
        fprintf(stderr, "  key %u%%", s->key_blocks * 100 / s->key_blocks_all);
    if (v->files > 1)
        fprintf(stderr, "  %zu of %zu files", v->files_done, v->files);
    if (v->size_known)
        fprintf(stderr, "  %.1f of %.1f MiB (%d%%)", mebi(v->done), mebi(v->size),
                v->size ? (int)(v->done * 100 / v->size) : 100);
    if (v->done && !v->moved)
        fprintf(stderr, "  checking what is there");
    else if (v->size_known)
        fprintf(stderr, "  %.1f MiB/s", rate(v->moved, s));
    else if (v->files > 1)
        fprintf(stderr, "  %.1f MiB  %.1f MiB/s", mebi(v->done), rate(v->moved, s));
    if (s->solving_seconds <= 0 && s->silent_seconds > 1)
        fprintf(stderr, "  no answer for %.0f s", s->silent_seconds);
}

void progress_session(struct progress *p, const struct lethe_session_state *s)
{
    if (s->refused)
        whom_refused(p->whom, p->whom->name);
    if (p->verbose && s->puzzle_seconds > p->puzzle_seconds) {
        progress_clear(p);
        fprintf(stderr, "lethe: a puzzle of %u bits solved in %.3f s\n", s->puzzle_bits,
                s->puzzle_seconds - p->puzzle_seconds);
        p->puzzle_seconds = s->puzzle_seconds;
    }
    if (p->verbose && s->level != p->level) {
        progress_clear(p);
        fprintf(stderr, "lethe: %slevel %d after %.3f s\n",
                s->resumed_level && !p->level ? "resumed at " : "", s->level, s->seconds);
        p->level = s->level;
    }
}

static void show(struct progress *p, const struct sight *v)
{
    progress_session(p, v->session);
    if (!p->line)
        return;
    show_line(v);
    p->shown = true;
}

void progress_fetch(void *context, const struct lethe_fetch_state *s)
{
    const struct sight v = {.session = &s->session,
                            .files = s->files,
                            .files_done = s->files_done,
                            .size_known = s->size_known,
                            .size = s->size,
                            .done = s->bytes_done,
                            .moved = s->bytes_received};
    show(context, &v);
}

void progress_put(void *context, const struct lethe_put_state *s)
{
    const struct sight v = {.session = &s->session,
                            .files = 1,
                            .size_known = true,
                            .size = s->size,
                            .done = s->bytes_done,
                            .moved = s->bytes_sent};
    show(context, &v);
}

static const char *const early_names[] = {
    [LETHE_FETCH_EARLY_OFF] = "off",         [LETHE_FETCH_EARLY_NO_KEY] = "no key",
    [LETHE_FETCH_EARLY_SENT] = "sent",       [LETHE_FETCH_EARLY_ANSWERED] = "answered",
    [LETHE_FETCH_EARLY_REFUSED] = "refused", [LETHE_FETCH_EARLY_UNKNOWN] = "unknown",
};

void progress_early(const struct progress *p, const struct lethe_fetch_state *s)
{
    if (s->early == LETHE_FETCH_EARLY_NO_KEY && !p->quiet)
        fprintf(stderr, "lethe: warning: nothing was sent in the first packet: %s\n",
                s->early_why.text);
    else if (s->early != LETHE_FETCH_EARLY_OFF && p->verbose)
        fprintf(stderr, "lethe: the request in the first packet: %s\n", early_names[s->early]);
}

void progress_park(const struct progress *p, const struct lethe_session_state *s)
{
    if (s->park_why.text[0] && !p->quiet)
        fprintf(stderr, "lethe: warning: no session was resumed: %s\n", s->park_why.text);
}

static void print_amount(uint64_t n)
{
    if (n < 1 << 20)
        fprintf(stderr, "%llu byte%s", (unsigned long long)n, n == 1 ? "" : "s");
    else
        fprintf(stderr, "%.1f MiB", mebi(n));
}

static void account(const struct sight *v, uint64_t reused, const char *what, const char *end)
{
    fprintf(stderr, "lethe: ");
    if (v->files > 1)
        fprintf(stderr, "%zu files, ", v->files);
    print_amount(v->size);
    if (reused) {
        fprintf(stderr, " (");
        print_amount(reused);
        fprintf(stderr, " were %s)", what);
    }
    fprintf(stderr, " in %.2f s, %.1f MiB/s, level %d, %s\n", v->session->seconds,
            rate(v->moved, v->session), v->session->level, end);
}

/* What is here is another version than the one that was asked for at first: it may be shorter. */
static void tell_change(const struct lethe_fetch_file *f)
{
    fprintf(stderr, "lethe: %s changed while it was fetched, ", f->uri);
    if (f->size == f->size_at_first)
        fprintf(stderr, "its size did not");
    else
        fprintf(stderr, "from %llu to %llu bytes", (unsigned long long)f->size_at_first,
                (unsigned long long)f->size);
    fprintf(stderr, "; this is its last version\n");
}

void progress_account_fetch(const struct lethe_fetch_state *s, const struct lethe_fetch_file *files)
{
    for (size_t i = 0; i < s->files; i++)
        if (files[i].restarts > 0)
            tell_change(&files[i]);
    const struct sight v = {
        .session = &s->session, .files = s->files, .size = s->size, .moved = s->bytes_received};
    const char *replaced =
        s->files > 1 ? "complete, old files replaced" : "complete, old file replaced";
    account(&v, s->bytes_reused, "here", s->replaced ? replaced : "complete");
}

void progress_account_put(const struct lethe_put_state *s)
{
    const struct sight v = {
        .session = &s->session, .files = 1, .size = s->size, .moved = s->bytes_sent};
    account(&v, s->bytes_reused, "there", "verified"); /* by the server, piece by piece */
}

static void json_session(const struct lethe_session_state *s, double identity_seconds)
{
    printf("\"identity_seconds\":%.6f,", identity_seconds);
    printf("\"level\":%d,\"seconds\":%.6f,\"accept_seconds\":%.6f,\"ready_seconds\":%.6f,",
           s->level, s->seconds, s->accept_seconds, s->ready_seconds);
    printf("\"resumed\":%s,\"resumed_level\":%d,", s->resumed_level ? "true" : "false",
           s->resumed_level);
    printf("\"exchanges\":%u,\"exchange_packets_sent\":%llu,\"exchange_packets_answered\":%llu,",
           s->exchanges, (unsigned long long)s->exchange_packets_sent,
           (unsigned long long)s->exchange_packets_answered);
    printf("\"puzzle_bits\":%u,\"puzzle_seconds\":%.6f,", s->puzzle_bits, s->puzzle_seconds);
    printf("\"packets_sent\":%llu,\"packets_received\":%llu,\"packets_ignored\":%llu,",
           (unsigned long long)s->packets_sent, (unsigned long long)s->packets_received,
           (unsigned long long)s->packets_ignored);
    printf("\"requests_repeated\":%u,\"number_restarts\":%u,\"datagram_bytes\":%u",
           s->requests_repeated, s->number_restarts, s->datagram_bytes);
}

/* A string of bytes, which may be no UTF-8: then each byte outside ASCII stands for itself. */
static void json_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void json_file(const struct lethe_fetch_file *f)
{
    printf("{\"uri\":");
    json_text(f->uri);
    printf(",\"status\":%d,\"bytes\":%llu,\"bytes_at_first\":%llu,\"bytes_reused\":%llu,",
           -f->result, (unsigned long long)f->size, (unsigned long long)f->size_at_first,
           (unsigned long long)f->bytes_reused);
    printf("\"bytes_received\":%llu,", (unsigned long long)f->bytes_received);
    printf("\"replaced\":%s,\"restarts\":%u}", f->replaced ? "true" : "false", f->restarts);
}

void progress_json_fetch(const struct lethe_fetch_state *s, const struct lethe_fetch_file *files,
                         double identity_seconds)
{
    printf("{\"bytes\":%llu,\"bytes_reused\":%llu,\"bytes_received\":%llu,\"replaced\":%s,",
           (unsigned long long)s->size, (unsigned long long)s->bytes_reused,
           (unsigned long long)s->bytes_received, s->replaced ? "true" : "false");
    json_session(&s->session, identity_seconds);
    printf(",\"first_byte_seconds\":%.6f,\"first_byte_level\":%d,\"early\":\"%s\"",
           s->first_byte_seconds, s->first_byte_level, early_names[s->early]);
    printf(",\"restarts\":%u,\"files\":[", s->restarts);
    for (size_t i = 0; i < s->files; i++) {
        printf("%s", i ? "," : "");
        json_file(&files[i]);
    }
    printf("]}\n");
}

void progress_json_put(const struct lethe_put_state *s, double identity_seconds)
{
    printf("{\"bytes\":%llu,\"bytes_reused\":%llu,\"bytes_sent\":%llu,",
           (unsigned long long)s->size, (unsigned long long)s->bytes_reused,
           (unsigned long long)s->bytes_sent);
    json_session(&s->session, identity_seconds);
    printf(",\"restarts\":%u}\n", s->restarts);
}
