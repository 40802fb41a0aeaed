/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * certd-tls: arguments, event loop. It owns the ports and the key of the certificate https, does the handshakes, and
 * passes clear text to certd-web; what an HTTP request is it does not know.
 */
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "config.h"
#include "model/error.h"
#include "model/names.h"
#include "model/web-limits.h"
#include "tls/server.h"

#define TRUST_FILE CERTD_RUNTIME_DIRECTORY "/trust/client.pem"
/* Two for each connection, those that go just now, and the rest. */
#define DESCRIPTORS (4u * CERTD_LIMIT_TLS_CONNECTIONS)
/* With less to lock, memory would run out instead. */
#define LOCKED_BYTES (256u * 1024u * 1024u)

typedef struct {
    char *web_socket;
    char *trust_file;
    gboolean version;
} Arguments;

static void arguments_clear(Arguments *arguments)
{
    g_free(arguments->web_socket);
    g_free(arguments->trust_file);
}

/* 0, or the exit status of wrong usage. */
static int parse_arguments(int argc, char **argv, Arguments *arguments)
{
    const GOptionEntry entries[] = {
        {"web-socket", 0, 0, G_OPTION_ARG_FILENAME, &arguments->web_socket,
         "The socket of certd-web", "PATH"},
        {"trust-file", 0, 0, G_OPTION_ARG_FILENAME, &arguments->trust_file,
         "What vouches for clients", "PATH"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &arguments->version, "Print the version and end",
         NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- serves HTTPS with certd's key");
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    gboolean parsed = g_option_context_parse(context, &argc, &argv, &error);
    if (!parsed || argc > 1) {
        fprintf(stderr, "certd-tls: %s\n",
                parsed ? "There are no arguments but options" : error->message);
        return 2;
    }
    if (arguments->web_socket == NULL)
        arguments->web_socket = g_strdup(CERTD_WEB_SOCKET);
    if (arguments->trust_file == NULL)
        arguments->trust_file = g_strdup(TRUST_FILE);
    return 0;
}

/* GnuTLS keeps the key in the heap: all memory is locked where that is allowed. */
static void lock_memory(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur >= LOCKED_BYTES)
        (void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

/* No core dump, no debugger; no end by a peer that has gone; descriptors for all connections. */
static void protect(void)
{
    const struct rlimit none = {0, 0};
    struct rlimit files;
    setrlimit(RLIMIT_CORE, &none);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = MIN(files.rlim_max, MAX(files.rlim_cur, DESCRIPTORS));
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_DUMPABLE, 0);
    umask(0077);
    lock_memory();
}

/* Before there are threads, for they inherit what is blocked. */
static int open_loop(sd_event **event)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int r = sd_event_default(event);
    if (r >= 0)
        r = sd_event_add_signal(*event, NULL, SIGTERM, NULL, NULL);
    if (r >= 0)
        r = sd_event_add_signal(*event, NULL, SIGINT, NULL, NULL);
    if (r >= 0)
        r = sd_event_set_watchdog(*event, TRUE);
    return r;
}

static int run(const Arguments *arguments)
{
    __attribute__((cleanup(sd_event_unrefp))) sd_event *event = NULL;
    g_autoptr(GError) error = NULL;
    int r = open_loop(&event);
    if (r < 0) {
        fprintf(stderr, SD_ERR "certd-tls: The event loop could not be made: %s\n", g_strerror(-r));
        return 1;
    }
    g_autoptr(CertdServer) server =
        certd_server_new(event, arguments->web_socket, arguments->trust_file, &error);
    if (server == NULL) {
        fprintf(stderr, SD_ERR "certd-tls: certd-tls can't start: %s\n", error->message);
        return 1;
    }
    int status = sd_event_loop(event);
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
        puts("certd-tls " CERTD_VERSION);
        return 0;
    }
    return run(&arguments);
}
