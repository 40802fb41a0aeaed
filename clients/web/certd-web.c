/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * certd-web: HTTP in clear text behind certd-tls. It has no rights of its own: what it does on the bus it does as users who
 * have signed in, over the connections that certd-session gives it.
 */
#include <glib-unix.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "config.h"
#include "model/names.h"
#include "web/listener.h"
#include "web/plain.h"
#include "web/server.h"

#define ACME_DIRECTORY "/run/certd-acme"
/* certd-tls has 512 connections; sessions and files beside them. */
#define MAX_DESCRIPTORS 2048u

typedef struct {
    char *socket;
    char *session_socket;
    char *runtime_directory;
    char *acme_directory;
    gboolean version;
} Options;

static void options_clear(Options *options)
{
    g_free(options->socket);
    g_free(options->session_socket);
    g_free(options->runtime_directory);
    g_free(options->acme_directory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean parse_options(Options *options, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket,
         "Listen here instead of on the socket of the service manager", "PATH"},
        {"session-socket", 0, 0, G_OPTION_ARG_FILENAME, &options->session_socket,
         "Where certd-session is reached", "PATH"},
        {"runtime-directory", 0, 0, G_OPTION_ARG_FILENAME, &options->runtime_directory,
         "certd's runtime directory, with the authority's certificate", "DIRECTORY"},
        {"acme-directory", 0, 0, G_OPTION_ARG_FILENAME, &options->acme_directory,
         "The web root that an ACME client writes to", "DIRECTORY"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and end", NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, "Serves certd's HTTP API behind certd-tls.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                    "%s is too much: certd-web takes options only", argv[1]);
        return FALSE;
    }
    if (!options->session_socket)
        options->session_socket = g_strdup(CERTD_SESSION_SOCKET);
    if (!options->runtime_directory)
        options->runtime_directory = g_strdup(CERTD_RUNTIME_DIRECTORY);
    if (!options->acme_directory)
        options->acme_directory = g_strdup(ACME_DIRECTORY);
    return TRUE;
}

static gboolean stop(void *data)
{
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

static gboolean still_here(void *data)
{
    sd_notify(FALSE, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

/* Passwords and sessions go through this memory; and each client is a descriptor. */
static void harden(void)
{
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = MIN(limit.rlim_max, MAX_DESCRIPTORS);
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static gboolean serve(const Options *options, GError **error)
{
    certd_plain_use(options->runtime_directory, options->acme_directory);
    g_autoptr(CertdServer) server = certd_server_new(options->session_socket, error);
    g_autoptr(CertdListener) listener =
        server ? certd_listener_new(options->socket, server, error) : NULL;
    if (!listener)
        return FALSE;

    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    (void)g_unix_signal_add(SIGTERM, stop, loop);
    (void)g_unix_signal_add(SIGINT, stop, loop);
    guint64 watchdog = 0;
    if (sd_watchdog_enabled(FALSE, &watchdog) > 0)
        (void)g_timeout_add((guint)(watchdog / 2000), still_here, NULL);
    sd_notify(FALSE, "READY=1");
    g_main_loop_run(loop);
    sd_notify(FALSE, "STOPPING=1");
    return TRUE;
}

int main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    setlocale(LC_ALL, "C.UTF-8");
    if (!parse_options(&options, argc, argv, &error)) {
        g_printerr("certd-web: %s\n", error->message);
        return 2;
    }
    if (options.version) {
        g_print("certd-web %s\n", CERTD_VERSION);
        return EXIT_SUCCESS;
    }
    harden();
    /* What writes to a connection that is closed gets EPIPE. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (!serve(&options, &error)) {
        g_printerr("certd-web: %s\n", error->message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
