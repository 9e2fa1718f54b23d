/*
 * What every server step takes besides its packet, and how it ends.
 *
 * A step is a pure function of these values: clock, entropy and keys come in, an answer goes
 * out, and what it may remember is in the filter. A verdict is a result, not an error: a
 * packet that fails a check is dropped and counted under the name of that check.
 */
#ifndef SEAL_STEP_H
#define SEAL_STEP_H

#include "crypto/rng.h"
#include "seal/filter.h"
#include "seal/resumed.h"
#include "seal/ring.h"
#include "seal/strikes.h"

enum verdict {
    ANSWERED,
    DROP_KIND,         /* no packet kind that a server takes */
    DROP_FORMAT,       /* wrong length or a field out of range */
    DROP_CROWD,        /* no HELLO, and left out while too much waits, see admit/admit.h */
    DROP_IDENTITY,     /* HELLO or LOOKUP for another identity */
    DROP_MAC,          /* HELLO or LOOKUP from someone who does not know the fingerprint */
    DROP_PUZZLE,       /* HELLO with a solution that is none */
    DROP_NO_KEY,       /* no live cookie key to seal with: is the rotator running? */
    DROP_DH,           /* HELLO with an X25519 key of low order */
    DROP_DECAP,        /* HELLO whose McEliece ciphertext has bad padding */
    DROP_HELLO_BOX,    /* HELLO that does not authenticate */
    DROP_KID,          /* LEG, BLOCK or FINISH under a dead or unknown cookie key */
    DROP_EXCHANGE_BOX, /* LEG, BLOCK or FINISH that does not authenticate */
    DROP_LEG,          /* LEG for a KEM that does not come in one packet */
    DROP_METER,        /* LEG or FINISH repeated too often for its exchange */
    DROP_SYNDROME,     /* FINISH with padding bits set */
    DROP_CONTINUATION, /* REQUEST whose continuation is dead, unknown or forged */
    DROP_REQUEST_BOX,  /* REQUEST that does not authenticate */
    DROP_REQUEST_BODY, /* REQUEST that authenticates and makes no sense */
    DROP_SHARE,        /* REQUEST with a share that is dead, forged or of another session */
    DROP_PROOF,        /* REQUEST that proves what was not received, or was never sent */
    DROP_TWICE,        /* REQUEST that would begin a second number space for a session in use */
    DROP_REPEAT,       /* REQUEST that was heard before and asks for more than numbers */
    DROP_BARE,         /* REQUEST that earns no number, when its session had enough such answers */
    DROP_PARKED,       /* RESUME whose parked continuation is dead, unknown or forged */
    DROP_RESUME_BOX,   /* RESUME that does not authenticate */
    DROP_RESUME_LOAD,  /* RESUME that cannot be afforded, see admit/admit.h */
    DROP_RESUMED,      /* RESUME of a session that was resumed before */
    VERDICTS,
};

struct step {
    const struct ring *ring;
    const struct ring *slow; /* holds no key where nothing is parked */
    struct resumed *resumed;
    struct filter *filter;
    struct rng *rng;
    struct strikes *strikes;
    int64_t now_ms;
    int64_t boot_ms;            /* when this server began: it knows of nothing sent before */
    uint64_t home;              /* names this server and its boot */
    const uint8_t *lineage_key; /* this boot's secret, 32 bytes */
    bool strict_home;           /* continuations of another home begin anew */
    uint8_t algorithm;          /* of new sessions */
    const uint8_t *address;     /* the sender's, canonical, ADDRESS_BYTES */
};

#endif
