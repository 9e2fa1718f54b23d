/* cmd/describe: every kind of file exactly as printed, no secret ever, nothing of damaged ones. */
#include "cmd/test_support.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

#include "cmd/describe.h"
#include "cmd/describe_packet.h"
#include "store/identity.h"
#include "store/ringfile.h"
#include "store/sessions.h"
#include "store/short_term_file.h"
#include "wire/accept.h"
#include "wire/block.h"
#include "wire/data.h"
#include "wire/finish.h"
#include "wire/hello.h"
#include "wire/leg.h"
#include "wire/puzzle.h"
#include "wire/request.h"

#define ROOM (2 << 20)
#define NOTE      "secret: it stays with the server, and nothing of it is shown"
#define NOTE_SIGNED "the signature is not checked here: lethe refresh does that"
#define NOTE_ELSE "secret: it stays with the server, and nothing else of it is shown"

static char output[ROOM];
static struct complaint why;
static uint8_t file[ROOM];

/* describe() of the n bytes, with what it prints in `output`. */
static int told(const uint8_t *p, size_t n, bool json)
{
    uint8_t *copy = alone(p, n);
    FILE *to = tmpfile();
    assert_non_null(to);
    (void)fflush(stdout);
    int keep = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(to), STDOUT_FILENO) >= 0);
    why.text[0] = 0;
    int err = describe("FILE", copy, n, json, &why);
    (void)fflush(stdout);
    assert_true(dup2(keep, STDOUT_FILENO) >= 0);
    close(keep);
    rewind(to);
    output[fread(output, 1, sizeof output - 1, to)] = 0;
    (void)fclose(to);
    free(copy);
    assert_true((err == LETHE_OK) == (why.text[0] == 0));
    return err;
}

static void expect(const uint8_t *p, size_t n, bool json, const char *text)
{
    assert_int_equal(told(p, n, json), LETHE_OK);
    assert_string_equal(output, text);
}

static void expect_refused(const uint8_t *p, size_t n, const char *text)
{
    assert_int_equal(told(p, n, false), LETHE_ERR_FORMAT);
    assert_string_equal(output, "");
    assert_non_null(strstr(why.text, text));
}

