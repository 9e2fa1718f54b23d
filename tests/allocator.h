/*
 * Every call of the allocator, the libraries' too, is told to the program that links this.
 */
#ifndef TESTS_ALLOCATOR_H
#define TESTS_ALLOCATOR_H

#include <stdbool.h>

/* Defined by the program: the allocator is called. Must not call it itself. */
void allocator_called(void);

/* Has it called from here on at the latest, under a sanitizer too; false: that cannot be. */
bool allocator_watch(void);

#endif
