/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of names and addresses are told once, two seconds after the first of them: R24. */
#include "watch/changes.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"

#define GATHER ((gint64)CERTD_CHANGES_GATHER_USEC)
/* How late a call may be on a machine that is busy with other tests. */
#define SLACK (3 * G_USEC_PER_SEC)
/* Duplicate address detection takes a second or two, and then things are gathered. */
#define PATIENCE (20 * G_USEC_PER_SEC)
#define CALLS_MAX 16u
#define MESSAGES_TOO_MANY 2000u
/* So many that they take a while. */
#define OTHER_FILES 2000u

typedef struct {
    sd_event *event;
    CertdChanges *changes;
    unsigned int calls;
    gint64 at[CALLS_MAX]; /* usec of CLOCK_BOOTTIME */
} Watch;

static gint64 now(void)
{
    struct timespec time;
    g_assert_cmpint(clock_gettime(CLOCK_BOOTTIME, &time), ==, 0);
    return (gint64)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void on_changed(void *userdata)
{
    Watch *watch = userdata;
    g_assert_cmpuint(watch->calls, <, CALLS_MAX);
    watch->at[watch->calls++] = now();
}

static void watch_open(Watch *watch)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(sd_event_new(&watch->event), >=, 0);
    watch->changes = certd_changes_new(watch->event, on_changed, watch, &error);
    g_assert_no_error(error);
}

static void watch_close(Watch *watch)
{
    certd_changes_free(watch->changes);
    sd_event_unref(watch->event);
}

/* Turns the loop until nothing is left to do now. */
static void turn(Watch *watch)
{
    int r;
    do {
        r = sd_event_run(watch->event, 0);
        g_assert_cmpint(r, >=, 0);
    } while (r > 0);
}

/* Turns the loop until there is the call number @calls, whose time it gives. */
static gint64 await(Watch *watch, unsigned int calls)
{
    gint64 end = now() + PATIENCE;
    while (watch->calls < calls) {
        gint64 left = end - now();
        g_assert_cmpint(left, >, 0);
        g_assert_cmpint(sd_event_run(watch->event, (uint64_t)left), >=, 0);
    }
    return watch->at[calls - 1];
}

typedef struct {
    const char *row;
    void (*before)(const char *argument);
    const char *argument_before;
    void (*change)(const char *argument);
    const char *argument;
    const char *names; /* certd_device_names() when it is told */
} Row;

static void nothing(const char *argument)
{
}

static void write_hostname(const char *contents)
{
    fixture_write("/etc/hostname", contents);
}

static void write_hostname_in_place(const char *contents)
{
    fixture_write_in_place("/etc/hostname", contents);
}

static void write_hosts(const char *contents)
{
    fixture_write("/etc/hosts", contents);
}

static void move_away(const char *path)
{
    g_assert_cmpint(rename(path, "/etc/away"), ==, 0);
}

static void delete (const char *path)
{
    g_assert_cmpint(unlink(path), ==, 0);
}

static void link_hostname(const char *target)
{
    g_assert_cmpint(unlink("/etc/hostname"), ==, 0);
    g_assert_cmpint(symlink(target, "/etc/hostname"), ==, 0);
}

#define DEV1 "DNS:dev1 DNS:dev1.local"
#define LABEL_OF_60 "a123456789b123456789c123456789d123456789e123456789f123456789"
#define NAME_OF_64 LABEL_OF_60 ".org"

static const Row rows[] = {
    {"address-added", nothing, "", fixture_ip, "addr add 192.0.2.7/24 dev cd0\n",
     DEV1 " IP:192.0.2.7"},
    {"address-removed", fixture_ip, "addr add 192.0.2.7/24 dev cd0\n", fixture_ip,
     "addr del 192.0.2.7/24 dev cd0\n", DEV1},
    {"ipv6-address-added", nothing, "", fixture_ip, "addr add 2001:db8::7/64 dev cd0 nodad\n",
     DEV1 " IP:2001:db8::7"},
    {"link-down", fixture_ip, "addr add 192.0.2.7/24 dev cd0\n", fixture_ip, "link set cd0 down\n",
     DEV1},
    {"link-up", fixture_ip, "link set cd0 down\naddr add 192.0.2.7/24 dev cd0\n", fixture_ip,
     "link set cd0 up\n", DEV1 " IP:192.0.2.7"},
    {"link-gone", fixture_ip, "addr add 192.0.2.7/24 dev cd0\n", fixture_ip, "link del cd0\n",
     DEV1},
    {"loopback-up", nothing, "", fixture_ip, "link set lo up\n", DEV1},
    {"host-name", nothing, "", fixture_set_host_name, "dev2", "DNS:dev2 DNS:dev2.local"},
    {"host-name-nonsense", nothing, "", fixture_set_host_name, "\xff\x1b[2J .. ", ""},
    {"host-name-of-64", nothing, "", fixture_set_host_name, NAME_OF_64,
     "DNS:" NAME_OF_64 " DNS:" LABEL_OF_60 ".local"},
    {"host-name-empty", nothing, "", fixture_set_host_name, "", ""},
    {"static-name", nothing, "", write_hostname, "rack9\n", DEV1 " DNS:rack9 DNS:rack9.local"},
    {"static-name-in-place", write_hostname, "rack8\n", write_hostname_in_place, "rack9\n",
     DEV1 " DNS:rack9 DNS:rack9.local"},
    {"static-name-linked", write_hostname, "rack8\n", link_hostname, "other", DEV1},
    {"static-name-moved-away", write_hostname, "rack9\n", move_away, "/etc/hostname", DEV1},
    {"static-name-deleted", write_hostname, "rack9\n", delete, "/etc/hostname", DEV1},
    {"domain", nothing, "", write_hosts, "192.0.2.7 dev1.example.org dev1\n",
     "DNS:dev1.example.org " DEV1},
};

