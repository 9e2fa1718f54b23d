/*
 * What of an exchange outlives its cookie key? Records one, looks for its secrets in processes and
 * files, and tries to open it with what a thief would find (protocol sections 1 to 3).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/init.h"
#include "lethe/error.h"
#include "scan.h"
#include "store/identity.h"

static const char usage[] = "usage: erasure capture CAPTURE IDENTITY RING ADDRESS:PORT PATH\n"
                            "       erasure scan CAPTURE NAME=PID|FILE...\n"
                            "       erasure open CAPTURE IDENTITY RING\n"
                            "       erasure static CAPTURE IDENTITY\n"
                            "       erasure early CAPTURE IDENTITY RING ADDRESS:PORT PATH\n"
                            "       erasure open-early CAPTURE IDENTITY RING\n"
                            "       erasure send CAPTURE ADDRESS:PORT UNHEARD";

static struct capture capture;
static struct server_identity identity;

static void load_capture(const char *path)
{
    FILE *f = fopen(path, "rbe");
    if (!f || fread(&capture, sizeof capture, 1, f) != 1)
        err(1, "%s", path);
    fclose(f);
}

static void save_capture(const char *path)
{
    FILE *f = fopen(path, "wbe");
    if (!f || fwrite(&capture, sizeof capture, 1, f) != 1 || fclose(f) != 0)
        err(1, "%s", path);
}

static struct address address_of(const char *text)
{
    struct address a;
    const char *why;
    if (address_parse(&a, text, 0, &why) != LETHE_OK)
        errx(1, "%s: %s", text, why);
    return a;
}

static void load_identity(const char *dir)
{
    struct complaint why;
    if (identity_load_secret(&identity, dir, &why) != LETHE_OK)
        errx(1, "%s", why.text);
}

static void scan(int count, char **what)
{
    int lines = 0;
    scan_prepare(&capture);
    for (int i = 0; i < count; i++) {
        char *equals = strchr(what[i], '=');
        if (equals)
            lines += scan_process(what[i], atoi(equals + 1));
        else
            lines += scan_file(what[i]);
    }
    printf("secrets=%zu places=%d\n", capture.secret_count, lines);
}

static void try_open(const char *folder)
{
    struct ring_image image;
    struct complaint why;
    if (ring_image_read(&image, KID_COUNT, folder, &why) != LETHE_OK)
        errx(1, "%s", why.text);
    printf("opened=%d of=%d\n", capture_open(&capture, &identity, &image), CAPTURE_TRIES);
}

static void try_static(void)
{
    int opened;
    bool hello = capture_open_static(&capture, &identity, &opened);
    printf("hello=%d opened=%d\n", hello, opened);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";
    if (crypto_init() != LETHE_OK)
        errx(1, "no randomness");
    if (strcmp(verb, "capture") == 0 && argc == 7) {
        struct address server = address_of(argv[5]);
        capture_make(&capture, argv[3], argv[4], &server, argv[6]);
        save_capture(argv[2]);
        printf("captured: kid %d, %zu secrets\n", capture.kid, capture.secret_count);
        return 0;
    }
    if (strcmp(verb, "early") == 0 && argc == 7) {
        struct address server = address_of(argv[5]);
        capture_make_early(&capture, argv[3], argv[4], &server, argv[6]);
        save_capture(argv[2]);
        return 0;
    }
    if (argc < 4)
        errx(2, "%s", usage);
    load_capture(argv[2]);
    if (strcmp(verb, "scan") == 0) {
        scan(argc - 3, argv + 3);
        return 0;
    }
    if (strcmp(verb, "send") == 0 && argc == 5) {
        const struct address server = address_of(argv[3]);
        const size_t unheard = strtoul(argv[4], NULL, 10) % CAPTURE_UNHEARD;
        printf("answered=%d\n", capture_send(&capture, unheard, &server));
        return 0;
    }
    load_identity(argv[3]);
    if (strcmp(verb, "open") == 0 && argc == 5)
        try_open(argv[4]);
    else if (strcmp(verb, "open-early") == 0 && argc == 5)
        printf("opened=%d\n", capture_open_early(&capture, &identity, argv[4]));
    else if (strcmp(verb, "static") == 0)
        try_static();
    else
        errx(2, "%s", usage);
    return 0;
}
