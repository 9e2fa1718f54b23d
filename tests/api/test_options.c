/* api: what a caller gets wrong is told in one line before a packet is sent or a file is touched,
 * and what is not set is not read. */
#include "store/folder.h"

#include "lethe/lethe.h"

static struct lethe_identity *id;
static struct lethe_message said;
static struct lethe_fetch_state fetched;
static struct lethe_put_state sent;

static int prepare(void **state)
{
    uint8_t fingerprint[LETHE_FINGERPRINT_BYTES];
    if (make_folder(state) != 0)
        return -1;
    (void)setenv("XDG_CACHE_HOME", in_folder("cache"), 1);
    return lethe_identity_generate(in_folder("id"), fingerprint, &said) == LETHE_OK &&
                   lethe_identity_load(&id, in_folder("id"), &said) == LETHE_OK
               ? 0
               : -1;
}

static int tidy(void **state)
{
    lethe_identity_free(id);
    return remove_folder(state);
}

static int garble(void **state)
{
    (void)state;
    memset(&said, 'x', sizeof said);
    memset(&fetched, 'x', sizeof fetched);
    memset(&sent, 'x', sizeof sent);
    return 0;
}

static void refused(int err, int expected, const char *words)
{
    assert_int_equal(err, expected);
    assert_non_null(memchr(said.text, 0, sizeof said.text));
    assert_non_null(strstr(said.text, words));
    assert_null(strchr(said.text, '\n'));
}

static void a_fetch_is_looked_at_first(void **state)
{
    (void)state;
    static char longest[5000];
    memset(longest, 'a', sizeof longest - 1);
    struct lethe_fetch_options o = {.uri = "http://127.0.0.1:1/x", .server = id, .stop_fd = -1};
    refused(lethe_fetch(&o, &fetched, &said), LETHE_ERR_USAGE, "lethe://");
    assert_int_equal(fetched.session.packets_sent, 0);
    o.uri = "lethe://127.0.0.1:1/x";
    o.output = longest;
    refused(lethe_fetch(&o, &fetched, &said), LETHE_ERR_USAGE, "output file is too long");
    assert_int_equal(fetched.session.packets_sent, 0);
}

/* One file that is wrong keeps all of them from being begun, and each of them says so. */
static void files_must_fit_together(void **state)
{
    (void)state;
    const struct lethe_fetch_options o = {.server = id, .stop_fd = -1, .directory = folder};
    struct lethe_fetch_file files[2];
    memset(files, 0xff, sizeof files);
    files[0].uri = "lethe://127.0.0.1:1/a/x";
    files[1].uri = "lethe://127.0.0.2:1/y";
    files[0].output = files[1].output = NULL;
    refused(lethe_fetch_all(&o, files, 2, &fetched, &said), LETHE_ERR_USAGE,
            "one server at a time");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(files[i].result, LETHE_ERR_USAGE);
        assert_string_equal(files[i].why.text, said.text);
        assert_int_equal(files[i].size + files[i].bytes_received + files[i].restarts, 0);
    }
    files[1].uri = "lethe://127.0.0.1:1/b/x";
    refused(lethe_fetch_all(&o, files, 2, &fetched, &said), LETHE_ERR_USAGE,
            "two of the files would be written to");
    assert_int_equal(entries("."), 1);
    assert_int_equal(lethe_fetch_all(&o, files, 0, &fetched, &said), LETHE_OK);
    assert_int_equal(fetched.files, 0);
    assert_string_equal(said.text, "");
}

static void an_upload_is_looked_at_first(void **state)
{
    (void)state;
    char uri[400] = "lethe://127.0.0.1:1/";
    memset(uri + strlen(uri), 'a', 232);
    struct lethe_put_options o = {
        .file = in_folder("id/public/fingerprint"), .uri = uri, .server = id, .stop_fd = -1};
    refused(lethe_put(&o, &sent, &said), LETHE_ERR_USAGE, "longer than 231 bytes");
    o.uri = "lethe://127.0.0.1:1/x";
    o.file = in_folder("nothing");
    refused(lethe_put(&o, &sent, &said), LETHE_ERR_NOT_FOUND, "/nothing");
    o.file = folder;
    refused(lethe_put(&o, &sent, &said), LETHE_ERR_USAGE, folder);
    assert_int_equal(sent.session.packets_sent, 0);
}

static int no_call(void *context, const struct lethe_call *call, struct lethe_answer *answer)
{
    (void)context;
    (void)call;
    (void)answer;
    return LETHE_STATUS_OK;
}

static void a_server_is_looked_at_first(void **state)
{
    (void)state;
    static const char *const listen[LETHE_SERVE_LISTEN_MAX + 1] = {"127.0.0.1:0"};
    struct lethe_service service = {.call = NULL};
    struct lethe_serve_options o = {.listen = listen, .listen_count = 1};
    refused(lethe_serve(&o, &service, &said), LETHE_ERR_USAGE, "no identity_dir");
    o.identity_dir = in_folder("nobody");
    refused(lethe_serve(&o, &service, &said), LETHE_ERR_USAGE, "has no call");
    service.call = no_call;
    o.level = 4;
    refused(lethe_serve(&o, &service, &said), LETHE_ERR_USAGE, "level is 0 to 3");
    o.level = 2;
    o.early = true;
    refused(lethe_serve(&o, &service, &said), LETHE_ERR_USAGE, "with early 0 or 1");
    o.early = false;
    o.listen_count = LETHE_SERVE_LISTEN_MAX + 1;
    refused(lethe_serve(&o, &service, &said), LETHE_ERR_USAGE, "more than 8 addresses");
    o.listen_count = 1;
    o.workers = LETHE_SERVE_WORKERS_MAX + 1;
    refused(lethe_serve(&o, &service, &said), LETHE_ERR_USAGE, "more than 64 workers");
    o.workers = 0;
    refused(lethe_serve(&o, &service, &said), LETHE_ERR_IDENTITY, "holds no identity");
}

#define EACH(test) cmocka_unit_test_setup(test, garble)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_fetch_is_looked_at_first),
        EACH(files_must_fit_together),
        EACH(an_upload_is_looked_at_first),
        EACH(a_server_is_looked_at_first),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
