/* service/table: each key's value and no other, a file that is not a table said line by line. */
#include "store/folder.h"

#include "crypto/hash.h"
#include "service/table.h"

static struct table table;
static struct lethe_answer answer;
static uint8_t state[LETHE_STATE_BYTES], version[LETHE_VERSION_BYTES];
static size_t state_len;
static char text[TABLE_BYTES_MAX + 2];

static int load(const char *p, size_t n)
{
    put_file("table", p, n);
    return table_open(&table, in_folder("table"), &why);
}

static int load_text(const char *p)
{
    return load(p, strlen(p));
}

static int call(const struct files_request *q, const uint8_t *about, size_t about_len)
{
    uint8_t request[FILES_REQUEST_MAX];
    const struct lethe_service service = table_service(&table);
    const struct lethe_call c = {.request = request,
                                 .request_len = files_request_encode(request, sizeof request, q),
                                 .state = about,
                                 .state_len = about_len};
    answer = (struct lethe_answer){.room = LETHE_ANSWER_BYTES};
    return service.call(service.context, &c, &answer);
}

static int open_key(const char *key, size_t n)
{
    int status = call(&(struct files_request){.op = FILES_OPEN,
                                              .path = (const uint8_t *)key,
                                              .path_len = n},
                      NULL, 0);
    if (status == LETHE_STATUS_OK) {
        assert_true(answer.has_body && answer.len == 0);
        memcpy(state, answer.state, sizeof state);
        memcpy(version, answer.version, sizeof version);
        state_len = answer.state_len;
    }
    return status;
}

static int read_value(uint64_t offset, void *p, size_t n)
{
    const struct lethe_service service = table_service(&table);
    return service.read(service.context, state, state_len, offset, p, n);
}

static void has(const char *key, const char *value)
{
    char got[TABLE_LINE_MAX + 1];
    size_t n = strlen(value);
    assert_int_equal(open_key(key, strlen(key)), LETHE_STATUS_OK);
    assert_true(answer.size == n);
    memset(got, 0xee, sizeof got);
    assert_int_equal(read_value(0, got, n), LETHE_STATUS_OK);
    assert_memory_equal(got, value, n);
    assert_int_equal((uint8_t)got[n], 0xee);
}

static void lacks(const char *key)
{
    assert_int_equal(open_key(key, strlen(key)), LETHE_STATUS_NOT_FOUND);
}

