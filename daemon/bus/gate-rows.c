/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate's table: which polkit action each method needs, and what the log calls it. */

#include "bus/gate-rows.h"

#include <string.h>

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/name.h"
#include "model/names.h"
#include "service/request.h"
#include "service/requester.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"

static const char *choose_create(CertdService *service, const CertdCaller *caller,
                                 sd_bus_message *message);
static const char *choose_export(CertdService *service, const CertdCaller *caller,
                                 sd_bus_message *message);
static const char *choose_request(CertdService *service, const CertdCaller *caller,
                                  sd_bus_message *message);

#define READING(interface, member)                                                                 \
    {                                                                                              \
        CERTD_INTERFACE_##interface, member, CERTD_ACTION_READ, NULL, CERTD_AUDIT_COUNT_           \
    }
#define CHANGING(interface, member, action, log)                                                   \
    {                                                                                              \
        CERTD_INTERFACE_##interface, member, CERTD_ACTION_##action, NULL, CERTD_AUDIT_##log        \
    }

static const CertdGateRow rows[] = {
    {PROPERTIES, NULL, CERTD_ACTION_READ, NULL, CERTD_AUDIT_COUNT_},
    {CERTD_INTERFACE_MANAGER, "CreateCertificate", CERTD_ACTION_CONFIGURE, choose_create,
     CERTD_AUDIT_CREATE},
    READING(MANAGER, "GetCertificate"),
    READING(MANAGER, "ListCertificates"),
    READING(MANAGER, "ListRequests"),
    READING(MANAGER, "Inspect"),
    READING(MANAGER, "InspectFd"),
    CHANGING(MANAGER, "FactoryReset", RESET, FACTORY_RESET),
    CHANGING(CERTIFICATE, "Configure", CONFIGURE, CONFIGURE),
    CHANGING(CERTIFICATE, "AddSubjectAltName", CONFIGURE, ADD_SAN),
    CHANGING(CERTIFICATE, "RemoveSubjectAltName", CONFIGURE, REMOVE_SAN),
    CHANGING(CERTIFICATE, "SetSubjectAltNames", CONFIGURE, SET_SANS),
    {CERTD_INTERFACE_CERTIFICATE, "CreateRequest", CERTD_ACTION_REQUEST, choose_request,
     CERTD_AUDIT_REQUEST},
    CHANGING(CERTIFICATE, "Import", INSTALL, IMPORT),
    CHANGING(CERTIFICATE, "ImportFd", INSTALL, IMPORT),
    CHANGING(CERTIFICATE, "Confirm", INSTALL, CONFIRM),
    CHANGING(CERTIFICATE, "Rollback", INSTALL, ROLLBACK),
    {CERTD_INTERFACE_CERTIFICATE, "Export", CERTD_ACTION_READ, choose_export,
     CERTD_AUDIT_EXPORT_KEY},
    CHANGING(CERTIFICATE, "AddConsumer", SET_CONSUMERS, ADD_CONSUMER),
    CHANGING(CERTIFICATE, "RemoveConsumer", SET_CONSUMERS, REMOVE_CONSUMER),
    CHANGING(CERTIFICATE, "SetConsumers", SET_CONSUMERS, SET_CONSUMERS),
    CHANGING(CERTIFICATE, "OpenCredential", OPEN_CREDENTIAL, OPEN_CREDENTIAL),
    CHANGING(CERTIFICATE, "Reset", RESET, RESET),
    CHANGING(CERTIFICATE, "Remove", REMOVE, REMOVE),
    READING(REQUEST, "GetRequest"),
    CHANGING(REQUEST, "Cancel", REQUEST, CANCEL),
    CHANGING(AUTHORITY, "Regenerate", AUTHORITY, REGENERATE),
    CHANGING(AUTHORITY, "Sign", AUTHORITY, SIGN),
    READING(AUTHORITY, "Export"),
    CHANGING(TRUST_STORE, "Add", TRUST, TRUST_ADD),
    CHANGING(TRUST_STORE, "AddFd", TRUST, TRUST_ADD),
    CHANGING(TRUST_STORE, "Remove", TRUST, TRUST_REMOVE),
    READING(TRUST_STORE, "List"),
    READING(TRUST_STORE, "Verify"),
    READING(TRUST_STORE, "VerifyFd"),
    READING(TRUST_STORE, "Export"),
    CHANGING(HTTPS, "SetLevel", HTTPS, SET_LEVEL),
    CHANGING(HTTPS, "SetForce", HTTPS, SET_FORCE),
    CHANGING(HTTPS, "SetPorts", HTTPS, SET_PORTS),
    CHANGING(HTTPS, "ReportProof", REPORT, REPORT),
    CHANGING(HTTPS, "ReportExchange", REPORT, REPORT),
    CHANGING(HTTPS, "ReportProblem", REPORT, REPORT),
    CHANGING(HTTPS, "Confirm", HTTPS, CONFIRM_HTTPS),
    CHANGING(HTTPS, "Rollback", HTTPS, ROLLBACK_HTTPS),
    CHANGING(LOG, "List", READ_LOG, READ_LOG),
    CHANGING(LOG, "Verify", READ_LOG, READ_LOG),
};

