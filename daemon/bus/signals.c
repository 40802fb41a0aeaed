/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happened becomes signals; after the commit, never before. A signal that can't be sent is lost:
 * who missed one reads the state. */

#include "bus/bus-private.h"
#include "bus/journal.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/problem.h"

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

/* What is renewed first depends on every certificate, and seldom changes with one. */
static void emit_next_renewal(CertdBus *bus)
{
    static const char *const properties[] = {"NextRenewal", NULL};
    gint64 when;
    if (!certd_look_next_renewal(bus->service, &when, NULL) || when == bus->next_renewal)
        return;
    bus->next_renewal = when;
    emit_changed(bus, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, properties);
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
    emit_next_renewal(bus);
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
        "Subject",        "SubjectAltNames", "KeyType", "Digest",  "Days",
        "CopyCommonName", "ReuseKey",        "Issuer",  "Renewal", NULL,
    };
    g_autofree char *path = certd_path_certificate(name);
    emit_changed(userdata, path, CERTD_INTERFACE_CERTIFICATE, properties);
    emit_out_of_date(userdata, name);
    emit_next_renewal(userdata);
}

static void certificate_changed(void *userdata, const char *name, const char *cause)
{
    static const char *const properties[] = {
        "State",         "Chain",    "Details",       "NotBefore", "NotAfter", "Generation",
        "Fingerprint",   "Origin",   "HasPrevious",   "Findings",  "Renewal",  "Emergency",
        "TrialDeadline", "Previous", "KeyExportable", NULL,
    };
    g_autofree char *path = certd_path_certificate(name);
    emit_changed(userdata, path, CERTD_INTERFACE_CERTIFICATE, properties);
    emit(userdata, "CertificateChanged", "sos", name, path, cause);
    emit_next_renewal(userdata);
}

static void trial_changed(void *userdata, const char *name)
{
    static const char *const properties[] = {"TrialDeadline", "HasPrevious", "Previous", NULL};
    g_autofree char *path = certd_path_certificate(name);
    emit_changed(userdata, path, CERTD_INTERFACE_CERTIFICATE, properties);
}

static void consumers_changed(void *userdata, const char *name)
{
    static const char *const properties[] = {"Consumers", NULL};
    g_autofree char *path = certd_path_certificate(name);
    emit_changed(userdata, path, CERTD_INTERFACE_CERTIFICATE, properties);
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

/* Whether @problem is one of @problems. */
static gboolean has_problem(GVariant *problems, GVariant *problem)
{
    for (size_t i = 0; i < g_variant_n_children(problems); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(problems, i);
        if (g_variant_equal(one, problem))
            return TRUE;
    }
    return FALSE;
}

/* An entry for each problem that was not there before. */
static void log_problems(CertdBus *bus)
{
    g_autoptr(GVariant) before = g_steal_pointer(&bus->problems);
    bus->problems = g_variant_ref_sink(certd_service_problems(bus->service));
    for (size_t i = 0; i < g_variant_n_children(bus->problems); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(bus->problems, i);
        const char *code, *message, *remedy;
        g_variant_get(one, "(&s&s&s&s)", &code, NULL, &message, &remedy);
        if (before == NULL || !has_problem(before, one))
            certd_journal_problem(code, message, remedy);
    }
}

static void problems_changed(void *userdata)
{
    static const char *const properties[] = {"State", "Problems", "ProblemCertificates", NULL};
    log_problems(userdata);
    emit_changed(userdata, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, properties);
}

static void sealing_key_changed(void *userdata)
{
    static const char *const properties[] = {"SealingKey", NULL};
    emit_changed(userdata, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, properties);
}

/* R41: in the journal too. */
static void certificate_expiring(void *userdata, const char *name, gint64 not_after)
{
    CertdBus *bus = userdata;
    g_autofree char *path = certd_path_certificate(name);
    g_autoptr(GDateTime) end = g_date_time_new_from_unix_utc(not_after);
    g_autofree char *text =
        end != NULL ? g_date_time_format(end, "%Y-%m-%d %H:%M:%S UTC") : g_strdup("year 10000");
    g_autofree char *message = g_strdup_printf("The certificate %s is valid until %s", name, text);
    certd_journal_problem(certd_problem_code_name(CERTD_PROBLEM_CERTIFICATE_EXPIRING), message,
                          "Renew it: certctl status says how");
    sd_bus_emit_signal(bus->bus, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "CertificateExpiring",
                       "sot", name, path, (uint64_t)MAX(not_after, 0));
}

static void findings_changed(void *userdata, const char *name)
{
    static const char *const properties[] = {"State", "Findings", NULL};
    g_autofree char *path = certd_path_certificate(name);
    emit_changed(userdata, path, CERTD_INTERFACE_CERTIFICATE, properties);
}

static void names_changed(void *userdata)
{
    static const char *const properties[] = {"DeviceNames", NULL};
    emit_changed(userdata, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, properties);
}

static void authority_changed(void *userdata)
{
    static const char *const properties[] = {
        "Certificate", "Subject",        "NotBefore", "NotAfter",
        "Fingerprint", "PermittedNames", "Scope",     NULL,
    };
    emit_changed(userdata, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, properties);
}

static void trust_changed(void *userdata)
{
    static const char *const properties[] = {"Count", "Changed", NULL};
    emit_changed(userdata, CERTD_PATH_TRUST_STORE, CERTD_INTERFACE_TRUST_STORE, properties);
}

static void https_changed(void *userdata)
{
    static const char *const properties[] = {
        "Level", "Force", "Port", "PlainPort", "TrialDeadline", "Proven", "ProvenClientCertificate",
        NULL,
    };
    emit_changed(userdata, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, properties);
}

static void clock_changed(void *userdata)
{
    static const char *const properties[] = {"ClockTrusted", NULL};
    emit_changed(userdata, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, properties);
}

static void features_changed(void *userdata)
{
    static const char *const properties[] = {"Features", NULL};
    emit_changed(userdata, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, properties);
}

static void audit_added(void *userdata, const CertdAuditRecord *record)
{
    certd_log_tell(userdata, record);
}

void certd_signals_listen(CertdBus *bus)
{
    const CertdListener listener = {
        .certificate_added = certificate_added,
        .certificate_removed = certificate_removed,
        .certificate_configured = certificate_configured,
        .certificate_changed = certificate_changed,
        .trial_changed = trial_changed,
        .request_added = request_added,
        .request_changed = request_changed,
        .problems_changed = problems_changed,
        .sealing_key_changed = sealing_key_changed,
        .certificate_expiring = certificate_expiring,
        .consumers_changed = consumers_changed,
        .findings_changed = findings_changed,
        .names_changed = names_changed,
        .authority_changed = authority_changed,
        .trust_changed = trust_changed,
        .https_changed = https_changed,
        .clock_changed = clock_changed,
        .features_changed = features_changed,
        .audit_added = audit_added,
        .userdata = bus,
    };
    log_problems(bus);
    certd_service_set_listener(bus->service, &listener);
}
