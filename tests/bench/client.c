/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client that the benchmarks measure with: each caller is a bus connection of its own with one
 * call under way; one more connection hears the signals. Prints one JSON object.
 *
 *   bench-client request NAME COUNT CALLERS KEY_TYPE   CreateRequest to ready
 *   bench-client issue NAME COUNT CALLERS              CreateRequest to issued, by the authority
 *   bench-client import NAME FILE COUNT                a bundle with its key, again and again
 *   bench-client list COUNT                            pages of 100 from anywhere
 *   bench-client show COUNT                            GetAll of any certificate
 *   bench-client ping COUNT                            Peer.Ping, a millisecond apart
 *   bench-client credential NAME COUNT                 OpenCredential of the key, as a consumer
 *   bench-client socket UNIT ID COUNT SOCKET           the credential ID as systemd asks for it
 */

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "model/names.h"

typedef struct Bench Bench;

typedef struct {
    Bench *bench;
    sd_bus *bus;
    gint64 begun; /* monotonic, usec */
} Caller;

struct Bench {
    sd_event *event;
    char **arguments;
    guint count;
    guint begun;
    guint done;
    guint total;         /* certificates there are, for list and show */
    GArray *usec;        /* of gint64 */
    GHashTable *waiting; /* request path → Caller */
    GHashTable *early;   /* request path → result, before its reply came */
    const char *result;  /* of RequestFinished: what every request has to come to */
    GBytes *bundle;
    gboolean failed;
};

static void next(Caller *caller);

static void fail(Bench *bench, const char *what, int r)
{
    fprintf(stderr, "bench-client: %s: %s\n", what, g_strerror(-r));
    bench->failed = TRUE;
    sd_event_exit(bench->event, 1);
}

static void finish(Caller *caller)
{
    Bench *bench = caller->bench;
    gint64 usec = g_get_monotonic_time() - caller->begun;
    g_array_append_val(bench->usec, usec);
    bench->done++;
    if (bench->done == bench->count)
        sd_event_exit(bench->event, 0);
    else
        next(caller);
}

static void finish_request(Caller *caller, const char *result)
{
    if (g_str_equal(result, caller->bench->result))
        finish(caller);
    else
        fail(caller->bench, result, -EIO);
}

static int on_finished(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    Bench *bench = userdata;
    const char *path, *result;
    if (sd_bus_message_read(signal, "os", &path, &result) < 0)
        return 0;
    Caller *caller = g_hash_table_lookup(bench->waiting, path);
    if (caller == NULL) {
        g_hash_table_insert(bench->early, g_strdup(path), g_strdup(result));
        return 0;
    }
    g_hash_table_remove(bench->waiting, path);
    finish_request(caller, result);
    return 0;
}

static int on_created(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    Caller *caller = userdata;
    Bench *bench = caller->bench;
    const char *path;
    int r = sd_bus_message_read(reply, "o", &path);
    if (r < 0) {
        fail(bench, sd_bus_message_get_error(reply)->message, r);
        return 0;
    }
    g_autofree char *result = g_strdup(g_hash_table_lookup(bench->early, path));
    if (result == NULL) {
        g_hash_table_insert(bench->waiting, g_strdup(path), caller);
        return 0;
    }
    g_hash_table_remove(bench->early, path);
    finish_request(caller, result);
    return 0;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    Caller *caller = userdata;
    if (sd_bus_message_is_method_error(reply, NULL))
        fail(caller->bench, sd_bus_message_get_error(reply)->message, -EIO);
    else
        finish(caller);
    return 0;
}

static int new_call(Caller *caller, sd_bus_message **call, const char *name, const char *interface,
                    const char *member)
{
    g_autofree char *path = NULL;
    if (name == NULL)
        path = g_strdup(CERTD_PATH_MANAGER);
    else
        sd_bus_path_encode(CERTD_PATH_CERTIFICATE, name, &path);
    return sd_bus_message_new_method_call(caller->bus, call, CERTD_BUS_NAME, path, interface,
                                          member);
}

static int begin_request(Caller *caller, sd_bus_message **call)
{
    char **arguments = caller->bench->arguments;
    int r = new_call(caller, call, arguments[0], CERTD_INTERFACE_CERTIFICATE, "CreateRequest");
    return r < 0 ? r
                 : sd_bus_message_append(*call, "sa{sv}", "external", 1, "key-type", "s",
                                         arguments[3]);
}

