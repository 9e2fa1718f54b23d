/*
 * Reading options: getopt's errors in our words, numbers with their range.
 */
#include <errno.h>
#include <stdlib.h>

#include "cmd/command.h"

int command_option(int argc, char **argv, const char *letters, const struct option *options,
                   struct complaint *why)
{
    opterr = 0;
    int at = optind ? optind : 1;
    int c = getopt_long(argc, argv, letters, options, NULL);
    if (c == ':')
        complain(why, LETHE_ERR_USAGE, "%s needs a value; see lethe %s --help", argv[optind - 1],
                 argv[0]);
    else if (c == '?')
        complain(why, LETHE_ERR_USAGE, "unknown option %s; see lethe %s --help",
                 optind > at ? argv[optind - 1] : argv[at], argv[0]);
    return c == ':' ? '?' : c;
}

int command_number(const char *option, const char *text, int64_t least, int64_t most, int64_t *out,
                   struct complaint *why)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno || end == text || *end || n < least || n > most)
        return complain(why, LETHE_ERR_USAGE, "--%s: '%s' is not a whole number from %lld to %lld",
                        option, text, (long long)least, (long long)most);
    *out = n;
    return LETHE_OK;
}

int command_arguments(int argc, char **argv, int count, struct complaint *why)
{
    if (argc - optind < count)
        return complain(why, LETHE_ERR_USAGE, "too few arguments; see lethe %s --help", argv[0]);
    if (argc - optind > count)
        return complain(why, LETHE_ERR_USAGE, "'%s' is one argument too many; see lethe %s --help",
                        argv[optind + count], argv[0]);
    return LETHE_OK;
}
