/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of what is carried. certd and polkit decide what the user may; this decides what somebody who has taken
 * over certd-web could do in the user's name.
 */
#include "session/allow.h"

#include <string.h>

#include "model/names.h"
#include "model/web-limits.h"

typedef enum {
    NEVER,
    ALWAYS,
    FRESH,
    FRESH_WITH_KEY, /* unless the options say certificates-only */
    FRESH_P12,      /* unless the format is one without a key */
} Rule;

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define PEER "org.freedesktop.DBus.Peer"
#define CERTIFICATES_ONLY "certificates-only"

typedef struct {
    const char *interface;
    const char *member;
    Rule rule;
} Row;

static const Row rows[] = {
    {CERTD_INTERFACE_MANAGER, "CreateCertificate", ALWAYS},
    {CERTD_INTERFACE_MANAGER, "GetCertificate", ALWAYS},
    {CERTD_INTERFACE_MANAGER, "ListCertificates", ALWAYS},
    {CERTD_INTERFACE_MANAGER, "ListRequests", ALWAYS},
    {CERTD_INTERFACE_MANAGER, "Inspect", ALWAYS},
    {CERTD_INTERFACE_MANAGER, "InspectFd", ALWAYS},
    {CERTD_INTERFACE_MANAGER, "FactoryReset", FRESH},
    {CERTD_INTERFACE_CERTIFICATE, "Configure", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "AddSubjectAltName", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "RemoveSubjectAltName", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "SetSubjectAltNames", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "CreateRequest", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "Import", FRESH_WITH_KEY},
    {CERTD_INTERFACE_CERTIFICATE, "ImportFd", FRESH_WITH_KEY},
    {CERTD_INTERFACE_CERTIFICATE, "Confirm", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "Rollback", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "Export", FRESH_P12},
    {CERTD_INTERFACE_CERTIFICATE, "AddConsumer", FRESH}, /* who becomes one gets the key */
    {CERTD_INTERFACE_CERTIFICATE, "RemoveConsumer", ALWAYS},
    {CERTD_INTERFACE_CERTIFICATE, "SetConsumers", FRESH},
    {CERTD_INTERFACE_CERTIFICATE, "OpenCredential", NEVER},
    {CERTD_INTERFACE_CERTIFICATE, "Reset", FRESH},
    {CERTD_INTERFACE_CERTIFICATE, "Remove", FRESH},
    {CERTD_INTERFACE_REQUEST, "GetRequest", ALWAYS},
    {CERTD_INTERFACE_REQUEST, "Cancel", ALWAYS},
    {CERTD_INTERFACE_AUTHORITY, "Regenerate", FRESH},
    {CERTD_INTERFACE_AUTHORITY, "Sign", ALWAYS},
    {CERTD_INTERFACE_AUTHORITY, "Export", ALWAYS},
    {CERTD_INTERFACE_TRUST_STORE, "Add", ALWAYS},
    {CERTD_INTERFACE_TRUST_STORE, "AddFd", ALWAYS},
    {CERTD_INTERFACE_TRUST_STORE, "Remove", FRESH},
    {CERTD_INTERFACE_TRUST_STORE, "List", ALWAYS},
    {CERTD_INTERFACE_TRUST_STORE, "Verify", ALWAYS},
    {CERTD_INTERFACE_TRUST_STORE, "VerifyFd", ALWAYS},
    {CERTD_INTERFACE_TRUST_STORE, "Export", ALWAYS},
    {CERTD_INTERFACE_HTTPS, "SetLevel", FRESH},
    {CERTD_INTERFACE_HTTPS, "SetForce", FRESH},
    {CERTD_INTERFACE_HTTPS, "SetPorts", FRESH},
    {CERTD_INTERFACE_HTTPS, "ReportProof", NEVER},
    {CERTD_INTERFACE_HTTPS, "ReportExchange", NEVER},
    {CERTD_INTERFACE_HTTPS, "ReportProblem", NEVER},
    {CERTD_INTERFACE_HTTPS, "Confirm", ALWAYS},
    {CERTD_INTERFACE_HTTPS, "Rollback", ALWAYS},
    {CERTD_INTERFACE_LOG, "List", ALWAYS},
    {CERTD_INTERFACE_LOG, "Verify", ALWAYS},
    {PROPERTIES, "Get", ALWAYS},
    {PROPERTIES, "GetAll", ALWAYS},
    {PEER, "Ping", ALWAYS},
};

/* What can be exported without a key. */
static const char *const formats_without_key[] = {"pem", "der", "p7b"};

