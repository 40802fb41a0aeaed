/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happened becomes signals; after the commit, never before. A signal that can't be sent is lost:
 * who missed one reads the state. */

#include "bus/bus-private.h"
#include "model/limits.h"
#include "model/names.h"

static void emit(CertdBus *bus, const char *signal, const char *types, const char *a, const char *b,
                 const char *c)
{
    sd_bus_emit_signal(bus->bus, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, signal, types, a, b,
                       c);
}

static void emit_changed(CertdBus *bus, const char *path, const char *interface,
                         const char *const *properties)
{
    /* What the getters loaded in this turn is from before. */
    certd_snapshot_clear(&bus->snapshot);
    sd_bus_emit_properties_changed_strv(bus->bus, path, interface, (char **)properties);
}

static void certificate_added(void *userdata, const char *name)
{
    g_autofree char *path = certd_path_certificate(name);
    emit(userdata, "CertificateAdded", "so", name, path, NULL);
}

static void certificate_removed(void *userdata, const char *name)
{
    CertdBus *bus = userdata;
    g_autofree char *path = certd_path_certificate(name);
    certd_snapshot_clear(&bus->snapshot);
    emit(bus, "CertificateRemoved", "so", name, path, NULL);
}

static void emit_out_of_date(CertdBus *bus, const char *name)
{
    static const char *const properties[] = {"OutOfDate", NULL};
    g_autoptr(GArray) ids =
        certd_look_request_ids(bus->service, name, CERTD_LIMIT_FINISHED_REQUESTS, NULL);
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        g_autofree char *path = certd_path_request(g_array_index(ids, gint64, i));
        emit_changed(bus, path, CERTD_INTERFACE_REQUEST, properties);
    }
}

static void certificate_configured(void *userdata, const char *name)
{
    static const char *const properties[] = {
        "Subject", "SubjectAltNames", "KeyType", "Digest", "Days", "CopyCommonName", "Issuer", NULL,
    };
    g_autofree char *path = certd_path_certificate(name);
    emit_changed(userdata, path, CERTD_INTERFACE_CERTIFICATE, properties);
    emit_out_of_date(userdata, name);
}

static void certificate_changed(void *userdata, const char *name, const char *cause)
{
    static const char *const properties[] = {
        "Subject",    "SubjectAltNames", "KeyType", "Digest",      "Days",      "CopyCommonName",
        "Issuer",     "State",           "Chain",   "Details",     "NotBefore", "NotAfter",
        "Generation", "Fingerprint",     "Origin",  "HasPrevious", "Findings",  NULL,
    };
    g_autofree char *path = certd_path_certificate(name);
    emit_changed(userdata, path, CERTD_INTERFACE_CERTIFICATE, properties);
    emit(userdata, "CertificateChanged", "sos", name, path, cause);
}

static void request_added(void *userdata, const char *certificate, gint64 id)
{
    static const char *const properties[] = {"Requests", NULL};
    g_autofree char *certificate_path = certd_path_certificate(certificate);
    g_autofree char *path = certd_path_request(id);
    emit(userdata, "RequestAdded", "oo", certificate_path, path, NULL);
    emit_changed(userdata, certificate_path, CERTD_INTERFACE_CERTIFICATE, properties);
}

static void request_changed(void *userdata, const char *certificate, gint64 id,
                            CertdRequestState state)
{
    static const char *const properties[] = {"State", "PublicKeyHash", "Pem", "Error", NULL};
    static const char *const beginning[] = {"State", NULL};
    gboolean making = state == CERTD_REQUEST_QUEUED || state == CERTD_REQUEST_GENERATING;
    g_autofree char *path = certd_path_request(id);
    emit_changed(userdata, path, CERTD_INTERFACE_REQUEST, making ? beginning : properties);
    if (!making)
        emit(userdata, "RequestFinished", "os", path, certd_request_state_name(state), NULL);
}

static void problems_changed(void *userdata)
{
    static const char *const properties[] = {"State", "Problems", NULL};
    emit_changed(userdata, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, properties);
}

void certd_signals_listen(CertdBus *bus)
{
    const CertdListener listener = {
        .certificate_added = certificate_added,
        .certificate_removed = certificate_removed,
        .certificate_configured = certificate_configured,
        .certificate_changed = certificate_changed,
        .request_added = request_added,
        .request_changed = request_changed,
        .problems_changed = problems_changed,
        .userdata = bus,
    };
    certd_service_set_listener(bus->service, &listener);
}
