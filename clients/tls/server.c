/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Credentials are made anew for another certificate, level or trust, and serve what is accepted from then on;
 * connections that there are keep theirs. At level high those that began with another trust or level end soon after.
 */
#include "tls/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/fd.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/web-limits.h"
#include "tls/seats.h"
#include "tls/settings.h"
#include "tls/troubles.h"
#include "tls/web-socket.h"
#include "tls/worker.h"

#define WORKERS_MAX 4u
/* A proof that nobody waits for is told again so often only. */
#define PROVEN_USEC (10 * G_USEC_PER_SEC)
#define UNPROVEN_USEC (G_USEC_PER_SEC / 2)
/* An answer under way still gets out where a level or the trust has changed. */
#define RETIRE_USEC (5 * G_USEC_PER_SEC)
#define WEB_RETRY_USEC (3 * G_USEC_PER_SEC)
/* The anchors in PEM, with a comment for each. */
#define TRUST_BYTES (2u * CERTD_LIMIT_ANCHORS_BYTES)

struct CertdServer {
    sd_event *event;
    const char *trust_file;
    CertdSettings *settings;
    CertdListeners *listeners;
    CertdSeats *seats;
    CertdWorker *workers[WORKERS_MAX];
    guint worker_count;
    guint next; /* worker */
    CertdWorkersShare share;
    int told[2];
    sd_event_source *told_source;
    sd_event_source *web_retry;
    CertdTroubles troubles;
    CertdHttps https;
    gboolean known; /* there are settings */
    int pem;        /* the certificate in use; -1: none yet */
    guint64 generation;
    char *trust; /* PEM; NULL without */
    CertdCredentials *credentials;
    /* Without and with a client's certificate: when certd was told last, 0: never; and of which credentials it is to be
     * told, 0: of none. */
    guint64 proven[2];
    guint64 heard[2];
    gboolean ready;
};

static guint64 now_of(CertdServer *server)
{
    guint64 now = 0;
    (void)sd_event_now(server->event, CLOCK_MONOTONIC, &now);
    return now;
}

static void set_trouble(CertdServer *server, CertdTrouble trouble, const char *sentence)
{
    if (!certd_troubles_set(&server->troubles, trouble, sentence))
        return;
    if (sentence != NULL)
        fprintf(stderr, SD_WARNING "certd-tls: %s\n", sentence);
    g_autofree char *text = certd_troubles_text(&server->troubles);
    certd_settings_tell_problem(server->settings, text);
}

static void get_ready(CertdServer *server)
{
    if (server->ready)
        return;
    server->ready = TRUE;
    sd_notify(FALSE, "READY=1");
}

static void on_accepted(CertdPort port, int fd, const struct sockaddr_storage *client,
                        void *userdata)
{
    CertdServer *server = userdata;
    CertdArrival arrival = {
        .fd = fd,
        .client = *client,
        .https_port = server->https.ports[CERTD_PORT_HTTPS],
    };
    socklen_t length = sizeof arrival.server;
    if (getsockname(fd, (struct sockaddr *)&arrival.server, &length) == 0)
        arrival.seat = certd_seats_take(server->seats, fd, client, now_of(server));
    if (arrival.seat == NULL) {
        certd_arrival_clear(&arrival);
        return;
    }
    if (port == CERTD_PORT_HTTPS)
        arrival.credentials = certd_credentials_ref(server->credentials);
    certd_worker_give(server->workers[server->next++ % server->worker_count], &arrival);
}

static void on_port_problem(CertdPort port, const char *sentence, void *userdata)
{
    set_trouble(userdata, (CertdTrouble)port, sentence);
}

/* Nothing is served before there are settings and a certificate. */
static void set_ports(CertdServer *server)
{
    if (!server->known || server->credentials == NULL)
        return;
    const guint16 ports[CERTD_PORT_COUNT_] = {
        [CERTD_PORT_HTTPS] = server->https.ports[CERTD_PORT_HTTPS],
        [CERTD_PORT_HTTP] = server->https.force ? 0 : server->https.ports[CERTD_PORT_HTTP],
    };
    certd_listeners_set(server->listeners, ports);
}

