/* A transfer over a path that takes time and lets packets of a size pass, with a look at each
 * packet on its way to the server. */
#ifndef TESTS_CLIENT_FLIGHT_H
#define TESTS_CLIENT_FLIGHT_H

#include "client/meeting.h"

static struct request q;
static struct request_body body;
static uint8_t plain[PACKET_MAX];

/* What the request in `packet` asks for. */
static inline void look(size_t n)
{
    look_into(n, &q, &body, plain);
}

/* What is on its way to the client, in order. */
#define FLYING 4096

static struct flying {
    int64_t at_ns;
    size_t len;
    uint8_t bytes[PACKET_MAX];
} flying[FLYING];
static size_t sent, landed;

/* Packets sent and flights begun in a test; no test needs as many as are allowed. */
#define MOVES_MOST 1000000
static unsigned moves;

static inline void move(void)
{
    assert_true(++moves < MOVES_MOST);
}

static inline int nothing_flies(void **state)
{
    (void)state;
    landed = sent;
    moves = 0;
    return 0;
}

static inline void take_off(int64_t at_ns, size_t passes)
{
    const uint8_t *p = answer;
    for (size_t i = 0; i < burst.count; p += burst.len[i++]) {
        if (burst.len[i] > passes || sent - landed == FLYING)
            continue;
        struct flying *f = &flying[sent++ % FLYING];
        f->at_ns = at_ns;
        f->len = burst.len[i];
        memcpy(f->bytes, p, f->len);
    }
}

static inline void land(void)
{
    for (; landed < sent && flying[landed % FLYING].at_ns <= now_ns; landed++)
        client_input(&client, now_ns, flying[landed % FLYING].bytes, flying[landed % FLYING].len);
}

/* A look at every packet on its way to the server. */
static void (*watch)(size_t n);

/* A transfer with this much of a round trip over a path that packets of a size pass. */
static inline void carry(int64_t rtt_ns, size_t passes, int64_t until_ns)
{
    move();
    while (!client_done(&client) && now_ns < until_ns) {
        uint32_t echo;
        for (size_t n; echo = client.pull.echo, (n = take()) > 0;) {
            move();
            if (watch)
                watch(n);
            if (n <= passes && serve(n))
                take_off(now_ns + rtt_ns, passes);
        }
        assert_true(client.pull.echo == echo); /* what is asked for is sent */
        int64_t next = client_next_ns(&client);
        if (landed < sent && flying[landed % FLYING].at_ns < next)
            next = flying[landed % FLYING].at_ns;
        now_ns = next > now_ns ? next : now_ns + MS / 10;
        land();
    }
}

/* Until some of the first resource is here. */
static inline void carry_some(uint64_t bytes)
{
    while (client.fetches[0].bytes_done < bytes)
        carry(5 * MS, PACKET_MAX, now_ns + MS);
    assert_false(client_done(&client));
}

#endif
