/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling units: a systemd of the test's own, which answers late, early, oddly or not at all. */
#include "bus/units.h"

#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-id128.h>

#include "model/error.h"
#include "model/limits.h"

#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define UNIT_PATH "/org/freedesktop/systemd1/unit/nginx_2eservice"
#define JOB_PATH "/org/freedesktop/systemd1/job/7"
#define OTHER_JOB_PATH "/org/freedesktop/systemd1/job/8"

/* When the job's end is told. */
typedef enum {
    LATER,  /* after the answer that names the job */
    EARLY,  /* before it */
    FORGED, /* before it by somebody else, with another result */
    NEVER,
} End;

typedef struct {
    const char *name;
    CertdConsumerAction action;
    const char *state;
    const char *unit_error; /* of GetUnit */
    const char *job_error;  /* of ReloadUnit */
    End end;
    const char *result;
    const char *begun;   /* the method that was called; NULL: none */
    CertdError code;     /* CERTD_ERROR_COUNT_: it succeeds */
    const char *message; /* a part of it */
} Row;

typedef struct {
    const Row *row;
    sd_event *event;
    sd_bus *systemd;
    sd_bus *certd;
    CertdUnitManager *manager;
    CertdUnits units;
    char *begun;
    guint ended;
    GError *error;
} Sides;

/* Every limit passes at once. */
static gboolean hurry;

/* In the place of libsystemd's. */
int sd_event_add_time_relative(sd_event *event, sd_event_source **source, clockid_t clock,
                               uint64_t usec, uint64_t accuracy, sd_event_time_handler_t callback,
                               void *userdata)
{
    uint64_t now = 0;
    if (hurry)
        g_assert_cmpuint(usec, ==, CERTD_LIMIT_UNIT_JOB_SECONDS * G_USEC_PER_SEC);
    int r = sd_event_now(event, clock, &now);
    return r < 0 ? r
                 : sd_event_add_time(event, source, clock, hurry ? now : now + usec, accuracy,
                                     callback, userdata);
}

static void send_end(Sides *sides, const char *sender, const char *path, const char *result)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *signal = NULL;
    g_assert_cmpint(
        sd_bus_message_new_signal(sides->systemd, &signal, MANAGER_PATH, MANAGER, "JobRemoved"), >=,
        0);
    g_assert_cmpint(sd_bus_message_append(signal, "uoss", 7, path, "nginx.service", result), >=, 0);
    if (sender != NULL)
        g_assert_cmpint(sd_bus_message_set_sender(signal, sender), >=, 0);
    g_assert_cmpint(sd_bus_send(sides->systemd, signal, NULL), >=, 0);
}

/* Another systemd has the name; or nobody, with "". */
static void send_owner(Sides *sides, const char *sender, const char *owner)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *signal = NULL;
    g_assert_cmpint(sd_bus_message_new_signal(sides->systemd, &signal, "/org/freedesktop/DBus",
                                              "org.freedesktop.DBus", "NameOwnerChanged"),
                    >=, 0);
    g_assert_cmpint(sd_bus_message_append(signal, "sss", "org.freedesktop.systemd1", ":1.7", owner),
                    >=, 0);
    g_assert_cmpint(sd_bus_message_set_sender(signal, sender), >=, 0);
    g_assert_cmpint(sd_bus_send(sides->systemd, signal, NULL), >=, 0);
}

static int on_get_unit(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    Sides *sides = userdata;
    if (sides->row->unit_error != NULL)
        return sd_bus_error_set(error, sides->row->unit_error, "so it\nis");
    return sd_bus_reply_method_return(call, "o", UNIT_PATH);
}

static int on_begin(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    Sides *sides = userdata;
    const Row *row = sides->row;
    const char *unit, *mode;
    g_assert_cmpint(sd_bus_message_read(call, "ss", &unit, &mode), >=, 0);
    g_assert_cmpstr(unit, ==, "nginx.service");
    g_assert_cmpstr(mode, ==, "replace");
    g_assert_null(sides->begun);
    sides->begun = g_strdup(sd_bus_message_get_member(call));
    if (row->job_error != NULL)
        return sd_bus_error_set(error, row->job_error, "it may not");
    send_end(sides, NULL, OTHER_JOB_PATH, "failed");
    if (row->end == EARLY)
        send_end(sides, NULL, JOB_PATH, row->result);
    if (row->end == FORGED)
        send_end(sides, ":1.666", JOB_PATH, "failed");
    g_assert_cmpint(sd_bus_reply_method_return(call, "o", JOB_PATH), >=, 0);
    if (row->end == LATER || row->end == FORGED)
        send_end(sides, NULL, JOB_PATH, row->result);
    return 1;
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "s", ((const Sides *)userdata)->row->state);
}

static const sd_bus_vtable manager_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetUnit", "s", "o", on_get_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("ReloadUnit", "ss", "o", on_begin, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("TryRestartUnit", "ss", "o", on_begin, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

static const sd_bus_vtable unit_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("ActiveState", "s", get_state, 0, 0),
    SD_BUS_VTABLE_END,
};

