/*
 * Fetches one file with the library:  cc fetch.c $(pkg-config --cflags --libs lethe)
 */
#include <stdio.h>

#include <lethe/lethe.h>

static void show(void *context, const struct lethe_fetch_state *state)
{
    (void)context;
    fprintf(stderr, "level %d, %llu of %llu bytes\n", state->session.level,
            (unsigned long long)state->bytes_done, (unsigned long long)state->size);
}

int main(int argc, char **argv)
{
    struct lethe_identity *server;
    struct lethe_fetch_state state;
    struct lethe_message why;
    if (argc != 4) {
        fprintf(stderr, "usage: fetch IDENTITY lethe://HOST[:PORT]/PATH OUTPUT\n");
        return 2;
    }
    int err = lethe_identity_load(&server, argv[1], &why);
    if (err == LETHE_OK) {
        const struct lethe_fetch_options options = {
            .uri = argv[2], .server = server, .output = argv[3], .stop_fd = -1, .progress = show};
        err = lethe_fetch(&options, &state, &why);
        lethe_identity_free(server);
    }
    if (err != LETHE_OK)
        fprintf(stderr, "fetch: %s\n", why.text[0] ? why.text : lethe_strerror(err));
    return -err;
}