static size_t read_file(const char *dir, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(file, 1, sizeof file, f);
    (void)fclose(f);
    return n;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void expect_printed(const char *name, const char *dir, const char *people, const char *json)
{
    size_t n = read_file(dir, name);
    expect(file, n, false, people);
    expect(file, n, true, json);
}

static void an_identity_and_its_fingerprint(void **state)
{
    (void)state;
    char dir[] = "/tmp/lethe-describe-XXXXXX", people[1024], json[1024];
    char text[FINGERPRINT_TEXT_BYTES];
    uint8_t fingerprint[FINGERPRINT_BYTES];
    assert_non_null(mkdtemp(dir));
    assert_int_equal(identity_generate(dir, fingerprint, &why), LETHE_OK);
    fingerprint_text(text, fingerprint);
    (void)snprintf(people, sizeof people, "what                public identity\n"
                   "fingerprint         %s\nX25519              32 bytes\n"
                   "Ed25519             32 bytes\nmceliece6960119     1047319 bytes\n", text);
    (void)snprintf(json, sizeof json, "{\"what\":\"public identity\",\"fingerprint\":\"%s\","
                   "\"X25519_bytes\":32,\"Ed25519_bytes\":32,\"mceliece6960119_bytes\":1047319}\n",
                   text);
    expect_printed("public/identity", dir, people, json);
    (void)snprintf(people, sizeof people, "what                fingerprint\n"
                   "fingerprint         %s\n", text);
    (void)snprintf(json, sizeof json, "{\"what\":\"fingerprint\",\"fingerprint\":\"%s\"}\n", text);
    expect_printed("public/fingerprint", dir, people, json);
    (void)snprintf(people, sizeof people, "what                secret identity\n"
                   "fingerprint         %s\n"
                   "note                " NOTE_ELSE "\n", text);
    (void)snprintf(json, sizeof json, "{\"what\":\"secret identity\",\"fingerprint\":\"%s\","
                   "\"note\":\"" NOTE_ELSE "\"}\n", text);
    expect_printed("secret/identity", dir, people, json);
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void a_ring_shows_nothing(void **state)
{
    (void)state;
    char dir[] = "/tmp/lethe-describe-XXXXXX";
    struct ring_image image = {.count = KID_COUNT, .period_ms = 60000};
    memset(&image.keys, 0xa7, sizeof image.keys);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(ring_image_write(&image, dir, &why), LETHE_OK);
    expect_printed("ring", dir,
                   "what                ring of cookie keys\nnote                " NOTE "\n",
                   "{\"what\":\"ring of cookie keys\",\"note\":\"" NOTE "\"}\n");
    size_t n = read_file(dir, "ring");
    expect_refused(file, n - 1, "damaged");
    expect_refused(file, n + 1, "damaged");
    expect_refused(file, 13, "damaged");
    image.count = SLOW_COUNT;
    assert_int_equal(ring_image_write(&image, dir, &why), LETHE_OK);
    expect_printed("slow", dir, "what                slow ring\nnote                " NOTE "\n",
                   "{\"what\":\"slow ring\",\"note\":\"" NOTE "\"}\n");
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Of a client's parked session: how old and how strong, and no byte of its key. */
static void a_parked_session_shows_no_key(void **state)
{
    (void)state;
    char dir[] = "/tmp/lethe-describe-XXXXXX", name[128];
    uint8_t fingerprint[FINGERPRINT_BYTES] = {0};
    struct parked_session s = {.legs = 3};
    memset(s.key, 0xa7, sizeof s.key);
    memset(s.value, 0xa7, sizeof s.value);
    s.value[0] = 47;
    assert_non_null(mkdtemp(dir));
    setenv("XDG_CACHE_HOME", dir, 1);
    sessions_keep(&s, 1234, fingerprint);
    (void)snprintf(name, sizeof name, "lethe/sessions/%064d", 0);
#define SESSION_NOTE "secret: who has it can resume the session; nothing else is shown"
    expect_printed(name, dir,
                   "what                parked session\nsince_ms            1234\n"
                   "level               3\nparked_kid          47\n"
                   "note                " SESSION_NOTE "\n",
                   "{\"what\":\"parked session\",\"since_ms\":1234,\"level\":3,"
                   "\"parked_kid\":47,\"note\":\"" SESSION_NOTE "\"}\n");
    size_t n = read_file(dir, name);
    expect_refused(file, n - 1, "damaged");
    expect_refused(file, n + 1, "damaged");
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void short_term_keys_show_their_public_half(void **state)
{
    (void)state;
    char dir[] = "/tmp/lethe-describe-XXXXXX", byte[65], people[1024], json[1024];
    struct short_term_image image = {.period_ms = 3600000};
    const struct short_term_public key = {.born_ms = 1700000000000, .until_ms = 1700007200000};
    uint8_t fingerprint[FINGERPRINT_BYTES], secret[SIGN_SECRET_BYTES] = {3};
    memset(fingerprint, 0xf1, sizeof fingerprint);
    memset(&image.keys, 0xa7, sizeof image.keys);
    short_term_sign(image.file, fingerprint, &key, secret);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(short_term_image_write(&image, dir, &why), LETHE_OK);
    expect_printed("short-term", dir,
                   "what                secrets of short-term keys\nnote                " NOTE "\n",
                   "{\"what\":\"secrets of short-term keys\",\"note\":\"" NOTE "\"}\n");
    expect_refused(file, read_file(dir, "short-term") - 1, "damaged");
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);

    memset(image.file + SHORT_TERM_SIGNED_BYTES, 0xf1, SIGN_BYTES);
    for (int i = 0; i < 64; i += 2)
        memcpy(byte + i, "f1", 3);
    (void)snprintf(people, sizeof people,
                   "what                short-term key\nfingerprint         %s\n"
                   "X25519              %064d\nborn_ms             1700000000000\n"
                   "until_ms            1700007200000\nsignature           %s\n"
                   "                    %s\nnote                " NOTE_SIGNED "\n",
                   byte, 0, byte, byte);
    (void)snprintf(json, sizeof json,
                   "{\"what\":\"short-term key\",\"fingerprint\":\"%s\",\"X25519\":\"%064d\","
                   "\"born_ms\":1700000000000,\"until_ms\":1700007200000,"
                   "\"signature\":\"%s%s\",\"note\":\"" NOTE_SIGNED "\"}\n",
                   byte, 0, byte, byte);
    expect(image.file, sizeof image.file, false, people);
    expect(image.file, sizeof image.file, true, json);
    expect_refused(image.file, sizeof image.file - 1, "damaged");
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    static const char *const magics[] = {"lethe identity 1\n", "lethe secret 1\n",
                                        "lethe ring 1\n", "lethe slow 1\n", "lethe session 1\n",
                                        "lethe short-term 1\n", "lethe short-term keys 1\n"};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        size_t n = strlen(magics[i]);
        memset(file, 0x5a, sizeof file);
        memcpy(file, magics[i], n);
        expect_refused(file, n, "damaged");
        expect_refused(file, 1 << 20, "damaged");
        expect_refused(file, n - 1, "neither");
    }
}

static void fingerprints_are_exact(void **state)
{
    (void)state;
    uint8_t text[66];
    char lower[FINGERPRINT_TEXT_BYTES];
    for (int i = 0; i < 66; i++)
        text[i] = (uint8_t)"0123456789ABCDEF"[i % 16];
    assert_int_equal(told(text, 64, false), LETHE_OK);
    for (int i = 0; i < 64; i++)
        lower[i] = "0123456789abcdef"[i % 16];
    lower[64] = 0;
    assert_non_null(strstr(output, lower));
    expect_refused(text, 63, "neither");
    expect_refused(text, 65, "neither");
    text[64] = '\n';
    assert_int_equal(told(text, 65, false), LETHE_OK);
    expect_refused(text, 66, "neither");
    text[63] = 0;
    expect_refused(text, 64, "neither");
    text[63] = 'g';
    expect_refused(text, 64, "neither");
}

static void others_are_refused(void **state)
{
    (void)state;
    memset(file, 0, 16384);
    expect_refused(file, 0, "neither");
    assert_int_equal(describe("FILE", NULL, 0, false, &why), LETHE_ERR_FORMAT);
    expect_refused(file, 1, "neither");
    expect_refused(file, 4096, "neither");
    for (int kind = 0; kind < 256; kind++) {
        file[0] = (uint8_t)kind;
        expect_refused(file, 1, "neither");
        expect_refused(file, 8953, "neither");
    }
    memcpy(file, "\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a", 12);
    expect_refused(file, 100, "tcpdump -w");
    file[8] = 0; /* that is DATA */
    assert_int_equal(told(file, 100, false), LETHE_OK);
    memcpy(file, "\xd4\xc3\xb2\xa1", 4);
    expect_refused(file, 4, "breaks off in its header");
}

/* Fields of one byte value each, so that what is expected can be written down. */
#define X8(d)  d d d d d d d d
#define X16(d) X8(d) X8(d)
#define X24(d) X8(d) X16(d)
#define X32(d) X16(d) X16(d)
#define X64(d) X32(d) X32(d)
#define NOTED  "\"nonce\":\"" X24("bb") "\","

#define PUZZLE_NONCE "\6\x04\x03\x02\x01\0\0\0\0\x14" X8("\xaa") "\xaa\xaa\xaa\xaa\xaa\xaa"
#define PUZZLE_NONCE_FACTS                                                                         \
    "\"puzzle_nonce\":\"06040302010000000014" X8("aa") "aaaaaaaaaaaa\"," \
    "\"puzzle_kid\":6,\"puzzle_issued_ms\":16909060,\"puzzle_bits\":20"

#define REQUEST_START                                                                              \
    "\x09\3" X24("\xdd") X64("\xee") X64("\xee") X32("\xee")                                       \
    X8("\xee") "\xee\xee\xee\xee" X24("\xbb")
#define REQUEST_FACTS                                                                              \
    "\"continuation_kid\":3,\"continuation_nonce\":\"" X24("dd") "\","                            \
    "\"continuation_box_bytes\":172," NOTED

static const struct packet_case {
    uint8_t kind;
    size_t header, n;
    const char *bytes, *json;
} packets[] = {
    {KIND_HELLO, 352, 1232,
     "\1\1" X8("\x11") X8("\x22") "\4\3\2\1" X24("\x33") X32("\x44") X64("\x66") X64("\x55")
     X64("\x55") X64("\x55") "\x55\x55" X16("\x77"),
     "\"version\":1,\"ltid\":\"" X8("11") "\",\"stid\":\"" X8("22") "\",\"minute\":16909060,"
     "\"nonce\":\"" X24("33") "\",\"client\":\"" X32("44") "\",\"puzzle\":\"" X64("66")
     "\",\"ct\":\"" X64("55") X64("55") X64("55") "5555\",\"mac\":\""
     X16("77") "\",\"box_bytes\":880"},
    {KIND_ACCEPT, 50, 1232, "\2\7" X16("\xaa") X32("\xcc"),
     "\"kid\":7,\"M\":\"" X16("aa") "\",\"server\":\"" X32("cc") "\",\"box_bytes\":1182"},
    {KIND_LEG, 19, 1232, "\3\6\1" X16("\xaa"),
     "\"kid\":6,\"leg\":1,\"M\":\"" X16("aa") "\",\"box_bytes\":1213"},
    {KIND_LEGGED, 25, 1185, "\4" X24("\xbb"), NOTED "\"box_bytes\":1160"},
    {KIND_BLOCK, 20, 1226, "\5\5\x73\3" X16("\xaa"),
     "\"kid\":5,\"position\":883,\"M\":\"" X16("aa") "\",\"box_bytes\":1206"},
    {KIND_BLOCKED, 27, 44, "\6\1\2" X24("\xbb"),
     "\"position\":513," NOTED "\"box_bytes\":17"},
    {KIND_FINISH, 18, 340, "\7\4" X16("\xaa"),
     "\"kid\":4,\"M\":\"" X16("aa") "\",\"box_bytes\":322"},
    {KIND_FINISHED, 25, 340, "\x08" X24("\xbb"), NOTED "\"box_bytes\":315"},
    {KIND_REQUEST, 223, 320, REQUEST_START "\0", REQUEST_FACTS "\"shares\":0,\"box_bytes\":97"},
    {KIND_DATA, 19, 100, "\x0a\xff\5" X16("\xbb"),
     "\"generation\":255,\"index\":5,\"prefix\":\"" X16("bb") "\",\"box_bytes\":81"},
    {KIND_DATA_AES, 19, 100, "\x0b\xff\5" X16("\xbb"),
     "\"generation\":255,\"index\":5,\"prefix\":\"" X16("bb") "\",\"box_bytes\":81"},
    {KIND_PUZZLE, 113, 113,
     "\x0c" X24("\xbb") PUZZLE_NONCE X32("\x88") "\0\0\xf0\x99" X24("\x99") "\x99\x99\x99\x99",
     NOTED PUZZLE_NONCE_FACTS ",\"hash\":\"" X32("88") "\",\"hint\":\"0000f099" X24("99")
     "99999999\""},
    {KIND_LOOKUP, 12, 1035, "\x0d\1" X8("\x11") "\x1f\4",
     "\"version\":1,\"ltid\":\"" X8("11") "\",\"index\":1055,\"mac\":\"" X16("00") "\""},
    {KIND_RESUME, 148, 384, "\x0f\1\x2f" X24("\xbb") X64("\x88") "\x88" X32("\xcc") X24("\xdd"),
     "\"version\":1,\"parked_kid\":47,\"parked_nonce\":\"" X24("bb")
     "\",\"parked_box_bytes\":65,\"client\":\"" X32("cc") "\",\"nonce\":\"" X24("dd")
     "\",\"box_bytes\":236"},
    {KIND_RESUMED, 50, 354, "\x10\7" X16("\xaa") X32("\xcc"),
     "\"kid\":7,\"M\":\"" X16("aa") "\",\"server\":\"" X32("cc") "\",\"box_bytes\":304"},
    {KIND_FOUND, 11, 1035, "\x0e" X8("\x11") "\x21\0",
     "\"ltid\":\"" X8("11") "\",\"index\":33,\"found_bytes\":1024"},
};

#define PACKETS (sizeof packets / sizeof packets[0])

static const struct packet_case *packet_of(uint8_t kind)
{
    size_t i = 0;
    while (packets[i].kind != kind)
        assert_true(++i < PACKETS);
    return &packets[i];
}

static bool is_data(uint8_t kind)
{
    return kind == KIND_DATA || kind == KIND_DATA_AES;
}

/* Bytes of the box are such that no kind begins with one. */
static void put_packet(struct writer *w, uint8_t kind)
{
    const struct packet_case *c = packet_of(kind);
    write_bytes(w, c->bytes, c->header);
    uint8_t *box = write_span(w, c->n - c->header);
    assert_non_null(box);
    memset(box, kind == KIND_LOOKUP ? 0 : 0xf0, c->n - c->header);
}

static void every_datagram_shows_its_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACKETS; i++) {
        const struct packet_case *c = &packets[i];
        char json[2048];
        struct writer w = writer_of(file, sizeof file);
        put_packet(&w, c->kind);
        (void)snprintf(json, sizeof json,
                       "{\"what\":\"datagram\",\"kind\":\"%s\",\"datagram_bytes\":%zu,%s}\n",
                       packet_kind_name(c->kind), c->n, c->json);
        expect(file, c->n, true, json);
        const size_t most = RUNNING_ON_VALGRIND ? 11 : 1; /* there, in between, for time's sake */
        for (size_t n = 0; n < c->n + 8; n += n < 100 || n + 12 > c->n ? 1 : most) {
            bool fits = n == c->n || (is_data(c->kind) && n >= 35) ||
                        (c->kind == KIND_REQUEST && n >= 320);
            if (!fits)
                expect_refused(file, n, "neither");
            else
                assert_int_equal(told(file, n, true), LETHE_OK);
        }
    }
}

