/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the credential socket comes from. */

#include "socket/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "model/error.h"
#include "model/names.h"

#define NAME_HANDED_OVER "credential"

static int fail(GError **error, const char *path, const char *what)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, "The credential socket %s %s", path,
                what);
    return -1;
}

static int fail_errno(GError **error, const char *path)
{
    g_autofree char *what = g_strdup_printf("can't be made: %s", g_strerror(errno));
    return fail(error, path, what);
}

/* -1 with @error, the socket, or -1 without where none was handed over. */
static int take_handed_over(GError **error)
{
    g_auto(GStrv) names = NULL;
    int count = sd_listen_fds_with_names(TRUE, &names);
    if (count <= 0)
        return -1;
    if (count != 1 || !g_str_equal(names[0], NAME_HANDED_OVER) ||
        sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
        return fail(error, "from the service manager",
                    "is not one stream socket that listens, with FileDescriptorName=credential; "
                    "mend certd.socket");
    return SD_LISTEN_FDS_START;
}

static gboolean make_room(const char *path, GError **error)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return TRUE;
    if (!S_ISSOCK(status.st_mode))
        return fail(error, path,
                    "can't be made: something that is no socket is there; remove it") == 0;
    (void)unlink(path);
    return TRUE;
}

/* Nobody can connect before it listens: by then its mode is what it is to be. */
static gboolean bind_to(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
           chmod(path, 0666) == 0 && listen(fd, SOMAXCONN) == 0;
}

int certd_listener_open(const char *directory, char **bound, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *path = g_build_filename(directory, CERTD_CREDENTIAL_SOCKET, NULL);
    int fd = take_handed_over(&failure);
    if (fd >= 0 || failure != NULL) {
        if (failure != NULL)
            g_propagate_error(error, g_steal_pointer(&failure));
        *bound = fd >= 0 ? NULL : *bound;
        return fd;
    }
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return fail(error, path, "has too long a path; choose a shorter runtime directory");
    if (!make_room(path, error))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail_errno(error, path);
    if (!bind_to(fd, path)) {
        fail_errno(error, path);
        close(fd);
        return -1;
    }
    *bound = g_steal_pointer(&path);
    return fd;
}
