/* node/supervisor: what keeps a server from beginning is told in words, before anything is served,
 * and leaves the process as it was. Servers that do begin are in tests/cli. */
#include "store/folder.h"

#include <signal.h>
#include <sys/prctl.h>

#include "net/udp.h"
#include "node/supervisor.h"
#include "store/identity.h"

static struct supervisor_options o;

static int generate(void **state)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    return make_folder(state) == 0 ? identity_generate(in_folder("id"), fingerprint, &why) : -1;
}

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* Runs what *o says, which must fail so, and leave signals and descriptors alone. */
static void refused(int expected, const char *words)
{
    sigset_t before, after;
    struct sigaction pipe_before, pipe_after;
    const int open_before = open_descriptors(), dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &pipe_before), 0);
    complained(supervisor_run(&o, &why), expected, words);
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &pipe_after), 0);
    for (int s = 1; s < SIGRTMIN; s++)
        assert_int_equal(sigismember(&before, s), sigismember(&after, s));
    assert_true(pipe_before.sa_handler == pipe_after.sa_handler);
    assert_int_equal(open_descriptors(), open_before);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), dumpable);
}

static int prepare(void **state)
{
    static char id[512], ring[512];
    (void)state;
    (void)mkdir(in_folder("root"), 0755);
    (void)snprintf(id, sizeof id, "%s", in_folder("id"));
    (void)snprintf(ring, sizeof ring, "%s", in_folder("ring"));
    o = (struct supervisor_options){.identity_dir = id,
                                    .root = folder,
                                    .ring = ring,
                                    .listen = {"127.0.0.1:0"},
                                    .listen_count = 1,
                                    .workers = 1};
    return 0;
}

static void an_identity_must_be_there(void **state)
{
    (void)state;
    o.identity_dir = folder;
    refused(LETHE_ERR_IDENTITY, folder);
}

/* Who has the fingerprint would be given another's keys. */
static void both_halves_must_be_of_one_identity(void **state)
{
    (void)state;
    static uint8_t public[17 + LOOKUP_IDENTITY_BYTES];
    assert_int_equal(get_file("id/public/identity", public, sizeof public), sizeof public);
    public[20] ^= 1;
    put_file("id/public/identity", public, sizeof public);
    refused(LETHE_ERR_IDENTITY, "does not belong to");
    public[20] ^= 1;
    put_file("id/public/identity", public, sizeof public);
}

static void what_is_served_must_be_there(void **state)
{
    (void)state;
    o.root = "/nowhere";
    refused(LETHE_ERR_NOT_FOUND, "/nowhere");
    o.root = NULL;
    o.table = "/nowhere";
    refused(LETHE_ERR_NOT_FOUND, "/nowhere");
}

static void an_address_must_be_free(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_BYTES];
    struct udp udp;
    const struct udp_options options = {.plain = true};
    const char *reason;
    struct address at;
    assert_int_equal(address_parse(&at, "127.0.0.1:0", 0, &reason), LETHE_OK);
    assert_int_equal(udp_open(&udp, &at, &options), LETHE_OK);
    address_text(&udp.self, text);
    o.listen[1] = text;
    o.listen_count = 2;
    refused(LETHE_ERR_IN_USE, text);
    udp_close(&udp);
}

static void a_ring_that_others_may_read_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("ring"), 0700), 0);
    assert_int_equal(chmod(in_folder("ring"), 0755), 0);
    refused(LETHE_ERR_PERMISSION, "chmod 700");
}

#define EACH(test) cmocka_unit_test_setup(test, prepare)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(an_identity_must_be_there),
        EACH(both_halves_must_be_of_one_identity),
        EACH(what_is_served_must_be_there),
        EACH(an_address_must_be_free),
        EACH(a_ring_that_others_may_read_is_refused),
    };
    return cmocka_run_group_tests(tests, generate, remove_folder);
}
