/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events are read and forgotten: what the names are is asked afterwards, so that a lost event costs
 * nothing and a burst of them one look.
 */

#include "watch/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "model/error.h"

#define HOST_NAME_FILE "/proc/sys/kernel/hostname"
#define GROUPS (RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
/* Replaced by rename, linked, written in place, gone. */
#define ETC_EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE)
/* Messages read in one turn of the loop; the rest is read in the next ones. */
#define MESSAGES_PER_TURN 64u

struct CertdChanges {
    struct mnl_socket *netlink;
    sd_event_source *netlink_source;
    sd_event_source *host_name_source;
    sd_event_source *etc_source;
    sd_event_source *window; /* enabled while events are gathered */
    char host_name[HOST_NAME_MAX + 1];
    void (*changed)(void *userdata);
    void *userdata;
};

static const char *const etc_files[] = {"hostname", "hosts"};

static void gather(CertdChanges *changes)
{
    int enabled = SD_EVENT_OFF;
    sd_event_source_get_enabled(changes->window, &enabled);
    if (enabled != SD_EVENT_OFF)
        return;
    sd_event_source_set_time_relative(changes->window, CERTD_CHANGES_GATHER_USEC);
    sd_event_source_set_enabled(changes->window, SD_EVENT_ONESHOT);
}

static int on_window_end(sd_event_source *source, uint64_t usec, void *userdata)
{
    const CertdChanges *changes = userdata;
    changes->changed(changes->userdata);
    return 0;
}

static int on_netlink(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    /* Cut: that there was a message is all we want of it. */
    char start[NLMSG_HDRLEN];
    for (unsigned int i = 0; i < MESSAGES_PER_TURN; i++) {
        /* ENOBUFS, what had no room in the socket is lost, is an event as well: it is reported
         * once, and reading goes on. */
        if (recv(fd, start, sizeof start, 0) < 0 && errno != ENOBUFS && errno != EINTR)
            break;
    }
    gather(userdata);
    return 0;
}

/* The kernel wakes all who poll the file, once for each change of the host name in any container:
 * only what this one's name has become tells whether it was ours. */
static gboolean read_host_name(CertdChanges *changes)
{
    char name[HOST_NAME_MAX + 1] = "";
    gethostname(name, sizeof name - 1);
    gboolean is_new = strcmp(name, changes->host_name) != 0;
    memcpy(changes->host_name, name, sizeof name);
    return is_new;
}

static int on_host_name(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    if (read_host_name(userdata))
        gather(userdata);
    return 0;
}

static gboolean is_ours(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(etc_files); i++) {
        if (strcmp(etc_files[i], name) == 0)
            return TRUE;
    }
    return FALSE;
}

static int on_etc(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
    /* Without a name it is about /etc as a whole, or events were lost. */
    if (event->len == 0 || is_ours(event->name))
        gather(userdata);
    return 0;
}

static int watch_netlink(CertdChanges *changes, sd_event *event)
{
    changes->netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (changes->netlink == NULL ||
        mnl_socket_bind(changes->netlink, GROUPS, MNL_SOCKET_AUTOPID) < 0)
        return -errno;
    return sd_event_add_io(event, &changes->netlink_source, mnl_socket_get_fd(changes->netlink),
                           EPOLLIN, on_netlink, changes);
}

static int watch_host_name(CertdChanges *changes, sd_event *event)
{
    int fd = open(HOST_NAME_FILE, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    /* No event is asked for, as the file is always readable: a change comes as EPOLLERR, which
     * cannot be turned off. */
    int r = sd_event_add_io(event, &changes->host_name_source, fd, 0, on_host_name, changes);
    if (r < 0) {
        close(fd);
        return r;
    }
    read_host_name(changes);
    return sd_event_source_set_io_fd_own(changes->host_name_source, TRUE);
}

static int watch_etc(CertdChanges *changes, sd_event *event)
{
    return sd_event_add_inotify(event, &changes->etc_source, "/etc", ETC_EVENTS | IN_ONLYDIR,
                                on_etc, changes);
}

static int watch_window(CertdChanges *changes, sd_event *event)
{
    int r =
        sd_event_add_time(event, &changes->window, CLOCK_BOOTTIME, 0, 1, on_window_end, changes);
    return r < 0 ? r : sd_event_source_set_enabled(changes->window, SD_EVENT_OFF);
}

static const struct {
    int (*watch)(CertdChanges *changes, sd_event *event);
    const char *what;
    const char *remedy;
} watches[] = {
    {watch_window, "A timer", "see that memory and file descriptors are left"},
    {watch_netlink, "A socket that tells of addresses", "allow certd AF_NETLINK"},
    {watch_host_name, "A watch on " HOST_NAME_FILE, "let certd see and read it"},
    {watch_etc, "A watch on /etc",
     "let certd read it, and raise fs.inotify.max_user_instances and fs.inotify.max_user_watches"},
};

CertdChanges *certd_changes_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
                                GError **error)
{
    g_autoptr(CertdChanges) changes = g_new0(CertdChanges, 1);
    changes->changed = changed;
    changes->userdata = userdata;
    for (size_t i = 0; i < G_N_ELEMENTS(watches); i++) {
        int r = watches[i].watch(changes, event);
        if (r < 0) {
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                        "%s could not be had: %s; %s", watches[i].what, g_strerror(-r),
                        watches[i].remedy);
            return NULL;
        }
    }
    return g_steal_pointer(&changes);
}

void certd_changes_free(CertdChanges *changes)
{
    if (changes == NULL)
        return;
    sd_event_source_disable_unref(changes->netlink_source);
    sd_event_source_disable_unref(changes->host_name_source);
    sd_event_source_disable_unref(changes->etc_source);
    sd_event_source_disable_unref(changes->window);
    if (changes->netlink != NULL)
        mnl_socket_close(changes->netlink);
    g_free(changes);
}