/* With what there is now; @retire: others must not go on with what was before. */
static void renew(CertdServer *server, gboolean retire)
{
    g_autoptr(GError) error = NULL;
    if (server->pem < 0 || !server->known)
        return;
    CertdCredentials *made = certd_credentials_new(server->pem, server->generation,
                                                   server->https.level, server->trust, &error);
    set_trouble(server, CERTD_TROUBLE_CREDENTIAL, error != NULL ? error->message : NULL);
    if (made == NULL)
        return;
    if (server->credentials != NULL && retire)
        certd_credentials_retire(server->credentials, now_of(server) + RETIRE_USEC);
    certd_credentials_unref(server->credentials);
    server->credentials = made;
    set_ports(server);
}

static gboolean is_same(const CertdHttps *before, const CertdHttps *after)
{
    return before->level == after->level && before->force == after->force &&
           memcmp(before->ports, after->ports, sizeof before->ports) == 0;
}

/* What was heard of the credentials that are in use now. */
static void report(CertdServer *server)
{
    for (int certified = FALSE; certified <= TRUE; certified++) {
        if (server->credentials != NULL &&
            server->heard[certified] == certd_credentials_serial(server->credentials))
            certd_settings_prove(server->settings,
                                 certd_credentials_generation(server->credentials),
                                 certd_credentials_level(server->credentials), certified);
        server->heard[certified] = 0;
    }
}

static void on_changed(const CertdHttps *https, void *userdata)
{
    CertdServer *server = userdata;
    const gboolean other = !server->known || server->https.level != https->level;
    const gboolean same = !other && is_same(&server->https, https);
    /* Something may be on trial now that wants proof of its own. */
    if (!same || server->https.proven != https->proven ||
        server->https.proven_client != https->proven_client) {
        server->proven[FALSE] = server->proven[TRUE] = 0;
        (void)g_atomic_int_add(&server->share.changes, 1);
    }
    if (!same)
        server->heard[FALSE] = server->heard[TRUE] = 0;
    server->https = *https;
    server->known = TRUE;
    if (other)
        renew(server, https->level == CERTD_LEVEL_HIGH);
    set_ports(server);
    report(server);
}

static void on_credential(int pem, guint64 generation, void *userdata)
{
    CertdServer *server = userdata;
    if (server->credentials != NULL && generation == server->generation) {
        close(pem);
        set_trouble(server, CERTD_TROUBLE_CREDENTIAL, NULL);
        return;
    }
    if (server->pem >= 0)
        close(server->pem);
    server->pem = pem;
    server->generation = generation;
    server->proven[FALSE] = server->proven[TRUE] = 0;
    renew(server, FALSE);
}

static void on_no_credential(const char *sentence, void *userdata)
{
    set_trouble(userdata, CERTD_TROUBLE_CREDENTIAL, sentence);
}

