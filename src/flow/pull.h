/*
 * Pulling at the client (protocol section 4): which numbers to ask for, what for, and when.
 *
 * The client runs the server's window function on its copy of the transport values, asks for the
 * numbers that this will grant, proves what it has received, and repeats recent requests so that
 * a lost one is repaired by the next. A number that is overdue is given up and its bytes
 * are wanted again under another. Nothing here reads a clock or a packet: the caller seals what
 * pull_request fills in and hands over what came.
 */
#ifndef FLOW_PULL_H
#define FLOW_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/ledbat.h"
#include "flow/wants.h"
#include "flow/window.h"
#include "wire/data.h"
#include "wire/request.h"

#define PULL_MS      ((int64_t)1000000)
#define PULL_NUMBERS 65536 /* most in flight; a power of two */
#define PULL_BODIES  REQUEST_HANDLES_MAX
#define PULL_RELISTS 4 /* requests that each request repeats */
#define PULL_RECENT  (PULL_RELISTS + 1)
#define PULL_FRESH                                                                                 \
    16 /* numbers that one request asks for first, and items it has for them, at most */
#define PULL_BURST  48 /* numbers, where more than PULL_FRESH pass within a millisecond */
#define PULL_ECHOES 1024

enum number_state { NUMBER_FREE, NUMBER_ASKED, NUMBER_RECEIVED, NUMBER_GIVEN_UP };

struct pull_number {
    uint8_t state, body;
    uint16_t len;
    uint32_t since; /* the request that first asked for it: an answer to an earlier one has other
                       bytes, for numbers that were never granted are asked for anew */
    uint64_t value; /* the range nonce when received, else the offset of its bytes */
};

/* A request as it was: what it asked for first. */
struct pull_recent {
    uint8_t count;
    uint64_t first[PULL_FRESH]; /* absolute numbers of the items */
    struct request_item items[PULL_FRESH];
};

/* What is proven and granted as things stand; made when asked for, stale when something came. */
struct pull_plan {
    bool valid;
    uint64_t horizon;
    uint64_t sum;
    struct proof proof;
};

struct pull {
    struct transport t;   /* of the continuation in use */
    int64_t t_arrived_ns; /* when it came */
    uint64_t asked;       /* the highest number asked for */
    uint64_t top;         /* the highest received */
    uint64_t settled;     /* all up to it are received or given up */
    uint64_t in_flight;   /* numbers in NUMBER_ASKED */
    uint64_t renewed;     /* `asked` when a fresh continuation was last asked for */
    uint16_t limit;       /* packets of an answer are no longer than this */
    uint32_t echo;        /* of the next request */
    int64_t sent_ns[PULL_ECHOES];
    int64_t srtt_ns, rttvar_ns; /* 0: no sample yet */
    bool guessed;               /* they are the caller's guess: the first sample replaces it */
    int64_t least_ns;           /* the shortest round trip */
    int64_t round_least_ns;     /* of this round, 0: none yet; the round ends at round_end */
    int64_t round_since_ns;     /* when its first sample came */
    uint64_t round_end;
    bool end_slow_start;
    int64_t next_ns;       /* the pacer's next slot */
    int64_t progress_ns;   /* when something last came, or was asked for after silence */
    uint32_t backoff;      /* timeouts in a row */
    uint32_t in_vain;      /* timeouts since a number last came, whatever else did */
    uint64_t homes[2];     /* the last two that answered */
    int64_t other_home_ns; /* when two homes last took turns */
    unsigned turn;         /* the body that is asked for next */
    bool background;
    struct ledbat ledbat;
    uint64_t rate;                     /* bytes a second, 0: no limit */
    int64_t rate_ns;                   /* when the rate allows the next */
    struct wants *bodies[PULL_BODIES]; /* borrowed; NULL: none */
    struct pull_plan plan;
    unsigned fresh; /* items at the head of the last request that ask for numbers first */
    unsigned recent_at;
    struct pull_recent recent[PULL_RECENT];
    struct pull_number numbers[PULL_NUMBERS];
};

/* What became of a number's packet. */
enum arrival {
    ARRIVAL_OLD,   /* known, or of no use: drop its bytes */
    ARRIVAL_BYTES, /* *body, *offset, *len say what its bytes are */
};

void pull_init(struct pull *p);

/* Takes the values of a continuation that is used from now on. Of another lineage: all that was
 * asked for is wanted again. */
void pull_adopt(struct pull *p, const struct transport *t, int64_t now_ns);

/* Packets longer than that do not pass any more, or may be tried again. */
void pull_limit(struct pull *p, uint16_t limit);

/* True when a request may leave now. `open`: bit i, body i may be asked for. */
bool pull_ready(struct pull *p, uint8_t open, int64_t now_ns);

/* Fills flags, echo, datagram, proof, sum and items of *b; in each item, handle is the body's
 * index. */
void pull_request(struct pull *p, uint8_t open, int64_t now_ns, struct request_body *b);

/* Leaves the last item out of what pull_request has filled in just before, where it does not fit.
 * Numbers that the item would have asked for first are free again. */
void pull_leave_out(struct pull *p, struct request_body *b);

/* A packet with that number came, in answer to request `echo`. */
enum arrival pull_arrival(struct pull *p, const struct data_body *d, int64_t now_ns, unsigned *body,
                          uint64_t *offset, size_t *len);

/* An answer to request `echo` came, whatever it holds: a round-trip time. */
void pull_heard(struct pull *p, uint32_t echo, int64_t now_ns);

/* A body's end is known now: numbers asked for beyond it were never sent, and are free again. */
void pull_clip(struct pull *p, unsigned body, uint64_t size);

/* Forgets a body: what is asked for it is given up. */
void pull_close(struct pull *p, unsigned body);

/* When pull_ready will next have something new to say; INT64_MAX: not before something comes. */
int64_t pull_next_ns(const struct pull *p, uint8_t open);

/* Time without any answer after which what is in flight counts as lost. */
int64_t pull_timeout_ns(const struct pull *p);

#endif
