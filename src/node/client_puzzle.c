/*
 * PUZZLEs at the client's core: whose is to be solved, and what becomes of the solution. Solving is
 * the caller's.
 */
#include "node/client_puzzle.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "wire/puzzle.h"

/* Whose PUZZLE is to be solved: one that may end a silence goes first. */
static struct kex_client *puzzled(struct client *c)
{
    if (c->spare_running && kex_client_puzzle(&c->spare))
        return &c->spare;
    return kex_client_puzzle(&c->kex) ? &c->kex : NULL;
}

const uint8_t *client_puzzle(const struct client *c)
{
    const uint8_t *spare = c->spare_running ? kex_client_puzzle(&c->spare) : NULL;
    return spare ? spare : kex_client_puzzle(&c->kex);
}

bool client_input_puzzle(struct client *c, int64_t now_ns, const uint8_t *p, size_t n)
{
    struct puzzle q;
    const bool waited = client_puzzle(c) != NULL;
    if ((!c->spare_running || kex_client_input(&c->spare, now_ns, p, n) != LETHE_OK) &&
        (!c->exchanging || kex_client_input(&c->kex, now_ns, p, n) != LETHE_OK))
        return false;
    if (!waited)
        c->puzzle_since_ns = now_ns;
    if (puzzle_decode(&q, client_puzzle(c), PUZZLE_BYTES) == LETHE_OK)
        c->puzzle_bits = q.bits;
    return true;
}

void client_solved(struct client *c, int64_t now_ns, const uint8_t puzzle[PUZZLE_BYTES],
                   const uint8_t *answer)
{
    struct kex_client *kex = puzzled(c);
    if (!kex || memcmp(kex_client_puzzle(kex), puzzle, PUZZLE_BYTES) != 0)
        return;
    kex_client_solved(kex, answer);
    c->puzzle_ns += now_ns - c->puzzle_since_ns;
    c->puzzle_since_ns = now_ns;
}
