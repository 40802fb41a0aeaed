/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are read within a limit and written whole. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/file.h"
#include "model/error.h"

#define LIMIT 8u

typedef struct {
    char *folder;
    char *file;
} Fixture;

static void set_up(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    fixture->folder = g_dir_make_tmp("certd-test-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->file = g_build_filename(fixture->folder, "file", NULL);
}

static void tear_down(Fixture *fixture, const void *data)
{
    (void)g_remove(fixture->file);
    g_assert_cmpint(g_rmdir(fixture->folder), ==, 0); /* no temporary file is left either */
    g_free(fixture->file);
    g_free(fixture->folder);
}

static const struct {
    const char *name;
    const char *content;
    const char *line; /* NULL: refused with @code */
    int code;
} lines[] = {
    {"one-line", "secret", "secret", 0},
    {"line-feed", "secret\n", "secret", 0},
    {"windows", "secret\r\n", "secret", 0},
    {"first-of-two", "a b\nc", "a b", 0},
    {"at-the-limit", "12345678\n", "12345678", 0},
    {"at-the-limit-windows", "12345678\r\n", "12345678", 0},
    {"beyond-the-limit", "123456789\n", NULL, CERTD_ERROR_TOO_LARGE},
    {"far-beyond", "1234567890123", NULL, CERTD_ERROR_TOO_LARGE},
    {"empty", "", NULL, CERTD_ERROR_INVALID_OPTION},
    {"empty-line", "\nsecret", NULL, CERTD_ERROR_INVALID_OPTION},
};

static void test_line(Fixture *fixture, const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(fixture->file, lines[i].content, -1, NULL));
    g_autoptr(GBytes) line = certd_file_read_line(fixture->file, LIMIT, &error);
    if (!lines[i].line) {
        g_assert_error(error, CERTD_ERROR, lines[i].code);
        return;
    }
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(line, NULL), g_bytes_get_size(line), lines[i].line,
                    strlen(lines[i].line));
}

static void test_limit(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(fixture->file, "12345678", -1, NULL));
    g_autoptr(GBytes) exact = certd_file_read(fixture->file, LIMIT, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(exact), ==, LIMIT);
    g_assert_null(certd_file_read(fixture->file, LIMIT - 1, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
}

static void test_missing(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_file_read(fixture->file, LIMIT, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_clear_error(&error);
    g_assert_null(certd_file_read(fixture->folder, LIMIT, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
}

static void test_write(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static("new", 3);
    g_autofree char *content = NULL;
    struct stat status;
    /* What was there before may have been readable by all. */
    g_assert_true(g_file_set_contents_full(fixture->file, "old and longer", -1,
                                           G_FILE_SET_CONTENTS_NONE, 0644, NULL));
    g_assert_true(certd_file_write(fixture->file, bytes, 0600, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(fixture->file, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "new");
    g_assert_cmpint(stat(fixture->file, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

/* A pipe (as /dev/stdout may be one) is written into, not replaced by a file. */
static void test_write_pipe(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static("new", 3);
    struct stat status;
    char content[4] = "";
    g_assert_cmpint(mkfifo(fixture->file, 0600), ==, 0);
    CERTD_AUTO_FD int reader = open(fixture->file, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(reader, >=, 0);
    g_assert_true(certd_file_write(fixture->file, bytes, 0644, &error));
    g_assert_no_error(error);
    g_assert_cmpint(read(reader, content, 3), ==, 3);
    g_assert_cmpstr(content, ==, "new");
    g_assert_cmpint(stat(fixture->file, &status), ==, 0);
    g_assert_true(S_ISFIFO(status.st_mode));
}

/* The message is of the file that was asked for, not of the one beside it that would become it. */
static void test_write_nowhere(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static("new", 3);
    g_autofree char *nowhere = g_build_filename(fixture->folder, "none", "ca.crt", NULL);
    g_autofree char *expected =
        g_strdup_printf("Cannot write \"%s\": No such file or directory", nowhere);
    g_assert_false(certd_file_write(nowhere, bytes, 0644, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_assert_cmpstr(error->message, ==, expected);
}

/* R14: a folder gets the default name. */
static void test_target(Fixture *fixture, const void *data)
{
    g_autofree char *in_folder = certd_file_target(fixture->folder, "https.csr");
    g_autofree char *expected = g_build_filename(fixture->folder, "https.csr", NULL);
    g_autofree char *itself = certd_file_target(fixture->file, "https.csr");
    g_assert_cmpstr(in_folder, ==, expected);
    g_assert_cmpstr(itself, ==, fixture->file);
}

static void test_memfd(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static("12345678", 8);
    CERTD_AUTO_FD int fd = certd_file_memfd("test", bytes, &error);
    g_assert_no_error(error);
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    g_assert_cmpint(fcntl(fd, F_GET_SEALS), ==, seals);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    g_autoptr(GBytes) read_back = certd_file_read_fd(fd, "test", LIMIT, &error);
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(bytes, read_back));
}

#define ADD(name, data, function)                                                                  \
    g_test_add("/clients/file/" name, Fixture, data, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *path = g_strconcat("/clients/file/line/", lines[i].name, NULL);
        g_test_add(path, Fixture, GSIZE_TO_POINTER(i), set_up, test_line, tear_down);
    }
    ADD("limit", NULL, test_limit);
    ADD("missing", NULL, test_missing);
    ADD("write", NULL, test_write);
    ADD("write-pipe", NULL, test_write_pipe);
    ADD("write-nowhere", NULL, test_write_nowhere);
    ADD("target", NULL, test_target);
    ADD("memfd", NULL, test_memfd);
    return g_test_run();
}