/* A HELLO with that puzzle field, and what it shows in front of the ciphertext. */
static void expect_field(const uint8_t field[PUZZLE_FIELD_BYTES], const char *facts)
{
    static const char before[] =
        "{\"what\":\"datagram\",\"kind\":\"HELLO\",\"datagram_bytes\":1232,";
    const char *json = packet_of(KIND_HELLO)->json;
    const size_t head = (size_t)(strstr(json, "\"puzzle") - json);
    char expected[2048];
    struct writer w = writer_of(file, sizeof file);
    put_packet(&w, KIND_HELLO);
    memcpy(file + 78, field, PUZZLE_FIELD_BYTES);
    (void)snprintf(expected, sizeof expected, "%s%.*s%s%s}\n", before, (int)head, json, facts,
                   strstr(json, ",\"ct\""));
    expect(file, DATAGRAM_BYTES, true, expected);
}

static void a_hello_shows_its_solution_or_pass(void **state)
{
    (void)state;
    static const uint8_t solution[PUZZLE_FIELD_BYTES] = "\1" PUZZLE_NONCE X32("\x88");
    static const uint8_t pass[PUZZLE_FIELD_BYTES] =
        "\2\3" X16("\xcc") "\4\3\2\1\0\0\0\0" X16("\xdd");
    expect_field(solution, PUZZLE_NONCE_FACTS ",\"puzzle_solution\":\"" X32("88") "\"");
    expect_field(pass, "\"pass_kid\":3,\"pass_nonce\":\"" X16("cc")
                       "\",\"pass_expires_ms\":16909060,\"pass_tag\":\"" X16("dd") "\"");
    expect_field((const uint8_t[PUZZLE_FIELD_BYTES]){0}, "\"puzzle\":\"none\"");
}

