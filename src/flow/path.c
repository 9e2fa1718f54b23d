/*
 * A few sizes that links really have, in ascending order.
 */
#include "flow/path.h"

#include <stddef.h>

static const uint16_t sizes[] = {
    1452, /* Ethernet: 1500 less IPv6 and UDP headers */
    PACKET_MAX,
};

uint16_t path_probe(struct path *p, uint16_t passes, int64_t now_ns)
{
    uint16_t next = 0;
    if (p->trying && passes >= p->trying) { /* it passed: there is no loss to wait for */
        p->trying = 0;
        p->next_ns = 0;
    }
    for (size_t i = sizeof sizes / sizeof sizes[0]; i-- > 0;)
        if (sizes[i] > passes)
            next = sizes[i];
    if (next == 0 || now_ns < p->next_ns)
        return 0;
    if (next != p->trying) {
        p->trying = next;
        p->tries = 0;
    }
    return next;
}

void path_sent(struct path *p, int64_t now_ns, int64_t timeout_ns)
{
    p->tries++;
    p->next_ns = now_ns + timeout_ns;
    if (p->tries < PATH_TRIES)
        return;
    p->tries = 0;
    p->next_ns = now_ns + PATH_AGAIN_NS;
}

void path_is_black_hole(struct path *p, int64_t now_ns)
{
    p->trying = 0;
    p->tries = 0;
    p->next_ns = now_ns + PATH_SOON_NS;
}
