/* What the tests of files share: a fresh folder for each test, whole files in it, and whether
 * anything else is there. */
#ifndef TESTS_STORE_FOLDER_H
#define TESTS_STORE_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/complaint.h"
#include "lethe/error.h"

#define NOBODY 65534

static char folder[64];
static struct complaint why;

static inline int make_folder(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/lethe-node-XXXXXX", 23);
    memset(&why, 0, sizeof why);
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* "FOLDER/name", in one of four buffers by turns. */
static inline const char *in_folder(const char *name)
{
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    assert_true(snprintf(path, sizeof paths[0], "%s/%s", folder, name) < (int)sizeof paths[0]);
    return path;
}

static inline void put_file(const char *name, const void *p, size_t n)
{
    FILE *f = fopen(in_folder(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline size_t get_file(const char *name, void *p, size_t room)
{
    FILE *f = fopen(in_folder(name), "rb");
    assert_non_null(f);
    size_t n = fread(p, 1, room, f);
    assert_int_equal(fclose(f), 0);
    return n;
}

static inline bool is_there(const char *name)
{
    struct stat st;
    return lstat(in_folder(name), &st) == 0;
}

static inline unsigned permissions(const char *name)
{
    struct stat st;
    assert_int_equal(lstat(in_folder(name), &st), 0);
    return st.st_mode & 07777;
}

/* How many names there are in the folder's folder `name`. */
static inline int entries(const char *name)
{
    int n = 0;
    DIR *dir = opendir(in_folder(name));
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

/* The last call complained, in one line that names what it is about. */
static inline void complained(int err, int expected, const char *about)
{
    assert_int_equal(err, expected);
    assert_non_null(strstr(why.text, about));
    assert_null(strchr(why.text, '\n'));
    why.text[0] = 0;
}

static inline void limit(__rlimit_resource_t what, rlim_t to)
{
    struct rlimit r;
    assert_int_equal(getrlimit(what, &r), 0);
    r.rlim_cur = to < r.rlim_max ? to : r.rlim_max;
    assert_int_equal(setrlimit(what, &r), 0);
}

/* A user without root's powers from here until be_myself_again. */
static inline void be_nobody(void)
{
    if (geteuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
}

static inline void be_myself_again(void)
{
    if (geteuid() != getuid())
        assert_int_equal(seteuid(getuid()), 0);
}

#endif
