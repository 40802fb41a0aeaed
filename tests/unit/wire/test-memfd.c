/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1, R30: how secrets and big inputs cross a process boundary. */
#include "wire/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/error.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define AUTO_FD __attribute__((cleanup(close_fd))) int

static void test_sealed(void)
{
    g_autoptr(GError) error = NULL;
    AUTO_FD fd = certd_memfd_new("test", "secret", 6, &error);

    g_assert_no_error(error);
    g_assert_cmpint(fcntl(fd, F_GET_SEALS), ==,
                    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    g_assert_cmpint(write(fd, "x", 1), ==, -1);
    g_assert_cmpint(errno, ==, EPERM);
    g_assert_cmpint(ftruncate(fd, 0), ==, -1);
    g_assert_cmpint(ftruncate(fd, 100), ==, -1);

    /* It begins at its beginning for those who just read(). */
    char buffer[16] = "";
    g_assert_cmpint(read(fd, buffer, sizeof(buffer)), ==, 6);
    g_assert_cmpstr(buffer, ==, "secret");
}

static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 100000};

static void test_round_trips(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *data = g_strnfill(sizes[i], 'x');
        g_autoptr(GError) error = NULL;
        AUTO_FD fd = certd_memfd_new("test", data, sizes[i], &error);

        g_test_message("%zu bytes", sizes[i]);
        g_assert_no_error(error);
        /* Not from where somebody left it. */
        g_assert_cmpint(lseek(fd, (off_t)sizes[i], SEEK_SET), ==, sizes[i]);
        g_autoptr(GBytes) bytes = certd_fd_read(fd, sizes[i], &error);
        g_assert_no_error(error);
        g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), data, sizes[i]);
        g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, sizes[i]);
    }
}

/* A byte more than the limit is too large, from a memfd and from a pipe. */
static void test_limit(void)
{
    for (size_t i = 1; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *data = g_strnfill(sizes[i], 'x');
        g_autoptr(GError) error = NULL;
        AUTO_FD fd = certd_memfd_new("test", data, sizes[i], NULL);

        g_test_message("%zu bytes", sizes[i]);
        g_assert_null(certd_fd_read(fd, sizes[i] - 1, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
    }
}

static void test_pipe(void)
{
    g_autofree char *data = g_strnfill(10000, 'x');

    for (size_t beyond = 0; beyond <= 1; beyond++) {
        g_autoptr(GError) error = NULL;
        int ends[2];

        g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
        AUTO_FD from = ends[0];
        g_assert_cmpint(write(ends[1], data, 10000), ==, 10000);
        close(ends[1]);
        g_autoptr(GBytes) bytes = certd_fd_read(from, 10000 - beyond, &error);
        if (beyond) {
            g_assert_null(bytes);
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
        } else {
            g_assert_cmpuint(g_bytes_get_size(bytes), ==, 10000);
        }
    }
}

/* What never ends stops at the limit; its size tells nothing. */
static void test_endless(void)
{
    g_autoptr(GError) error = NULL;
    AUTO_FD fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_assert_null(certd_fd_read(fd, 256 * 1024, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
}

static void test_unreadable(void)
{
    g_autoptr(GError) write_only = NULL;
    g_autoptr(GError) directory = NULL;
    g_autoptr(GError) none = NULL;
    AUTO_FD fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    AUTO_FD root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    g_assert_null(certd_fd_read(fd, 10, &write_only));
    g_assert_error(write_only, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_assert_null(certd_fd_read(root, 10, &directory));
    g_assert_error(directory, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_assert_null(certd_fd_read(-1, 10, &none));
    g_assert_error(none, CERTD_ERROR, CERTD_ERROR_MALFORMED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/memfd/sealed", test_sealed);
    g_test_add_func("/wire/memfd/round-trips", test_round_trips);
    g_test_add_func("/wire/memfd/limit", test_limit);
    g_test_add_func("/wire/memfd/pipe", test_pipe);
    g_test_add_func("/wire/memfd/endless", test_endless);
    g_test_add_func("/wire/memfd/unreadable", test_unreadable);
    return g_test_run();
}