/* Signals come from these. */
static const char *const interfaces[] = {
    CERTD_INTERFACE_MANAGER,     CERTD_INTERFACE_CERTIFICATE,
    CERTD_INTERFACE_REQUEST,     CERTD_INTERFACE_AUTHORITY,
    CERTD_INTERFACE_TRUST_STORE, CERTD_INTERFACE_HTTPS,
    CERTD_INTERFACE_LOG,         PROPERTIES,
};

static const Row *find(const char *interface, const char *member)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_strcmp0(rows[i].interface, interface) == 0 && g_strcmp0(rows[i].member, member) == 0)
            return &rows[i];
    }
    return NULL;
}

/* CERTD_PATH_MANAGER and what lies below it. */
static gboolean is_certds(const char *path)
{
    return path != NULL && g_str_has_prefix(path, CERTD_PATH_MANAGER) &&
           (path[strlen(CERTD_PATH_MANAGER)] == '\0' || path[strlen(CERTD_PATH_MANAGER)] == '/');
}

/* One entry of options: whether it is certificates-only, and true, into @is_set. */
static int read_entry(sd_bus_message *call, unsigned int *n_named, gboolean *is_set)
{
    const char *key;
    int value = 0;
    int r = sd_bus_message_enter_container(call, 'e', "sv");
    if (r > 0)
        r = sd_bus_message_read(call, "s", &key);
    if (r < 0)
        return r;
    if (g_str_equal(key, CERTIFICATES_ONLY)) {
        *n_named += 1;
        r = sd_bus_message_read(call, "v", "b", &value);
        *is_set = value != 0;
    } else {
        r = sd_bus_message_skip(call, "v");
    }
    return r < 0 ? r : sd_bus_message_exit_container(call);
}

/* Whether @call, an import, has the option certificates-only, once and true: then certd refuses a key. */
static gboolean is_without_key(sd_bus_message *call)
{
    unsigned int n_named = 0;
    gboolean is_set = FALSE;
    const char *signature = sd_bus_message_get_signature(call, TRUE);
    int r = sd_bus_message_skip(call, g_str_equal(signature, "aya{sv}") ? "ay" : "h");
    if (r >= 0)
        r = sd_bus_message_enter_container(call, 'a', "{sv}");
    while (r >= 0 && sd_bus_message_at_end(call, FALSE) == 0)
        r = read_entry(call, &n_named, &is_set);
    return r >= 0 && sd_bus_message_exit_container(call) >= 0 &&
           sd_bus_message_at_end(call, TRUE) > 0 && n_named == 1 && is_set;
}

static gboolean is_format_without_key(sd_bus_message *call)
{
    const char *format;
    if (sd_bus_message_read(call, "s", &format) < 0)
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(formats_without_key); i++) {
        if (g_str_equal(formats_without_key[i], format))
            return TRUE;
    }
    return FALSE;
}

static CertdAllow apply(Rule rule, sd_bus_message *call)
{
    switch (rule) {
    case NEVER:
        return CERTD_ALLOW_NEVER;
    case ALWAYS:
        return CERTD_ALLOW_ALWAYS;
    case FRESH:
        return CERTD_ALLOW_FRESH;
    case FRESH_WITH_KEY:
        return is_without_key(call) ? CERTD_ALLOW_ALWAYS : CERTD_ALLOW_FRESH;
    case FRESH_P12:
        return is_format_without_key(call) ? CERTD_ALLOW_ALWAYS : CERTD_ALLOW_FRESH;
    }
    return CERTD_ALLOW_NEVER;
}

CertdAllow certd_allow_call(sd_bus_message *call)
{
    const Row *row = find(sd_bus_message_get_interface(call), sd_bus_message_get_member(call));
    if (row == NULL || !is_certds(sd_bus_message_get_path(call)) ||
        g_strcmp0(sd_bus_message_get_destination(call), CERTD_BUS_NAME) != 0)
        return CERTD_ALLOW_NEVER;
    CertdAllow allow = apply(row->rule, call);
    return sd_bus_message_rewind(call, TRUE) < 0 ? CERTD_ALLOW_NEVER : allow;
}

gboolean certd_allow_signal(sd_bus_message *signal)
{
    const char *interface = sd_bus_message_get_interface(signal);
    if (!is_certds(sd_bus_message_get_path(signal)))
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++) {
        if (g_strcmp0(interfaces[i], interface) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean certd_allow_knows(const char *interface, const char *member)
{
    return find(interface, member) != NULL;
}

guint certd_allow_count(const char *prefix)
{
    guint n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        n += g_str_has_prefix(rows[i].interface, prefix) ? 1 : 0;
    return n;
}

gboolean certd_allow_is_fresh(guint64 signed_in, guint64 now)
{
    return now >= signed_in && now - signed_in <= CERTD_FRESH_SECONDS * G_USEC_PER_SEC;
}
