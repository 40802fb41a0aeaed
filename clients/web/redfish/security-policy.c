/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A level is the TLS versions and whether a client has to show a certificate, together. A client may ask for either, or
 * for the level by its name: what no level is, is refused rather than taken for the nearest.
 */
#include "web/redfish/security-policy.h"

#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/oem.h"
#include "web/redfish/trust-store.h"

/* What certd-tls takes, in the order of the registry of IANA. */
#define SUITES_1_3                                                                                 \
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"
#define SUITES_1_2                                                                                 \
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",          \
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",          \
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",                                             \
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"

typedef struct {
    const char *name;
    const char *versions[3];
    const char *suites[10];
    gboolean verify;
} Level;

static const Level levels[] = {
    {"standard", {"1.2", "1.3", NULL}, {SUITES_1_3, SUITES_1_2, NULL}, FALSE},
    {"high", {"1.3", NULL}, {SUITES_1_3, NULL}, TRUE},
};

static const Level *find_level(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        if (g_strcmp0(levels[i].name, name) == 0)
            return &levels[i];
    }
    return NULL;
}

gboolean certd_security_policy_is_level(const char *name)
{
    return find_level(name) != NULL;
}

/* Whether both have the same elements, each once. */
static gboolean same_versions(const char *const *a, const char *const *b)
{
    if (g_strv_length((char **)a) != g_strv_length((char **)b))
        return FALSE;
    for (size_t i = 0; a[i]; i++) {
        if (!g_strv_contains(b, a[i]) || g_strv_contains(a + i + 1, a[i]))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_security_policy_has_versions(const char *const *versions)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        if (same_versions(versions, levels[i].versions))
            return TRUE;
    }
    return FALSE;
}

const char *certd_security_policy_level(const CertdLevelWanted *wanted, const char *now)
{
    const Level *otherwise = find_level(wanted->level ? wanted->level : now);
    if (!otherwise)
        return NULL;
    const char *const *versions = wanted->versions ? wanted->versions : otherwise->versions;
    gboolean verify = wanted->verify < 0 ? otherwise->verify : wanted->verify != 0;
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        const Level *level = &levels[i];
        if (same_versions(versions, level->versions) && verify == level->verify &&
            (!wanted->level || level == otherwise))
            return level->name;
    }
    return NULL;
}

/* The policy of the device as a server, at @level. */
static void set_server(JsonObject *tls, const Level *level)
{
    JsonObject *server = certd_child(tls, "Server");
    JsonObject *allowed = certd_child(server, "Allowed");
    certd_set_strings(allowed, "Versions", level->versions);
    certd_set_strings(certd_child(allowed, "Algorithms"), "CipherSuites", level->suites);
    json_object_set_boolean_member(server, "VerifyCertificate", level->verify);
    certd_link(server, "TrustedCertificates", CERTD_REDFISH_TRUST_SERVER);
}

void certd_security_policy_get(const CertdRequest *request, CertdAnswer *answer)
{
    static const char *const purposes[] = {"server", "client", NULL};
    const char *name = NULL;
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS);
    if (!properties)
        return;
    g_variant_lookup(properties, "Level", "&s", &name);
    const Level *level = find_level(name);
    if (!level) {
        certd_answer_message(answer, CERTD_MESSAGE_INTERNAL_ERROR);
        return;
    }
    JsonObject *resource =
        certd_resource_new(CERTD_REDFISH_SECURITY_POLICY, "SecurityPolicy.v1_0_3.SecurityPolicy",
                           "SecurityPolicy", "Security policy");
    JsonObject *tls = certd_child(resource, "TLS");
    set_server(tls, level);
    certd_link(certd_child(tls, "Client"), "TrustedCertificates", CERTD_REDFISH_TRUST_CLIENT);
    JsonObject *oem = certd_oem_new(resource, "CertdSecurityPolicy.v1_0_0.SecurityPolicy");
    certd_set_string(oem, "Level", level->name);
    certd_oem_set_trial(oem, properties);
    json_object_set_boolean_member(oem, "ClientCertificateShown",
                                   request->peer && request->peer->certified);
    certd_link(oem, "TrustedCertificates", CERTD_REDFISH_TRUST);
    certd_set_string(oem, "ServerBundle", CERTD_REDFISH_TRUST_BUNDLES "/server.pem");
    certd_set_string(oem, "ClientBundle", CERTD_REDFISH_TRUST_BUNDLES "/client.pem");
    JsonObject *verify =
        certd_oem_action(resource, CERTD_REDFISH_SECURITY_POLICY, CERTD_TRUST_ACTION_VERIFY);
    certd_set_strings(verify, "Purpose@Redfish.AllowableValues", purposes);
    certd_answer_json(answer, 200, resource);
}