/* The device as each test begins. */
static void reset(void)
{
    fixture_links();
    fixture_set_host_name("dev1");
    fixture_write("/etc/hosts", "");
    unlink("/etc/hostname");
}

static void test_row(gconstpointer data)
{
    const Row *row = data;
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    reset();
    row->before(row->argument_before);
    gint64 began = now();
    watch_open(&watch);
    row->change(row->argument);
    gint64 ended = now();
    gint64 told = await(&watch, 1);
    g_autofree char *names = fixture_names();
    g_assert_cmpint(told - began, >=, GATHER);
    g_assert_cmpint(told - ended, <=, GATHER + SLACK);
    g_assert_cmpstr(names, ==, row->names);
}

/* Other files of /etc begin nothing, however many there are: what comes after them is told two
 * seconds after itself, and not after the first of them. */
static void test_other_files(gconstpointer data)
{
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    reset();
    watch_open(&watch);
    for (unsigned int i = 0; i < OTHER_FILES; i++) {
        g_autofree char *path = g_strdup_printf("/etc/hostname.%u", i);
        fixture_write(path, "rack9\n");
        fixture_write_in_place(path, "rack8\n");
        g_assert_cmpint(unlink(path), ==, 0);
        turn(&watch);
    }
    gint64 began = now();
    write_hostname("rack9\n");
    gint64 told = await(&watch, 1);
    g_assert_cmpint(told - began, >=, GATHER);
}

/* More than 100 changes in a second, for as long as it takes to be told of them three times. */
static void test_flaps(gconstpointer data)
{
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    unsigned int flaps = 0;
    reset();
    gint64 began = now(), last = began;
    watch_open(&watch);
    for (; watch.calls < 3 && last - began < PATIENCE; flaps++) {
        fixture_set_host_name(flaps % 2 == 0 ? "dev2" : "dev1");
        fixture_ip("addr add 192.0.2.7/24 dev cd0\naddr del 192.0.2.7/24 dev cd0\n");
        last = now();
        turn(&watch);
    }
    fixture_ip("addr add 192.0.2.8/24 dev cd0\n");
    fixture_set_host_name("dev3");
    last = now();
    gint64 told = await(&watch, watch.calls + 1);
    g_autofree char *names = fixture_names();
    g_test_message("%u flaps, %u calls in %" G_GINT64_FORMAT " ms", flaps, watch.calls,
                   (told - began) / 1000);
    g_assert_cmpuint(watch.calls, ==, 4);
    g_assert_cmpuint(flaps * 4 * (guint64)G_USEC_PER_SEC, >, 100 * (guint64)(last - began));
    g_assert_cmpint(watch.at[0] - began, >=, GATHER);
    for (unsigned int i = 1; i < watch.calls; i++)
        g_assert_cmpint(watch.at[i] - watch.at[i - 1], >=, GATHER);
    g_assert_cmpint(told, >=, last);
    g_assert_cmpint(told - last, <=, GATHER + SLACK);
    g_assert_cmpstr(names, ==, "DNS:dev3 DNS:dev3.local IP:192.0.2.8");
}

