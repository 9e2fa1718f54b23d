/*
 * lethe/export.h - marks what the library exports; everything else is hidden.
 */
#ifndef LETHE_EXPORT_H
#define LETHE_EXPORT_H

#define LETHE_EXPORT __attribute__((visibility("default")))

#endif
