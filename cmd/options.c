/*
 * Reading options and arguments: getopt's errors in our words, numbers with their range.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"

/* How many options a word may be the beginning of; without its dashes. */
static int meanings(const char *word, const struct option *options)
{
    int count = 0;
    for (const struct option *o = options; o->name; o++)
        count += strncmp(o->name, word, strlen(word)) == 0;
    return count;
}

/* What getopt did not take. word: the argument that it stopped at; optopt is the letter in it, the
 * number of an option that has a value too many, or 0. */
static void explain(const char *word, const char *command, const struct option *options,
                    struct complaint *why)
{
    const bool is_long = strncmp(word, "--", 2) == 0;
    if (is_long && optopt)
        complain(why, LETHE_ERR_USAGE, "%.*s takes no value; see lethe %s --help",
                 (int)strcspn(word, "="), word, command);
    else if (is_long && meanings(word + 2, options) > 1)
        complain(why, LETHE_ERR_USAGE, "%s may be one of several options; see lethe %s --help",
                 word, command);
    else if (is_long)
        complain(why, LETHE_ERR_USAGE, "unknown option %s; see lethe %s --help", word, command);
    else
        complain(why, LETHE_ERR_USAGE, "unknown option -%c; see lethe %s --help", optopt, command);
}

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
        explain(optind > at ? argv[optind - 1] : argv[at], argv[0], options, why);
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