/* A file that isn't there has no anchors. */
static gboolean read_trust(const char *path, char **trust, GError **error)
{
    gsize length = 0;
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    if (!g_file_get_contents(path, &text, &length, &failure)) {
        *trust = NULL;
        if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    *trust = length <= TRUST_BYTES ? g_steal_pointer(&text) : NULL;
    return TRUE;
}

static void on_trust(void *userdata)
{
    CertdServer *server = userdata;
    g_autoptr(GError) error = NULL;
    g_autofree char *trust = NULL;
    const gboolean read = read_trust(server->trust_file, &trust, &error);
    set_trouble(server, CERTD_TROUBLE_TRUST, read ? NULL : error->message);
    if (g_strcmp0(trust, server->trust) == 0)
        return;
    g_free(server->trust);
    server->trust = g_steal_pointer(&trust);
    renew(server, server->https.level == CERTD_LEVEL_HIGH);
}

static void on_asked(void *userdata)
{
    get_ready(userdata);
}

/* A connection proves nothing of a level or a trust that came after it; and what it had may have changed without that
 * being known here yet. So certd is asked first, and told where nothing has. */
static void prove(CertdServer *server, const CertdTold *told)
{
    const guint64 now = now_of(server);
    const gboolean proven = told->certified ? server->https.proven_client : server->https.proven;
    guint64 *last = &server->proven[told->certified];
    if (server->credentials == NULL ||
        told->serial != certd_credentials_serial(server->credentials) ||
        (*last != 0 && now < *last + (proven ? PROVEN_USEC : UNPROVEN_USEC)))
        return;
    *last = now;
    server->heard[told->certified] = told->serial;
    certd_settings_look(server->settings);
}

/* As the last connection found it. While nobody comes, it is tried here. */
static void tell_web(CertdServer *server)
{
    const int problem = g_atomic_int_get(&server->share.web_problem);
    g_autofree char *sentence =
        problem != 0 ? g_strdup_printf("The web server can't be reached: %s; see systemctl status "
                                       "certd-web.socket certd-web.service.",
                                       g_strerror(problem))
                     : NULL;
    set_trouble(server, CERTD_TROUBLE_WEB, sentence);
    (void)sd_event_source_set_time_relative(server->web_retry, WEB_RETRY_USEC);
    (void)sd_event_source_set_enabled(server->web_retry,
                                      problem != 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_web_retry(sd_event_source *source, guint64 usec, void *userdata)
{
    CertdServer *server = userdata;
    CERTD_AUTO_FD int fd = certd_web_socket_connect(server->share.web_socket);
    g_atomic_int_set(&server->share.web_problem, fd < 0 ? errno : 0);
    tell_web(server);
    return 0;
}

static int on_told(sd_event_source *source, int fd, guint32 events, void *userdata)
{
    CertdServer *server = userdata;
    CertdTold told;
    while (read(fd, &told, sizeof told) == (ssize_t)sizeof told) {
        switch (told.what) {
        case CERTD_TOLD_PROOF:
            prove(server, &told);
            break;
        case CERTD_TOLD_WEB:
            tell_web(server);
            break;
        }
    }
    return 0;
}

static gboolean start_workers(CertdServer *server, GError **error)
{
    const guint count = CLAMP(g_get_num_processors(), 1, WORKERS_MAX);
    for (guint i = 0; i < count; i++) {
        server->workers[i] = certd_worker_new(&server->share, error);
        if (server->workers[i] == NULL)
            return FALSE;
        server->worker_count++;
    }
    return TRUE;
}

static const CertdSettingsListener listener = {
    .changed = on_changed,
    .credential = on_credential,
    .no_credential = on_no_credential,
    .trust = on_trust,
    .asked = on_asked,
};

CertdServer *certd_server_new(sd_event *event, const char *web_socket, const char *trust_file,
                              GError **error)
{
    g_autoptr(CertdServer) server = g_new0(CertdServer, 1);
    server->event = sd_event_ref(event);
    server->trust_file = trust_file;
    server->pem = server->told[0] = server->told[1] = -1;
    server->seats = certd_seats_new();
    if (pipe2(server->told, O_CLOEXEC | O_NONBLOCK) < 0 ||
        sd_event_add_time_relative(event, &server->web_retry, CLOCK_MONOTONIC, 0, 0, on_web_retry,
                                   server) < 0 ||
        sd_event_add_io(event, &server->told_source, server->told[0], EPOLLIN, on_told, server) <
            0 ||
        (server->listeners = certd_listeners_new(event, on_accepted, on_port_problem, server)) ==
            NULL ||
        (server->settings = certd_settings_new(event, &listener, server)) == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The event loop could not be made: %s", g_strerror(errno));
        return NULL;
    }
    (void)sd_event_source_set_enabled(server->web_retry, SD_EVENT_OFF);
    server->share = (CertdWorkersShare){.web_socket = web_socket, .told = server->told[1]};
    return start_workers(server, error) ? g_steal_pointer(&server) : NULL;
}

void certd_server_free(CertdServer *server)
{
    if (server == NULL)
        return;
    certd_listeners_free(server->listeners);
    for (guint i = 0; i < server->worker_count; i++)
        certd_worker_free(server->workers[i]);
    certd_settings_free(server->settings);
    certd_credentials_unref(server->credentials);
    certd_seats_free(server->seats);
    sd_event_source_disable_unref(server->told_source);
    sd_event_source_disable_unref(server->web_retry);
    for (gsize i = 0; i < G_N_ELEMENTS(server->told); i++) {
        if (server->told[i] >= 0)
            close(server->told[i]);
    }
    if (server->pem >= 0)
        close(server->pem);
    certd_troubles_clear(&server->troubles);
    g_free(server->trust);
    sd_event_unref(server->event);
    g_free(server);
}
