/*
 * Progress: key upload and download each, on one line that is redrawn.
 */
#include "cmd/progress.h"

#include <stdio.h>

static double mebi(uint64_t n)
{
    return (double)n / (1 << 20);
}

static double seconds(int64_t from_ns, int64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r\033[K");
    p->shown = false;
}

static void show_line(const struct client *c, int64_t now_ns)
{
    const struct fetch *f = &c->fetch;
    fprintf(stderr, "\r\033[Klevel %d", session_level(c->caller.legs));
    if (c->kex.blocks_answered > 0 && c->kex.blocks_answered < BLOCK_COUNT)
        fprintf(stderr, "  key %d%%", c->kex.blocks_answered * 100 / BLOCK_COUNT);
    if (!c->kex.accepted)
        fprintf(stderr, "  waiting for the server");
    if (f->known)
        fprintf(stderr, "  %.1f of %.1f MiB (%d%%)  %.1f MiB/s", mebi(f->bytes_done), mebi(f->size),
                f->size ? (int)(f->bytes_done * 100 / f->size) : 100,
                mebi(f->bytes_received) / (seconds(c->start_ns, now_ns) + 1e-9));
    if (c->accepted_ns && now_ns - c->heard_ns > 1000 * PACE_MS)
        fprintf(stderr, "  no answer for %.0f s", seconds(c->heard_ns, now_ns));
}

void progress_show(void *context, const struct client *c, int64_t now_ns)
{
    struct progress *p = context;
    int level = session_level(c->caller.legs);
    if (p->verbose && level != p->level && c->caller.open) {
        progress_clear(p);
        fprintf(stderr, "lethe: level %d after %.3f s\n", level, seconds(c->start_ns, now_ns));
        p->level = level;
    }
    if (!p->line)
        return;
    show_line(c, now_ns);
    p->shown = true;
}

static void account_json(const struct client *c, int64_t end_ns, const char *file, bool replaced)
{
    const struct fetch *f = &c->fetch;
    printf("{\"file\":\"");
    for (const char *p = file; *p; p++) {
        if (*p == '"' || *p == '\\')
            putchar('\\');
        if ((unsigned char)*p < 0x20)
            printf("\\u%04x", (unsigned)(unsigned char)*p);
        else
            putchar(*p);
    }
    printf("\",\"replaced\":%s,\"bytes\":%llu,\"bytes_reused\":%llu,\"seconds\":%.6f,",
           replaced ? "true" : "false", (unsigned long long)f->size,
           (unsigned long long)f->bytes_reused, seconds(c->start_ns, end_ns));
    printf("\"level\":%d,\"first_byte_seconds\":%.6f,\"accept_seconds\":%.6f,\"ready_seconds\":%.6f,",
           session_level(c->caller.legs), seconds(c->start_ns, c->first_data_ns),
           seconds(c->start_ns, c->accepted_ns), seconds(c->start_ns, c->ready_ns));
    printf("\"exchanges\":%u,\"exchange_packets_sent\":%llu,\"exchange_packets_answered\":%llu,",
           c->exchanges, (unsigned long long)c->kex.packets_sent,
           (unsigned long long)c->kex.packets_answered);
    printf("\"packets_sent\":%llu,\"packets_received\":%llu,\"packets_ignored\":%llu,"
           "\"requests_repeated\":%u,\"restarts\":%u}\n",
           (unsigned long long)c->packets_sent, (unsigned long long)c->packets_received,
           (unsigned long long)c->packets_ignored, f->retries, f->restarts);
}

void progress_account(const struct client *c, int64_t end_ns, const char *file, bool replaced,
                      bool json)
{
    const struct fetch *f = &c->fetch;
    double t = seconds(c->start_ns, end_ns);
    if (json) {
        account_json(c, end_ns, file, replaced);
        return;
    }
    fprintf(stderr, "lethe: %s%s, %.1f MiB", file, replaced ? " replaced" : "", mebi(f->size));
    if (f->bytes_reused)
        fprintf(stderr, " (%.1f MiB were here)", mebi(f->bytes_reused));
    fprintf(stderr, " in %.2f s, %.1f MiB/s, level %d, verified\n", t,
            mebi(f->bytes_received) / (t + 1e-9), session_level(c->caller.legs));
}
