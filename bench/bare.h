/*
 * The least that a server could do with the packets of an exchange, as a process of its own:
 * receive them in batches, open each once, answer each with a small packet. And a client with the
 * same turns as a real one: HELLO alone, then LEG and blocks with a window in flight, then FINISH.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "bench/peer.h"

#include <sys/types.h>

#define BARE_ANSWER_BYTES 46

/* Starts the process and writes where it listens. End it with bare_stop. */
pid_t bare_start(struct address *at);
void bare_stop(pid_t pid);

/* One exchange's packets, sealed beforehand; allocates. */
struct bare_packets *bare_packets_make(void);

/* One exchange with `window` blocks in flight. */
void bare_exchange(struct peer *p, const struct bare_packets *packets, int window);

#endif
