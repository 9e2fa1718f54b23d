/*
 * The subcommands of lethe: one file each, one row each in main.c's table.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "lethe/error.h"

struct command {
    const char *name;
    const char *summary; /* one line in `lethe --help` */
    const char *help;    /* the whole of `lethe NAME --help` */
    /* argv[0] is the name. Returns LETHE_OK or an error whose words are in why. */
    int (*run)(int argc, char **argv, struct complaint *why);
};

extern const struct command command_keygen, command_rotate, command_serve, command_get, command_put,
    command_inspect, command_status, command_refresh;

/* getopt_long with errors put into why; returns its result, or '?' after an error. letters:
 * getopt's short options, with ':' in front. --help is known to every command: main.c answers it.
 */
int command_option(int argc, char **argv, const char *letters, const struct option *options,
                   struct complaint *why);

/* A whole number in [least, most]; LETHE_ERR_USAGE with the option's name otherwise. */
int command_number(const char *option, const char *text, int64_t least, int64_t most, int64_t *out,
                   struct complaint *why);

/* Bytes: a whole number above 0, with k, M or G for powers of 1024. */
int command_bytes(const char *option, const char *text, uint64_t *out, struct complaint *why);

/* Exactly count arguments after the options, or LETHE_ERR_USAGE. */
int command_arguments(int argc, char **argv, int count, struct complaint *why);

#endif