/* A share: the leg, then the kid of its seal, a nonce and a box. */
static void a_request_shows_its_shares(void **state)
{
    (void)state;
    static const char *const shares[] = {
        "\"shares\":1,\"share_1_leg\":1,\"share_1_kid\":6,\"box_bytes\":171",
        "\"shares\":2,\"share_1_leg\":1,\"share_1_kid\":6,\"share_2_leg\":255,\"share_2_kid\":4,"
        "\"box_bytes\":65"};
    for (uint8_t count = 1; count <= 3; count++) {
        char json[2048];
        struct writer w = writer_of(file, sizeof file);
        write_bytes(&w, REQUEST_START, 222);
        write8(&w, count);
        write_bytes(&w, "\1\6", 2);
        memset(write_span(&w, SHARE_BYTES - 1), 0xcc, SHARE_BYTES - 1);
        write_bytes(&w, "\xff\4", 2);
        memset(write_span(&w, 500 - w.used), 0xcc, 500 - w.used);
        if (count == 3) {
            expect_refused(file, 500, "neither");
            break;
        }
        (void)snprintf(json, sizeof json, "{\"what\":\"datagram\",\"kind\":\"REQUEST\","
                       "\"datagram_bytes\":500," REQUEST_FACTS "%s}\n", shares[count - 1]);
        expect(file, 500, true, json);
        size_t least = 223 + (size_t)count * 106 + TAG_BYTES;
        expect_refused(file, least - 1, "neither");
        assert_int_equal(told(file, least, true), LETHE_OK);
    }
    file[222] = 2;
    assert_int_equal(told(file, 500, false), LETHE_OK);
    assert_non_null(strstr(output, "shares              2\n"
                                   "share_1_leg         1\nshare_1_kid         6\n"
                                   "share_2_leg         255\nshare_2_kid         4\n"
                                   "box                 65 bytes\n"));
}

