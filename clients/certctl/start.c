/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The issuer is always said, so that a setting can't turn a request into a certificate (R21). */
#include "certctl/start.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "certctl/find.h"
#include "certctl/output.h"
#include "certctl/print.h"
#include "certctl/trial.h"
#include "certctl/wait.h"
#include "common/dict.h"
#include "common/file.h"
#include "common/path.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/text.h"

/* Characters have up to four bytes; certd counts them. */
#define PASSWORD_BYTES_MAX (4u * CERTD_LIMIT_PKCS9_CHARACTERS)

static gboolean add_challenge_password(const CertctlOptions *options, GVariantBuilder *dict,
                                       GError **error)
{
    if (!options->challenge_password_file)
        return TRUE;
    g_autoptr(GBytes) line =
        certd_file_read_line(options->challenge_password_file, PASSWORD_BYTES_MAX, error);
    if (!line)
        return FALSE;
    size_t size;
    const char *data = g_bytes_get_data(line, &size);
    if (!g_utf8_validate_len(data, size, NULL)) {
        g_autofree char *quoted = certd_text_quote(options->challenge_password_file);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    _("The challenge password in %s is not UTF-8; save the file as UTF-8"), quoted);
        return FALSE;
    }
    g_autofree char *text = g_strndup(data, size);
    g_variant_builder_add(dict, "{sv}", "challenge-password", g_variant_new_string(text));
    explicit_bzero(text, size);
    return TRUE;
}

char *certctl_start(const CertctlCall *call, const char *issuer, GError **error)
{
    const CertctlOptions *options = call->options;
    g_auto(GVariantBuilder) dict = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(options, &dict);
    if (options->unstructured_name)
        g_variant_builder_add(&dict, "{sv}", "unstructured-name",
                              g_variant_new_string(options->unstructured_name));
    certctl_options_add_trial(options, &dict);
    if (!add_challenge_password(options, &dict, error))
        return NULL;
    g_autoptr(CertdBusCertificate) certificate =
        certctl_find_certificate(call, call->arguments[0], error);
    char *path = NULL;
    if (!certificate || !certd_bus_certificate_call_create_request_sync(
                            certificate, issuer, g_variant_builder_end(&dict), CERTD_BUS_CALL_FLAGS,
                            CERTD_BUS_TIMEOUT, &path, NULL, error))
        return NULL;
    return path;
}

gboolean certctl_start_say(const CertctlCall *call, const char *path, GError **error)
{
    if (call->options->json) {
        g_autoptr(GVariant) properties =
            certd_bus_get_all(call->connection, path, CERTD_INTERFACE_REQUEST, error);
        if (!properties)
            return FALSE;
        certctl_print_json(call, certctl_find_request_to_object(properties, path));
        return TRUE;
    }
    g_autofree char *raw_id = certd_path_id(path);
    g_autofree char *id = certd_text_escape(raw_id);
    puts(id);
    fprintf(stderr, _("The request goes on by itself; see: certctl requests %s\n"),
            call->arguments[0]);
    return TRUE;
}

gboolean certctl_start_own(const CertctlCall *call, const char *issuer, GError **error)
{
    static const CertctlFormat pem = {"pem", ".pem", FALSE, 0644};
    const char *name = call->arguments[0];
    g_autofree char *path = certctl_start(call, issuer, error);
    if (!path)
        return FALSE;
    if (call->options->no_wait)
        return certctl_start_say(call, path, error);
    if (!certctl_wait(call, path, error))
        return FALSE;
    g_autoptr(GVariant) properties = certctl_find_properties(call, name, error);
    if (!properties)
        return FALSE;
    certctl_print_active(properties);
    (void)certctl_trial_say(properties);
    const char *chain = certd_dict_string(properties, "Chain");
    g_autoptr(GBytes) bytes = g_bytes_new(chain, strlen(chain));
    if (call->options->json)
        certctl_print_json(call, properties);
    return certctl_output_write(call, bytes, &pem, name, call->options->json != CERTCTL_JSON_NONE,
                                error);
}
