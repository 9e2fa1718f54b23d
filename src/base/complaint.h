/*
 * What went wrong, in one line for a person: which file or address, and what to do about it.
 * Functions that meet files and sockets fill one beside their error code; the program prints it.
 */
#ifndef BASE_COMPLAINT_H
#define BASE_COMPLAINT_H

struct complaint {
    char text[512];
};

/* Writes the line and returns err, so that a caller can say `return complain(...)`. */
int complain(struct complaint *why, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The error code that fits errno. */
int error_from_errno(int number);

#endif