static int begin_issue(Caller *caller, sd_bus_message **call)
{
    int r = new_call(caller, call, caller->bench->arguments[0], CERTD_INTERFACE_CERTIFICATE,
                     "CreateRequest");
    return r < 0 ? r : sd_bus_message_append(*call, "sa{sv}", "internal", 0);
}

static int begin_import(Caller *caller, sd_bus_message **call)
{
    size_t size;
    const void *data = g_bytes_get_data(caller->bench->bundle, &size);
    int r =
        new_call(caller, call, caller->bench->arguments[0], CERTD_INTERFACE_CERTIFICATE, "Import");
    if (r >= 0)
        r = sd_bus_message_append_array(*call, 'y', data, size);
    return r < 0 ? r
                 : sd_bus_message_append(*call, "a{sv}", 1, "accept", "as", 2, "san-mismatch",
                                         "is-ca");
}

/* The names that bench-fill gives. */
static char *any_name(const Bench *bench)
{
    return bench->total > 1 ? g_strdup_printf("c%06d", g_random_int_range(0, (int)bench->total - 1))
                            : g_strdup(CERTD_CERTIFICATE_HTTPS);
}

static int begin_list(Caller *caller, sd_bus_message **call)
{
    g_autofree char *cursor = any_name(caller->bench);
    int r = new_call(caller, call, NULL, CERTD_INTERFACE_MANAGER, "ListCertificates");
    return r < 0 ? r
                 : sd_bus_message_append(*call, "a{sv}su", 0,
                                         caller->bench->total > 1 ? cursor : "", 100u);
}

static int begin_show(Caller *caller, sd_bus_message **call)
{
    g_autofree char *name = any_name(caller->bench);
    int r = new_call(caller, call, name, "org.freedesktop.DBus.Properties", "GetAll");
    return r < 0 ? r : sd_bus_message_append(*call, "s", CERTD_INTERFACE_CERTIFICATE);
}

static int begin_ping(Caller *caller, sd_bus_message **call)
{
    return new_call(caller, call, NULL, "org.freedesktop.DBus.Peer", "Ping");
}

static int begin_credential(Caller *caller, sd_bus_message **call)
{
    int r = new_call(caller, call, caller->bench->arguments[0], CERTD_INTERFACE_CERTIFICATE,
                     "OpenCredential");
    return r < 0 ? r : sd_bus_message_append(*call, "s", "key");
}

/* Connects from the address that systemd has for a unit's credential, and reads to the end; the bytes. */
static ssize_t read_credential(const char *unit, const char *id, const char *path)
{
    char buffer[4096];
    struct sockaddr_un from = {.sun_family = AF_UNIX};
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    g_strlcpy(to.sun_path, path, sizeof to.sun_path);
    int length = g_snprintf(from.sun_path + 1, sizeof from.sun_path - 1, "%08x%08x/unit/%s/%s",
                            g_random_int(), g_random_int(), unit, id);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    ssize_t total = 0, n = -1;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&from, size) == 0 &&
        connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
        while ((n = read(fd, buffer, sizeof buffer)) > 0)
            total += n;
    }
    if (fd >= 0)
        close(fd);
    return n < 0 ? -1 : total;
}

static const struct Mode {
    const char *name;
    int n_arguments;
    int count_argument;
    int callers_argument; /* -1: one */
    int (*begin)(Caller *caller, sd_bus_message **call);
    sd_bus_message_handler_t on_reply;
    guint pause_usec;
    const char *result; /* what a request comes to */
} modes[] = {
    {"request", 4, 1, 2, begin_request, on_created, 0, "ready"},
    {"issue", 3, 1, 2, begin_issue, on_created, 0, "issued"},
    {"import", 3, 2, -1, begin_import, on_reply, 0, NULL},
    {"list", 1, 0, -1, begin_list, on_reply, 0, NULL},
    {"show", 1, 0, -1, begin_show, on_reply, 0, NULL},
    {"ping", 1, 0, -1, begin_ping, on_reply, 1000, NULL},
    {"credential", 2, 1, -1, begin_credential, on_reply, 0, NULL},
    {"socket", 4, 2, -1, NULL, NULL, 0, NULL},
};

static const struct Mode *mode;

static void send_call(Caller *caller)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    int r = mode->begin(caller, &call);
    caller->begun = g_get_monotonic_time();
    if (r >= 0)
        r = sd_bus_call_async(caller->bus, NULL, call, mode->on_reply, caller,
                              120 * G_USEC_PER_SEC);
    if (r < 0)
        fail(caller->bench, "the call could not be sent", r);
}

