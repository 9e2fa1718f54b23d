/*
 * The key maker: one thread, one pair, one event.
 */
#include "client/keymaker.h"
#include "base/bytes.h"
#include "crypto/kem.h"
#include "lethe/error.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

void keymaker_prepare(struct keymaker *k)
{
    memset(k, 0, sizeof *k);
    k->ready_fd = -1;
}

static void *make(void *context)
{
    struct keymaker *k = context;
    mceliece_keypair(k->pk, k->sk);
    (void)eventfd_write(k->ready_fd, 1);
    return NULL;
}

int keymaker_start(struct keymaker *k, struct complaint *why)
{
    if (k->started)
        return LETHE_OK;
    k->pk = malloc(MCELIECE_PUBLIC_BYTES);
    k->sk = malloc(MCELIECE_SECRET_BYTES);
    k->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!k->pk || !k->sk || k->ready_fd < 0 || pthread_create(&k->thread, NULL, make, k) != 0)
        return complain(why, LETHE_ERR_INTERNAL, "cannot start a thread to make keys");
    k->started = true;
    return LETHE_OK;
}

bool keymaker_take(struct keymaker *k)
{
    eventfd_t n;
    if (!k->started || k->taken || eventfd_read(k->ready_fd, &n) != 0)
        return false;
    k->taken = true;
    return true;
}

void keymaker_end(struct keymaker *k)
{
    if (k->started)
        (void)pthread_join(k->thread, NULL);
    if (k->sk)
        wipe(k->sk, MCELIECE_SECRET_BYTES);
    free(k->sk);
    free(k->pk);
    if (k->ready_fd >= 0)
        close(k->ready_fd);
    keymaker_prepare(k);
}
