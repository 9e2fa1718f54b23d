/*
 * Counters: a row for each, by which they are added up and printed for people and for machines.
 * A new one takes a member of struct counters and a row here, in the same order, its line in
 * lethe-serve(1), and unless its family has one a line of help.
 */
#include "server/counters.h"
#include "wire/limits.h"

#include <string.h>

enum row_kind {
    EVENT,  /* people see it when it happened */
    ALWAYS, /* ... and when not */
    GAUGE,  /* what is now; people see it unless it is 0 */
    MOST,   /* ... of any worker, not of all together */
    SILENT, /* told by others already */
};

struct row {
    const char *name;
    enum row_kind kind;
    const char *help; /* for Prometheus; NULL: its family (status_show.c) has one line together */
};

#define AT(member) (offsetof(struct counters, member) / sizeof(uint64_t))

static const struct row rows[COUNTERS] = {
    [AT(packets_in)] = {"packets_in", ALWAYS, "Datagrams that were looked at."},
    [AT(bytes_in)] = {"bytes_in", ALWAYS, "Payload of the datagrams that were looked at."},
    [AT(packets_out)] = {"packets_out", ALWAYS, "Answers that were made."},
    [AT(bytes_out)] = {"bytes_out", ALWAYS, "Payload of the answers that were made."},

    [AT(answered[KIND_HELLO])] = {"answered_hello", ALWAYS, NULL},
    [AT(answered[KIND_LEG])] = {"answered_leg", ALWAYS, NULL},
    [AT(answered[KIND_BLOCK])] = {"answered_block", ALWAYS, NULL},
    [AT(answered[KIND_FINISH])] = {"answered_finish", ALWAYS, NULL},
    [AT(answered[KIND_REQUEST])] = {"answered_request", ALWAYS, NULL},
    [AT(answered[KIND_PUZZLE])] = {"puzzles_sent", EVENT,
                                   "HELLOs that were answered with a PUZZLE."},
    [AT(answered[KIND_LOOKUP])] = {"answered_lookup", ALWAYS, NULL},
    [AT(answered[KIND_RESUME])] = {"answered_resume", EVENT, NULL},

    [AT(numbers_sent)] = {"numbers_sent", EVENT,
                          "Numbers sent under: packets with bytes of bodies."},
    [AT(numbers_struck)] = {"numbers_struck", EVENT,
                            "Numbers asked for that had been sent before."},
    [AT(numbers_beyond)] = {"numbers_beyond", EVENT,
                            "Numbers asked for beyond what the client may have in flight."},

    [AT(fallbacks[FALLBACK_AGE])] = {"fallback_age", EVENT, NULL},
    [AT(fallbacks[FALLBACK_ADDRESS])] = {"fallback_address", EVENT, NULL},
    [AT(fallbacks[FALLBACK_BOOT])] = {"fallback_boot", EVENT, NULL},
    [AT(fallbacks[FALLBACK_HOME])] = {"fallback_home", EVENT, NULL},
    [AT(fallbacks[FALLBACK_FULL])] = {"fallback_full", EVENT, NULL},

    [AT(verdicts[ANSWERED])] = {"answered", SILENT, NULL},
    [AT(verdicts[DROP_KIND])] = {"drop_kind", EVENT, NULL},
    [AT(verdicts[DROP_FORMAT])] = {"drop_format", EVENT, NULL},
    [AT(verdicts[DROP_CROWD])] = {"drop_crowd", EVENT, NULL},
    [AT(verdicts[DROP_IDENTITY])] = {"drop_identity", EVENT, NULL},
    [AT(verdicts[DROP_MAC])] = {"drop_mac", EVENT, NULL},
    [AT(verdicts[DROP_PUZZLE])] = {"drop_puzzle", EVENT, NULL},
    [AT(verdicts[DROP_NO_KEY])] = {"drop_no_key", EVENT, NULL},
    [AT(verdicts[DROP_DH])] = {"drop_dh", EVENT, NULL},
    [AT(verdicts[DROP_DECAP])] = {"drop_decap", EVENT, NULL},
    [AT(verdicts[DROP_HELLO_BOX])] = {"drop_hello_box", EVENT, NULL},
    [AT(verdicts[DROP_KID])] = {"drop_kid", EVENT, NULL},
    [AT(verdicts[DROP_EXCHANGE_BOX])] = {"drop_exchange_box", EVENT, NULL},
    [AT(verdicts[DROP_LEG])] = {"drop_leg", EVENT, NULL},
    [AT(verdicts[DROP_METER])] = {"drop_meter", EVENT, NULL},
    [AT(verdicts[DROP_SYNDROME])] = {"drop_syndrome", EVENT, NULL},
    [AT(verdicts[DROP_CONTINUATION])] = {"drop_continuation", EVENT, NULL},
    [AT(verdicts[DROP_REQUEST_BOX])] = {"drop_request_box", EVENT, NULL},
    [AT(verdicts[DROP_REQUEST_BODY])] = {"drop_request_body", EVENT, NULL},
    [AT(verdicts[DROP_SHARE])] = {"drop_share", EVENT, NULL},
    [AT(verdicts[DROP_PROOF])] = {"drop_proof", EVENT, NULL},
    [AT(verdicts[DROP_TWICE])] = {"drop_twice", EVENT, NULL},
    [AT(verdicts[DROP_REPEAT])] = {"drop_repeat", EVENT, NULL},
    [AT(verdicts[DROP_BARE])] = {"drop_bare", EVENT, NULL},
    [AT(verdicts[DROP_PARKED])] = {"drop_parked", EVENT, NULL},
    [AT(verdicts[DROP_RESUME_BOX])] = {"drop_resume_box", EVENT, NULL},
    [AT(verdicts[DROP_RESUME_LOAD])] = {"drop_resume_load", EVENT, NULL},
    [AT(verdicts[DROP_RESUMED])] = {"drop_resumed", EVENT, NULL},

    [AT(admissions[ADMIT_FREE])] = {"hello_free", EVENT,
                                    "HELLOs opened because no puzzle was due."},
    [AT(admissions[ADMIT_SOLVED])] = {"hello_solved", EVENT,
                                      "HELLOs opened for the solution of a puzzle."},
    [AT(admissions[ADMIT_PASSED])] = {"hello_passed", EVENT, "HELLOs opened for a pass."},
    [AT(admissions[ADMIT_ASKED])] = {"puzzle_asked", EVENT,
                                     "HELLOs that brought nothing where a puzzle is due."},
    [AT(admissions[ADMIT_LATE])] = {"puzzle_late", EVENT,
                                    "HELLOs with a solution that was too old."},
    [AT(admissions[ADMIT_WEAK])] = {"puzzle_weak", EVENT,
                                    "HELLOs with a solution easier than what is asked for now."},
    [AT(admissions[ADMIT_STRUCK])] = {"puzzle_struck", EVENT,
                                      "HELLOs with a solution or a pass for the second time."},
    [AT(admissions[ADMIT_REFUSED])] =
        {"pass_refused", EVENT,
         "HELLOs with a pass that is old or another's, or of a greedy network."},
    [AT(admissions[ADMIT_WRONG])] = {"puzzle_wrong", SILENT, NULL},
    [AT(admissions[ADMIT_MALFORMED])] = {"puzzle_malformed", SILENT, NULL},
    [AT(admissions[ADMIT_NO_KEY])] = {"puzzle_no_key", SILENT, NULL},
    [AT(hello_ns)] = {"hello_ns", EVENT,
                      "Time that the workers took to open HELLOs and to answer them."},
    [AT(puzzle_level)] = {"puzzle_level", MOST,
                          "Puzzles: 0 none, 1 the proof of an address, from 2 on level + 6 bits."},

    [AT(early[EARLY_END_EXECUTED])] = {"early_executed", EVENT,
                                       "Early requests (in a HELLO) that were executed."},
    [AT(early[EARLY_END_OFF])] = {"early_off", EVENT,
                                  "Early requests that the server or its service does not take."},
    [AT(early[EARLY_END_KEY])] =
        {"early_key", EVENT, "Early requests under a short-term key that is dead or not known."},
    [AT(early[EARLY_END_BOX])] = {"early_box", EVENT, "Early requests that do not authenticate."},
    [AT(early[EARLY_END_CLOCK])] = {"early_clock", EVENT,
                                    "Early requests by a clock that is more than two minutes off."},
    [AT(early[EARLY_END_BEGIN])] = {"early_begin", EVENT,
                                    "Early requests that came too soon after the server began."},
    [AT(early[EARLY_END_SEEN])] = {"early_seen", EVENT,
                                   "Early requests that were executed before."},
    [AT(early[EARLY_END_NOROOM])] = {"early_full", EVENT,
                                     "Early requests when too many had come within a minute."},

    [AT(truncated)] = {"drop_truncated", EVENT, NULL},
    [AT(send_failed)] = {"send_failed", EVENT, "Answers that the kernel did not take."},
    [AT(filter_used)] = {"filter_used", GAUGE, "Uses that the replay filters remember now."},
    [AT(strikes_used)] = {"strikes_used", GAUGE,
                          "Entries of the tables of numbers that are used now."},
};