static int on_pause(sd_event_source *source, uint64_t usec, void *userdata)
{
    sd_event_source_unref(source);
    send_call(userdata);
    return 0;
}

static void next(Caller *caller)
{
    Bench *bench = caller->bench;
    sd_event_source *source;
    if (bench->begun == bench->count)
        return;
    bench->begun++;
    if (mode->pause_usec == 0)
        send_call(caller);
    else
        sd_event_add_time_relative(bench->event, &source, CLOCK_MONOTONIC, mode->pause_usec, 1,
                                   on_pause, caller);
}

static int compare(const void *a, const void *b)
{
    const gint64 *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_result(Bench *bench, gint64 usec)
{
    g_array_sort(bench->usec, compare);
    guint n = bench->usec->len;
    printf("{\"count\": %u, \"per_second\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
           "\"max_ms\": %.3f}\n",
           n, n * (double)G_USEC_PER_SEC / (double)usec,
           (double)g_array_index(bench->usec, gint64, n / 2) / 1000,
           (double)g_array_index(bench->usec, gint64, n * 99 / 100) / 1000,
           (double)g_array_index(bench->usec, gint64, n - 1) / 1000);
}

static gboolean connect_callers(Bench *bench, Caller *callers, guint n_callers)
{
    for (guint i = 0; i < n_callers; i++) {
        callers[i].bench = bench;
        if (sd_bus_open_system(&callers[i].bus) < 0 ||
            sd_bus_attach_event(callers[i].bus, bench->event, 0) < 0)
            return FALSE;
    }
    return TRUE;
}

static int run_socket(Bench *bench)
{
    char **arguments = bench->arguments;
    gint64 begun = g_get_monotonic_time();
    for (guint i = 0; i < bench->count; i++) {
        gint64 before = g_get_monotonic_time();
        if (read_credential(arguments[0], arguments[1], arguments[3]) <= 0) {
            fputs("bench-client: the socket gives nothing\n", stderr);
            return 1;
        }
        gint64 usec = g_get_monotonic_time() - before;
        g_array_append_val(bench->usec, usec);
    }
    print_result(bench, g_get_monotonic_time() - begun);
    return 0;
}

static int run(Bench *bench, guint n_callers)
{
    sd_bus *listener = NULL;
    g_autofree Caller *callers = g_new0(Caller, n_callers);
    if (sd_event_default(&bench->event) < 0 || sd_bus_open_system(&listener) < 0 ||
        sd_bus_attach_event(listener, bench->event, 0) < 0 ||
        sd_bus_match_signal(listener, NULL, CERTD_BUS_NAME, CERTD_PATH_MANAGER,
                            CERTD_INTERFACE_MANAGER, "RequestFinished", on_finished, bench) < 0 ||
        !connect_callers(bench, callers, n_callers)) {
        fputs("bench-client: there is no bus\n", stderr);
        return 1;
    }
    gint64 begun = g_get_monotonic_time();
    for (guint i = 0; i < n_callers; i++)
        next(&callers[i]);
    sd_event_loop(bench->event);
    gint64 usec = g_get_monotonic_time() - begun;
    if (!bench->failed)
        print_result(bench, usec);
    for (guint i = 0; i < n_callers; i++)
        sd_bus_flush_close_unref(callers[i].bus);
    sd_bus_flush_close_unref(listener);
    sd_event_unref(bench->event);
    return bench->failed;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(modes); i++) {
        if (g_str_equal(modes[i].name, argv[1]) && argc == modes[i].n_arguments + 2)
            mode = &modes[i];
    }
    if (mode == NULL) {
        fputs("Usage: bench-client request|issue|import|list|show|ping|credential|socket …\n",
              stderr);
        return 2;
    }
    Bench bench = {.arguments = argv + 2, .usec = g_array_new(FALSE, FALSE, sizeof(gint64))};
    const char *total = g_getenv("BENCH_CERTIFICATES");
    bench.total = total != NULL ? (guint)atoi(total) : 1;
    bench.count = (guint)atoi(argv[2 + mode->count_argument]);
    bench.result = mode->result;
    bench.waiting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bench.early = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    guint callers = mode->callers_argument >= 0 ? (guint)atoi(argv[2 + mode->callers_argument]) : 1;
    if (g_str_equal(mode->name, "import")) {
        g_autofree char *contents = NULL;
        size_t size;
        if (!g_file_get_contents(argv[3], &contents, &size, NULL))
            return 2;
        bench.bundle = g_bytes_new(contents, size);
    }
    return mode->begin != NULL ? run(&bench, MAX(callers, 1u)) : run_socket(&bench);
}
