/* wire/files: requests and states, there and back, at every length and with every field at its
 * edge. */
#include "wire/test_support.h"

#include "wire/files.h"
#include "wire/request.h"

static uint8_t token[16], version[16], path[300], bytes[901], out[1000];

static int number_all(void **state)
{
    (void)state;
    number_bytes(token, sizeof token, 1);
    number_bytes(version, sizeof version, 2);
    number_bytes(path, sizeof path, 3);
    number_bytes(bytes, sizeof bytes, 4);
    memset(out, 0xee, sizeof out);
    return 0;
}

static int decode(const uint8_t *p, size_t n)
{
    struct files_request q;
    return files_request_decode(&q, p, n);
}

static int decode_state(const uint8_t *p, size_t n)
{
    struct files_state s;
    return files_state_decode(&s, p, n);
}

/* Where its length is known, no other one decodes; elsewhere these lengths do. */
static void only_lengths(decode_bytes decode_it, const uint8_t *p, size_t first, size_t last)
{
    for (size_t n = 0; n < sizeof out; n++)
        assert_int_equal(decode_exactly(decode_it, p, last, n),
                         n >= first && n <= last ? LETHE_OK : LETHE_ERR_FORMAT);
}

static struct files_request there_and_back(const struct files_request *q, size_t expected)
{
    struct files_request got;
    for (size_t room = 0; room < expected; room++)
        assert_int_equal(files_request_encode(out, room, q), 0);
    assert_int_equal(files_request_encode(out, expected, q), expected);
    assert_int_equal(out[0], q->op);
    assert_int_equal(out[expected], 0xee);
    memset(&got, 0xee, sizeof got);
    assert_int_equal(files_request_decode(&got, out, expected), LETHE_OK);
    assert_int_equal(got.op, q->op);
    assert_true(got.offset == q->offset && got.length == q->length && got.size == q->size);
    assert_true(got.path_len == q->path_len && got.bytes_len == q->bytes_len);
    assert_int_equal(got.token != NULL, q->token != NULL);
    assert_int_equal(got.path != NULL, q->op == FILES_OPEN || q->op == FILES_CREATE);
    assert_int_equal(got.bytes != NULL, q->op == FILES_WRITE);
    return got;
}

static void open_comes_back(void **state)
{
    (void)state;
    const struct files_request q = {.op = 1, .path = path, .path_len = 239},
                               none = {.op = 1, .path = path};
    there_and_back(&none, 1);
    struct files_request got = there_and_back(&q, 240);
    assert_ptr_equal(got.path, out + 1);
    assert_memory_equal(out + 1, path, 239);
    only_lengths(decode, out, 1, 240);
}

static void digest_comes_back(void **state)
{
    (void)state;
    const uint8_t expected[13] = {2, 0xff, 0xff, 0xef, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 1, 0};
    const struct files_request q = {.op = 2, .offset = BODY_BYTES_MAX, .length = 65536};
    there_and_back(&q, 13);
    assert_memory_equal(out, expected, 13);
    only_lengths(decode, out, 13, 13);
    store32(out + 9, 65537);
    assert_int_equal(decode(out, 13), LETHE_ERR_FORMAT);
    store32(out + 9, UINT32_MAX);
    assert_int_equal(decode(out, 13), LETHE_ERR_FORMAT);
}

static void create_comes_back(void **state)
{
    (void)state;
    const struct files_request q = {.op = 3,
                                    .size = 0x0807060504030201,
                                    .token = token,
                                    .path = path,
                                    .path_len = 231};
    struct files_request got = there_and_back(&q, 256);
    assert_ptr_equal(got.token, out + 9);
    assert_ptr_equal(got.path, out + 25);
    for (int i = 0; i < 8; i++)
        assert_int_equal(out[1 + i], 1 + i);
    assert_memory_equal(out + 9, token, 16);
    assert_memory_equal(out + 25, path, 231);
    only_lengths(decode, out, 25, 256);
}

static void write_comes_back(void **state)
{
    (void)state;
    const struct files_request q = {
        .op = 4, .offset = 0x0807060504030201, .bytes = bytes, .bytes_len = 900};
    struct files_request got = there_and_back(&q, FILES_REQUEST_MAX);
    assert_int_equal(FILES_REQUEST_MAX, 909);
    assert_true(FILES_REQUEST_MAX <= REQUEST_CALL_MAX);
    assert_ptr_equal(got.bytes, out + 9);
    assert_memory_equal(out + 9, bytes, 900);
    only_lengths(decode, out, 9, 909);
}

static void commit_comes_back(void **state)
{
    (void)state;
    const struct files_request q = {.op = 5};
    there_and_back(&q, 1);
    only_lengths(decode, out, 1, 1);
}

