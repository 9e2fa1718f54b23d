/*
 * PUZZLEs at the client's core: whose is to be solved, and what becomes of the solution. Solving is
 * the caller's.
 */
#include "client/client_puzzle.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "wire/puzzle.h"

/* Whether the spare's PUZZLE is to be solved first, which may end a silence. */
static bool is_of_spare(const struct client *c)
{
    return c->spare_running && kex_client_puzzle(&c->spare);
}

const uint8_t *client_puzzle(const struct client *c)
{
    return kex_client_puzzle(is_of_spare(c) ? &c->spare : &c->kex);
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
    const uint8_t *waiting = client_puzzle(c);
    if (!waiting || memcmp(waiting, puzzle, PUZZLE_BYTES) != 0)
        return;
    kex_client_solved(is_of_spare(c) ? &c->spare : &c->kex, answer);
    c->puzzle_ns += now_ns - c->puzzle_since_ns;
    c->puzzle_since_ns = now_ns;
}
