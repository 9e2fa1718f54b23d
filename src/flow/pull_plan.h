/*
 * What the two halves of pull share: what came (pull.c) and what to ask (pull_request.c).
 */
#ifndef FLOW_PULL_PLAN_H
#define FLOW_PULL_PLAN_H

#include "flow/pull.h"

/* A number's entry; its state says whether it holds. */
static inline struct pull_number *pull_number(struct pull *p, uint64_t number)
{
    return &p->numbers[number % PULL_NUMBERS];
}

/* What the packets of an answer may have. */
uint16_t pull_datagram(const struct pull *p);

/* Everything in flight is wanted again. */
void pull_give_up_all(struct pull *p);

/* Numbers beyond that one, of which none was received, are free again, and their bytes wanted. */
void pull_take_back(struct pull *p, uint64_t number);

/* The lowest number in flight is wanted again; false when none is. */
bool pull_give_up_oldest(struct pull *p);

#endif
