/*
 * The part of the outbox that decides which datagrams share a message. Room is handed out
 * only at the end of what is used, so datagrams of one message are contiguous by
 * construction and one iovec carries them.
 */
#include "net/outbox.h"
#include "base/bytes.h"

void outbox_prepare(struct outbox *outbox, bool gso)
{
    outbox->gso = gso;
    outbox->stuck = false;
    outbox->used = 0;
    outbox->count = 0;
    memset(&outbox->counters, 0, sizeof outbox->counters);
}

bool outbox_has_room(const struct outbox *outbox, size_t count, size_t bytes)
{
    return count <= OUTBOX_MESSAGES - outbox->count && bytes <= OUTBOX_BYTES - outbox->used;
}

uint8_t *outbox_reserve(struct outbox *outbox, const struct address *to,
                        const struct address *local, size_t max_len)
{
    if (outbox->count == OUTBOX_MESSAGES || max_len > OUTBOX_BYTES - outbox->used ||
        max_len > OUTBOX_MESSAGE_BYTES)
        return NULL;
    struct outbox_message *m = &outbox->messages[outbox->count];
    m->to = *to;
    m->local = local ? *local : (struct address){0};
    m->data = outbox->space + outbox->used;
    return m->data;
}

/* Whether a datagram of len bytes may follow in message m: only a shorter one after full ones. */
static bool joins(const struct outbox_message *m, const struct outbox_message *next, size_t len)
{
    return m->len == m->datagrams * m->segment && len <= m->segment &&
           m->datagrams < OUTBOX_SEGMENTS && m->len + len <= OUTBOX_MESSAGE_BYTES &&
           address_equal(&m->to, &next->to) && address_equal(&m->local, &next->local);
}

void outbox_commit(struct outbox *outbox, size_t len)
{
    if (len == 0)
        return;
    outbox->used += len;

    struct outbox_message *next = &outbox->messages[outbox->count];
    if (outbox->gso && outbox->count > 0 && joins(next - 1, next, len)) {
        next[-1].len += len;
        next[-1].datagrams++;
        return;
    }
    next->len = len;
    next->segment = len;
    next->datagrams = 1;
    outbox->count++;
}
