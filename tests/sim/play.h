/*
 * Contests over several seeds, and what they have shown together.
 *
 * A gain is what the cheats got over what the honest flows beside them got, at the same bottleneck,
 * summed over the seeds. Under valgrind and the address sanitizer one short run is played for the
 * memory's sake: its gain is noise and is not judged.
 */
#ifndef SIM_PLAY_H
#define SIM_PLAY_H

#include "sim/cheat.h"

#define GAIN_SMALL  1.10 /* windows below 50 packets */
#define GAIN_LARGE  1.05
#define SHARE_SMALL 50.0

/* Two cheats and two honest flows; windows of 13 packets, and of 54. */
extern const struct contest_plan play_small, play_large;

struct outcome {
    double gain, window; /* of the honest flows, packets */
    uint64_t acts;       /* of the cheats: see cheat.h */
    uint64_t twice, victims_in, victims_out;
    uint64_t dropped[VERDICTS];
};

/* A cheat of a table. */
struct entry {
    const char *name;
    unsigned kinds;
    uint8_t algorithm;
    uint64_t runs;
};

/* Whether what is measured is judged. */
bool play_is_judged(void);

/* A program's arguments may be PART PARTS: then it plays one row of each PARTS, so that so many
 * processes share the time. Without, it plays all. */
void play_parts(int argc, char **argv);

/* Asked once before each row, in the order of the rows: whether this process plays it. */
bool play_is_mine(void);

struct outcome play(const struct contest_plan *plan, uint64_t runs);

/* The same, and says how it went; the gain must be at most `most`. From one server no number may
 * have come twice. */
struct outcome play_expect(const char *name, const struct contest_plan *plan, uint64_t runs,
                           double most);

/* An entry by a plan: the cheats must have done what they are here for, a hundred times in all. */
struct outcome play_entry(const struct contest_plan *plan, const struct entry *e, double most);

#endif
