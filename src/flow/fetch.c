/*
 * One resource: calls go through pace, one item for opening and one for each piece that is checked.
 */
#include "flow/fetch.h"
#include "base/bytes.h"
#include "lethe/error.h"
#include "lethe/service.h"

#define ITEM_OPEN  0
#define ITEM_CHECK 1 /* and the slot */

void fetch_init(struct fetch *f, const char *path, const struct fetch_store *store,
                uint64_t local_size)
{
    memset(f, 0, offsetof(struct fetch, pace));
    f->path = path;
    f->store = *store;
    f->local_size = local_size;
    wants_init(&f->wants, 0, local_size ? 0 : FETCH_FIRST_BYTES);
    pace_init(&f->pace);
}

bool fetch_done(const struct fetch *f)
{
    return f->result != LETHE_OK || (f->known && f->bytes_done == f->size);
}

bool fetch_pulls(const struct fetch *f, int64_t now_ns)
{
    return !fetch_done(f) && now_ns >= f->hold_ns && (f->open || !f->known);
}

/* What was asked before is void: the next answers are of another version or session. */
static void forget_calls(struct fetch *f)
{
    pace_abandon(&f->pace);
    f->first_call = f->pace.next;
    f->open_asked = false;
    for (int i = 0; i < FETCH_SLOTS; i++)
        f->slots[i].asked = false;
}

void fetch_ask_again(struct fetch *f)
{
    f->open = f->stale = false;
    forget_calls(f);
}

static uint64_t piece_length(const struct fetch *f, uint64_t piece)
{
    uint64_t left = f->size - piece * PIECE_BYTES;
    return left < PIECE_BYTES ? left : PIECE_BYTES;
}

/* Starts to check the next piece that the store may hold; false when there is none, or no room for
 * what may be found. */
static bool start_check(struct fetch *f, struct fetch_slot *s)
{
    if (f->next_check == f->checks || f->wants.count + FETCH_SLOTS >= WANTS_RESUMED)
        return false;
    *s = (struct fetch_slot){.busy = true, .piece = f->next_check++};
    return true;
}

/* The store's side of a check. */
static void take_local(struct fetch *f, struct fetch_slot *s)
{
    f->result = f->store.digest(f->store.context, s->piece * PIECE_BYTES,
                                (size_t)piece_length(f, s->piece), s->local);
    s->hashed = true;
}

bool fetch_prepare(struct fetch *f)
{
    for (int i = 0; f->checks && i < FETCH_SLOTS && f->result == LETHE_OK; i++) {
        struct fetch_slot *s = &f->slots[i];
        if (s->busy && s->asked && !s->hashed) {
            take_local(f, s);
            return true;
        }
    }
    return false;
}

static struct fetch_slot *slot_to_ask(struct fetch *f)
{
    for (int i = 0; i < FETCH_SLOTS && f->open; i++) {
        struct fetch_slot *s = &f->slots[i];
        if (!s->busy && !start_check(f, s))
            continue;
        if (!s->asked)
            return s;
    }
    return NULL;
}

static void ask_lost_again(struct fetch *f)
{
    uint32_t item;
    while (pace_lost(&f->pace, &item)) {
        f->retries++;
        if (item == ITEM_OPEN)
            f->open_asked = false;
        else
            f->slots[item - ITEM_CHECK].asked = false;
    }
}

size_t fetch_open_call(const char *path, uint8_t room[FILES_REQUEST_MAX])
{
    const struct files_request q = {
        .op = FILES_OPEN, .path = (const uint8_t *)path, .path_len = strlen(path)};
    return files_request_encode(room, FILES_REQUEST_MAX, &q);
}