static void each_key_has_its_value(void **unused)
{
    (void)unused;
    assert_int_equal(load_text("b\tsecond\nab\tone\ta b\na\t\n\xff\tlast\na b/c\tx"), LETHE_OK);
    has("b", "second");
    has("ab", "one\ta b"); /* the first tab ends the key */
    has("a", "");
    has("\xff", "last");
    has("a b/c", "x");
    static const char *const others[] = {"", "c", "aa", "abc", "b ", "A", "\xfe", "0", "b\tsecond"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        lacks(others[i]);
    assert_int_equal(open_key("a\0b", 3), LETHE_STATUS_NOT_FOUND);
}

static void an_empty_table_has_nothing(void **unused)
{
    (void)unused;
    assert_int_equal(load_text(""), LETHE_OK);
    lacks("a");
    lacks("");
}

/* As many as there may be, in an order that is not theirs, in a file as large as it may be. */
static void a_full_table_is_searched(void **unused)
{
    (void)unused;
    size_t n = 0;
    for (unsigned i = 0; i < TABLE_ROWS_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%u\tvalue of %u\n", i * 5557 % 16384,
                              i * 5557 % 16384);
    assert_int_equal(load(text, n), LETHE_OK);
    for (unsigned i = 0; i < TABLE_ROWS_MAX; i++) {
        char key[16], value[32];
        (void)snprintf(key, sizeof key, "%u", i);
        (void)snprintf(value, sizeof value, "value of %u", i);
        has(key, value);
    }
    lacks("16384");
    memcpy(text + n, "z\t", 2);
    complained(load(text, n + 2), LETHE_ERR_NO_SPACE, "16384 lines");
}

static void limits_are_exact(void **unused)
{
    (void)unused;
    size_t lines = TABLE_BYTES_MAX / 4096;
    for (size_t i = 0; i < lines; i++) {
        memset(text + i * 4096, 'v', 4096);
        (void)snprintf(text + i * 4096, 5, "%03zu\t", i);
        text[i * 4096 + 4] = 'v';
        text[i * 4096 + 4095] = '\n';
    }
    assert_int_equal(load(text, TABLE_BYTES_MAX), LETHE_OK);
    assert_int_equal(open_key("255", 3), LETHE_STATUS_OK);
    assert_true(answer.size == 4091);
    text[TABLE_BYTES_MAX] = '\n';
    complained(load(text, TABLE_BYTES_MAX + 1), LETHE_ERR_NO_SPACE, "1048576 bytes");

    memset(text, 'k', 5000);
    memcpy(text, "a\t1\nb\t2\n", 8);
    text[8 + 239] = '\t';
    assert_int_equal(load(text, 8 + 4096), LETHE_OK);
    assert_int_equal(open_key(text + 8, 239), LETHE_STATUS_OK);
    assert_true(answer.size == 4096 - 240);
    complained(load(text, 8 + 4097), LETHE_ERR_FORMAT, "line 3: longer than 4096");
    text[8 + 239] = 'k';
    text[8 + 240] = '\t';
    complained(load(text, 8 + 300), LETHE_ERR_FORMAT, "line 3: a key has 1 to 239");
}

static void what_is_no_table_is_refused(void **unused)
{
    (void)unused;
    complained(load_text("a\t1\n\nb\t2\n"), LETHE_ERR_FORMAT, "line 2: no tab");
    complained(load_text("a\t1\nb\t2\n\n"), LETHE_ERR_FORMAT, "line 3: no tab");
    complained(load_text("a\t1\nb"), LETHE_ERR_FORMAT, "line 2: no tab");
    complained(load_text("a\t1\n\t2\n"), LETHE_ERR_FORMAT, "line 2: a key has");
    complained(load_text("a\nb\t1"), LETHE_ERR_FORMAT, "line 1: no tab"); /* the tab of line 2 */
    complained(load_text("b\t1\na\t2\nb\t1\n"), LETHE_ERR_FORMAT, "line 3: the key of line 1");
    complained(table_open(&table, in_folder("none"), &why), LETHE_ERR_NOT_FOUND, "/none");
    complained(table_open(&table, folder, &why), LETHE_ERR_FORMAT, "not a regular file");
    assert_int_equal(mkfifo(in_folder("pipe"), 0644), 0);
    complained(table_open(&table, in_folder("pipe"), &why), LETHE_ERR_FORMAT, "/pipe");
}

static void parts_of_a_value_are_read(void **unused)
{
    (void)unused;
    char got[8];
    assert_int_equal(load_text("a\tx\nk\tabcdef\nz\ty\n"), LETHE_OK);
    assert_int_equal(open_key("k", 1), LETHE_STATUS_OK);
    assert_int_equal(read_value(2, got, 4), LETHE_STATUS_OK);
    assert_memory_equal(got, "cdef", 4);
    assert_int_equal(read_value(6, got, 0), LETHE_STATUS_OK);
    assert_int_equal(read_value(2, got, 5), LETHE_STATUS_BAD);
    assert_int_equal(read_value(7, got, 0), LETHE_STATUS_BAD);
    assert_int_equal(read_value(UINT64_MAX, got, 2), LETHE_STATUS_BAD);
}

static void a_value_is_digested(void **unused)
{
    (void)unused;
    static const size_t spans[][3] = {{0, PIECE_BYTES, 6}, {2, 3, 3}, {2, 4, 4}, {2, 5, 4},
                                      {6, 1, 0},           {9, 1, 0}, {0, 0, 0}};
    uint8_t expected[HASH_BYTES];
    assert_int_equal(load_text("a\tx\nk\tabcdef\nz\ty\n"), LETHE_OK);
    assert_int_equal(open_key("k", 1), LETHE_STATUS_OK);
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        const struct files_request q = {
            .op = FILES_DIGEST, .offset = spans[i][0], .length = (uint32_t)spans[i][1]};
        hash_of(expected, "piece", &"abcdef"[spans[i][0] < 6 ? spans[i][0] : 6], spans[i][2]);
        assert_int_equal(call(&q, state, state_len), LETHE_STATUS_OK);
        assert_int_equal(answer.len, HASH_BYTES);
        assert_memory_equal(answer.bytes, expected, HASH_BYTES);
        assert_int_equal(call(&q, NULL, 0), LETHE_STATUS_BAD);
    }
    uint8_t request[16];
    const struct lethe_service service = table_service(&table);
    const struct files_request q = {.op = FILES_DIGEST, .length = 6};
    const struct lethe_call c = {.request = request,
                                 .request_len = files_request_encode(request, sizeof request, &q),
                                 .state = state,
                                 .state_len = state_len};
    for (size_t room = 30; room < 34; room++) {
        answer = (struct lethe_answer){.room = room};
        assert_int_equal(service.call(&table, &c, &answer),
                         room < 32 ? LETHE_STATUS_BAD : LETHE_STATUS_OK);
        assert_int_equal(answer.len, room < 32 ? 0 : 32);
    }
}

