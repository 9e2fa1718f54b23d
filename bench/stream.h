/*
 * TCP for the peers of bench/first-byte.sh: what a server and a client of one small file share,
 * with TLS over it or without. Whatever fails ends the process.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_REQUEST   "GET /small HTTP/1.0\r\n\r\n"
#define STREAM_FILE_MOST 4096

struct sockaddr_in stream_address(const char *address, const char *port);

/* Reads a file that is not empty, STREAM_FILE_MOST bytes at most; returns how many. */
size_t stream_file(uint8_t out[STREAM_FILE_MOST], const char *name);

/* A socket that listens, and takes Fast Open; says so on standard output. */
int stream_listen(const struct sockaddr_in *at);

/* Prints the milliseconds until the first byte and until all were there. */
void stream_tell(uint64_t start_ns, uint64_t first_ns, uint64_t end_ns);

#endif
