/*
 * Seeds of what services read: requests and states of each kind, a table, and what is almost one.
 */
#include "seeds.h"

#include <string.h>

#include "target.h"
#include "wire/files.h"
#include "wire/request.h"

static const uint8_t token[FILES_TOKEN_BYTES] = {1, 2, 3};
static uint8_t bytes[FILES_REQUEST_MAX + 1];

static void put_request(const char *name, const struct files_request *q)
{
    put_seed("files_request", name, bytes, files_request_encode(bytes, sizeof bytes, q));
}

static void put_state(const char *name, const struct files_state *s)
{
    put_seed("files_state", name, bytes, files_state_encode(bytes, sizeof bytes, s));
}

static void put_table(const char *name, const char *text)
{
    put_seed("table", name, (const uint8_t *)text, strlen(text));
}

static void make_requests(void)
{
    const uint8_t *path = (const uint8_t *)"a/b";
    put_request("open", &(struct files_request){.op = FILES_OPEN, .path = path, .path_len = 3});
    put_request("open-nothing", &(struct files_request){.op = FILES_OPEN});
    put_request("digest", &(struct files_request){
                              .op = FILES_DIGEST, .offset = PIECE_BYTES, .length = PIECE_BYTES});
    put_request("digest-long", &(struct files_request){.op = FILES_DIGEST,
                                                       .offset = BODY_BYTES_MAX + 1,
                                                       .length = PIECE_BYTES + 1});
    put_request("create", &(struct files_request){.op = FILES_CREATE,
                                                  .size = BODY_BYTES_MAX,
                                                  .token = token,
                                                  .path = path,
                                                  .path_len = 3});
    put_request("write", &(struct files_request){
                             .op = FILES_WRITE, .offset = 5, .bytes = token, .bytes_len = 16});
    put_request("commit", &(struct files_request){.op = FILES_COMMIT});
    put_seed("files_request", "commit-more", (const uint8_t[]){FILES_COMMIT, 0}, 2);
    put_seed("files_request", "op-0", (const uint8_t[]){0}, 1);
}

static void make_states(void)
{
    const uint8_t *path = (const uint8_t *)"c";
    put_state("file", &(struct files_state){
                          .kind = FILES_STATE_FILE, .version = token, .path = path, .path_len = 1});
    put_state(
        "upload",
        &(struct files_state){
            .kind = FILES_STATE_UPLOAD, .size = 77, .token = token, .path = path, .path_len = 1});
    put_state("row", &(struct files_state){.kind = FILES_STATE_ROW, .version = token, .index = 4});
    put_seed("files_state", "kind-4", (const uint8_t[FILES_STATE_MAX]){4}, FILES_STATE_MAX);
}

void make_files_seeds(void)
{
    make_requests();
    make_states();
    put_table("three", "beta\t2\nalpha\t\ngamma\tx\ty\n");
    put_table("no-end", "k\tv");
    put_table("nothing", "");
    put_table("twice", "k\tv\nl\tw\nk\tx\n");
    put_table("no-tab", "k\tv\nl\n");
    put_table("no-key", "\tv\n");
    put_table("empty-line", "k\tv\n\n");
}
