/*
 * The ends of the virtual network: a client, and a cluster of servers behind one address.
 *
 * A client end wakes its core as a real loop would, and fails the test when the core wakes for
 * nothing again and again. A cluster holds servers that share identity and ring; a balancer picks
 * one for each packet. Real time at the servers is `wall_ms` at virtual time 0.
 */
#ifndef SIM_ENDS_H
#define SIM_ENDS_H

#include "client/client.h"
#include "server/server.h"
#include "sim/sim.h"
#include "sim/watch.h"

#define CLIENT_IDLE_MOST 3 /* wake-ups in a row without a packet or time passing */

struct client_end {
    struct node node;
    struct client *core;
    uint8_t address[ADDRESS_BYTES], server[ADDRESS_BYTES];
    bool stopped;
    uint64_t wake; /* the number of the timer that counts; older ones are stale */
    int64_t woke_ns;
    uint32_t idle, idle_worst;
    uint64_t sent, sent_kind[COUNTER_KINDS], got_kind[COUNTER_KINDS], bytes_sent;
    uint64_t wakes, idle_wakes;
    size_t longest[COUNTER_KINDS];
    int64_t done_ns;
};

/* Starts the core's loop at the present time; packets go to node.next. */
void client_end_start(struct client_end *e, struct sim *sim, struct client *core);

#define CLUSTER_MOST  4
#define CLUSTER_TALLY 8 /* addresses that are told apart */

struct tally {
    uint8_t address[ADDRESS_BYTES];
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
};

struct cluster_key {
    uint64_t epoch;
    int64_t born_ms;
    uint8_t key[COOKIE_KEY_BYTES];
};

struct cluster {
    struct node node;
    struct server_options options;
    int count;
    int64_t period_ms, wall_ms;
    struct server *servers[CLUSTER_MOST];
    int64_t boot_ms[CLUSTER_MOST];
    uint64_t boots[CLUSTER_MOST];
    bool down[CLUSTER_MOST]; /* killed, and not back yet */
    struct counters counters[CLUSTER_MOST];
    struct cluster_key keys[KID_COUNT];       /* by epoch mod 8; epoch 0: none */
    struct cluster_key slow;                  /* epoch 0: nothing is parked */
    const struct short_term_keys *short_term; /* what each process begins with; NULL: none */
    uint64_t epoch;
    int64_t silent_until_ns;
    uint32_t batch_chance; /* of a batch going on after a packet */
    uint64_t restarts, rings_lost, answered, reply_over_request[COUNTER_KINDS];
    uint64_t answered_kind[COUNTER_KINDS];
    size_t longest;
    struct watch *watch; /* looks at every answer to a REQUEST; NULL: nobody does */
    uint8_t out[BURST_BYTES];
    struct tally tallies[CLUSTER_TALLY];
    int tally_count;
    /* Told of every packet and what was answered (used 0: nothing), or NULL. */
    void (*spy)(void *context, const struct packet *in, const struct burst *out);
    void *spy_context;
};

/* Starts `count` servers with a ring of one key and its rotation. Each has 32 MB, which the next
 * cluster takes over. */
void cluster_start(struct cluster *c, struct sim *sim, const struct server_options *options,
                   int count);

/* Sessions may be parked from now on; every cluster has the same slow key. */
void cluster_park(struct cluster *c);

void cluster_free(struct cluster *c);

void cluster_kill(struct cluster *c, int which);    /* until cluster_restart */
void cluster_restart(struct cluster *c, int which); /* the process is new, identity and ring stay */
void cluster_lose_ring(struct cluster *c);          /* all restart with a ring nobody knew */
void cluster_share_short_term(struct cluster *c);   /* with all processes, at once */
void cluster_silence(struct cluster *c, int64_t for_ns);

/* What time it is at the servers. */
int64_t cluster_wall_ms(const struct cluster *c);

/* All that was dropped under that name. */
uint64_t cluster_dropped(const struct cluster *c, enum verdict v);
struct tally *cluster_tally(struct cluster *c, const uint8_t address[ADDRESS_BYTES]);

#endif
