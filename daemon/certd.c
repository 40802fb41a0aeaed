/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd: arguments, event loop, wiring. */

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "bus/bus.h"
#include "config.h"
#include "credential-socket.h"
#include "device.h"
#include "model/error.h"
#include "model/names.h"
#include "pool/pool.h"
#include "reload.h"
#include "requesters-file.h"
#include "service/reset.h"
#include "service/review.h"
#include "settings-file.h"

/* A message brings up to 16, and whatever a caller sends has to be read. */
#define DESCRIPTORS 65536u
/* What is allocated on its own; glibc's default, which would grow else. */
#define LARGE_BYTES (128 * 1024)

typedef struct {
    char *state_directory;
    char *runtime_directory;
    char *config_file;
    char *requesters;
    char *worker;
    gboolean version;
} Arguments;

typedef struct {
    sd_event *event;
    sd_bus *connection;
    CertdStore *store;
    CertdHost *host;
    CertdPool *pool;
    CertdService *service;
    CertdBus *bus;
    CertdCredentialSocket *socket;
    CertdReload reload;
} Daemon;

static void choose_directory(char **directory, const char *variable, const char *otherwise)
{
    const char *given = g_getenv(variable);
    if (*directory == NULL)
        *directory = g_strdup(given != NULL ? given : otherwise);
}

/* 0, or the exit status of wrong usage. */
static int parse_arguments(int argc, char **argv, Arguments *arguments)
{
    const GOptionEntry entries[] = {
        {"state-directory", 0, 0, G_OPTION_ARG_FILENAME, &arguments->state_directory,
         "Where the keystore is", "DIR"},
        {"runtime-directory", 0, 0, G_OPTION_ARG_FILENAME, &arguments->runtime_directory,
         "Where the authority's certificate is published", "DIR"},
        {"config", 0, 0, G_OPTION_ARG_FILENAME, &arguments->config_file, "The configuration file",
         "FILE"},
        {"requesters", 0, 0, G_OPTION_ARG_FILENAME, &arguments->requesters,
         "The folder of those who may ask for certificates of their own", "DIR"},
        {"worker", 0, 0, G_OPTION_ARG_FILENAME, &arguments->worker, "The worker program",
         "PROGRAM"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &arguments->version, "Print the version and end",
         NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- the certificate service");
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    gboolean parsed = g_option_context_parse(context, &argc, &argv, &error);
    if (!parsed || argc > 1) {
        fprintf(stderr, "certd: %s\n",
                parsed ? "There are no arguments but options" : error->message);
        return 2;
    }
    choose_directory(&arguments->state_directory, "STATE_DIRECTORY", CERTD_STATE_DIRECTORY);
    choose_directory(&arguments->runtime_directory, "RUNTIME_DIRECTORY", CERTD_RUNTIME_DIRECTORY);
    if (arguments->worker == NULL)
        arguments->worker = g_strdup(CERTD_WORKER_PROGRAM);
    return 0;
}

static void arguments_clear(Arguments *arguments)
{
    g_free(arguments->state_directory);
    g_free(arguments->runtime_directory);
    g_free(arguments->config_file);
    g_free(arguments->requesters);
    g_free(arguments->worker);
}

static int report(const char *what, const GError *error)
{
    fprintf(stderr, SD_ERR "certd: %s: %s\n", what, error->message);
    return 1;
}

/* No core dump, no debugger, no file that others can read; no end by a peer that has gone; descriptors for
 * whatever callers send, and the memory of large messages given back at once: glibc would keep it for the
 * next one. */
static void protect(void)
{
    const struct rlimit none = {0, 0};
    struct rlimit files;
    setrlimit(RLIMIT_CORE, &none);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = MIN(files.rlim_max, DESCRIPTORS);
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
    prctl(PR_SET_DUMPABLE, 0);
    umask(0077);
}

static gboolean fail(GError **error, int r, const char *what)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, "%s: %s", what, g_strerror(-r));
    return FALSE;
}

static gboolean open_loop(Daemon *daemon, GError **error)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int r = sd_event_default(&daemon->event);
    if (r >= 0)
        r = sd_event_add_signal(daemon->event, NULL, SIGTERM, NULL, NULL);
    if (r >= 0)
        r = sd_event_add_signal(daemon->event, NULL, SIGINT, NULL, NULL);
    if (r >= 0)
        r = sd_event_set_watchdog(daemon->event, TRUE);
    return r >= 0 || fail(error, r, "The event loop could not be made");
}

static gboolean open_store(Daemon *daemon, const char *directory, char **aside, GError **error)
{
    CertdStoreOutcome outcome;
    if (g_mkdir_with_parents(directory, 0700) < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED,
                    "The state directory %s could not be made: %s", directory, g_strerror(errno));
        return FALSE;
    }
    daemon->store = certd_store_open(directory, &outcome, aside, error);
    return daemon->store != NULL;
}

static void tell_set_aside(CertdService *service, const char *aside)
{
    certd_keystore_tell_set_aside(service, aside);
    fprintf(stderr, SD_ERR "certd: The keystore was damaged and was set aside as %s\n", aside);
}

