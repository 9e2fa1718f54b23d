/*
 * lethe: one program, a table of subcommands, one line for every error, an exit status that tells
 * which.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "crypto/init.h"

static const struct command *const commands[] = {
    &command_keygen, &command_rotate, &command_serve,   &command_status,
    &command_get,    &command_put,    &command_refresh, &command_inspect,
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static void print_help(FILE *to)
{
    fprintf(to, "usage: lethe COMMAND [OPTION...] [ARGUMENT...]\n\n"
                "A transport whose servers remember nothing.\n\n"
                "commands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\n`lethe COMMAND --help` tells more, lethe(1) everything.\n\n"
                "example:\n"
                "  lethe keygen server\n"
                "  lethe serve server --root /srv/files &\n"
                "  lethe get lethe://localhost/file.iso --identity server/public/identity\n");
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int fail(int err, const char *text)
{
    fprintf(stderr, "lethe: %s\n", text[0] ? text : lethe_strerror(err));
    return -err;
}

/* Output that did not arrive is an error too. */
static int finish(int err, const char *text)
{
    const bool failed = ferror(stdout); /* at an earlier flush, whose reason is forgotten */
    errno = 0;
    if ((fflush(stdout) != 0 || failed) && err == LETHE_OK) {
        struct complaint why;
        complain(&why, LETHE_ERR_NO_SPACE, "cannot write to standard output: %s",
                 errno ? strerror(errno) : "not all was taken");
        return fail(LETHE_ERR_NO_SPACE, why.text);
    }
    return err == LETHE_OK ? 0 : fail(err, text);
}

/* A file opened later must not get the number of a closed standard stream: words meant for a person
 * would go into it. */
static void open_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR); /* takes the lowest number that is free */
    while (fd >= 0 && fd <= 2);
    if (fd < 0)
        _exit(-LETHE_ERR_INTERNAL);
    close(fd);
}

int main(int argc, char **argv)
{
    struct complaint why = {.text = ""};
    open_standard_streams();
    (void)signal(SIGXFSZ, SIG_IGN); /* the call that meets a limit on files tells of it */
    if (argc < 2) {
        print_help(stderr);
        return -LETHE_ERR_USAGE;
    }
    const bool help = strcmp(argv[1], "help") == 0;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (help && argc == 2)) {
        print_help(stdout);
        return finish(LETHE_OK, "");
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("lethe %s\n", LETHE_VERSION);
        return finish(LETHE_OK, "");
    }
    const char *name = argv[help ? 2 : 1];
    const struct command *c = find(name);
    if (!c) {
        complain(&why, LETHE_ERR_USAGE, "no command '%s'; see lethe --help", name);
        return fail(LETHE_ERR_USAGE, why.text);
    }
    if (help || asks_for_help(argc - 1, argv + 1)) {
        printf("%s", c->help);
        return finish(LETHE_OK, "");
    }
    if (crypto_init() != LETHE_OK)
        return fail(LETHE_ERR_INTERNAL, "the kernel gives no randomness");
    int err = c->run(argc - 1, argv + 1, &why);
    return finish(err, why.text);
}
