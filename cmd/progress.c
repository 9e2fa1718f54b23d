/*
 * Progress: key upload and download each, on one line that is redrawn.
 */
#include "cmd/progress.h"

#include <stdio.h>

static double mebi(uint64_t n)
{
    return (double)n / (1 << 20);
}

static double rate(const struct lethe_fetch_state *s)
{
    return mebi(s->bytes_received) / (s->seconds + 1e-9);
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r\033[K");
    p->shown = false;
}

static void show_line(const struct lethe_fetch_state *s)
{
    fprintf(stderr, "\r\033[K");
    if (s->level == 0)
        fprintf(stderr, "waiting for the server");
    else
        fprintf(stderr, "level %d", s->level);
    if (s->key_blocks > 0 && s->key_blocks < s->key_blocks_all)
        fprintf(stderr, "  key %u%%", s->key_blocks * 100 / s->key_blocks_all);
    if (s->size_known)
        fprintf(stderr, "  %.1f of %.1f MiB (%d%%)  %.1f MiB/s", mebi(s->bytes_done), mebi(s->size),
                s->size ? (int)(s->bytes_done * 100 / s->size) : 100, rate(s));
    if (s->level > 0 && s->silent_seconds > 1)
        fprintf(stderr, "  no answer for %.0f s", s->silent_seconds);
}

void progress_show(void *context, const struct lethe_fetch_state *s)
{
    struct progress *p = context;
    if (p->verbose && s->level != p->level) {
        progress_clear(p);
        fprintf(stderr, "lethe: level %d after %.3f s\n", s->level, s->seconds);
        p->level = s->level;
    }
    if (!p->line)
        return;
    show_line(s);
    p->shown = true;
}

void progress_account(const struct lethe_fetch_state *s)
{
    fprintf(stderr, "lethe: %.1f MiB", mebi(s->size));
    if (s->bytes_reused)
        fprintf(stderr, " (%.1f MiB were here)", mebi(s->bytes_reused));
    fprintf(stderr, " in %.2f s, %.1f MiB/s, level %d, verified%s\n", s->seconds, rate(s), s->level,
            s->replaced ? ", old file replaced" : "");
}

void progress_account_json(const struct lethe_fetch_state *s)
{
    printf("{\"bytes\":%llu,\"bytes_reused\":%llu,\"replaced\":%s,\"level\":%d,",
           (unsigned long long)s->size, (unsigned long long)s->bytes_reused,
           s->replaced ? "true" : "false", s->level);
    printf("\"seconds\":%.6f,\"accept_seconds\":%.6f,\"ready_seconds\":%.6f,"
           "\"first_byte_seconds\":%.6f,",
           s->seconds, s->accept_seconds, s->ready_seconds, s->first_byte_seconds);
    printf("\"exchanges\":%u,\"exchange_packets_sent\":%llu,\"exchange_packets_answered\":%llu,",
           s->exchanges, (unsigned long long)s->exchange_packets_sent,
           (unsigned long long)s->exchange_packets_answered);
    printf("\"packets_sent\":%llu,\"packets_received\":%llu,\"packets_ignored\":%llu,"
           "\"requests_repeated\":%u,\"restarts\":%u}\n",
           (unsigned long long)s->packets_sent, (unsigned long long)s->packets_received,
           (unsigned long long)s->packets_ignored, s->requests_repeated, s->restarts);
}