gboolean certd_gate_row(size_t index, const char **interface, const char **member,
                        const char **action)
{
    if (index >= G_N_ELEMENTS(rows))
        return FALSE;
    *interface = rows[index].interface;
    *member = rows[index].member;
    *action = rows[index].action;
    return TRUE;
}

const CertdGateRow *certd_gate_find_row(const char *interface, const char *member)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_equal(rows[i].interface, interface) &&
            (rows[i].member == NULL || g_strcmp0(rows[i].member, member) == 0))
            return &rows[i];
    }
    return NULL;
}

/* The first string argument, left unread; NULL where there is none. Borrowed from @message. */
static const char *peek_string(sd_bus_message *message)
{
    const char *text = NULL;
    sd_bus_message_rewind(message, TRUE);
    if (sd_bus_message_read(message, "s", &text) < 0)
        text = NULL;
    sd_bus_message_rewind(message, TRUE);
    return text;
}

/* The same where it is a certificate's name, NULL else: what it is may be anything of any length. */
static const char *peek_name(sd_bus_message *message)
{
    const char *name = peek_string(message);
    return name != NULL && certd_name_validate(name, NULL) ? name : NULL;
}

/* Requesters ask for certificates of their own (service/requester.h). */
static const char *choose_create(CertdService *service, const CertdCaller *caller,
                                 sd_bus_message *message)
{
    const char *name = peek_string(message);
    if (caller == NULL || name == NULL || !sd_bus_message_has_signature(message, "sa{sv}") ||
        sd_bus_message_skip(message, "s") < 0)
        return CERTD_ACTION_CONFIGURE;
    g_autoptr(GVariant) settings = certd_read_options(message, NULL);
    gboolean own =
        settings != NULL && certd_requester_find(service, caller, name, settings) != NULL;
    sd_bus_message_rewind(message, TRUE);
    return own ? CERTD_ACTION_REQUEST_OWN : CERTD_ACTION_CONFIGURE;
}

/* A private key leaves only by its own action. */
static const char *choose_export(CertdService *service, const CertdCaller *caller,
                                 sd_bus_message *message)
{
    const char *format = peek_string(message);
    return format != NULL && g_str_equal(format, "p12") ? CERTD_ACTION_EXPORT_KEY
                                                        : CERTD_ACTION_READ;
}

/* What ends in a certificate of our own is an installation. */
static const char *choose_request(CertdService *service, const CertdCaller *caller,
                                  sd_bus_message *message)
{
    CertdIssuer issuer = CERTD_ISSUER_EXTERNAL;
    const char *given = peek_string(message);
    if (given == NULL || *given != '\0') {
        if (given == NULL || !certd_issuer_parse(given, &issuer, NULL))
            return CERTD_ACTION_REQUEST;
    } else {
        g_autofree char *name = certd_path_certificate_name(sd_bus_message_get_path(message));
        g_autoptr(CertdCertificateRecord) record =
            name != NULL ? certd_look_certificate(service, name, NULL) : NULL;
        if (record != NULL)
            issuer = record->settings->issuer;
    }
    return issuer == CERTD_ISSUER_EXTERNAL ? CERTD_ACTION_REQUEST : CERTD_ACTION_INSTALL;
}