bool fetch_call(struct fetch *f, int64_t now_ns, struct request_body *b, uint8_t *room)
{
    struct files_request q = {.op = FILES_OPEN};
    uint32_t item = ITEM_OPEN;
    pace_tick(&f->pace, now_ns);
    ask_lost_again(f);
    if (fetch_done(f) || now_ns < f->hold_ns || !pace_ready(&f->pace, now_ns))
        return false;
    b->call_handle = HANDLE_NONE;
    if ((!f->open || f->stale) && !f->open_asked) {
        q.path = (const uint8_t *)f->path;
        q.path_len = strlen(f->path);
        f->open_asked = true;
    } else {
        struct fetch_slot *s = slot_to_ask(f);
        if (!s)
            return false;
        q = (struct files_request){.op = FILES_DIGEST,
                                   .offset = s->piece * PIECE_BYTES,
                                   .length = (uint32_t)piece_length(f, s->piece)};
        item = ITEM_CHECK + (uint32_t)(s - f->slots);
        s->asked = true;
        b->call_handle = 0;
    }
    b->call_len = (uint16_t)files_request_encode(room, FILES_REQUEST_MAX, &q);
    if (b->call_len == 0) {
        f->result = LETHE_ERR_USAGE;
        return false;
    }
    b->call = room;
    b->flags |= REQUEST_CALL;
    b->call_id = pace_sent(&f->pace, item, false, now_ns);
    return true;
}

/* Starts over with another version; the file is cut and grown to its size. */
static void take_version(struct fetch *f, const struct data_body *d)
{
    const bool again = f->known;
    uint64_t had = again ? f->size : f->local_size; /* of an older version much may be the same */
    if (again && ++f->restarts > FETCH_RESTARTS) {
        f->result = LETHE_ERR_CHANGED;
        return;
    }
    f->known = true;
    f->moved = again;
    f->size = d->size;
    if (!again)
        f->size_at_first = d->size;
    memcpy(f->version, d->version, DATA_VERSION_BYTES);
    f->bytes_done = f->bytes_reused = 0;
    had = had < f->size ? had : f->size;
    f->next_check = 0;
    f->checks = (had + PIECE_BYTES - 1) / PIECE_BYTES;
    had = f->checks * PIECE_BYTES;
    memset(f->slots, 0, sizeof f->slots);
    if (again || had)
        wants_init(&f->wants, had < f->size ? had : f->size, f->size);
    else
        f->wants.end = f->size;
    f->result = f->store.resize(f->store.context, f->size);
}

static void opened(struct fetch *f, const struct data_body *d)
{
    if (!(d->flags & DATA_BODY)) {
        f->result = LETHE_ERR_FORMAT;
        return;
    }
    if (!f->known || memcmp(f->version, d->version, DATA_VERSION_BYTES) != 0 ||
        f->size != d->size) {
        take_version(f, d);
        forget_calls(f);
        f->opened_echo = d->echo;
    }
    memcpy(f->handle, d->handle, d->handle_len);
    f->handle_len = d->handle_len;
    f->open = true;
    f->stale = f->open_asked = false;
    f->busy_since_ns = 0;
}

static void checked(struct fetch *f, struct fetch_slot *s, const struct data_body *d)
{
    const uint64_t len = piece_length(f, s->piece);
    if (!s->busy || d->bytes_len != FILES_DIGEST_BYTES) {
        f->result = s->busy ? LETHE_ERR_FORMAT : f->result;
        return;
    }
    if (!s->hashed)
        take_local(f, s);
    if (f->result != LETHE_OK)
        return;
    s->busy = false;
    if (bytes_equal(s->local, d->bytes, FILES_DIGEST_BYTES)) {
        f->bytes_done += len;
        f->bytes_reused += len;
    } else {
        (void)wants_again(&f->wants, s->piece * PIECE_BYTES, len);
    }
}

/* It is changing at this moment: a little patience, then the error. */
static void hold(struct fetch *f, int64_t now_ns)
{
    if (f->busy_since_ns == 0)
        f->busy_since_ns = now_ns;
    if (now_ns - f->busy_since_ns > FETCH_BUSY_MOST_NS)
        f->result = LETHE_ERR_CHANGED;
    f->hold_ns = now_ns + FETCH_BUSY_NS;
}