static void lines_are_aligned_and_wrapped(void **state)
{
    (void)state;
    struct writer w = writer_of(file, sizeof file);
    put_packet(&w, KIND_HELLO);
    expect(file, w.used, false,
           "what                datagram\n"
           "kind                HELLO\n"
           "datagram            1232 bytes\n"
           "version             1\n"
           "ltid                " X8("11") "\n"
           "stid                " X8("22") "\n"
           "minute              16909060\n"
           "nonce               " X24("33") "\n"
           "client              " X32("44") "\n"
           "puzzle              " X32("66") "\n"
           "                    " X32("66") "\n"
           "ct                  " X32("55") "\n"
           "                    " X32("55") "\n"
           "                    " X32("55") "\n"
           "                    " X32("55") "\n"
           "                    " X32("55") "\n"
           "                    " X32("55") "\n"
           "                    5555\n"
           "mac                 " X16("77") "\n"
           "box                 880 bytes\n");
}

static void put_record(struct writer *w, unsigned us, int family, const uint8_t *payload, size_t n)
{
    static uint8_t frame[66000];
    struct writer f = writer_of(frame, sizeof frame);
    put_ip(&f, family, payload, n);
    pcap_put(w, false, 1700000000, us, frame, f.used);
}

/* BLOCK by IPv4, FINISHED by IPv6, something else, an empty datagram, a frame that is not IP. */
static size_t capture(void)
{
    uint8_t p[DATAGRAM_BYTES];
    struct writer w = writer_of(file, sizeof file), packet = writer_of(p, sizeof p);
    pcap_header(&w, false, 0xa1b2c3d4, 101);
    put_packet(&packet, KIND_BLOCK);
    put_record(&w, 5, 4, p, packet.used);
    packet = writer_of(p, sizeof p);
    put_packet(&packet, KIND_FINISHED);
    put_record(&w, 250005, 6, p, packet.used);
    put_record(&w, 4, 4, (const uint8_t *)"junk", 4);
    put_record(&w, 5, 4, NULL, 0);
    pcap_put(&w, false, 1700000001, 5, (const uint8_t *)"\x10", 1);
    assert_false(w.bad);
    return w.used;
}

