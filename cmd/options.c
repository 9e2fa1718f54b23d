/*
 * Reading options and arguments: getopt's errors in our words, numbers with their range.
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

static unsigned power_of(char suffix)
{
    switch (suffix) {
    case 'k':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    default:
        return 0;
    }
}

int command_bytes(const char *option, const char *text, uint64_t *out, struct complaint *why)
{
    char *end;
    errno = 0;
    const long long n = strtoll(text, &end, 10);
    const bool is_number = !errno && end != text && n > 0;
    const unsigned power = is_number ? power_of(*end) : 0;
    if (!is_number || end[power > 0] || n > INT64_MAX >> power)
        return complain(why, LETHE_ERR_USAGE,
                        "--%s: '%s' is not a number of bytes, such as 500k, 20M or 1G", option,
                        text);
    *out = (uint64_t)n << power;
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
