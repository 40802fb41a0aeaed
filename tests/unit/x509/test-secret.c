/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "x509/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/error.h"

static int memfd_with(const void *data, size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, data, size), ==, (gssize)size);
    return fd;
}

static void test_new(gconstpointer row)
{
    size_t size = GPOINTER_TO_SIZE(row);
    g_autoptr(CertdSecret) secret = certd_secret_new(size);

    g_assert_cmpuint(certd_secret_size(secret), ==, size);
    g_assert_nonnull(certd_secret_data(secret));
    for (size_t i = 0; i < size; i++)
        g_assert_cmpuint(certd_secret_data(secret)[i], ==, 0);
    if (size > 0)
        memset(certd_secret_data(secret), 0xa5, size);
}

static void test_copy(void)
{
    char data[] = "private";
    g_autoptr(CertdSecret) secret = certd_secret_new_copy(data, sizeof data);

    memset(data, 0, sizeof data);
    g_assert_cmpmem(certd_secret_data(secret), certd_secret_size(secret), "private", 8);
}

/* The kernel's flags of the mapping that holds @address: "rd wr … lo … dd". */
static char *mapping_flags(const void *address)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents("/proc/self/smaps", &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gboolean inside = FALSE;

    for (size_t i = 0; lines[i] != NULL; i++) {
        char *end = NULL;
        guint64 from = g_ascii_strtoull(lines[i], &end, 16);
        if (end != lines[i] && *end == '-')
            inside = from <= (guintptr)address &&
                     (guintptr)address < g_ascii_strtoull(end + 1, NULL, 16);
        if (inside && g_str_has_prefix(lines[i], "VmFlags:"))
            return g_strconcat(lines[i] + strlen("VmFlags:"), " ", NULL);
    }
    return NULL;
}

/* Whether this process may lock memory at all: not under sanitizers, which take mlock() over, nor
 * where RLIMIT_MEMLOCK is too low. */
static gboolean can_lock(void)
{
    size_t size = 4 * (size_t)sysconf(_SC_PAGESIZE);
    void *pages = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    g_assert_true(pages != MAP_FAILED);
    (void)mlock(pages, size);
    g_autofree char *flags = mapping_flags(pages);
    g_assert_nonnull(flags);
    munmap(pages, size);
    return strstr(flags, " lo ") != NULL;
}

/* R1: a key in memory reaches neither a core dump nor the swap. */
static void test_locked(void)
{
    g_autoptr(CertdSecret) secret = certd_secret_new(5000);
    g_autofree char *first = mapping_flags(certd_secret_data(secret));
    g_autofree char *last = mapping_flags(certd_secret_data(secret) + 4999);

    g_assert_nonnull(strstr(first, " dd "));
    g_assert_nonnull(strstr(last, " dd "));
    if (can_lock()) {
        g_assert_nonnull(strstr(first, " lo "));
        g_assert_nonnull(strstr(last, " lo "));
    }
}

static void test_freed(void)
{
    CertdSecret *secret = certd_secret_new_copy("private", 7);
    void *page = certd_secret_data(secret);
    unsigned char there;

    certd_secret_free(secret);
    certd_secret_free(NULL);
    /* What was there is not mapped any more. */
    g_assert_cmpint(mincore(page, 1, &there), ==, -1);
    g_assert_cmpint(errno, ==, ENOMEM);
}

static const struct {
    const char *name;
    size_t size;
    size_t limit;
    gboolean good;
} read_rows[] = {
    {"empty", 0, 0, TRUE},           {"one", 1, 4096, TRUE},
    {"at-limit", 9000, 9000, TRUE},  {"beyond-limit", 9001, 9000, FALSE},
    {"beyond-nothing", 1, 0, FALSE},
};

static void test_read_fd(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autofree char *bytes = g_malloc(read_rows[row].size + 1);
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < read_rows[row].size; i++)
        bytes[i] = (char)(i * 7 + 3);
    /* The offset stands at the end: it is read from the beginning all the same. */
    int fd = memfd_with(bytes, read_rows[row].size);
    g_autoptr(CertdSecret) secret = certd_secret_read_fd(fd, read_rows[row].limit, &error);
    if (read_rows[row].good) {
        g_assert_no_error(error);
        g_assert_cmpmem(certd_secret_data(secret), certd_secret_size(secret), bytes,
                        read_rows[row].size);
        g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, (gint64)read_rows[row].size);
    } else {
        g_assert_null(secret);
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
        g_assert_nonnull(strstr(error->message, "bytes"));
    }
    close(fd);
}

static void test_read_fd_none(void)
{
    g_autoptr(GError) error = NULL;
    int fds[2];

    g_assert_null(certd_secret_read_fd(-1, 10, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_clear_error(&error);
    g_assert_cmpint(pipe(fds), ==, 0);
    g_assert_null(certd_secret_read_fd(fds[0], 10, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    close(fds[0]);
    close(fds[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/secret/new/empty", GSIZE_TO_POINTER(0), test_new);
    g_test_add_data_func("/secret/new/byte", GSIZE_TO_POINTER(1), test_new);
    g_test_add_data_func("/secret/new/page", GSIZE_TO_POINTER(4096), test_new);
    g_test_add_data_func("/secret/new/page-and-one", GSIZE_TO_POINTER(4097), test_new);
    g_test_add_func("/secret/copy", test_copy);
    g_test_add_func("/secret/locked", test_locked);
    g_test_add_func("/secret/freed", test_freed);
    for (size_t i = 0; i < G_N_ELEMENTS(read_rows); i++) {
        g_autofree char *path = g_strconcat("/secret/read-fd/", read_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_read_fd);
    }
    g_test_add_func("/secret/read-fd/none", test_read_fd_none);
    return g_test_run();
}
