/*
 * How a resource is cut: pieces of 64 KiB, chunks of 1 KiB, and the slots that work on them. Shared
 * by the two halves of fetch: what to ask (fetch.c) and what an answer means (fetch_answers.c).
 */
#ifndef FLOW_PIECES_H
#define FLOW_PIECES_H

#include "flow/fetch.h"

#define CHUNKS       (PIECE_BYTES / DATA_CHUNK_BYTES)
#define ITEM_DIGEST  CHUNKS /* of a slot: its chunks, then its digest */
#define FIRST_CHUNK  1      /* of fetch.first_asked */
#define FIRST_DIGEST 2

uint64_t piece_start(uint64_t piece);
uint32_t piece_length(const struct fetch *f, uint64_t piece);

/* The length of the chunk at an offset, which is below the size. */
uint32_t chunk_length(const struct fetch *f, uint64_t offset);

/* The bits of all chunks that a piece has. */
uint64_t piece_chunks(const struct fetch *f, uint64_t piece);

/* Starts the next piece in a free slot: checks it where the store may hold it, else reads it. */
void slot_start(struct fetch *f, struct fetch_slot *s);

/* The digest of the slot's piece as the store has it, into s->local. */
int slot_digest(struct fetch *f, struct fetch_slot *s);

/* The slot that works on a piece, or NULL. */
struct fetch_slot *slot_of(struct fetch *f, uint64_t piece);

/* What to ask for a slot's piece next: a chunk, or ITEM_DIGEST; false when all is asked. */
bool slot_wants(const struct fetch *f, const struct fetch_slot *s, uint32_t *item);

/* Wants a chunk, or ITEM_DIGEST, of a slot again. */
void slot_ask_again(struct fetch_slot *s, uint32_t item);

/* One of the first two requests is wanted again; the other may have been answered meanwhile. */
void fetch_ask_first_again(struct fetch *f, bool digest);

#endif
