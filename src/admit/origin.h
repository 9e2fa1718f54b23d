/*
 * What a packet other than HELLO shows of where it comes from, for one short hash.
 *
 * REQUEST brings a continuation, LEG, BLOCK and FINISH an exchange's id: both are marked with the
 * network that they were sent to (seal/mark.h). The others have nothing from the server to show.
 */
#ifndef ADMIT_ORIGIN_H
#define ADMIT_ORIGIN_H

#include "seal/step.h"

enum origin {
    ORIGIN_UNTOLD,  /* it cannot tell */
    ORIGIN_PROVEN,  /* from where this server, or one with its ring, has sent what it brings */
    ORIGIN_FOREIGN, /* from elsewhere, or it was made up, or it is too old, or no such packet */
};

enum origin origin_of(const struct step *st, const uint8_t *p, size_t n);

#endif
