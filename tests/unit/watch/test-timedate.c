/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel that may not be asked whether the clock is synchronized, and a timedate1 that may:
 * R72. */
#include <sys/socket.h>
#include <systemd/sd-id128.h>

#include "clock-fixture.h"
#include "model/limits.h"

#define NAME "org.freedesktop.timedate1"
#define HOUR 3600
/* How late a question may be. */
#define LATE_SECONDS 2
#define KEPT_MAX 4u

typedef enum {
    SAYS_FALSE,
    SAYS_TRUE,
    SAYS_ERROR,
    SAYS_NUMBER,
    SAYS_MORE,
    SAYS_NOTHING,
} Says;

/* A device whose timedate1 is at the other end of a socketpair. */
typedef struct {
    ClockWatch watch;
    sd_bus *certd;
    sd_bus *timedate;
    Says says;
    unsigned int asked;
    sd_bus_message *kept[KEPT_MAX]; /* the questions */
} Device;

static int answer(sd_bus_message *question, Says says)
{
    switch (says) {
    case SAYS_FALSE:
    case SAYS_TRUE:
        return sd_bus_reply_method_return(question, "v", "b", says == SAYS_TRUE);
    case SAYS_ERROR:
        return sd_bus_reply_method_errorf(question, SD_BUS_ERROR_SERVICE_UNKNOWN, "None");
    case SAYS_NUMBER:
        return sd_bus_reply_method_return(question, "v", "u", 1);
    case SAYS_MORE:
        return sd_bus_reply_method_return(question, "vs", "b", 1, "more");
    case SAYS_NOTHING:
        return 1;
    }
    g_assert_not_reached();
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Device *device = userdata;
    const char *interface, *property;
    if (!sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Get"))
        return 0;
    g_assert_cmpstr(sd_bus_message_get_destination(message), ==, NAME);
    g_assert_cmpstr(sd_bus_message_get_path(message), ==, "/org/freedesktop/timedate1");
    g_assert_cmpint(sd_bus_message_read(message, "ss", &interface, &property), >=, 0);
    g_assert_cmpstr(interface, ==, NAME);
    g_assert_cmpstr(property, ==, "NTPSynchronized");
    /* It runs only while it is asked. */
    g_assert_cmpint(sd_bus_message_get_auto_start(message), >, 0);
    g_assert_cmpuint(device->asked, <, KEPT_MAX);
    device->kept[device->asked++] = sd_bus_message_ref(message);
    g_assert_cmpint(answer(message, device->says), >=, 0);
    return 1;
}

static void connect_bus(Device *device)
{
    int pair[2];
    sd_id128_t id;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    g_assert_cmpint(sd_bus_new(&device->timedate), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(device->timedate, pair[0], pair[0]), >=, 0);
    g_assert_cmpint(sd_bus_set_server(device->timedate, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_add_filter(device->timedate, NULL, on_message, device), >=, 0);
    g_assert_cmpint(sd_bus_start(device->timedate), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(device->timedate, device->watch.event, 0), >=, 0);
    g_assert_cmpint(sd_bus_new(&device->certd), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(device->certd, pair[1], pair[1]), >=, 0);
    g_assert_cmpint(sd_bus_start(device->certd), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(device->certd, device->watch.event, 0), >=, 0);
    certd_clock_set_bus(device->watch.clock, device->certd);
    clock_watch_turn(&device->watch);
}

static void device_open(Device *device, Says says)
{
    device->says = says;
    clock_watch_open_forbidden(&device->watch);
    connect_bus(device);
}

static void device_close(Device *device)
{
    for (size_t i = 0; i < KEPT_MAX; i++)
        sd_bus_message_unref(device->kept[i]);
    certd_clock_free(g_steal_pointer(&device->watch.clock));
    sd_bus_close_unref(device->certd);
    sd_bus_close_unref(device->timedate);
    clock_watch_close(&device->watch);
}

#define DEVICE(device) __attribute__((cleanup(device_close))) Device device = {0}

/* @seconds go by. */
static void pass(const Device *device, gint64 seconds)
{
    fake_kernel.slept += seconds;
    clock_watch_dispatch(&device->watch);
}

static void assert_clock(const Device *device, gboolean synchronized, unsigned int changed)
{
    g_assert_cmpint(certd_clock_is_synchronized(device->watch.clock), ==, synchronized);
    g_assert_cmpuint(device->watch.changed, ==, changed);
}

typedef struct {
    const char *row;
    Says says;
    gboolean synchronized;
    unsigned int again; /* seconds */
} AnswerRow;

static const AnswerRow answer_rows[] = {
    {"true", SAYS_TRUE, TRUE, CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS},
    {"false", SAYS_FALSE, FALSE, CERTD_TIMEDATE_ASK_SECONDS},
    {"error", SAYS_ERROR, FALSE, CERTD_TIMEDATE_ASK_SECONDS},
    {"no-boolean", SAYS_NUMBER, FALSE, CERTD_TIMEDATE_ASK_SECONDS},
    {"more-than-a-boolean", SAYS_MORE, FALSE, CERTD_TIMEDATE_ASK_SECONDS},
};

/* Asked at the start, and again when it is time, not before. */
static void test_answer_row(gconstpointer data)
{
    const AnswerRow *row = data;
    DEVICE(device);
    device_open(&device, row->says);
    g_assert_cmpuint(device.asked, ==, 1);
    assert_clock(&device, row->synchronized, row->synchronized ? 1 : 0);
    pass(&device, row->again - LATE_SECONDS);
    g_assert_cmpuint(device.asked, ==, 1);
    pass(&device, 2 * LATE_SECONDS);
    g_assert_cmpuint(device.asked, ==, 2);
    assert_clock(&device, row->synchronized, row->synchronized ? 1 : 0);
    /* The kernel said once that it may not be asked. */
    g_assert_cmpuint(fake_kernel.asked, ==, 1);
}

/* Each answer that differs is news, and no other. */
static void test_answer_changes(void)
{
    DEVICE(device);
    device_open(&device, SAYS_FALSE);
    assert_clock(&device, FALSE, 0);
    device.says = SAYS_TRUE;
    pass(&device, CERTD_TIMEDATE_ASK_SECONDS + LATE_SECONDS);
    assert_clock(&device, TRUE, 1);
    device.says = SAYS_ERROR;
    pass(&device, CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS + LATE_SECONDS);
    assert_clock(&device, FALSE, 2);
    g_assert_cmpuint(device.asked, ==, 3);
}

/* CERTD_LIMIT_TIMEDATE_ANSWER_SECONDS: what was said before counts that long, and what is said
 * later not at all. Nobody waits meanwhile. */
static void test_silent(void)
{
    DEVICE(device);
    device_open(&device, SAYS_TRUE);
    device.says = SAYS_NOTHING;
    gint64 begun = g_get_monotonic_time();
    pass(&device, CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS + LATE_SECONDS);
    g_assert_cmpuint(device.asked, ==, 2);
    assert_clock(&device, TRUE, 1);
    clock_watch_await(&device.watch, &device.watch.changed, 2);
    gint64 took = g_get_monotonic_time() - begun;
    g_assert_cmpint(took, >=, CERTD_LIMIT_TIMEDATE_ANSWER_SECONDS * G_USEC_PER_SEC);
    assert_clock(&device, FALSE, 2);
    g_assert_cmpint(answer(device.kept[1], SAYS_TRUE), >=, 0);
    clock_watch_dispatch(&device.watch);
    assert_clock(&device, FALSE, 2);
    device.says = SAYS_TRUE;
    pass(&device, CERTD_TIMEDATE_ASK_SECONDS + LATE_SECONDS);
    assert_clock(&device, TRUE, 3);
}

static void set_clock(const Device *device, gint64 seconds, gboolean is_told, unsigned int changed)
{
    fake_set_clock(seconds, is_told);
    clock_watch_dispatch(&device->watch);
    clock_watch_await(&device->watch, &device->watch.changed, changed);
    clock_watch_dispatch(&device->watch);
}

/* A clock that was set is not synchronized until that is said again, whoever says that it was set;
 * an answer to what was asked before does not count. */
static void test_set(gconstpointer is_told)
{
    DEVICE(device);
    device_open(&device, SAYS_TRUE);
    assert_clock(&device, TRUE, 1);
    device.says = SAYS_NOTHING;
    set_clock(&device, HOUR, is_told != NULL, 2);
    g_assert_cmpuint(device.asked, ==, 2);
    assert_clock(&device, FALSE, 2);
    set_clock(&device, -HOUR, is_told != NULL, 3);
    g_assert_cmpuint(device.asked, ==, 3);
    g_assert_cmpint(answer(device.kept[1], SAYS_TRUE), >=, 0);
    clock_watch_dispatch(&device.watch);
    assert_clock(&device, FALSE, 3);
    g_assert_cmpint(answer(device.kept[2], SAYS_TRUE), >=, 0);
    clock_watch_dispatch(&device.watch);
    assert_clock(&device, TRUE, 4);
    g_assert_cmpuint(device.asked, ==, 3);
}

/* The question that is answered is the last one for an hour, though another was due by then. */
static void test_set_while_waiting(void)
{
    DEVICE(device);
    device_open(&device, SAYS_FALSE);
    device.says = SAYS_TRUE;
    set_clock(&device, -HOUR, FALSE, 1);
    clock_watch_await(&device.watch, &device.watch.changed, 2);
    assert_clock(&device, TRUE, 2);
    pass(&device, CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS - LATE_SECONDS);
    g_assert_cmpuint(device.asked, ==, 2);
}

/* Where the kernel may be asked, nobody else is. */
static void test_kernel_answers(void)
{
    DEVICE(device);
    clock_watch_open(&device.watch, TRUE);
    connect_bus(&device);
    set_clock(&device, HOUR, FALSE, 1);
    pass(&device, CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS + LATE_SECONDS);
    g_assert_cmpuint(device.asked, ==, 0);
    assert_clock(&device, TRUE, 1);
}

/* Without a bus the clock is not synchronized, and steps are seen all the same. */
static void test_no_bus(void)
{
    DEVICE(device);
    clock_watch_open_forbidden(&device.watch);
    assert_clock(&device, FALSE, 0);
    set_clock(&device, HOUR, TRUE, 1);
    assert_clock(&device, FALSE, 1);
}

static void test_connection_ended(void)
{
    DEVICE(device);
    device_open(&device, SAYS_TRUE);
    assert_clock(&device, TRUE, 1);
    sd_bus_close(device.certd);
    pass(&device, CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS + LATE_SECONDS);
    assert_clock(&device, FALSE, 2);
    pass(&device, CERTD_TIMEDATE_ASK_SECONDS + LATE_SECONDS);
    set_clock(&device, HOUR, FALSE, 3);
    assert_clock(&device, FALSE, 3);
    g_assert_cmpuint(device.asked, ==, 1);
}

/* A clock that is freed is told nothing any more, and nobody is asked. */
static void test_freed(void)
{
    DEVICE(device);
    device_open(&device, SAYS_NOTHING);
    g_assert_cmpuint(device.asked, ==, 1);
    certd_clock_free(g_steal_pointer(&device.watch.clock));
    g_assert_cmpint(answer(device.kept[0], SAYS_TRUE), >=, 0);
    clock_watch_dispatch(&device.watch);
    pass(&device, CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS + LATE_SECONDS);
    g_assert_cmpuint(device.watch.changed, ==, 0);
    g_assert_cmpuint(device.asked, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(answer_rows); i++) {
        g_autofree char *path = g_strconcat("/watch/timedate/answer/", answer_rows[i].row, NULL);
        g_test_add_data_func(path, &answer_rows[i], test_answer_row);
    }
    g_test_add_func("/watch/timedate/answer-changes", test_answer_changes);
    g_test_add_func("/watch/timedate/silent", test_silent);
    g_test_add_data_func("/watch/timedate/set", "told", test_set);
    g_test_add_data_func("/watch/timedate/set-unseen", NULL, test_set);
    g_test_add_func("/watch/timedate/set-while-waiting", test_set_while_waiting);
    g_test_add_func("/watch/timedate/kernel-answers", test_kernel_answers);
    g_test_add_func("/watch/timedate/no-bus", test_no_bus);
    g_test_add_func("/watch/timedate/connection-ended", test_connection_ended);
    g_test_add_func("/watch/timedate/freed", test_freed);
    return g_test_run();
}
