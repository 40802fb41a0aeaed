/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the credential socket comes from. */
#include "socket/listener.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "model/error.h"
#include "model/names.h"

typedef struct {
    char *folder;
    char *path;
} Place;

static void set_up(Place *place, const void *data)
{
    place->folder = g_dir_make_tmp("certd-listener-XXXXXX", NULL);
    g_assert_nonnull(place->folder);
    place->path = g_build_filename(place->folder, CERTD_CREDENTIAL_SOCKET, NULL);
}

static void tear_down(Place *place, const void *data)
{
    (void)g_unlink(place->path);
    g_assert_cmpint(g_rmdir(place->folder), ==, 0);
    g_free(place->path);
    g_free(place->folder);
}

static int open_bound(const Place *place)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bound = NULL;
    int fd = certd_listener_open(place->folder, &bound, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(bound, ==, place->path);
    return fd;
}

static gboolean connects(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gboolean done = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return done;
}

/* Everybody may connect, whatever the umask is; the socket of one before makes room. */
static void test_bound(Place *place, const void *data)
{
    struct stat status;
    mode_t before = umask(0077);
    for (int round = 0; round < 2; round++) {
        int fd = open_bound(place);
        g_assert_cmpint(g_lstat(place->path, &status), ==, 0);
        g_assert_cmpuint(status.st_mode, ==, S_IFSOCK | 0666);
        g_assert_true(connects(place->path));
        close(fd);
        g_assert_false(connects(place->path));
    }
    umask(before);
}

static void assert_refused(const char *folder)
{
    g_autoptr(GError) error = NULL;
    char *bound = (char *)"before";
    g_assert_cmpint(certd_listener_open(folder, &bound, &error), ==, -1);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_assert_cmpstr(bound, ==, "before");
}

/* What is no socket stays. */
static void test_in_the_way(Place *place, const void *data)
{
    g_assert_true(g_file_set_contents(place->path, "mine", 4, NULL));
    assert_refused(place->folder);
    g_assert_true(g_file_test(place->path, G_FILE_TEST_IS_REGULAR));
    g_assert_cmpint(g_unlink(place->path), ==, 0);
    g_assert_cmpint(symlink("/nonexistent", place->path), ==, 0);
    assert_refused(place->folder);
    g_assert_true(g_file_test(place->path, G_FILE_TEST_IS_SYMLINK));
}

static void test_no_place(Place *place, const void *data)
{
    g_autofree char *missing = g_build_filename(place->folder, "none", NULL);
    g_autofree char *segment = g_strnfill(108, 'a');
    g_autofree char *deep = g_build_filename("/", segment, NULL);
    assert_refused(missing);
    assert_refused(deep);
}

/* In a process of its own: the socket has the first descriptor behind the standard ones. */
static void hand_over(const Place *place, const char *name, gboolean listens)
{
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
    int fd = open_bound(place);
    if (!listens) {
        close(fd);
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
    }
    g_assert_cmpint(dup2(fd, SD_LISTEN_FDS_START), ==, SD_LISTEN_FDS_START);
    g_setenv("LISTEN_PID", pid, TRUE);
    g_setenv("LISTEN_FDS", "1", TRUE);
    g_setenv("LISTEN_FDNAMES", name, TRUE);
}

static void test_handed_over(Place *place, const void *data)
{
    static const struct {
        const char *name;
        gboolean listens;
        gboolean taken;
    } rows[] = {{"credential", TRUE, TRUE}, {"other", TRUE, FALSE}, {"credential", FALSE, FALSE}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        pid_t child = fork();
        if (child == 0) {
            char *bound = (char *)"before";
            hand_over(place, rows[i].name, rows[i].listens);
            int fd = certd_listener_open(place->folder, &bound, NULL);
            gboolean good = rows[i].taken ? fd == SD_LISTEN_FDS_START && bound == NULL &&
                                                connects(place->path) &&
                                                (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 &&
                                                g_getenv("LISTEN_FDS") == NULL
                                          : fd == -1 && g_str_equal(bound, "before");
            _exit(good ? 0 : 1);
        }
        int status;
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    }
}

#define listener_add(path, function) g_test_add(path, Place, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    listener_add("/listener/bound", test_bound);
    listener_add("/listener/in-the-way", test_in_the_way);
    listener_add("/listener/no-place", test_no_place);
    listener_add("/listener/handed-over", test_handed_over);
    return g_test_run();
}