static const char capture_people[] =
    "       1     0.000000  192.0.2.1:40000       → 198.51.100.255:6960    BLOCK     "
    "kid 5, position 883, M " X16("aa") ", box 1206 bytes\n"
    "       2     0.250000  [2001:db8:900::1]:40000 → [::1]:6960             FINISHED  "
    "nonce " X8("bb") "..., box 315 bytes\n"
    "       3    -0.000001  192.0.2.1:40000       → 198.51.100.255:6960    unknown   "
    "payload 4 bytes\n"
    "       4     0.000000  192.0.2.1:40000       → 198.51.100.255:6960    unknown   "
    "payload 0 bytes\n"
    "       5     1.000000  skipped: not IP\n"
    "\nkind         datagrams         bytes\n"
    "BLOCK                1          1226\n"
    "FINISHED             1           340\n"
    "unknown              2             4\n"
    "skipped              1\n";

#define PLACES4 "\"from\":\"192.0.2.1:40000\",\"to\":\"198.51.100.255:6960\","

static void a_capture_is_a_line_each(void **state)
{
    (void)state;
    size_t n = capture();
    expect(file, n, false, capture_people);
    expect(file, n, true,
           "{\"packet\":1,\"time\":1700000000.000005000," PLACES4
           "\"bytes\":1226,\"kind\":\"BLOCK\",\"kid\":5,\"position\":883,\"M\":\"" X16("aa") "\","
           "\"box_bytes\":1206}\n"
           "{\"packet\":2,\"time\":1700000000.250005000,\"from\":\"[2001:db8:900::1]:40000\","
           "\"to\":\"[::1]:6960\",\"bytes\":340,\"kind\":\"FINISHED\"," NOTED "\"box_bytes\":315}\n"
           "{\"packet\":3,\"time\":1700000000.000004000," PLACES4
           "\"bytes\":4,\"kind\":\"unknown\",\"payload_bytes\":4}\n"
           "{\"packet\":4,\"time\":1700000000.000005000," PLACES4
           "\"bytes\":0,\"kind\":\"unknown\",\"payload_bytes\":0}\n"
           "{\"packet\":5,\"time\":1700000001.000005000,\"skipped\":\"not IP\"}\n"
           "{\"packets\":5,\"skipped\":1,\"kinds\":{\"HELLO\":{\"datagrams\":0,\"bytes\":0},"
           "\"ACCEPT\":{\"datagrams\":0,\"bytes\":0},\"LEG\":{\"datagrams\":0,\"bytes\":0},"
           "\"LEGGED\":{\"datagrams\":0,\"bytes\":0},\"BLOCK\":{\"datagrams\":1,\"bytes\":1226},"
           "\"BLOCKED\":{\"datagrams\":0,\"bytes\":0},\"FINISH\":{\"datagrams\":0,\"bytes\":0},"
           "\"FINISHED\":{\"datagrams\":1,\"bytes\":340},\"REQUEST\":{\"datagrams\":0,\"bytes\":0},"
           "\"DATA\":{\"datagrams\":0,\"bytes\":0},"
           "\"DATA_AES\":{\"datagrams\":0,\"bytes\":0},"
           "\"PUZZLE\":{\"datagrams\":0,\"bytes\":0},"
           "\"LOOKUP\":{\"datagrams\":0,\"bytes\":0},"
           "\"FOUND\":{\"datagrams\":0,\"bytes\":0},"
           "\"RESUME\":{\"datagrams\":0,\"bytes\":0},"
           "\"RESUMED\":{\"datagrams\":0,\"bytes\":0},"
           "\"unknown\":{\"datagrams\":2,\"bytes\":4}}}\n");
}

static void a_capture_that_breaks_off_is_shown_as_far(void **state)
{
    (void)state;
    size_t n = capture();
    assert_int_equal(told(file, n - 1, false), LETHE_ERR_FORMAT);
    assert_string_equal(why.text, "FILE: the capture breaks off in packet 5");
    const char *lines = strstr(capture_people, "       5");
    assert_memory_equal(output, capture_people, (size_t)(lines - capture_people));
    assert_non_null(strstr(output, "unknown              2             4\n"));
    assert_null(strstr(output, "skipped"));
    assert_int_equal(told(file, n - 1, true), LETHE_ERR_FORMAT);
    assert_non_null(strstr(output, "{\"packets\":4,\"skipped\":0,"));
}

static void no_packet_is_a_capture_too(void **state)
{
    (void)state;
    struct writer w = writer_of(file, sizeof file);
    pcap_header(&w, false, 0xa1b2c3d4, 101);
    put_record(&w, 0, 4, NULL, 0); /* nothing lies behind an empty datagram */
    assert_int_equal(told(file, w.used, false), LETHE_OK);
    expect(file, PCAP_HEADER_BYTES, false, "\nkind         datagrams         bytes\n");
}