static void take_status(struct fetch *f, int64_t now_ns, uint8_t status)
{
    switch (status) {
    case LETHE_STATUS_OK:
        break;
    case LETHE_STATUS_LEVEL: /* the session will have absorbed more by then */
        f->hold_ns = now_ns + FETCH_LEVEL_NS;
        break;
    case LETHE_STATUS_BUSY:
        hold(f, now_ns);
        break;
    case LETHE_STATUS_CHANGED:
    case LETHE_STATUS_HANDLE:
        f->stale = true;
        break;
    case LETHE_STATUS_NOT_FOUND:
        f->result = LETHE_ERR_NOT_FOUND;
        break;
    case LETHE_STATUS_DENIED:
        f->result = LETHE_ERR_PERMISSION;
        break;
    default:
        f->result = LETHE_ERR_REFUSED;
    }
}

/* What ended it has ended it: other packets that came with the one that told must not undo that. */
static bool has_failed(const struct fetch *f)
{
    return f->result != LETHE_OK;
}

bool fetch_called(struct fetch *f, int64_t now_ns, const struct data_body *d)
{
    if (has_failed(f) || d->call_id < f->first_call || d->call_id >= f->pace.next ||
        f->pace.next - d->call_id > PACE_WINDOW)
        return false;
    const uint32_t item = f->pace.records[d->call_id % PACE_WINDOW].item;
    if (!pace_answered(&f->pace, d->call_id, now_ns))
        return false;
    struct fetch_slot *slot = item == ITEM_OPEN ? NULL : &f->slots[item - ITEM_CHECK];
    if (d->status == LETHE_STATUS_OK && !slot)
        opened(f, d);
    else if (d->status == LETHE_STATUS_OK)
        checked(f, slot, d);
    else if (slot)
        slot->asked = false;
    else
        f->open_asked = false;
    take_status(f, now_ns, d->status);
    return true;
}

void fetch_early(struct fetch *f, int64_t now_ns, const struct early_answer *a)
{
    const struct data_body d = {.flags = a->has_body ? DATA_CALL | DATA_BODY : DATA_CALL,
                                .size = a->size,
                                .version = a->version,
                                .handle = a->handle,
                                .handle_len = a->handle_len};
    if (a->status == LETHE_STATUS_OK)
        opened(f, &d);
    take_status(f, now_ns, a->status);
    /* What is here from before is checked by whole pieces. */
    if (!f->open || f->result != LETHE_OK || f->checks || a->first_len == 0)
        return;
    f->wants.next = a->first_len;
    f->bytes_done = f->bytes_received = a->first_len;
    f->result = f->store.write(f->store.context, 0, a->first, a->first_len);
}

void fetch_bytes(struct fetch *f, int64_t now_ns, uint64_t offset, size_t len,
                 const struct data_body *d)
{
    if (has_failed(f))
        return;
    if (d->flags & DATA_AGING)
        f->stale = true;
    const bool strange = !f->known || (int32_t)(d->echo - f->opened_echo) < 0;
    if (strange || d->flags & DATA_STATUS || d->bytes_len != len) {
        (void)wants_again(&f->wants, offset, len);
        if (d->flags & DATA_STATUS)
            take_status(f, now_ns, d->status);
        else if (!strange)
            f->stale = true;
        return;
    }
    f->busy_since_ns = 0;
    f->bytes_done += len;
    f->bytes_received += len;
    f->result = f->store.write(f->store.context, offset, d->bytes, len);
}

/* True when there is a call to make as soon as pace allows. */
static bool has_call(const struct fetch *f)
{
    if ((!f->open || f->stale) && !f->open_asked)
        return true;
    const bool more = f->next_check < f->checks && f->wants.count + FETCH_SLOTS < WANTS_RESUMED;
    for (int i = 0; f->open && i < FETCH_SLOTS; i++)
        if (f->slots[i].busy ? !f->slots[i].asked : more)
            return true;
    return false;
}

int64_t fetch_next_ns(const struct fetch *f)
{
    int64_t next = pace_next_ns(&f->pace, has_call(f));
    return next > f->hold_ns ? next : f->hold_ns;
}