const char *certd_gate_action(const CertdGateRow *row, CertdService *service,
                              const CertdCaller *caller, sd_bus_message *message)
{
    return row->choose != NULL ? row->choose(service, caller, message) : row->action;
}

static gboolean is_denial(const sd_bus_error *error)
{
    CertdError code = CERTD_ERROR_COUNT_;
    return certd_error_from_dbus_name(error->name, &code) &&
           (code == CERTD_ERROR_ACCESS_DENIED ||
            code == CERTD_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}

const CertdGateRow *certd_gate_logged_row(CertdService *service, sd_bus_message *message,
                                          const sd_bus_error *error)
{
    const char *interface = sd_bus_message_get_interface(message);
    const CertdGateRow *row =
        interface != NULL ? certd_gate_find_row(interface, sd_bus_message_get_member(message))
                          : NULL;
    if (row == NULL || row->log == CERTD_AUDIT_COUNT_ ||
        g_str_equal(certd_gate_action(row, service, NULL, message), CERTD_ACTION_READ))
        return NULL;
    /* Who may read it, and asks for what there is not, has done nothing. */
    return row->log != CERTD_AUDIT_READ_LOG || error == NULL || is_denial(error) ? row : NULL;
}

char *certd_gate_certificate(CertdService *service, sd_bus_message *message)
{
    const char *path = sd_bus_message_get_path(message);
    char *name = certd_path_certificate_name(path);
    if (name != NULL)
        return name;
    gint64 id;
    if (certd_path_request_id(path, &id)) {
        g_autoptr(CertdRequestRecord) request = certd_request_get(service, id, NULL);
        return request != NULL ? g_strdup(request->certificate) : NULL;
    }
    const char *member = sd_bus_message_get_member(message);
    gboolean named =
        g_strcmp0(member, "CreateCertificate") == 0 || g_strcmp0(member, "GetCertificate") == 0;
    return named ? g_strdup(peek_name(message)) : NULL;
}

/* Objects that calls don't name by their path. */
static const struct {
    CertdAuditAction log;
    const char *object;
} objects[] = {
    {CERTD_AUDIT_FACTORY_RESET, "keystore/all"}, {CERTD_AUDIT_REGENERATE, "authority/internal"},
    {CERTD_AUDIT_SIGN, "authority/internal"},    {CERTD_AUDIT_TRUST_ADD, "truststore/all"},
    {CERTD_AUDIT_READ_LOG, "log/all"},
};

static const char *object_of(const CertdGateRow *row)
{
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
        if (objects[i].log == row->log)
            return objects[i].object;
    }
    return g_str_equal(row->interface, CERTD_INTERFACE_HTTPS) ? "https/all" : NULL;
}

static gboolean is_fingerprint(const char *text)
{
    return text != NULL && *text != '\0' && strspn(text, "0123456789abcdef") == strlen(text) &&
           strlen(text) == 64;
}

char *certd_gate_object(const CertdGateRow *row, sd_bus_message *message)
{
    const char *path = sd_bus_message_get_path(message);
    gint64 id;
    const char *object = object_of(row);
    if (object != NULL)
        return g_strdup(object);
    if (certd_path_request_id(path, &id))
        return g_strdup_printf("request/%" G_GINT64_FORMAT, id);
    if (row->log == CERTD_AUDIT_CANCEL)
        return g_strdup("request/?");
    if (row->log == CERTD_AUDIT_TRUST_REMOVE) {
        const char *fingerprint = peek_string(message);
        return g_strconcat("anchor/", is_fingerprint(fingerprint) ? fingerprint : "?", NULL);
    }
    g_autofree char *name = row->log == CERTD_AUDIT_CREATE ? g_strdup(peek_name(message))
                                                           : certd_path_certificate_name(path);
    gboolean sound = name != NULL && certd_name_validate(name, NULL);
    return g_strconcat("certificate/", sound ? name : "?", NULL);
}
