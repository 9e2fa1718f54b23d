/*
 * A contest: pulling flows that share one bottleneck, some of which cheat.
 *
 * A flow is a caller and a pull as the client has them, on a session that the contest seals itself;
 * the servers are the real core with an endless body. Flows 0.. cheat, the others are honest. Times
 * are virtual; all randomness comes from the seed.
 */
#ifndef SIM_CONTEST_H
#define SIM_CONTEST_H

#include "flow/caller.h"
#include "flow/pull.h"
#include "server/server.h"
#include "sim/link.h"

#define CONTEST_FLOWS   8
#define CONTEST_SERVERS 3
#define CONTEST_VICTIMS 77 /* the network of addresses that asked for nothing */

struct contest_plan {
    uint64_t seed;
    int flows, cheats; /* in all; of them, cheats */
    int team;          /* so many of the cheats have one session together; 0: each has its own */
    unsigned cheat;    /* enum cheat_kind, or several of them */
    int servers;       /* 0: one */
    bool spread;       /* the team's members ask one server each */
    bool strict_home;
    uint8_t algorithm;
    int64_t bits_s, rtt_ns;
    int queue; /* packets of DATAGRAM_BYTES */
    size_t mtu;
    int64_t warm_ns, run_ns; /* what is measured comes after the warm-up */
    int64_t restart_ns;      /* all servers are new at that time; 0: never */
};

struct contest;
struct cheat;

struct contestant {
    struct node node; /* takes what comes down */
    struct contest *contest;
    struct cheat *cheat; /* NULL: honest */
    int index, server;
    uint8_t address[ADDRESS_BYTES];
    struct caller caller;
    struct pull pull;
    struct wants wants;
    struct rng rng;
    int64_t wake_ns; /* of the timer that counts */
    uint8_t handle[HANDLE_BYTES_MAX];
    uint16_t handle_len;
    uint64_t bytes;            /* of the body, since the warm-up */
    uint64_t requests, twice;  /* in all; numbers that came twice in one number space */
    uint64_t windows, samples; /* packets, for the mean; since the warm-up */
};

struct contest {
    struct sim sim;
    struct contest_plan plan;
    struct way up, down;
    struct node door, router; /* before the servers; before the flows */
    struct server *servers[CONTEST_SERVERS];
    struct counters counters[CONTEST_SERVERS];
    uint8_t ring_key[COOKIE_KEY_BYTES];
    struct contestant *flows[CONTEST_FLOWS];
    int64_t line_from_ns;             /* when the warm-up ends */
    uint64_t line_bytes;              /* through the bottleneck since then */
    uint64_t victims_in, victims_out; /* bytes that came in victims' names, and what they got */
    struct session sessions[CONTEST_FLOWS];
    uint8_t out[BURST_BYTES];
};

struct contest *contest_new(const struct contest_plan *plan);
void contest_run(struct contest *c);
void contest_free(struct contest *c);

/* Mean bytes of the flows from..to-1. */
double contest_mean(const struct contest *c, int from, int to);

/* Mean bytes of the cheats' sessions: several clients may have one together. */
double contest_share(const struct contest *c);

/* The mean window of the honest flows in packets. */
double contest_window(const struct contest *c);

/* All that was dropped under that name. */
uint64_t contest_dropped(const struct contest *c, enum verdict v);

int64_t contest_wall_ms(const struct contest *c);

/* Seals *b under the caller's continuation and sends it; what is beyond `fresh` items may be left
 * out. */
void contestant_send(struct contestant *f, struct request_body *b, unsigned fresh);

/* Sends n bytes to a server. */
void contestant_post(struct contestant *f, int server, const uint8_t *p, size_t n);

/* What a session of a contest begins as, under the server's ring. */
void session_begin(struct session *s, struct rng *rng, const struct server *server,
                   const uint8_t address[ADDRESS_BYTES], uint8_t algorithm, int64_t now_ms);
/* The client's side of it. */
struct client_session session_hand_out(const struct session *s, struct rng *rng,
                                       const struct ring *ring, int64_t now_ms);

#endif
