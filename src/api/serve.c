/*
 * lethe/serve.h: the supervisor with a service of the caller's.
 */
#include "lethe/serve.h"

#include <string.h>

#include "crypto/init.h"
#include "lethe/session.h"
#include "node/supervisor.h"
#include "seal/session.h"
#include "seal/transport.h"
#include "wire/files.h"

_Static_assert(LETHE_REQUEST_OPEN == FILES_OPEN && LETHE_REQUEST_DIGEST == FILES_DIGEST,
               "what lethe_fetch sends");
_Static_assert(LETHE_SERVE_LISTEN_MAX == SUPERVISOR_LISTEN_MAX &&
                   LETHE_SERVE_WORKERS_MAX == SUPERVISOR_WORKERS_MAX,
               "one set of limits");

static int check(const struct lethe_serve_options *o, const struct lethe_service *service,
                 struct complaint *why)
{
    if (!o->identity_dir)
        return complain(why, LETHE_ERR_USAGE, "no identity_dir");
    if (!service->call)
        return complain(why, LETHE_ERR_USAGE, "the service has no call");
    if (o->level > 3 || (o->early && o->level > 1))
        return complain(why, LETHE_ERR_USAGE, "level is 0 to 3, and with early 0 or 1");
    if (o->listen_count > LETHE_SERVE_LISTEN_MAX)
        return complain(why, LETHE_ERR_USAGE, "more than %d addresses", LETHE_SERVE_LISTEN_MAX);
    if (o->workers > LETHE_SERVE_WORKERS_MAX)
        return complain(why, LETHE_ERR_USAGE, "more than %d workers", LETHE_SERVE_WORKERS_MAX);
    return LETHE_OK;
}

static int run(const struct lethe_serve_options *o, const struct lethe_service *service,
               struct complaint *why)
{
    struct supervisor_options s = {
        .identity_dir = o->identity_dir,
        .service = service,
        .name = o->name ? o->name : "a service",
        .ring = o->ring,
        .user = o->user,
        .default_port = LETHE_DEFAULT_PORT,
        .workers = o->workers ? (int)o->workers : 1,
        .period_ms = (int64_t)o->period_seconds * 1000,
        .level = o->level,
        .early = o->early,
        .algorithm = o->reno ? ALGORITHM_RENO : ALGORITHM_CUBIC,
        .strict_home = o->strict_home,
        .json = o->json,
    };
    for (size_t i = 0; i < o->listen_count; i++)
        s.listen[s.listen_count++] = o->listen[i];
    return supervisor_run(&s, why);
}

int lethe_serve(const struct lethe_serve_options *options, const struct lethe_service *service,
                struct lethe_message *why)
{
    struct complaint c = {.text = ""};
    int err = crypto_init();
    if (err == LETHE_OK)
        err = check(options, service, &c);
    if (err == LETHE_OK)
        err = run(options, service, &c);
    memset(why, 0, sizeof *why);
    if (err != LETHE_OK)
        memcpy(why->text, c.text, strnlen(c.text, sizeof why->text - 1));
    return err;
}
