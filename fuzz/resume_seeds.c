/*
 * Seeds of resuming: a session that was parked, the RESUME of it, its answer and what is in that.
 */
#include "seeds.h"

#include "base/bytes.h"
#include "kex/resume.h"
#include "seal/parked.h"
#include "stage.h"
#include "target.h"

static struct world_server server;
static struct kex_resume resume;

/* A parked continuation, in the open for the target to seal, sealed, and almost one. */
static void make_parked(struct parked_session *kept)
{
    const uint8_t *bytes = stage()->waiting.hello;
    uint8_t p[PARKED_BYTES] = {0};
    struct parked s;
    parked_of(&s, bytes, 3, bytes + 100);
    memcpy(p + 1 + NONCE_BYTES, s.key, sizeof s.key);
    p[1 + NONCE_BYTES + sizeof s.key] = s.legs;
    put_seed("parked", "plain", p, sizeof p);
    parked_seal(p, &s, ring_sealing(&server.slow, WORLD_MS), bytes);
    put_seed("parked", "valid", p, sizeof p);
    put_seed("parked", "short", p, sizeof p - 1);
    memcpy(kept->value, p, sizeof p);
    memcpy(kept->key, s.key, sizeof s.key);
    kept->legs = s.legs;
    p[0] = SLOW_KID_COUNT;
    put_seed("parked", "kid-48", p, sizeof p);
}

static void make_packets(const struct parked_session *kept)
{
    struct rng rng = stage()->server.rng;
    uint8_t p[RESUME_BYTES + 1] = {0}, out[DATAGRAM_BYTES];
    size_t n;
    kex_resume_init(&resume, kept, &rng);
    memcpy(p, resume.packet, RESUME_BYTES);
    put_seed("resume", "valid", p, RESUME_BYTES);
    put_seed("server", "resume", p, RESUME_BYTES);
    put_seed("resume", "short", p, RESUME_BYTES - 1);
    put_seed("resume", "long", p, RESUME_BYTES + 1);
    REQUIRE(world_serve(&server, WORLD_MS, p, RESUME_BYTES, out, &n) == ANSWERED);
    p[1]++;
    put_seed("resume", "version", p, RESUME_BYTES);
    p[1]--;
    p[2] = SLOW_KID_COUNT;
    put_seed("resume", "kid-48", p, RESUME_BYTES);
    put_seed("resumed", "valid", out, n);
    put_seed("client", "resumed", out, n);
    put_seed("resumed", "short", out, n - 1);
    out[1] = KID_COUNT;
    put_seed("resumed", "kid-8", out, n);
}

/* K1, the continuation and its values in place of the box, which has the tag besides. */
static void make_body(void)
{
    const uint8_t *bytes = stage()->waiting.hello;
    uint8_t body[RESUMED_BODY_BYTES], transport[TRANSPORT_BYTES];
    struct transport t;
    transport_init(&t, ALGORITHM_CUBIC, 7, 9, bytes);
    transport_encode(transport, &t);
    resumed_body_encode(body, &(struct resumed_body){
                                  .k1 = bytes, .continuation = bytes + 50, .transport = transport});
    put_seed("resumed", "body", body, sizeof body);
    put_seed("resumed", "body-short", body, sizeof body - 1);
}

void make_resume_seeds(void)
{
    struct parked_session kept;
    memcpy(&server, &stage()->server, sizeof server);
    make_parked(&kept);
    make_packets(&kept);
    make_body();
}
