/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl request NAME`: a certification request for an authority outside (R1, R14). */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/output.h"
#include "certctl/print.h"
#include "certctl/start.h"
#include "certctl/wait.h"
#include "common/dict.h"
#include "common/path.h"
#include "common/when.h"
#include "model/error.h"
#include "model/names.h"
#include "model/text.h"

static const CertctlFormat formats[] = {
    {"pem", ".csr", FALSE, 0644},
    {"der", ".csr", TRUE, 0644},
};

/* The request that --id names, where it belongs to the certificate; else a new one. */
static char *find_or_make(const CertctlCall *call, GError **error)
{
    const char *id = call->options->id;
    if (!id)
        return certctl_start(call, CERTCTL_ISSUER_EXTERNAL, error);
    g_autofree char *certificate = certctl_find_path(call, call->arguments[0], error);
    if (!certificate)
        return NULL;
    g_autoptr(GVariant) properties = NULL;
    g_autofree char *path = certctl_find_request(call, id, &properties, error);
    const char *owner = NULL;
    if (!path)
        return NULL;
    (void)g_variant_lookup(properties, "Certificate", "&o", &owner);
    if (g_strcmp0(owner, certificate) == 0)
        return g_steal_pointer(&path);
    g_autofree char *quoted = certd_text_quote(id);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_REQUEST,
                _("%s has no request %s; see: certctl requests %s"), call->arguments[0], quoted,
                call->arguments[0]);
    return NULL;
}

static void say(GVariant *properties, const char *path)
{
    g_autofree char *raw_id = certd_path_id(path);
    g_autofree char *id = certd_text_escape(raw_id);
    g_autofree char *hash = certd_text_escape(certd_dict_string(properties, "PublicKeyHash"));
    g_autofree char *type = certd_text_escape(certd_dict_string(properties, "KeyType"));
    g_autofree char *created = certd_when_print(certd_dict_number(properties, "Created"));
    g_autofree char *object = certd_text_escape(path);
    fprintf(stderr, _("Request %s\n"), id);
    certctl_print_field(stderr, _("Created"), created);
    certctl_print_field(stderr, _("Key type"), type);
    certctl_print_field(stderr, _("Public key SHA-256"), hash);
    certctl_print_field(stderr, _("Object"), object);
}

static gboolean hand_out(const CertctlCall *call, const CertctlFormat *format, const char *path,
                         GError **error)
{
    g_autoptr(GVariant) properties =
        certd_bus_get_all(call->connection, path, CERTD_INTERFACE_REQUEST, error);
    if (!properties)
        return FALSE;
    say(properties, path);
    g_autoptr(CertdBusRequest) request = certd_bus_open_request(call->connection, path, error);
    if (!request)
        return FALSE;
    /* Taken as a variant: the generated getter would stop at the first zero byte of DER. */
    g_autoptr(GVariant) reply = g_dbus_proxy_call_sync(
        G_DBUS_PROXY(request), "GetRequest", g_variant_new("(s)", format->name),
        CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL, error);
    if (!reply)
        return FALSE;
    if (!g_variant_is_of_type(reply, G_VARIANT_TYPE("(ay)"))) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                            _("certd answered with something else than a request"));
        return FALSE;
    }
    g_autoptr(GVariant) data = g_variant_get_child_value(reply, 0);
    g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes(data);
    if (call->options->json)
        certctl_print_json(call, certctl_find_request_to_object(properties, path));
    return certctl_output_write(call, bytes, format, call->arguments[0],
                                call->options->json != CERTCTL_JSON_NONE, error);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const CertctlFormat *format =
        certctl_output_format(call, formats, G_N_ELEMENTS(formats), error);
    if (!format)
        return FALSE;
    g_autofree char *path = find_or_make(call, error);
    if (!path)
        return FALSE;
    if (call->options->no_wait)
        return certctl_start_say(call, path, error);
    return certctl_wait(call, path, error) && hand_out(call, format, path, error);
}

const CertctlVerb certctl_verb_request = {
    .name = "request",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Make a certification request (CSR) with a new key and print it"),
    .example = "certctl request https --san DNS:www.example.org --out https.csr",
    .options = CERTCTL_SETTINGS | CERTCTL_BIT(CHALLENGE_PASSWORD_FILE) |
               CERTCTL_BIT(UNSTRUCTURED_NAME) | CERTCTL_BIT(NO_WAIT) | CERTCTL_BIT(ID) |
               CERTCTL_BIT(OUT) | CERTCTL_BIT(FORMAT) | CERTCTL_BIT(JSON),
    .run = run,
};
