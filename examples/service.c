/*
 * Serves lines with numbers, and keeps nothing:  cc service.c $(pkg-config --cflags --libs lethe)
 *   service server 127.0.0.1:7000 &
 *   lethe get lethe://127.0.0.1:7000/1000000 --identity server
 */
#include <lethe/lethe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE 8 /* bytes: seven digits and its end */

static uint64_t lines_of(const struct lethe_call *c)
{
    char path[8] = "";
    if (c->request_len < 2 || c->request_len > sizeof path || c->request[0] != LETHE_REQUEST_OPEN)
        return 0;
    memcpy(path, c->request + 1, c->request_len - 1);
    return strspn(path, "0123456789") == c->request_len - 1 ? strtoull(path, NULL, 10) : 0;
}

/* A body is known by how many lines it has: that is its state, and its version. */
static int call(void *context, const struct lethe_call *c, struct lethe_answer *answer)
{
    (void)context;
    const uint64_t lines = lines_of(c);
    answer->has_body = 1;
    answer->size = lines * LINE;
    memcpy(answer->version, &lines, sizeof lines);
    memcpy(answer->state, &lines, answer->state_len = sizeof lines);
    return lines ? LETHE_STATUS_OK : LETHE_STATUS_NOT_FOUND;
}

static int read_body(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                     uint8_t *buffer, size_t n)
{
    char line[LINE + 1];
    (void)context, (void)state, (void)state_len; /* a line is the same in every body */
    for (uint64_t at = offset; at < offset + n; at++) {
        (void)snprintf(line, sizeof line, "%07u\n", (unsigned)(at / LINE));
        buffer[at - offset] = (uint8_t)line[at % LINE];
    }
    return LETHE_STATUS_OK;
}

int main(int argc, char **argv)
{
    const struct lethe_service service = {
        .call = call, .read = read_body, .early = LETHE_EARLY_REPEATABLE};
    const struct lethe_serve_options options = {.identity_dir = argv[1],
                                                .listen = (const char *const *)&argv[2],
                                                .listen_count = argc == 3,
                                                .early = true,
                                                .name = "numbers"};
    struct lethe_message why;
    int err = lethe_serve(&options, &service, &why);
    if (err != LETHE_OK)
        fprintf(stderr, "service: %s\n", why.text);
    return -err;
}
