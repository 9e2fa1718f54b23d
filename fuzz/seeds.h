/*
 * What the files that make seeds share.
 */
#ifndef FUZZ_SEEDS_H
#define FUZZ_SEEDS_H

#include <stddef.h>
#include <stdint.h>

/* Writes a seed of a target, or checks that it is there. */
void put_seed(const char *target, const char *name, const uint8_t *p, size_t n);

/* Seeds of the targets that have a session: requested, answers. */
void make_session_seeds(void);

/* Seeds of lookup and found. */
void make_lookup_seeds(void);

/* Seeds of files_request, files_state and table. */
void make_files_seeds(void);

/* Seeds of early_answer. */
void make_early_seeds(void);

/* Seeds of resume, resumed and parked. */
void make_resume_seeds(void);

#endif
