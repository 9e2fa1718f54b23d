/*
 * The table of legs. A new KEM is a new row and a new bit in the set.
 */
#include "kex/legs.h"
#include "crypto/kem.h"
#include "wire/leg.h"

_Static_assert(SNTRUP_PUBLIC_BYTES <= LEG_PK_BYTES, "a one-packet leg's key fits LEG");
_Static_assert(SNTRUP_CT_BYTES <= LEGGED_CT_BYTES, "its ciphertext fits the answer");
_Static_assert(SNTRUP_SECRET_BYTES <= LEG_SK_MAX, "its secret key fits the client");

static const struct leg_row rows[LEG_COUNT] = {
    [LEG_SNTRUP] = {"sntrup761", SNTRUP_PUBLIC_BYTES, SNTRUP_SECRET_BYTES, SNTRUP_CT_BYTES,
                    sntrup_keypair, sntrup_enc, sntrup_dec},
    [LEG_MCELIECE] = {"mceliece6960119", MCELIECE_PUBLIC_BYTES, MCELIECE_SECRET_BYTES,
                      MCELIECE_CT_BYTES, mceliece_keypair, NULL, NULL},
};

const struct leg_row *leg_row(uint8_t leg)
{
    return leg < LEG_COUNT ? &rows[leg] : NULL;
}

const struct leg_row *leg_row_in_one_packet(uint8_t leg)
{
    const struct leg_row *row = leg_row(leg);
    return row && row->enc ? row : NULL;
}
