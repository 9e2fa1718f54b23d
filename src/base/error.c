/*
 * The one error convention: codes to words.
 * The words name the fault; the caller that knows the file or address adds it.
 */
#include "lethe/error.h"

static const char *const words[] = {
    [0] = "success",           [1] = "internal error",
    [2] = "wrong usage",       [3] = "bad identity",
    [4] = "permission denied", [5] = "already exists",
    [6] = "already in use",    [7] = "not found",
    [8] = "no space left",     [9] = "timed out",
    [10] = "resource changed", [11] = "authentication failed",
    [12] = "malformed input",  [13] = "refused by the peer",
    [14] = "interrupted",      [15] = "network failure",
    [16] = "another server than before",
};

const char *lethe_strerror(int err)
{
    int i = -err;
    if (err > 0 || i >= (int)(sizeof words / sizeof words[0]))
        return "unknown error";
    return words[i];
}
