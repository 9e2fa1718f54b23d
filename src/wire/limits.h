/*
 * The whole wire format's numbers on one page: kinds, sizes, counts.
 *
 *   HELLO    kind ver ltid 8 stid 8 minute 4 nonce 24 client 32 ct 194 puzzle 64 mac 16 | box 880
 *   ACCEPT   kind kid M 16 server 32 | box 1182
 *   LEG      kind kid leg M 16 | box 1213
 *   LEGGED   kind nonce 24 | box 1160                     (the answer to LEG)
 *   BLOCK    kind kid position 2 M 16 | box 1206
 *   BLOCKED  kind position 2 nonce 24 | box 17            (the answer to BLOCK)
 *   FINISH   kind kid M 16 | box 322
 *   FINISHED kind nonce 24 | box 315                      (the answer to FINISH)
 *   RESUME   kind ver parked 90 client 32 nonce 24 | box 236
 *   RESUMED  kind kid M 16 server 32 | box 304            (the answer to RESUME)
 *   REQUEST  kind continuation 197 nonce 24 shares 1 (leg 1 share 105)* | box
 *   DATA     kind generation index nonce 16 | box        (its nonce ends with the index, 8 bytes)
 *   PUZZLE   kind N 24 n' 24 hash 32 hint 32              (may answer HELLO; see wire/puzzle.h)
 *   LOOKUP   kind ver ltid 8 index 2 | 1007 zeros | mac 16
 *   FOUND    kind ltid 8 index 2 | up to 1024 bytes      (the answer to LOOKUP)
 *
 * A box is XChaCha20-Poly1305, but AES-256-GCM in DATA for who asked for it, with everything before
 * it as associated data; its size includes the tag.
 */
#ifndef WIRE_LIMITS_H
#define WIRE_LIMITS_H

#define DATAGRAM_BYTES 1232 /* IPv6's floor of 1280 less IPv6 and UDP headers */
#define PACKET_MAX     8952 /* jumbo frames less these: the largest REQUEST or DATA */
#define WIRE_VERSION   1

enum packet_kind {
    KIND_HELLO = 1,
    KIND_ACCEPT = 2,
    KIND_LEG = 3,
    KIND_LEGGED = 4,
    KIND_BLOCK = 5,
    KIND_BLOCKED = 6,
    KIND_FINISH = 7,
    KIND_FINISHED = 8,
    KIND_REQUEST = 9,
    KIND_DATA = 10,
    KIND_DATA_AES = 11, /* the same under AES-256-GCM, for who asked for it */
    KIND_PUZZLE = 12,
    KIND_LOOKUP = 13, /* public things, fetched without a session */
    KIND_FOUND = 14,
    KIND_RESUME = 15,
    KIND_RESUMED = 16,
};

#define TAG_BYTES          16
#define NONCE_BYTES        24
#define EXCHANGE_ID_BYTES  16 /* M */
#define KID_COUNT          8  /* cookie keys alive at once; kid = epoch mod 8 */

#define SLOW_KID_COUNT     48 /* keys of the slow ring alive at once */

#define SHARE_BYTES        105                         /* kid | nonce 24 | AE(secret 32, hash 32) */
#define TRANSPORT_BYTES    59                          /* see seal/transport.h */
#define SESSION_BYTES      (81 + TRANSPORT_BYTES + 16) /* what a continuation seals */
#define CONTINUATION_BYTES (1 + NONCE_BYTES + TAG_BYTES + SESSION_BYTES)
#define PARKED_STATE_BYTES 49 /* see seal/parked.h */
#define PARKED_BYTES       (1 + NONCE_BYTES + TAG_BYTES + PARKED_STATE_BYTES)

#endif
