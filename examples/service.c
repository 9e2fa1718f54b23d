/*
 * Serves the time as text, and keeps nothing:  cc service.c $(pkg-config --cflags --libs lethe)
 * Then: lethe get lethe://127.0.0.1:7000/date --identity IDENTITY-DIR
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <lethe/lethe.h>

static const char *const names[] = {"date", "clock"}, *const formats[] = {"%F\n", "%T\n"};

/* A body is a moment in a format: that is all of its state, so that any server can read on. */
struct state {
    int64_t when, format;
};

static size_t text_of(const uint8_t *sealed, char text[32])
{
    struct state s;
    struct tm tm;
    memcpy(&s, sealed, sizeof s);
    return strftime(text, 32, formats[s.format], gmtime_r(&(time_t){s.when}, &tm));
}

static int call(void *context, const struct lethe_call *c, struct lethe_answer *answer)
{
    char text[32];
    (void)context;
    for (int i = 0; i < 2 && c->request_len && c->request[0] == LETHE_REQUEST_OPEN; i++) {
        if (c->request_len - 1 != strlen(names[i]) ||
            memcmp(c->request + 1, names[i], c->request_len - 1) != 0)
            continue;
        const struct state s = {.when = time(NULL), .format = i};
        answer->state_len = sizeof s;
        memcpy(answer->state, &s, sizeof s);
        memcpy(answer->version, &s, sizeof answer->version);
        answer->size = text_of(answer->state, text);
        answer->has_body = 1;
        return LETHE_STATUS_OK;
    }
    return LETHE_STATUS_NOT_FOUND;
}

static int read_body(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                     uint8_t *buffer, size_t n)
{
    char text[32];
    (void)context;
    (void)state_len; /* what the server unsealed is what call has made */
    (void)text_of(state, text);
    memcpy(buffer, text + offset, n);
    return LETHE_STATUS_OK;
}

int main(int argc, char **argv)
{
    const struct lethe_service service = {.call = call, .read = read_body};
    struct lethe_message why = {"usage: service IDENTITY-DIR ADDR:PORT"};
    int err = LETHE_ERR_USAGE;
    if (argc == 3) {
        const char *const listen[] = {argv[2]};
        const struct lethe_serve_options options = {
            .identity_dir = argv[1], .name = "the time", .listen = listen, .listen_count = 1};
        tzset(); /* reads a file, which a worker may not */
        err = lethe_serve(&options, &service, &why);
    }
    if (err != LETHE_OK)
        fprintf(stderr, "service: %s\n", why.text);
    return -err;
}