static void set_up(Sides *sides, const void *data)
{
    int pair[2];
    sd_id128_t id;
    *sides = (Sides){.row = data};
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    g_assert_cmpint(sd_event_new(&sides->event), >=, 0);
    g_assert_cmpint(sd_bus_new(&sides->systemd), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(sides->systemd, pair[0], pair[0]), >=, 0);
    g_assert_cmpint(sd_bus_set_server(sides->systemd, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_new(&sides->certd), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(sides->certd, pair[1], pair[1]), >=, 0);
    g_assert_cmpint(sd_bus_add_object_vtable(sides->systemd, NULL, MANAGER_PATH, MANAGER,
                                             manager_vtable, sides),
                    >=, 0);
    g_assert_cmpint(sd_bus_add_object_vtable(sides->systemd, NULL, UNIT_PATH,
                                             "org.freedesktop.systemd1.Unit", unit_vtable, sides),
                    >=, 0);
    g_assert_cmpint(sd_bus_start(sides->systemd), >=, 0);
    g_assert_cmpint(sd_bus_start(sides->certd), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(sides->systemd, sides->event, 0), >=, 0);
    g_assert_cmpint(sd_bus_attach_event(sides->certd, sides->event, 0), >=, 0);
    while (sd_bus_is_ready(sides->systemd) <= 0 || sd_bus_is_ready(sides->certd) <= 0)
        g_assert_cmpint(sd_event_run(sides->event, 5 * G_USEC_PER_SEC), >, 0);
    sides->manager = certd_unit_manager_new(sides->certd);
    sides->units = certd_unit_manager_table(sides->manager);
}

static void tear_down(Sides *sides, const void *data)
{
    hurry = FALSE;
    certd_unit_manager_free(sides->manager);
    sd_bus_close_unref(sides->systemd);
    sd_bus_close_unref(sides->certd);
    sd_event_unref(sides->event);
    g_clear_error(&sides->error);
    g_free(sides->begun);
}

static void on_done(const GError *error, void *userdata)
{
    Sides *sides = userdata;
    sides->ended++;
    sides->error = error != NULL ? g_error_copy(error) : NULL;
}

static void act(Sides *sides, CertdConsumerAction action)
{
    sides->units.act(sides->units.userdata, "nginx.service", action, on_done, sides);
    g_assert_cmpuint(sides->ended, ==, 0);
}

static void wait_for_end(Sides *sides)
{
    while (sides->ended == 0)
        g_assert_cmpint(sd_event_run(sides->event, 5 * G_USEC_PER_SEC), >, 0);
}

#define GOOD .code = CERTD_ERROR_COUNT_
#define RELOAD .action = CERTD_CONSUMER_RELOAD
#define RESTART .action = CERTD_CONSUMER_RESTART
#define FAILS(text) .code = CERTD_ERROR_WORKER_FAILED, .message = text

static const Row rows[] = {
    {"reload", RELOAD, .state = "active", .result = "done", .begun = "ReloadUnit", GOOD},
    {"restart", RESTART, .state = "active", .result = "done", .begun = "TryRestartUnit", GOOD},
    {"early", RELOAD, .state = "reloading", .end = EARLY, .result = "done", .begun = "ReloadUnit",
     GOOD},
    {"early-failure", RELOAD, .state = "activating", .end = EARLY, .result = "failed",
     .begun = "ReloadUnit", FAILS("ended as \"failed\"; see systemctl status nginx.service")},
    {"forged", RELOAD, .state = "active", .end = FORGED, .result = "done", .begun = "ReloadUnit",
     GOOD},
    {"skipped", RESTART, .state = "active", .result = "skipped", .begun = "TryRestartUnit", GOOD},
    {"failed", RESTART, .state = "active", .result = "failed", .begun = "TryRestartUnit",
     FAILS("The restart of nginx.service ended as \"failed\"")},
    {"timeout", RELOAD, .state = "active", .result = "timeout", .begun = "ReloadUnit",
     FAILS("ended as \"timeout\"")},
    {"canceled", RELOAD, .state = "active", .result = "canceled", .begun = "ReloadUnit",
     FAILS("ended as \"canceled\"")},
    {"dependency", RESTART, .state = "active", .result = "dependency", .begun = "TryRestartUnit",
     FAILS("ended as \"dependency\"")},
    {"odd-result", RELOAD, .state = "active", .result = "\n", .begun = "ReloadUnit",
     FAILS("ended as \"\\u{000A}\"")},
    {"inactive", RELOAD, .state = "inactive", GOOD},
    {"failed-before", RESTART, .state = "failed", GOOD},
    {"deactivating", RESTART, .state = "deactivating", GOOD},
    {"not-loaded", RELOAD, .unit_error = "org.freedesktop.systemd1.NoSuchUnit", GOOD},
    {"gone-meanwhile", RELOAD, .state = "active",
     .job_error = "org.freedesktop.systemd1.NoSuchUnit", .begun = "ReloadUnit", GOOD},
    {"no-systemd", RELOAD, .unit_error = SD_BUS_ERROR_SERVICE_UNKNOWN,
     FAILS("could not be begun (so it\\u{000A}is)")},
    {"not-applicable", RELOAD, .state = "active",
     .job_error = "org.freedesktop.systemd1.JobTypeNotApplicable", .begun = "ReloadUnit",
     FAILS("could not be begun (it may not)")},
    {"denied", RELOAD, .state = "active", .job_error = SD_BUS_ERROR_ACCESS_DENIED,
     .begun = "ReloadUnit", .code = CERTD_ERROR_ACCESS_DENIED, .message = "it may not"},
    {"password", RESTART, .state = "active",
     .job_error = SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, .begun = "TryRestartUnit",
     .code = CERTD_ERROR_ACCESS_DENIED, .message = "it may not"},
};

static void test_row(Sides *sides, const void *data)
{
    const Row *row = data;
    act(sides, row->action);
    wait_for_end(sides);
    if (row->code == CERTD_ERROR_COUNT_) {
        g_assert_no_error(sides->error);
    } else {
        g_assert_error(sides->error, CERTD_ERROR, (int)row->code);
        g_assert_nonnull(strstr(sides->error->message, row->message));
        g_assert_nonnull(strstr(sides->error->message, "nginx.service"));
    }
    g_assert_cmpstr(sides->begun, ==, row->begun);
}

static const Row silent = {"silent", RELOAD, .state = "active", .end = NEVER};

/* A job that does not end is given up. */
static void test_limit(Sides *sides, const void *data)
{
    hurry = TRUE;
    act(sides, CERTD_CONSUMER_RELOAD);
    wait_for_end(sides);
    g_assert_error(sides->error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_assert_nonnull(strstr(sides->error->message, "has not ended within 300 s"));
}

static void wait_for_begin(Sides *sides)
{
    while (sides->begun == NULL)
        g_assert_cmpint(sd_event_run(sides->event, 5 * G_USEC_PER_SEC), >, 0);
}

/* A systemd that begins anew is asked anew, and what the one of before still says counts for nothing. */
static void test_anew(Sides *sides, const void *data)
{
    act(sides, CERTD_CONSUMER_RELOAD);
    wait_for_begin(sides);
    g_clear_pointer(&sides->begun, g_free);
    send_owner(sides, "org.freedesktop.DBus", "");
    send_end(sides, NULL, JOB_PATH, "failed");
    send_owner(sides, "org.freedesktop.DBus", ":1.8");
    wait_for_begin(sides);
    g_assert_cmpstr(sides->begun, ==, "ReloadUnit");
    send_end(sides, NULL, JOB_PATH, "done");
    wait_for_end(sides);
    g_assert_no_error(sides->error);
}

/* Nobody but the bus says that. */
static void test_forged_owner(Sides *sides, const void *data)
{
    act(sides, CERTD_CONSUMER_RELOAD);
    wait_for_begin(sides);
    send_owner(sides, ":1.666", ":1.8");
    send_end(sides, NULL, JOB_PATH, "done");
    wait_for_end(sides);
    g_assert_no_error(sides->error);
}

/* Who goes away calls nobody back; and whom systemd leaves alone is told, later. */
static void test_given_up(Sides *sides, const void *data)
{
    act(sides, CERTD_CONSUMER_RELOAD);
    wait_for_begin(sides);
    certd_unit_manager_free(sides->manager);
    send_end(sides, NULL, JOB_PATH, "done");
    while (sd_event_run(sides->event, 0) > 0)
        g_assert_cmpuint(sides->ended, ==, 0);
    sides->manager = certd_unit_manager_new(sides->certd);
    sides->units = certd_unit_manager_table(sides->manager);
}

static void test_no_connection(Sides *sides, const void *data)
{
    sd_bus_close(sides->certd);
    act(sides, CERTD_CONSUMER_RESTART);
    wait_for_end(sides);
    g_assert_error(sides->error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_assert_nonnull(strstr(sides->error->message, "nginx.service"));
}

/* The connection ends while a job is under way. */
static void test_disconnected(Sides *sides, const void *data)
{
    act(sides, CERTD_CONSUMER_RELOAD);
    sd_bus_close(sides->systemd);
    wait_for_end(sides);
    g_assert_error(sides->error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/units/", rows[i].name, NULL);
        g_test_add(path, Sides, &rows[i], set_up, test_row, tear_down);
    }
    g_test_add("/units/limit", Sides, &silent, set_up, test_limit, tear_down);
    g_test_add("/units/anew", Sides, &silent, set_up, test_anew, tear_down);
    g_test_add("/units/forged-owner", Sides, &silent, set_up, test_forged_owner, tear_down);
    g_test_add("/units/given-up", Sides, &silent, set_up, test_given_up, tear_down);
    g_test_add("/units/no-connection", Sides, &silent, set_up, test_no_connection, tear_down);
    g_test_add("/units/disconnected", Sides, &silent, set_up, test_disconnected, tear_down);
    return g_test_run();
}
