/*
 * A file over TLS 1.3 for bench/first-byte.sh, whose client may send its request as early data, and
 * that with TCP Fast Open: what libssl needs in code, for openssl's programs do not do it.
 */
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "bench/stream.h"
#include "net/clock.h"

#define EARLY_MOST 16384

static const char usage[] = "usage: tls_peer serve ADDRESS PORT KEY CERTIFICATE FILE\n"
                            "       tls_peer get ADDRESS PORT CERTIFICATE SESSION "
                            "full|early|early-open";

static const char *session_name;

static void need(bool holds, const char *what)
{
    if (holds)
        return;
    ERR_print_errors_fp(stderr);
    errx(1, "%s", what);
}

/* The request, early or after the handshake; the answer goes as soon as it is there. */
static void answer(SSL *tls, const uint8_t *file, size_t n)
{
    uint8_t in[EARLY_MOST];
    size_t got = 0, early = 0, sent;
    int state;
    while ((state = SSL_read_early_data(tls, in, sizeof in, &got)) == SSL_READ_EARLY_DATA_SUCCESS)
        if (early == 0 && (early = got) > 0 && !SSL_write_early_data(tls, file, n, &sent))
            return;
    if (state == SSL_READ_EARLY_DATA_ERROR || SSL_accept(tls) != 1)
        return;
    if (early == 0 && SSL_read_ex(tls, in, sizeof in, &got) != 1)
        return;
    if (early > 0 || SSL_write_ex(tls, file, n, &sent) == 1)
        SSL_shutdown(tls);
}

static void serve(char **argv)
{
    static uint8_t file[STREAM_FILE_MOST];
    const struct sockaddr_in at = stream_address(argv[2], argv[3]);
    const int on = 1;
    char groups[] = "X25519"; /* a macro of libssl's casts const away */
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    need(context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) &&
             SSL_CTX_use_PrivateKey_file(context, argv[4], SSL_FILETYPE_PEM) &&
             SSL_CTX_use_certificate_file(context, argv[5], SSL_FILETYPE_PEM) &&
             SSL_CTX_set1_groups_list(context, groups) &&
             SSL_CTX_set_max_early_data(context, EARLY_MOST),
         "a server of TLS 1.3");
    const size_t n = stream_file(file, argv[6]);
    const int s = stream_listen(&at);
    for (;;) {
        const int c = accept(s, NULL, NULL);
        SSL *tls = SSL_new(context);
        if (c < 0 || !tls || setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
            err(1, "accept");
        SSL_set_fd(tls, c);
        answer(tls, file, n);
        SSL_free(tls);
        close(c);
    }
}

/* The last one counts: a session is good for early data once. */
static int keep_session(SSL *tls, SSL_SESSION *session)
{
    (void)tls;
    FILE *f = fopen(session_name, "wbe");
    need(f && PEM_write_SSL_SESSION(f, session) && fclose(f) == 0, session_name);
    return 0;
}

static SSL *new_client(const char *certificate, bool early)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    need(context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) &&
             SSL_CTX_load_verify_locations(context, certificate, NULL),
         "a client of TLS 1.3");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    SSL *tls = SSL_new(context);
    need(tls && SSL_set1_host(tls, "server"), "a name to verify");
    if (early) {
        FILE *f = fopen(session_name, "rbe");
        SSL_SESSION *session = f ? PEM_read_SSL_SESSION(f, NULL, NULL, NULL) : NULL;
        need(session && SSL_set_session(tls, session) && fclose(f) == 0, "a session of before");
    }
    return tls;
}

static void get(char **argv)
{
    const struct sockaddr_in to = stream_address(argv[2], argv[3]);
    const bool early = strcmp(argv[6], "full") != 0, open = strcmp(argv[6], "early-open") == 0;
    const int on = 1;
    uint8_t in[STREAM_FILE_MOST];
    size_t n, all = 0;
    session_name = argv[5];
    SSL *tls = new_client(argv[4], early);
    const int s = socket(AF_INET, SOCK_STREAM, 0);
    const uint64_t start = clock_monotonic_ns();
    uint64_t first = 0;
    if (s < 0 || setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
        (open && setsockopt(s, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on)) ||
        connect(s, (const struct sockaddr *)&to, sizeof to))
        err(1, "connect");
    SSL_set_fd(tls, s);
    need(!early || SSL_write_early_data(tls, STREAM_REQUEST, strlen(STREAM_REQUEST), &n),
         "early data");
    need(SSL_connect(tls) == 1, "the handshake");
    need(early || SSL_write_ex(tls, STREAM_REQUEST, strlen(STREAM_REQUEST), &n), "the request");
    while (all < sizeof in && SSL_read_ex(tls, in + all, sizeof in - all, &n) == 1) {
        first = first ? first : clock_monotonic_ns();
        all += n;
    }
    const uint64_t end = clock_monotonic_ns();
    need(all > 0, "no answer");
    need(!early || SSL_get_early_data_status(tls) == SSL_EARLY_DATA_ACCEPTED, "not taken early");
    stream_tell(start, first, end);
}

int main(int argc, char **argv)
{
    if (argc != 7)
        errx(2, "%s", usage);
    if (strcmp(argv[1], "serve") == 0)
        serve(argv);
    else if (strcmp(argv[1], "get") == 0)
        get(argv);
    else
        errx(2, "%s", usage);
    return 0;
}