/* The version is the value's; the state is the table's. */
static void another_table_is_another_version(void **unused)
{
    (void)unused;
    char got[8];
    uint8_t first[LETHE_VERSION_BYTES];
    assert_int_equal(load_text("a\tx\nb\ty\nc\tx\n"), LETHE_OK);
    assert_int_equal(open_key("a", 1), LETHE_STATUS_OK);
    memcpy(first, version, sizeof first);
    assert_false(bytes_are_zero(first, sizeof first));
    assert_int_equal(open_key("b", 1), LETHE_STATUS_OK);
    assert_memory_not_equal(version, first, sizeof first);
    assert_int_equal(open_key("c", 1), LETHE_STATUS_OK);
    assert_memory_equal(version, first, sizeof first); /* equal bytes */
    assert_int_equal(load_text("a\tx\nb\ty\nc\tx"), LETHE_OK);
    assert_int_equal(read_value(0, got, 1), LETHE_STATUS_CHANGED);
    assert_int_equal(call(&(struct files_request){.op = FILES_DIGEST}, state, state_len),
                     LETHE_STATUS_CHANGED);
    assert_int_equal(open_key("a", 1), LETHE_STATUS_OK);
    assert_memory_equal(version, first, sizeof first);
    assert_int_equal(read_value(0, got, 1), LETHE_STATUS_OK);
    state[17] = 3; /* a row that there is not */
    assert_int_equal(read_value(0, got, 1), LETHE_STATUS_CHANGED);
}

static void what_makes_no_sense_is_refused(void **unused)
{
    (void)unused;
    uint8_t bytes[17] = {FILES_STATE_FILE};
    const struct lethe_service service = table_service(&table);
    assert_int_equal(load_text("a\tx\n"), LETHE_OK);
    assert_int_equal(open_key("a", 1), LETHE_STATUS_OK);
    const struct lethe_call none = {.request = bytes, .request_len = 0};
    assert_int_equal(service.call(&table, &none, &answer), LETHE_STATUS_BAD);
    const uint8_t digest[13] = {FILES_DIGEST};
    const struct lethe_call stateless = {.request = digest, .request_len = 13, .state_len = 9};
    assert_int_equal(service.call(&table, &stateless, &answer), LETHE_STATUS_BAD);
    assert_int_equal(service.read(&table, bytes, sizeof bytes, 0, bytes, 0), LETHE_STATUS_BAD);
    assert_int_equal(service.read(&table, state, state_len - 1, 0, bytes, 0), LETHE_STATUS_BAD);
    assert_int_equal(service.read(&table, NULL, 0, 0, bytes, 0), LETHE_STATUS_BAD);
    assert_int_equal(call(&(struct files_request){.op = FILES_CREATE, .token = bytes}, NULL, 0),
                     LETHE_STATUS_DENIED);
    assert_int_equal(call(&(struct files_request){.op = FILES_WRITE}, state, state_len),
                     LETHE_STATUS_DENIED);
    assert_int_equal(call(&(struct files_request){.op = FILES_COMMIT}, state, state_len),
                     LETHE_STATUS_DENIED);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(each_key_has_its_value),
        EACH(an_empty_table_has_nothing),
        EACH(a_full_table_is_searched),
        EACH(limits_are_exact),
        EACH(what_is_no_table_is_refused),
        EACH(parts_of_a_value_are_read),
        EACH(a_value_is_digested),
        EACH(another_table_is_another_version),
        EACH(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