/* Reads TLS.Server of @body into @wanted; @versions owns what that has. */
static gboolean read_server(JsonObject *body, CertdLevelWanted *wanted, char ***versions,
                            CertdAnswer *answer)
{
    static const CertdField tls_fields[] = {{"Server", CERTD_FIELD_OBJECT, FALSE}, {0}};
    static const CertdField server_fields[] = {{"Allowed", CERTD_FIELD_OBJECT, FALSE},
                                               {"VerifyCertificate", CERTD_FIELD_BOOLEAN, FALSE},
                                               {0}};
    static const CertdField allowed_fields[] = {{"Versions", CERTD_FIELD_STRINGS, FALSE}, {0}};
    JsonObject *tls = certd_field_object(body, "TLS");
    if (tls && !certd_fields_check(tls, tls_fields, NULL, "/TLS", answer))
        return FALSE;
    JsonObject *server = tls ? certd_field_object(tls, "Server") : NULL;
    if (!server)
        return TRUE;
    if (!certd_fields_check(server, server_fields, NULL, "/TLS/Server", answer))
        return FALSE;
    JsonObject *allowed = certd_field_object(server, "Allowed");
    if (allowed &&
        !certd_fields_check(allowed, allowed_fields, NULL, "/TLS/Server/Allowed", answer))
        return FALSE;
    if (json_object_has_member(server, "VerifyCertificate") &&
        !json_object_get_null_member(server, "VerifyCertificate"))
        wanted->verify = certd_field_boolean(server, "VerifyCertificate", FALSE);
    *versions = allowed ? certd_field_strings(allowed, "Versions") : NULL;
    wanted->versions = (const char *const *)*versions;
    return TRUE;
}

/* What is no value of any level, and whether anything is asked for at all. */
static gboolean check_values(const CertdLevelWanted *wanted, CertdAnswer *answer)
{
    if (wanted->level && !certd_security_policy_is_level(wanted->level))
        certd_answer_property(answer, "/Oem/Certd/Level", CERTD_MESSAGE_PROPERTY_VALUE_NOT_IN_LIST,
                              wanted->level, "Oem/Certd/Level");
    else if (wanted->versions && !certd_security_policy_has_versions(wanted->versions)) {
        g_autofree char *text = g_strjoinv(", ", (char **)wanted->versions);
        certd_answer_property(answer, "/TLS/Server/Allowed/Versions",
                              CERTD_MESSAGE_PROPERTY_VALUE_NOT_IN_LIST, text,
                              "TLS/Server/Allowed/Versions");
    } else if (!wanted->level && !wanted->versions && wanted->verify < 0)
        certd_answer_message(answer, CERTD_MESSAGE_NO_OPERATION);
    return !certd_answer_is_error(answer);
}

static void set_level(const CertdRequest *request, const CertdLevelWanted *wanted,
                      GVariantDict *options, CertdAnswer *answer)
{
    const char *now = NULL;
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS);
    if (!properties)
        return;
    g_variant_lookup(properties, "Level", "&s", &now);
    const char *level = certd_security_policy_level(wanted, now);
    if (!level) {
        certd_answer_property(answer, "/TLS/Server/Allowed/Versions",
                              CERTD_MESSAGE_PROPERTY_VALUE_CONFLICT, "TLS/Server/Allowed/Versions",
                              wanted->level ? "Oem/Certd/Level" : "TLS/Server/VerifyCertificate");
        return;
    }
    if (!g_str_equal(level, now)) {
        g_autoptr(GVariant) reply = certd_redfish_call(
            request, answer, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "SetLevel",
            g_variant_new("(s@a{sv})", level, g_variant_dict_end(options)), "()", NULL, NULL);
        if (!reply)
            return;
    }
    certd_security_policy_get(request, answer);
}

void certd_security_policy_patch(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"TLS", CERTD_FIELD_OBJECT, FALSE}, {"Oem", CERTD_FIELD_OBJECT, FALSE}, {0}};
    static const CertdField own[] = {
        {"Level", CERTD_FIELD_STRING, FALSE}, {"Trial", CERTD_FIELD_INTEGER, FALSE}, {0}};
    CertdLevelWanted wanted = {.verify = -1};
    g_auto(GStrv) versions = NULL;
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
    JsonObject *oem = NULL;
    if (!certd_fields_check(request->body, fields, NULL, "", answer) ||
        !certd_oem_read(request->body, own, answer, &oem) ||
        !certd_oem_add_trial(oem, &options, answer) ||
        !read_server(request->body, &wanted, &versions, answer))
        return;
    wanted.level = oem ? certd_field_string(oem, "Level") : NULL;
    if (check_values(&wanted, answer))
        set_level(request, &wanted, &options, answer);
}
