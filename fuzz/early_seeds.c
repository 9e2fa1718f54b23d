/*
 * Seeds of the early answer: none, one that was refused, a status, and a body with its first bytes.
 */
#include "seeds.h"
#include "wire/early.h"

void make_early_seeds(void)
{
    static uint8_t bytes[ACCEPT_EARLY_BYTES], out[ACCEPT_EARLY_BYTES];
    struct early_answer a = {.outcome = EARLY_NONE, .least = 1};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    early_answer_encode(out, &a);
    put_seed("early_answer", "none", out, sizeof out);
    a.outcome = EARLY_REFUSED;
    early_answer_encode(out, &a);
    put_seed("early_answer", "refused", out, sizeof out);
    a = (struct early_answer){.outcome = EARLY_EXECUTED, .status = 1};
    early_answer_encode(out, &a);
    put_seed("early_answer", "status", out, sizeof out);
    a = (struct early_answer){.outcome = EARLY_EXECUTED,
                              .has_body = true,
                              .bytes = bytes,
                              .bytes_len = 20,
                              .size = 5000,
                              .version = bytes,
                              .handle = bytes,
                              .handle_len = HANDLE_BYTES_MAX,
                              .first = bytes};
    a.first_len = early_first_room(&a);
    early_answer_encode(out, &a);
    put_seed("early_answer", "body", out, sizeof out);
    put_seed("early_answer", "short", out, sizeof out - 1);
    a.first_len = a.size = 30;
    early_answer_encode(out, &a);
    put_seed("early_answer", "whole", out, sizeof out);
    out[6 + 20] = 29; /* fewer bytes than it brings */
    put_seed("early_answer", "less", out, sizeof out);
}
