/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "watch/device-names.h"

/* Commands of ip(8), in the test's own /etc. */
#define COMMANDS "/etc/commands"
#define LINKS 2u

static void need(gboolean done, const char *what)
{
    if (done)
        return;
    printf("Bail out! %s: %s; run this as root, or allow user namespaces\n", what,
           g_strerror(errno));
    exit(1);
}

void fixture_write_in_place(const char *path, const char *contents)
{
    size_t length = strlen(contents);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    need(fd >= 0, path);
    need(write(fd, contents, length) == (ssize_t)length, path);
    close(fd);
}

static void become_root(void)
{
    g_autofree char *users = g_strdup_printf("0 %u 1", geteuid());
    g_autofree char *groups = g_strdup_printf("0 %u 1", getegid());
    need(unshare(CLONE_NEWUSER) == 0, "No user namespace");
    fixture_write_in_place("/proc/self/setgroups", "deny");
    fixture_write_in_place("/proc/self/uid_map", users);
    fixture_write_in_place("/proc/self/gid_map", groups);
}

void fixture_enter(void)
{
    if (geteuid() != 0)
        become_root();
    need(unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS) == 0, "No namespaces");
    need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "No mounts of its own");
    need(mount("tmpfs", "/etc", "tmpfs", 0, NULL) == 0, "No /etc of its own");
}

typedef struct {
    GTestDataFunc run;
    gconstpointer data;
    pid_t pid; /* 0 before it is begun */
} Test;

static GPtrArray *tests;

static void begin(Test *test)
{
    test->pid = fork();
    g_assert_cmpint(test->pid, >=, 0);
    if (test->pid > 0)
        return;
    g_assert_cmpint(prctl(PR_SET_PDEATHSIG, SIGKILL), ==, 0);
    fixture_enter();
    test->run(test->data);
    exit(0);
}

static void await(gconstpointer data)
{
    const Test *test = data;
    int status = -1;
    if (test->pid == 0) {
        fflush(NULL);
        for (guint i = 0; i < tests->len; i++)
            begin(g_ptr_array_index(tests, i));
    }
    g_assert_cmpint(waitpid(test->pid, &status, 0), ==, test->pid);
    g_assert_cmpint(status, ==, 0);
}

void fixture_add_test(const char *path, GTestDataFunc run, gconstpointer data)
{
    Test *test = g_new0(Test, 1);
    *test = (Test){.run = run, .data = data};
    if (tests == NULL)
        tests = g_ptr_array_new();
    g_ptr_array_add(tests, test);
    g_test_add_data_func(path, test, await);
}

void fixture_write(const char *path, const char *contents)
{
    g_assert_true(g_file_set_contents(path, contents, -1, NULL));
}

void fixture_ip(const char *commands)
{
    fixture_write(COMMANDS, commands);
    g_free(fixture_ip_print("-batch " COMMANDS));
}

char *fixture_ip_print(const char *arguments)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *line = g_strconcat("ip ", arguments, NULL);
    char *output = NULL;
    int status = -1;
    g_spawn_command_line_sync(line, &output, NULL, &status, &error);
    g_assert_no_error(error);
    g_spawn_check_wait_status(status, &error);
    g_assert_no_error(error);
    return output;
}

/* Adds the link to the set @data, once it is IFF_RUNNING: that is told last. */
static int on_link(const struct nlmsghdr *header, void *data)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);
    if (header->nlmsg_type == RTM_NEWLINK && (link->ifi_flags & IFF_RUNNING) != 0)
        g_hash_table_add(data, GINT_TO_POINTER(link->ifi_index));
    return MNL_CB_OK;
}

void fixture_links(void)
{
    g_autoptr(GHashTable) working = g_hash_table_new(NULL, NULL);
    g_autofree char *buffer = g_malloc(MNL_SOCKET_BUFFER_SIZE);
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    g_assert_nonnull(socket);
    g_assert_cmpint(mnl_socket_bind(socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID), ==, 0);
    fixture_ip("link add cd1 type veth peer name cd0\nlink set cd0 addrgenmode none\n"
               "link set cd1 addrgenmode none\nlink set cd0 up\nlink set cd1 up\n");
    while (g_hash_table_size(working) < LINKS) {
        ssize_t n = mnl_socket_recvfrom(socket, buffer, (size_t)MNL_SOCKET_BUFFER_SIZE);
        g_assert_cmpint(n, >, 0);
        g_assert_cmpint(mnl_cb_run(buffer, (size_t)n, 0, 0, on_link, working), >=, 0);
    }
    mnl_socket_close(socket);
}

void fixture_set_host_name(const char *name)
{
    g_assert_cmpint(sethostname(name, strlen(name)), ==, 0);
}

char *fixture_names(void)
{
    g_autoptr(GPtrArray) names = certd_device_names();
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *one = certd_san_print(g_ptr_array_index(names, i));
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", one);
    }
    return g_string_free(text, FALSE);
}
