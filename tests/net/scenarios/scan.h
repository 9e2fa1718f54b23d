/*
 * Looking for secrets in a process's memory or in a file, eight bytes at a time, at every offset:
 * a half that a register left on a stack is found too.
 */
#ifndef SCENARIOS_SCAN_H
#define SCENARIOS_SCAN_H

#include "capture.h"

/* Learns what to look for. */
void scan_prepare(const struct capture *c);

/* Prints a line for each secret in each mapping; returns how many lines. `who` names the
 * process. */
int scan_process(const char *who, int pid);
int scan_file(const char *path);

#endif