/* A message of `count` datagrams of one kind, and one of another behind. */
static size_t message(uint8_t *p, size_t room, int count, uint8_t kind, uint8_t last)
{
    struct writer w = writer_of(p, room);
    for (int i = 0; i < count; i++) {
        size_t at = w.used;
        put_packet(&w, kind);
        if (is_data(kind))
            p[at + 2] = (uint8_t)i; /* the index */
    }
    if (last)
        put_packet(&w, last);
    assert_false(w.bad);
    return w.used;
}

static void expect_segment(int count, uint8_t kind, uint8_t last, size_t segment)
{
    static uint8_t p[65536];
    size_t n = message(p, sizeof p, count, kind, last);
    uint8_t *copy = alone(p, n);
    assert_int_equal(packet_segment(copy, n), segment);
    free(copy);
}

static void merged_datagrams_come_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACKETS; i++) {
        uint8_t kind = packets[i].kind;
        expect_segment(1, kind, 0, packets[i].n);
        expect_segment(2, kind, 0, packets[i].n);
        expect_segment(13, kind, 0, packets[i].n);
        expect_segment(50, kind, is_data(kind) ? KIND_BLOCKED : 0, packets[i].n);
    }
    expect_segment(9, KIND_BLOCK, KIND_REQUEST, 1226);
    expect_segment(3, KIND_LEG, KIND_FINISH, 1232);
    /* A longer one never ends a message. */
    expect_segment(2, KIND_BLOCKED, KIND_REQUEST, 88 + 320);
    expect_segment(12, KIND_DATA, 0, 100);
    expect_segment(2, KIND_DATA, KIND_BLOCKED, 100);
    /* What might be one DATA or one REQUEST is one, unless its second is of the same row. */
    expect_segment(1, KIND_DATA, KIND_BLOCKED, 144);
    expect_segment(1, KIND_REQUEST, KIND_BLOCKED, 320 + 44);
    /* A request and an answer never go the same way. */
    expect_segment(1, KIND_REQUEST, KIND_DATA, 420);
    expect_segment(1, KIND_REQUEST, KIND_DATA_AES, 420);
    /* An answer has one cipher. */
    expect_segment(1, KIND_DATA, KIND_DATA_AES, 200);
}

/* Two DATA, the second at 700, whose header byte `at` is v. */
static size_t two_data(size_t n, size_t at, uint8_t v)
{
    static uint8_t p[PACKET_MAX];
    memset(p, 0xf0, sizeof p);
    memcpy(p, packet_of(KIND_DATA)->bytes, DATA_HEADER_BYTES);
    memcpy(p + 700, packet_of(KIND_DATA)->bytes, DATA_HEADER_BYTES);
    p[700 + 2] = 6;
    if (at != 2 && at > 1)
        p[700 + 2] = 0; /* another prefix: another answer */
    p[700 + at] = v;
    return packet_segment(p, n);
}

/* They have a prefix and ascending numbers, or the second begins another answer. */
static void data_of_one_answer_come_apart(void **state)
{
    (void)state;
    const size_t lengths[] = {700 + 35, 1232, 1300, 1400};
    for (size_t i = 0; i < 4; i++) {
        const size_t n = lengths[i];
        for (unsigned index = 0; index < 256; index++)
            assert_int_equal(two_data(n, 2, (uint8_t)index), index > 5 ? 700 : n);
        for (unsigned generation = 0; generation < 256; generation++)
            assert_int_equal(two_data(n, 1, (uint8_t)generation), generation == 255 ? 700 : n);
        for (size_t at = 3; at < DATA_HEADER_BYTES; at++)
            assert_int_equal(two_data(n, at, 0), 700);
    }
    assert_int_equal(two_data(1401, 2, 6), 1401);    /* a longer one never ends a message */
    assert_int_equal(two_data(700 + 34, 2, 6), 734); /* nor one without a tag */
}

static void another_answer_begins_at_0(void **state)
{
    (void)state;
    static uint8_t p[4096];
    size_t n = message(p, sizeof p, 13, KIND_DATA, 0);
    for (size_t i = 6; i < 13; i++) {
        p[100 * i + 3] ^= 1; /* the second half is another answer */
        p[100 * i + 2] = (uint8_t)(i - 6);
    }
    assert_int_equal(packet_segment(p, n), 100);
    for (size_t i = 6; i < 13; i++)
        p[100 * i + 2]++;
    assert_int_equal(packet_segment(p, n), n);
}

