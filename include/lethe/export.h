/*
 * lethe/export.h - marks what the library exports, under C's names also in C++; everything else is
 * hidden.
 */
#ifndef LETHE_EXPORT_H
#define LETHE_EXPORT_H

#ifdef __cplusplus
#define LETHE_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define LETHE_EXPORT __attribute__((visibility("default")))
#endif

#endif
