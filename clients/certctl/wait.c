/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * No change can be missed: the proxy listens before it reads the properties for the first time,
 * so whatever happens after the reading arrives as a signal.
 */
#include "certctl/wait.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/clean.h"
#include "model/error.h"
#include "model/state.h"

#define FRAME_MSEC 120u

typedef struct {
    CertdBusRequest *request;
    unsigned int interrupts;
    unsigned int handled; /* of them */
    unsigned int frame;
} Wait;

static gboolean on_interrupt(void *data)
{
    Wait *wait = data;
    wait->interrupts++;
    return G_SOURCE_CONTINUE;
}

static gboolean on_frame(void *data)
{
    static const char frames[] = "|/-\\";
    Wait *wait = data;
    const char *state = certd_bus_request_get_state(wait->request);
    const char *key_type = certd_bus_request_get_key_type(wait->request);
    g_autofree char *clean_state = certd_clean_text(state ? state : "");
    g_autofree char *clean_type = certd_clean_text(key_type ? key_type : "");
    fprintf(stderr, "\r\033[K%c %s %s", frames[wait->frame++ % 4], clean_state, clean_type);
    return G_SOURCE_CONTINUE;
}

static gboolean is_at_rest(CertdBusRequest *request)
{
    CertdRequestState state;
    const char *name = certd_bus_request_get_state(request);
    if (!name || !certd_request_state_parse(name, &state))
        return FALSE;
    if (state == CERTD_REQUEST_READY)
        return g_strcmp0(certd_bus_request_get_issuer(request), "external") == 0;
    return state != CERTD_REQUEST_QUEUED && state != CERTD_REQUEST_GENERATING;
}

/* The first interrupt cancels; that it was at rest already is no error, the second is one. */
static gboolean handle_interrupt(Wait *wait, GError **error)
{
    if (wait->interrupts == wait->handled)
        return TRUE;
    gboolean again = wait->handled > 0 || wait->interrupts > 1;
    wait->handled = wait->interrupts;
    if (again) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                            _("Interrupted; the request may still be open: certctl requests"));
        return FALSE;
    }
    g_autoptr(GError) failed = NULL;
    if (certd_bus_request_call_cancel_sync(wait->request, CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT,
                                           NULL, &failed) ||
        certd_bus_error_is(failed, CERTD_ERROR_CANCELLED))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failed));
    return FALSE;
}

static gboolean run(Wait *wait, GError **error)
{
    while (!is_at_rest(wait->request)) {
        g_autofree char *owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(wait->request));
        if (!owner) {
            g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CLOSED,
                                _("The certificate service went away while the request was made; "
                                  "once it is back, see: certctl requests"));
            return FALSE;
        }
        if (!handle_interrupt(wait, error))
            return FALSE;
        g_main_context_iteration(NULL, TRUE);
    }
    return TRUE;
}

static gboolean judge(CertdBusRequest *request, GError **error)
{
    const char *state = certd_bus_request_get_state(request);
    if (g_strcmp0(state, certd_request_state_name(CERTD_REQUEST_CANCELLED)) == 0) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                            _("The request was cancelled"));
        return FALSE;
    }
    if (g_strcmp0(state, certd_request_state_name(CERTD_REQUEST_FAILED)) != 0)
        return TRUE;
    const char *name = "", *message = "";
    GVariant *failure = certd_bus_request_get_error(request);
    if (failure)
        g_variant_get(failure, "(&s&s)", &name, &message);
    if (g_dbus_is_name(name))
        g_propagate_error(error, g_dbus_error_new_for_dbus_error(name, message));
    else
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, _("The request failed: %s"),
                    *message ? message : _("the service's journal says why"));
    return FALSE;
}

gboolean certctl_wait(const CertctlCall *call, const char *path, GError **error)
{
    g_autoptr(CertdBusRequest) request = certd_bus_watch_request(call->connection, path, error);
    if (!request)
        return FALSE;
    Wait wait = {.request = request};
    gboolean spins = isatty(STDERR_FILENO) != 0;
    unsigned int spinner = spins ? g_timeout_add(FRAME_MSEC, on_frame, &wait) : 0;
    unsigned int interrupt = g_unix_signal_add(SIGINT, on_interrupt, &wait);
    unsigned int terminate = g_unix_signal_add(SIGTERM, on_interrupt, &wait);

    gboolean rested = run(&wait, error);
    g_source_remove(terminate);
    g_source_remove(interrupt);
    if (spins) {
        g_source_remove(spinner);
        fputs("\r\033[K", stderr);
    }
    return rested && judge(request, error);
}
