/*
 * What a server says on standard error, a line at a time. Nobody is waited for: a line that whoever
 * reads it has no room for is left out and counted, since a supervisor that waited would give its
 * workers no keys, and a rotator that waited would erase none.
 */
#ifndef NODE_LOG_H
#define NODE_LOG_H

#include <stdbool.h>

/* Before a process says anything, and when it ends. Without them lines go the same way, but two
 * processes that fill a pipe in the same moment may wait for each other's reader. */
void log_open(void);
void log_close(void);

/* For a child: what its parent lost is not for it to tell. */
void log_forget(void);

/* "lethe: ", the text and an end of line, 4096 bytes at most; longer ones are cut. */
void log_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How many lines were lost, if there is room for it now; log_say does it as well. */
void log_tell_lost(void);

/* Whether 4096 bytes can be written there without waiting: for a pipe, a socket or a terminal. */
bool log_has_room(int fd);

#endif
