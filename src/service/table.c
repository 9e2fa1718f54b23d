/*
 * Values by key: lines cut up and sorted once, then a binary search for each call.
 */
#include "service/table.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "lethe/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_whole(struct table *t, const char *file, size_t *n, struct complaint *why)
{
    struct stat st;
    ssize_t got = 0;
    *n = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return complain(why, error_from_errno(errno), "cannot open %s: %s", file, strerror(errno));
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    while (regular && (got = read(fd, t->bytes + *n, sizeof t->bytes - *n)) > 0)
        *n += (size_t)got;
    close(fd);
    if (!regular)
        return complain(why, LETHE_ERR_FORMAT, "%s is not a regular file", file);
    if (got < 0)
        return complain(why, LETHE_ERR_INTERNAL, "cannot read %s: %s", file, strerror(errno));
    if (*n > TABLE_BYTES_MAX)
        return complain(why, LETHE_ERR_NO_SPACE, "%s has more than %d bytes", file,
                        TABLE_BYTES_MAX);
    return LETHE_OK;
}

static int add_line(struct table *t, const char *file, const uint8_t *line, size_t n,
                    struct complaint *why)
{
    unsigned number = (unsigned)t->count + 1;
    if (t->count == TABLE_ROWS_MAX)
        return complain(why, LETHE_ERR_NO_SPACE, "%s has more than %d lines", file, TABLE_ROWS_MAX);
    if (n > TABLE_LINE_MAX)
        return complain(why, LETHE_ERR_FORMAT, "%s, line %u: longer than %d bytes", file, number,
                        TABLE_LINE_MAX);
    const uint8_t *tab = memchr(line, '\t', n);
    if (!tab)
        return complain(why, LETHE_ERR_FORMAT, "%s, line %u: no tab between key and value", file,
                        number);
    size_t key_len = (size_t)(tab - line);
    if (key_len == 0 || key_len > FILES_PATH_MAX)
        return complain(why, LETHE_ERR_FORMAT, "%s, line %u: a key has 1 to %d bytes", file, number,
                        FILES_PATH_MAX);
    t->rows[t->count++] = (struct table_row){.key = line,
                                             .key_len = (uint16_t)key_len,
                                             .value = tab + 1,
                                             .value_len = (uint16_t)(n - key_len - 1),
                                             .line = number};
    return LETHE_OK;
}

static int compare_keys(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Equal keys in the order of their lines, so that a complaint names the later one. */
static int compare_rows(const void *a, const void *b)
{
    const struct table_row *x = a, *y = b;
    int order = compare_keys(x->key, x->key_len, y->key, y->key_len);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int sort(struct table *t, const char *file, struct complaint *why)
{
    qsort(t->rows, t->count, sizeof t->rows[0], compare_rows);
    for (size_t i = 1; i < t->count; i++) {
        const struct table_row *a = &t->rows[i - 1], *b = &t->rows[i];
        if (compare_keys(a->key, a->key_len, b->key, b->key_len) == 0)
            return complain(why, LETHE_ERR_FORMAT, "%s, line %u: the key of line %u again", file,
                            (unsigned)b->line, (unsigned)a->line);
    }
    return LETHE_OK;
}

int table_open(struct table *t, const char *file, struct complaint *why)
{
    size_t n;
    uint8_t h[HASH_BYTES];
    int err = read_whole(t, file, &n, why);
    if (err != LETHE_OK)
        return err;
    hash_of(h, "table", t->bytes, n);
    memcpy(t->version, h, sizeof t->version);
    t->count = 0;
    for (const uint8_t *line = t->bytes, *end = line + n; line < end && err == LETHE_OK;) {
        const uint8_t *stop = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((stop ? stop : end) - line);
        err = add_line(t, file, line, len, why);
        line = stop ? stop + 1 : end;
    }
    return err == LETHE_OK ? sort(t, file, why) : err;
}

static const struct table_row *find(const struct table *t, const uint8_t *key, size_t n)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct table_row *row = &t->rows[middle];
        int order = compare_keys(key, n, row->key, row->key_len);
        if (order == 0)
            return row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static int open_value(const struct table *t, const struct files_request *q,
                      struct lethe_answer *answer)
{
    uint8_t h[HASH_BYTES];
    const struct table_row *row = find(t, q->path, q->path_len);
    if (!row)
        return LETHE_STATUS_NOT_FOUND;
    const struct files_state state = {
        .kind = FILES_STATE_ROW, .version = t->version, .index = (uint32_t)(row - t->rows)};
    hash_of(h, "table value", row->value, row->value_len);
    memcpy(answer->version, h, LETHE_VERSION_BYTES);
    answer->has_body = 1;
    answer->size = row->value_len;
    answer->state_len = files_state_encode(answer->state, sizeof answer->state, &state);
    return LETHE_STATUS_OK;
}

/* The row of a state, if it is of this table. */
static int row_of(const struct table *t, const uint8_t *state, size_t n,
                  const struct table_row **row)
{
    struct files_state s;
    if (!state || files_state_decode(&s, state, n) != LETHE_OK || s.kind != FILES_STATE_ROW)
        return LETHE_STATUS_BAD;
    if (memcmp(s.version, t->version, sizeof t->version) != 0 || s.index >= t->count)
        return LETHE_STATUS_CHANGED;
    *row = &t->rows[s.index];
    return LETHE_STATUS_OK;
}

static int digest(const struct table *t, const struct lethe_call *call,
                  const struct files_request *q, struct lethe_answer *answer)
{
    const struct table_row *row = NULL;
    int status = row_of(t, call->state, call->state_len, &row);
    if (status != LETHE_STATUS_OK)
        return status;
    if (answer->room < FILES_DIGEST_BYTES)
        return LETHE_STATUS_BAD;
    size_t start = q->offset < row->value_len ? (size_t)q->offset : row->value_len;
    size_t left = row->value_len - start;
    hash_of(answer->bytes, "piece", row->value + start, q->length < left ? q->length : left);
    answer->len = FILES_DIGEST_BYTES;
    return LETHE_STATUS_OK;
}

static int call_table(void *context, const struct lethe_call *call, struct lethe_answer *answer)
{
    const struct table *t = context;
    struct files_request q;
    if (files_request_decode(&q, call->request, call->request_len) != LETHE_OK)
        return LETHE_STATUS_BAD;
    if (q.op == FILES_OPEN)
        return open_value(t, &q, answer);
    if (q.op == FILES_DIGEST)
        return digest(t, call, &q, answer);
    return LETHE_STATUS_DENIED;
}

static int read_table(void *context, const uint8_t *state, size_t state_len, uint64_t offset,
                      uint8_t *buffer, size_t n)
{
    const struct table *t = context;
    const struct table_row *row = NULL;
    int status = row_of(t, state, state_len, &row);
    if (status != LETHE_STATUS_OK)
        return status;
    if (offset > row->value_len || n > row->value_len - offset)
        return LETHE_STATUS_BAD;
    memcpy(buffer, row->value + offset, n);
    return LETHE_STATUS_OK;
}

struct lethe_service table_service(struct table *t)
{
    return (struct lethe_service){
        .early = LETHE_EARLY_REPEATABLE, .context = t, .call = call_table, .read = read_table};
}
