/*
 * A second service, small enough to read in a minute: values by key, from a text file.
 *
 * Each line is key, tab, value; all of them are read once and stay in memory. A key has 1 to
 * FILES_PATH_MAX bytes, of which none is a tab; a value may be empty and may hold tabs. The last
 * line may lack its end. OPEN (wire/files.h) with a key is answered by a body, the value, so that
 * whoever can fetch a file can fetch a value; DIGEST works as on files. A body belongs to the file
 * as it was read: a server that read another one says CHANGED.
 */
#ifndef SERVICE_TABLE_H
#define SERVICE_TABLE_H

#include "base/complaint.h"
#include "lethe/service.h"
#include "wire/files.h"

#define TABLE_BYTES_MAX 1048576 /* of the file */
#define TABLE_LINE_MAX  4096    /* without its end */
#define TABLE_ROWS_MAX  16384

struct table {
    uint8_t version[FILES_VERSION_BYTES]; /* of the whole file */
    size_t count;
    struct table_row {
        const uint8_t *key, *value;
        uint16_t key_len, value_len;
        uint32_t line;
    } rows[TABLE_ROWS_MAX]; /* by key */
    uint8_t bytes[TABLE_BYTES_MAX + 1];
};

/* Reads the file. LETHE_ERR_FORMAT, with the line's number, for a line that is too long, has no
 * tab, has no key or too long a one, or repeats one; LETHE_ERR_NO_SPACE for too large a file or too
 * many lines. */
int table_open(struct table *t, const char *file, struct complaint *why);

/* Borrows t. */
struct lethe_service table_service(struct table *t);

#endif
