/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl export NAME`: the certificate in use and its chain, to a file or a pipe (R42). */
#include <glib/gi18n-lib.h>

#include "certctl/ask.h"
#include "certctl/find.h"
#include "certctl/input.h"
#include "certctl/output.h"
#include "model/limits.h"

/* What comes back has passed an import; PEM armour and PKCS#12 add less than as much again. */
#define EXPORT_BYTES_MAX (4u * CERTD_LIMIT_INPUT_BYTES)

static const CertctlFormat formats[] = {
    {"pem", ".pem", FALSE, 0644},
    {"der", ".cer", TRUE, 0644},
    {"p7b", ".p7b", TRUE, 0644},
    {"p12", ".p12", TRUE, 0600}, /* it holds the private key */
};

typedef struct {
    CertdBusCertificate *certificate;
    const CertctlFormat *format;
    GBytes *bytes;
} Export;

static gboolean send(const CertctlCall *call, GVariant *data, GVariant *options, GUnixFDList *fds,
                     void *context, GError **error)
{
    Export *export = context;
    g_autoptr(GVariant) handle = NULL;
    g_autoptr(GUnixFDList) received = NULL;
    if (!certd_bus_certificate_call_export_sync(export->certificate, export->format->name, options,
                                                CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, fds,
                                                &handle, &received, NULL, error))
        return FALSE;
    export->bytes = certctl_output_take(handle, received, EXPORT_BYTES_MAX, error);
    return export->bytes != NULL;
}

/* A PKCS#12 is never written without a pass phrase: asked for before anything is sent. */
static gboolean need_passphrase(const CertctlCall *call, const CertctlFormat *format,
                                GBytes **passphrase, GError **error)
{
    if (!g_str_equal(format->name, "p12") || call->options->passphrase_file)
        return TRUE;
    if (!certctl_ask_possible()) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("The format p12 needs a pass phrase; give --passphrase-file FILE"));
        return FALSE;
    }
    *passphrase = certctl_ask_new_passphrase(error);
    return *passphrase != NULL;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const CertctlFormat *format =
        certctl_output_format(call, formats, G_N_ELEMENTS(formats), error);
    g_autoptr(GBytes) passphrase = NULL;
    if (!format)
        return FALSE;
    g_autoptr(CertdBusCertificate) certificate =
        certctl_find_certificate(call, call->arguments[0], error);
    if (!certificate || !need_passphrase(call, format, &passphrase, error))
        return FALSE;
    Export export = {.certificate = certificate, .format = format};
    if (!certctl_input_send(call, NULL, g_variant_new("a{sv}", NULL), passphrase, send, &export,
                            error))
        return FALSE;
    g_autoptr(GBytes) bytes = export.bytes;
    return certctl_output_write(call, bytes, format, call->arguments[0], FALSE, error);
}

const CertctlVerb certctl_verb_export = {
    .name = "export",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Print the certificate in use and its chain, or write them to a file"),
    .example = "certctl export https --format p7b --out https.p7b",
    .options = CERTCTL_BIT(FORMAT) | CERTCTL_BIT(OUT) | CERTCTL_BIT(PASSPHRASE_FILE),
    .run = run,
};