/* Messages that the kernel threw away as their socket was full, of this network. */
static guint64 count_drops(void)
{
    g_autofree char *table = NULL;
    guint64 drops = 0;
    g_assert_true(g_file_get_contents("/proc/thread-self/net/netlink", &table, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
    for (char **line = lines + 1; *line != NULL && **line != '\0'; line++) {
        unsigned long of_socket = 0;
        /* sk, protocol, port, groups, received, sent, dump, locks, drops */
        if (sscanf(*line, "%*s %*s %*s %*s %*s %*s %*s %*s %lu", &of_socket) == 1)
            drops += of_socket;
    }
    return drops;
}

/* A socket that ran over tells of a change, and goes on telling. */
static void test_overflow(gconstpointer data)
{
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    g_autoptr(GString) commands = g_string_new(NULL);
    reset();
    watch_open(&watch);
    for (unsigned int i = 0; i < MESSAGES_TOO_MANY; i++)
        g_string_append_printf(commands, "addr %s 192.0.2.7/24 dev cd0\n", i % 2 ? "del" : "add");
    gint64 began = now();
    fixture_ip(commands->str);
    g_assert_cmpuint(count_drops(), >, 0);
    gint64 told = await(&watch, 1);
    turn(&watch);
    gint64 again = now();
    fixture_ip("addr add 192.0.2.8/24 dev cd0\n");
    gint64 told_again = await(&watch, 2);
    g_autofree char *names = fixture_names();
    g_assert_cmpint(told - began, >=, GATHER);
    g_assert_cmpint(told_again - again, >=, GATHER);
    g_assert_cmpstr(names, ==, DEV1 " IP:192.0.2.8");
}

/* An IPv6 address is none of the device's before its detection has ended, and that is told. */
static void test_tentative(gconstpointer data)
{
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    reset();
    watch_open(&watch);
    fixture_ip("addr add 2001:db8::7/64 dev cd0\n");
    g_autofree char *names = fixture_names();
    g_assert_cmpstr(names, ==, DEV1);
    for (unsigned int calls = 1; strcmp(names, DEV1) == 0; calls++) {
        await(&watch, calls);
        g_free(names);
        names = fixture_names();
    }
    g_assert_cmpstr(names, ==, DEV1 " IP:2001:db8::7");
}

/* An address that another interface on the same link has is none of the device's, ever. */
static void test_duplicate(gconstpointer data)
{
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    g_autofree char *failed = g_strdup("");
    reset();
    fixture_ip("addr add fe80::7/64 dev cd0 nodad\n");
    watch_open(&watch);
    fixture_ip("addr add fe80::7/64 dev cd1\nlink set cd0 down\nlink set cd0 up\n"
               "addr add 2001:db8::7/64 dev cd0 nodad\naddr add 2001:db8::7/64 dev cd1\n");
    for (unsigned int calls = 1; strstr(failed, "2001:db8::7") == NULL; calls++) {
        await(&watch, calls);
        g_free(failed);
        failed = fixture_ip_print("-6 -oneline addr show dev cd1 dadfailed");
    }
    fixture_ip("addr del 2001:db8::7/64 dev cd0\n");
    g_autofree char *names = fixture_names();
    g_assert_null(strstr(names, "2001:db8::7"));
}

/* Freed while it gathers, it tells nothing more: not until another one tells, begun later. */
static void test_free(gconstpointer data)
{
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    Watch other = {0};
    reset();
    watch_open(&watch);
    fixture_set_host_name("dev2");
    turn(&watch);
    certd_changes_free(watch.changes);
    certd_changes_free(NULL);
    watch.changes = certd_changes_new(watch.event, on_changed, &other, NULL);
    g_assert_nonnull(watch.changes);
    fixture_set_host_name("dev3");
    while (other.calls == 0)
        g_assert_cmpint(sd_event_run(watch.event, (uint64_t)PATIENCE), >, 0);
    g_assert_cmpuint(watch.calls, ==, 0);
}

/* Without descriptors for each of its four sources it is refused, and leaves nothing behind. */
static void test_no_descriptors(gconstpointer data)
{
    __attribute__((cleanup(watch_close))) Watch watch = {0};
    struct rlimit usual, low;
    rlim_t n = 0;
    g_assert_cmpint(sd_event_new(&watch.event), >=, 0);
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &usual), ==, 0);
    int next = dup(STDOUT_FILENO);
    g_assert_cmpint(close(next), ==, 0);
    for (; watch.changes == NULL; n++) {
        g_autoptr(GError) error = NULL;
        low = (struct rlimit){.rlim_cur = (rlim_t)next + n, .rlim_max = usual.rlim_max};
        g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &low), ==, 0);
        watch.changes = certd_changes_new(watch.event, on_changed, &watch, &error);
        if (watch.changes == NULL)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    }
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &usual), ==, 0);
    g_assert_cmpuint(n, >, 4);
}

static const struct {
    const char *path;
    GTestDataFunc run;
} tests[] = {
    {"/watch/changes/other-files", test_other_files},
    {"/watch/changes/flaps", test_flaps},
    {"/watch/changes/overflow", test_overflow},
    {"/watch/changes/tentative", test_tentative},
    {"/watch/changes/duplicate", test_duplicate},
    {"/watch/changes/free", test_free},
    {"/watch/changes/no-descriptors", test_no_descriptors},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/watch/changes/", rows[i].row, NULL);
        fixture_add_test(path, test_row, &rows[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        fixture_add_test(tests[i].path, tests[i].run, NULL);
    return g_test_run();
}