static void the_largest_datagrams_come_apart(void **state)
{
    (void)state;
    static uint8_t p[65536];
    for (size_t count = 1; count <= 7; count++)
        for (size_t last = 0; last <= PACKET_MAX; last += PACKET_MAX / 2) {
            size_t n = count * PACKET_MAX + last;
            if (n > 65507)
                continue;
            memset(p, 0xf0, sizeof p);
            for (size_t at = 0; at < n; at += PACKET_MAX) {
                memcpy(p + at, packet_of(KIND_DATA)->bytes, DATA_HEADER_BYTES);
                p[at + 2] = (uint8_t)(at / PACKET_MAX);
            }
            assert_int_equal(packet_segment(p, n), n < PACKET_MAX ? n : PACKET_MAX);
        }
}

/* One byte and a length that fit are too little to take apart what may be one datagram. */
static void a_large_datagram_is_not_taken_apart_by_chance(void **state)
{
    (void)state;
    static uint8_t p[PACKET_MAX + BLOCKED_BYTES];
    for (size_t n = 1000; n <= sizeof p; n += 284) { /* PACKET_MAX is among them */
        memset(p, 0xf0, sizeof p);
        memcpy(p, packet_of(KIND_DATA)->bytes, DATA_HEADER_BYTES);
        memcpy(p + n - BLOCKED_BYTES, packet_of(KIND_BLOCKED)->bytes, BLOCKED_HEADER_BYTES);
        assert_int_equal(packet_segment(p, n), n);
    }
    memcpy(p + PACKET_MAX, packet_of(KIND_BLOCKED)->bytes, BLOCKED_HEADER_BYTES);
    assert_int_equal(packet_segment(p, sizeof p), PACKET_MAX);
}

static void what_could_be_chance_is_not_taken_apart(void **state)
{
    (void)state;
    static uint8_t p[4096];
    size_t n = message(p, sizeof p, 3, KIND_REQUEST, 0);
    p[640 + 60] ^= 1; /* of another continuation */
    assert_int_equal(packet_segment(p, n), n);
    n = message(p, sizeof p, 13, KIND_DATA, 0);
    for (size_t i = 1; i < 13; i++)
        p[100 * i + 1] ^= 1; /* of another generation */
    assert_int_equal(packet_segment(p, n), n);
    n = message(p, sizeof p, 3, KIND_BLOCK, 0);
    p[1226] = 0;
    assert_int_equal(packet_segment(p, n), n);
}

static void merged_datagrams_are_a_line_each(void **state)
{
    (void)state;
    static uint8_t p[4096];
    struct writer w = writer_of(file, sizeof file);
    size_t n = message(p, sizeof p, 1, KIND_FINISHED, KIND_BLOCKED);
    pcap_header(&w, false, 0xa1b2c3d4, 101);
    put_record(&w, 0, 4, p, n);
    expect(file, w.used, false,
           "     1.1     0.000000  192.0.2.1:40000       → 198.51.100.255:6960    FINISHED  "
           "nonce " X8("bb") "..., box 315 bytes\n"
           "     1.2     0.000000  192.0.2.1:40000       → 198.51.100.255:6960    BLOCKED   "
           "position 513, nonce " X8("bb") "..., box 17 bytes\n"
           "\nkind         datagrams         bytes\n"
           "BLOCKED              1            44\n"
           "FINISHED             1           340\n");
    assert_int_equal(told(file, w.used, true), LETHE_OK);
    assert_non_null(strstr(output, "{\"packet\":1,\"time\":1700000000.000000000,"
                                   "\"part\":2,\"parts\":2,\"from\""));
}

static void a_full_list_takes_no_more(void **state)
{
    (void)state;
    struct facts f = {.count = 0};
    for (int i = 0; i < FACTS_MAX + 4; i++)
        fact_number(&f, "n", (uint64_t)i);
    assert_int_equal(f.count, FACTS_MAX);
    assert_int_equal(f.list[FACTS_MAX - 1].number, FACTS_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identity_and_its_fingerprint),
        cmocka_unit_test(a_ring_shows_nothing),
        cmocka_unit_test(a_parked_session_shows_no_key),
        cmocka_unit_test(short_term_keys_show_their_public_half),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(fingerprints_are_exact),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(every_datagram_shows_its_fields),
        cmocka_unit_test(a_hello_shows_its_solution_or_pass),
        cmocka_unit_test(a_request_shows_its_shares),
        cmocka_unit_test(lines_are_aligned_and_wrapped),
        cmocka_unit_test(a_capture_is_a_line_each),
        cmocka_unit_test(a_capture_that_breaks_off_is_shown_as_far),
        cmocka_unit_test(no_packet_is_a_capture_too),
        cmocka_unit_test(merged_datagrams_come_apart),
        cmocka_unit_test(data_of_one_answer_come_apart),
        cmocka_unit_test(another_answer_begins_at_0),
        cmocka_unit_test(the_largest_datagrams_come_apart),
        cmocka_unit_test(a_large_datagram_is_not_taken_apart_by_chance),
        cmocka_unit_test(what_could_be_chance_is_not_taken_apart),
        cmocka_unit_test(merged_datagrams_are_a_line_each),
        cmocka_unit_test(a_full_list_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
