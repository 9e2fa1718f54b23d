/*
 * What a client may do other than the honest one: it holds all its keys, keeps what it was given,
 * and sends what it likes.
 *
 * A cheat rides on an honest flow: it overrides what the flow takes for granted (cheat_plan) and
 * changes its requests (cheat_request). It keeps the continuations of the last 16 s with the values
 * that came with them, and chooses by the window's own function which of them, with which proof,
 * grants the most.
 */
#ifndef SIM_CHEAT_H
#define SIM_CHEAT_H

#include "flow/lineage.h"
#include "sim/contest.h"

enum cheat_kind {
    CHEAT_HIDE = 1 << 0,        /* claims what is missing between receipts */
    CHEAT_AHEAD = 1 << 1,       /* claims what was asked for and did not come yet */
    CHEAT_REPLAY = 1 << 2,      /* sends requests again, at once and later */
    CHEAT_SECOND = 1 << 3,      /* asks a second server for other bytes under the same numbers */
    CHEAT_OLD = 1 << 4,         /* the best of all continuations that still count */
    CHEAT_SHORT = 1 << 5,       /* proves less than it could at the end */
    CHEAT_GAPS = 1 << 6,        /* and in the middle */
    CHEAT_PROBE = 1 << 7,       /* probes with every request */
    CHEAT_START = 1 << 8,       /* never ends its slow start */
    CHEAT_END_START = 1 << 9,   /* says that it ends one at any time */
    CHEAT_NO_RELIST = 1 << 10,  /* repeats no request */
    CHEAT_RELIST_ALL = 1 << 11, /* repeats all that is missing with every request */
    CHEAT_NO_RENEW = 1 << 12,   /* never asks for a continuation */
    CHEAT_RENEW = 1 << 13,      /* always asks for one */
    CHEAT_BURST = 1 << 14,      /* as soon as there is something to have */
    CHEAT_SIZE = 1 << 15,       /* claims that larger packets pass */
    CHEAT_REACH = 1 << 16,      /* asks for more than is granted */
    CHEAT_MOVE = 1 << 17,       /* from another address every second */
    CHEAT_GUESS = 1 << 18,      /* guesses a range nonce with each request, beside the true one */
    CHEAT_FLOOD = 1 << 19,      /* asks for continuations alone, three with each request */
    CHEAT_SPOOF = 1 << 20,      /* asks in the name of others as well */
    CHEAT_WEAK = 1 << 21,   /* takes a weaker proof half of the time, if it grants more or not */
    CHEAT_WIDE = 1 << 22,   /* proves what came up to some number, and the latest */
    CHEAT_BEHIND = 1 << 23, /* keeps an old base alive, and asks again for what came above it */
};

#define CARDS   512
#define RUNS    4096
#define PACKETS 64 /* kept, to be sent again */

/* A continuation, its key and what came with it. */
struct card {
    uint8_t continuation[CONTINUATION_BYTES], z[SESSION_KEY_BYTES];
    struct transport t;
    int64_t at_ns;
    uint8_t name;        /* of the caller's generation */
    struct card *origin; /* in the deck; NULL: the caller's own */
};

struct cheat {
    unsigned kinds;
    uint64_t acts; /* how often it did what it is here for */
    struct card cards[CARDS];
    size_t made;
    struct run runs[RUNS]; /* received, ascending */
    size_t count;
    uint32_t lineage;
    bool chosen, lying, weak; /* weak: less is proven than could be */
    struct card card;         /* that the present plan is for */
    struct proof proof;
    uint64_t sum;
    size_t kept, lengths[PACKETS];
    uint8_t packets[PACKETS][DATAGRAM_BYTES];
    int64_t moved_ns, sized_ns, asked_ns;
    struct card behind; /* the space's first, renewed */
    int64_t renewed_ns; /* when that was asked for */
    uint64_t again;     /* up to where its numbers were asked for again */
};

struct cheat *cheat_new(unsigned kinds);
void cheat_free(struct cheat *c);

/* The session is open: its first continuation. */
void cheat_begin(struct contestant *f, const struct client_session *s);

/* Before the flow decides what to ask for. */
void cheat_plan(struct contestant *f);

/* Sends the request that the flow would send, or another. */
void cheat_request(struct contestant *f, struct request_body *b);

/* A request was sealed and is about to leave. */
void cheat_sent(struct contestant *f, const uint8_t *p, size_t n);

/* An answer came under that generation's key; `current`: it is of the present number space. */
void cheat_heard(struct contestant *f, uint8_t generation, const struct data_body *b, bool current);

/* Has the caller seal *b under a card. */
void cheat_send(struct contestant *f, struct card *card, struct request_body *b, unsigned fresh);

/* cheat_beside.c */

/* After the request *b, which it may change. */
void cheat_beside(struct contestant *f, struct request_body *b);

/* cheat_choice.c */

/* Adds a number to the receipts. */
void cheat_note(struct cheat *c, uint64_t number);

/* The receipts above that base, without runs shorter than fit into a proof. */
void cheat_prove(const struct cheat *c, uint64_t base, struct proof *p);

/* The xor of their nonces; of those that are not there, something else. */
uint64_t cheat_sum(struct contestant *f, const struct proof *p);

/* Chooses continuation and proof, and makes them the flow's plan. */
void cheat_choose(struct contestant *f);

#endif