/* An op or a kind that there is not is malformed, whatever follows; here is a length for each. */
static void unknown_ones_are_malformed(void **state)
{
    (void)state;
    memset(out, 0, sizeof out);
    for (unsigned v = 0; v < 256; v++) {
        unsigned op_lengths = 0, kind_lengths = 0;
        out[0] = (uint8_t)v;
        for (size_t n = 0; n < 300; n++) {
            op_lengths += decode(out, n) == LETHE_OK;
            kind_lengths += decode_state(out, n) == LETHE_OK;
        }
        assert_int_equal(op_lengths > 0, v >= 1 && v <= 5);
        assert_int_equal(kind_lengths > 0, v >= 1 && v <= 3);
    }
}

static void sizes_and_offsets_are_limited(void **state)
{
    (void)state;
    const uint64_t bad[] = {BODY_BYTES_MAX + 1, INT64_MAX, 1ull << 63, UINT64_MAX};
    static const size_t lengths[] = {0, 0, 13, 25, 9};
    memset(out, 0, sizeof out);
    for (uint8_t op = 2; op <= 4; op++) {
        out[0] = op;
        store64(out + 1, BODY_BYTES_MAX);
        assert_int_equal(decode(out, lengths[op]), LETHE_OK);
        for (size_t i = 0; i < 4; i++) {
            store64(out + 1, bad[i]);
            assert_int_equal(decode(out, lengths[op]), LETHE_ERR_FORMAT);
        }
    }
    out[0] = FILES_STATE_UPLOAD;
    store64(out + 1, BODY_BYTES_MAX);
    assert_int_equal(decode_state(out, 25), LETHE_OK);
    store64(out + 1, BODY_BYTES_MAX + 1);
    assert_int_equal(decode_state(out, 25), LETHE_ERR_FORMAT);
}

static struct files_state state_and_back(const struct files_state *s, size_t expected)
{
    struct files_state got;
    for (size_t room = 0; room < expected; room++)
        assert_int_equal(files_state_encode(out, room, s), 0);
    assert_int_equal(files_state_encode(out, expected, s), expected);
    assert_int_equal(out[0], s->kind);
    assert_int_equal(out[expected], 0xee);
    memset(&got, 0xee, sizeof got);
    assert_int_equal(files_state_decode(&got, out, expected), LETHE_OK);
    assert_int_equal(got.kind, s->kind);
    assert_true(got.size == s->size && got.index == s->index && got.path_len == s->path_len);
    assert_int_equal(got.token != NULL, s->token != NULL);
    assert_int_equal(got.version != NULL, s->version != NULL);
    assert_int_equal(got.path != NULL, s->path != NULL);
    return got;
}

static void states_come_back(void **state)
{
    (void)state;
    const struct files_state file = {.kind = 1, .version = version, .path = path, .path_len = 239},
                             upload = {.kind = 2,
                                       .size = 0x0807060504030201,
                                       .token = token,
                                       .path = path,
                                       .path_len = 231},
                             row = {.kind = 3, .version = version, .index = 0x04030201};
    struct files_state got = state_and_back(&file, 256);
    assert_ptr_equal(got.version, out + 1);
    assert_ptr_equal(got.path, out + 17);
    assert_memory_equal(out + 1, version, 16);
    assert_memory_equal(out + 17, path, 239);
    only_lengths(decode_state, out, 17, 256);
    number_all(NULL);
    got = state_and_back(&upload, 256);
    assert_ptr_equal(got.token, out + 9);
    assert_ptr_equal(got.path, out + 25);
    assert_memory_equal(out + 9, token, 16);
    assert_memory_equal(out + 25, path, 231);
    only_lengths(decode_state, out, 25, 256);
    number_all(NULL);
    got = state_and_back(&row, 21);
    assert_ptr_equal(got.version, out + 1);
    assert_memory_equal(out + 17, "\1\2\3\4", 4);
    only_lengths(decode_state, out, 21, 21);
    assert_int_equal(FILES_STATE_MAX, HANDLE_STATE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(open_comes_back, number_all),
        cmocka_unit_test_setup(digest_comes_back, number_all),
        cmocka_unit_test_setup(create_comes_back, number_all),
        cmocka_unit_test_setup(write_comes_back, number_all),
        cmocka_unit_test_setup(commit_comes_back, number_all),
        cmocka_unit_test_setup(unknown_ones_are_malformed, number_all),
        cmocka_unit_test_setup(sizes_and_offsets_are_limited, number_all),
        cmocka_unit_test_setup(states_come_back, number_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