static gboolean open_service(Daemon *daemon, const Arguments *arguments, CertdPolicy policy,
                             char **aside, GError **error)
{
    if (!open_store(daemon, arguments->state_directory, aside, error))
        return FALSE;
    daemon->host = certd_host_new(daemon->event, arguments->runtime_directory, error);
    if (daemon->host == NULL)
        return FALSE;
    daemon->pool = certd_pool_new(daemon->event, arguments->worker, arguments->state_directory,
                                  g_getenv("CREDENTIALS_DIRECTORY"), error);
    if (daemon->pool == NULL)
        return FALSE;
    daemon->service = certd_service_new(daemon->store, certd_pool_workers(daemon->pool),
                                        certd_host_device(daemon->host), policy);
    certd_service_set_runtime_directory(daemon->service, arguments->runtime_directory);
    certd_host_attach(daemon->host, daemon->service, daemon->pool);
    g_autoptr(GError) sealing = NULL;
    if (!certd_pool_check_sealing_key(daemon->pool, &sealing))
        certd_sealing_key_changed(daemon->service, sealing);
    return TRUE;
}

static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    Daemon *daemon = userdata;
    if (sd_bus_message_is_method_error(reply, NULL)) {
        fprintf(stderr, SD_ERR "certd: The name " CERTD_BUS_NAME " could not be had: %s\n",
                sd_bus_message_get_error(reply)->message);
        return sd_event_exit(daemon->event, 1);
    }
    sd_notify(FALSE, "READY=1");
    return certd_reload_listen(daemon->event, &daemon->reload);
}

/* The name is taken once https has its certificate, and so are connections: whoever finds certd finds
 * that too. Where it has none, that is a problem that was told already. */
static void on_started(const GError *error, void *userdata)
{
    Daemon *daemon = userdata;
    certd_credential_socket_start(daemon->socket);
    int r = sd_bus_request_name_async(daemon->connection, NULL, CERTD_BUS_NAME, 0, on_name, daemon);
    if (r < 0)
        sd_event_exit(daemon->event, 1);
}

/* At the loop's end sd-bus closes the connection: before that, whoever waits is answered. */
static int on_exit_loop(sd_event_source *source, void *userdata)
{
    Daemon *daemon = userdata;
    certd_credential_socket_free(g_steal_pointer(&daemon->socket));
    certd_bus_free(g_steal_pointer(&daemon->bus));
    return 0;
}

static gboolean open_bus(Daemon *daemon, GError **error)
{
    sd_event_source *end = NULL;
    int r = sd_event_add_exit(daemon->event, &end, on_exit_loop, daemon);
    if (r < 0)
        return fail(error, r, "The event loop could not be made");
    sd_event_source_set_priority(end, SD_EVENT_PRIORITY_IMPORTANT);
    sd_event_source_set_floating(end, TRUE);
    sd_event_source_unref(end);
    r = sd_bus_open_system(&daemon->connection);
    if (r >= 0)
        r = sd_bus_set_exit_on_disconnect(daemon->connection, TRUE);
    if (r >= 0)
        r = sd_bus_attach_event(daemon->connection, daemon->event, SD_EVENT_PRIORITY_NORMAL);
    if (r < 0)
        return fail(error, r, "The system bus could not be reached");
    certd_host_set_bus(daemon->host, daemon->connection);
    daemon->bus = certd_bus_new(daemon->connection, daemon->service, error);
    return daemon->bus != NULL;
}

static void daemon_close(Daemon *daemon)
{
    certd_credential_socket_free(daemon->socket);
    certd_bus_free(daemon->bus);
    if (daemon->host != NULL)
        certd_host_attach(daemon->host, NULL, NULL);
    certd_service_free(daemon->service);
    certd_pool_free(daemon->pool);
    certd_host_free(daemon->host);
    certd_store_free(daemon->store);
    sd_bus_flush_close_unref(daemon->connection);
    sd_event_unref(daemon->event);
}

static int run(const Arguments *arguments)
{
    __attribute__((cleanup(daemon_close))) Daemon daemon = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *aside = NULL;
    CertdPolicy policy = CERTD_POLICY_DEFAULT;
    if (!certd_settings_file_read(arguments->config_file, &policy, &error))
        return report("The configuration can't be used", error);
    if (!open_loop(&daemon, &error) || !open_service(&daemon, arguments, policy, &aside, &error))
        return report("certd can't start", error);
    gboolean connected = open_bus(&daemon, &error);
    /* The bus is what writes its row of the log to the journal too. */
    if (aside != NULL)
        tell_set_aside(daemon.service, aside);
    if (!connected)
        return report("certd can't start", error);
    daemon.socket = certd_credential_socket_new(daemon.connection, daemon.bus, daemon.service,
                                                arguments->runtime_directory);
    daemon.reload = (CertdReload){daemon.service, arguments->config_file, arguments->requesters};
    certd_requesters_load(daemon.service, arguments->requesters);
    certd_start(daemon.service, on_started, &daemon);
    int status = sd_event_loop(daemon.event);
    sd_notify(FALSE, "STOPPING=1");
    return status < 0 ? 1 : status;
}

int main(int argc, char **argv)
{
    __attribute__((cleanup(arguments_clear))) Arguments arguments = {0};
    setlocale(LC_ALL, "");
    protect();
    int status = parse_arguments(argc, argv, &arguments);
    if (status != 0)
        return status;
    if (arguments.version) {
        puts("certd " CERTD_VERSION);
        return 0;
    }
    return run(&arguments);
}
