/*
 * A stack of ranges: losses come in bursts, so the range that a new one meets is mostly the last.
 */
#include "flow/wants.h"

void wants_init(struct wants *w, uint64_t next, uint64_t end)
{
    w->next = next;
    w->end = end;
    w->count = 0;
}

bool wants_any(const struct wants *w)
{
    return w->count > 0 || w->next < w->end;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool wants_take(struct wants *w, uint64_t most, uint64_t *start, uint64_t *len)
{
    if (w->count) {
        struct range *r = &w->ranges[w->count - 1];
        *start = r->start;
        *len = least(r->end - r->start, most);
        r->start += *len;
        w->count -= r->start == r->end;
        return true;
    }
    if (w->next >= w->end)
        return false;
    *start = w->next;
    *len = least(w->end - w->next, most);
    w->next += *len;
    return *len > 0;
}

bool wants_again(struct wants *w, uint64_t start, uint64_t len)
{
    struct range *last = w->count ? &w->ranges[w->count - 1] : NULL;
    if (last && last->end == start) {
        last->end += len;
        return true;
    }
    if (last && last->start == start + len) {
        last->start = start;
        return true;
    }
    if (w->count == WANTS_RANGES)
        return false;
    w->ranges[w->count++] = (struct range){start, start + len};
    return true;
}

bool wants_cancel(struct wants *w, uint64_t start, uint64_t len)
{
    const uint64_t end = start + len;
    for (size_t i = w->count; i-- > 0;) {
        struct range *r = &w->ranges[i];
        if (start < r->start || end > r->end)
            continue;
        if (start > r->start && end < r->end) {
            if (w->count == WANTS_RANGES)
                return false;
            w->ranges[w->count++] = (struct range){end, r->end};
            r->end = start;
        } else if (start == r->start) {
            r->start = end;
        } else {
            r->end = start;
        }
        if (r->start == r->end)
            *r = w->ranges[--w->count];
        return true;
    }
    return false;
}

void wants_clip(struct wants *w, uint64_t end)
{
    w->end = end;
    w->next = least(w->next, end);
    for (size_t i = 0; i < w->count;) {
        struct range *r = &w->ranges[i];
        r->end = least(r->end, end);
        if (r->start >= r->end)
            *r = w->ranges[--w->count];
        else
            i++;
    }
}