const char *verdict_name(enum verdict v)
{
    return rows[AT(verdicts) + (size_t)v].name;
}

const char *counter_name(size_t i, bool *gauge)
{
    *gauge = rows[i].kind == GAUGE || rows[i].kind == MOST;
    return rows[i].kind == SILENT ? NULL : rows[i].name;
}

const char *counter_help(size_t i)
{
    return rows[i].help;
}

uint64_t counter_value(const struct counters *c, size_t i)
{
    uint64_t value;
    memcpy(&value, (const char *)c + i * sizeof value, sizeof value);
    return value;
}

void counters_add(struct counters *to, const struct counters *from)
{
    for (size_t i = 0; i < COUNTERS; i++) {
        const uint64_t a = counter_value(to, i), b = counter_value(from, i), most = a > b ? a : b;
        const uint64_t both = rows[i].kind == MOST ? most : a + b;
        memcpy((char *)to + i * sizeof both, &both, sizeof both);
    }
}

static void print(FILE *to, char before, const char *name, uint64_t value, int json)
{
    if (json)
        fprintf(to, "%c\"%s\":%llu", before, name, (unsigned long long)value);
    else
        fprintf(to, "%-18s %llu\n", name, (unsigned long long)value);
}

void counters_print(FILE *to, const struct counters *c, int workers, uint64_t resident_bytes,
                    int json)
{
    print(to, '{', "workers", (uint64_t)workers, json);
    print(to, ',', "resident_bytes", resident_bytes, json);
    for (size_t i = 0; i < COUNTERS; i++) {
        bool gauge;
        const char *name = counter_name(i, &gauge);
        uint64_t value = counter_value(c, i);
        if (name && (json || value || rows[i].kind == ALWAYS))
            print(to, ',', name, value, json);
    }
    if (json)
        fprintf(to, "}\n");
    fflush(to);
}
