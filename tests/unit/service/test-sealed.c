/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1: what is handed out is sealed, and a key gets there without passing through. */

#include "service/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/limits.h"

static int memfd_with(const char *text, size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, text, size), ==, (ssize_t)size);
    return fd;
}

static void assert_holds(int fd, const char *expected)
{
    char found[256];
    ssize_t size = read(fd, found, sizeof found);
    g_assert_cmpmem(found, size, expected, strlen(expected));
}

static void test_text(void)
{
    g_autoptr(GError) error = NULL;
    int fd = certd_sealed_new(-1, "public", &error);
    g_assert_no_error(error);
    assert_holds(fd, "public");
    close(fd);
}

static void test_key(void)
{
    g_autoptr(GError) error = NULL;
    int key = memfd_with("the key\n", 8);
    /* Where it stands is no matter, and stays. */
    for (int i = 0; i < 2; i++) {
        int fd = certd_sealed_new(key, "the chain\n", &error);
        g_assert_no_error(error);
        assert_holds(fd, "the key\nthe chain\n");
        close(fd);
        g_assert_cmpint(lseek(key, 0, SEEK_CUR), ==, 8);
    }
    close(key);
}

static void test_sealed(void)
{
    int fd = certd_sealed_new(-1, "public", NULL);
    int seals = fcntl(fd, F_GET_SEALS);
    g_assert_cmpint(seals, ==, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    g_assert_cmpint(pwrite(fd, "x", 1, 0), ==, -1);
    g_assert_cmpint(ftruncate(fd, 0), ==, -1);
    close(fd);
}

/* CERTD_LIMIT_INPUT_BYTES, and one more; and what is no memfd or file. */
static void test_limit(void)
{
    int key = memfd_with("", 0), to = memfd_with("", 0), ends[2];
    struct stat status;
    g_assert_cmpint(ftruncate(key, CERTD_LIMIT_INPUT_BYTES), ==, 0);
    g_assert_cmpint(certd_sealed_copy(key, to), ==, 0);
    g_assert_cmpint(fstat(to, &status), ==, 0);
    g_assert_cmpint(status.st_size, ==, CERTD_LIMIT_INPUT_BYTES);
    g_assert_cmpint(ftruncate(key, CERTD_LIMIT_INPUT_BYTES + 1), ==, 0);
    g_assert_cmpint(certd_sealed_copy(key, to), ==, EFBIG);
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(certd_sealed_copy(ends[0], to), ==, EFBIG);
    g_assert_cmpint(certd_sealed_copy(-1, to), ==, EBADF);
    close(ends[0]);
    close(ends[1]);
    close(key);
    close(to);
}

/* What can't be made is an error, and no descriptor. */
static void test_failure(void)
{
    g_autoptr(GError) error = NULL;
    int ends[2];
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(certd_sealed_new(ends[0], "", &error), ==, -1);
    g_assert_nonnull(error);
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sealed/text", test_text);
    g_test_add_func("/sealed/key", test_key);
    g_test_add_func("/sealed/sealed", test_sealed);
    g_test_add_func("/sealed/limit", test_limit);
    g_test_add_func("/sealed/failure", test_failure);
    return g_test_run();
}
