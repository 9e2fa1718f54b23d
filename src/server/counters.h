/*
 * Counters: what came, what was answered, and every drop under the name of its check.
 * They hold nothing about any client.
 */
#ifndef SERVER_COUNTERS_H
#define SERVER_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "admit/admit.h"
#include "flow/server.h"
#include "server/early.h"

#define COUNTER_KINDS 17 /* kinds are below */

/* Nothing but numbers of 8 bytes: each has its row, and name, in counters.c. */
struct counters {
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
    uint64_t answered[COUNTER_KINDS]; /* by kind of the packet, but for HELLO and PUZZLE: of the
                                         answer */
    uint64_t numbers_sent, numbers_struck, numbers_beyond; /* see struct flow_request */
    uint64_t fallbacks[FALLBACKS];
    uint64_t verdicts[VERDICTS];
    uint64_t admissions[ADMIT_RESULTS];
    uint64_t hello_ns;     /* taken by HELLOs that were opened */
    uint64_t puzzle_level; /* see admit/control.h */
    uint64_t early[EARLY_ENDS];
    uint64_t truncated, send_failed; /* by the sockets */
    uint64_t filter_used;            /* strikes of the replay filter that are remembered now */
    uint64_t strikes_used;           /* entries of the table of numbers */
};

#define COUNTERS (sizeof(struct counters) / sizeof(uint64_t))

/* The name of counter i below COUNTERS, "drop_mac" and so on; NULL: nothing is counted there.
 * *gauge: it tells what is, and may fall; others tell what was, and only grow. */
const char *counter_name(size_t i, bool *gauge);
/* One line about it; NULL where its family has one (status_show.c) or nothing is counted. */
const char *counter_help(size_t i);
uint64_t counter_value(const struct counters *c, size_t i);

/* The name of a verdict, "drop_mac" and so on. */
const char *verdict_name(enum verdict v);

void counters_add(struct counters *to, const struct counters *from);

/* One "name value" a line, zero drops left out; or one JSON object with all of them. */
void counters_print(FILE *to, const struct counters *c, int workers, uint64_t resident_bytes,
                    int json);

#endif
