/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handing out what is in use. PEM and DER are made here, the bundles by a worker. */

#include "service/export.h"

#include <string.h>

#include "model/error.h"
#include "model/text.h"
#include "service/look.h"
#include "service/request.h"
#include "service/service-private.h"

#define PEM_LINE 64u

typedef struct {
    CertdOperation operation;
    CertdExportDone done;
    void *userdata;
} Export;

char *certd_to_pem(const char *label, GBytes *der)
{
    size_t size;
    const guchar *data = g_bytes_get_data(der, &size);
    g_autofree char *base64 = g_base64_encode(data, size);
    GString *pem = g_string_new(NULL);
    g_string_append_printf(pem, "-----BEGIN %s-----\n", label);
    size_t length = strlen(base64);
    for (size_t at = 0; at < length; at += PEM_LINE) {
        g_string_append_len(pem, base64 + at, (gssize)MIN(PEM_LINE, length - at));
        g_string_append_c(pem, '\n');
    }
    g_string_append_printf(pem, "-----END %s-----\n", label);
    return g_string_free(pem, FALSE);
}

char *certd_chain_to_pem(const GPtrArray *chain)
{
    GString *pem = g_string_new(NULL);
    for (guint i = 0; i < chain->len; i++) {
        g_autofree char *block = certd_to_pem("CERTIFICATE", g_ptr_array_index(chain, i));
        g_string_append(pem, block);
    }
    return g_string_free(pem, FALSE);
}

/* The chain of certificate @name that is in use; KEY_UNAVAILABLE where there is none. */
static CertdChainRecord *chain_of(CertdService *service, const char *name, GError **error)
{
    g_autoptr(CertdCertificateRecord) record = certd_look_certificate(service, name, error);
    if (record == NULL)
        return NULL;
    if (record->active_chain == 0 && record->emergency_chain == 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The certificate \"%s\" has nothing installed; import one, or have it issued",
                    name);
        return NULL;
    }
    return certd_look_chain_in_use(service, record, error);
}

GBytes *certd_request_export(CertdService *service, gint64 id, const char *format, GError **error)
{
    gboolean pem = g_str_equal(format, "pem");
    if (!pem && !g_str_equal(format, "der")) {
        g_autofree char *quoted = certd_text_quote(format);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "A request has no format %s; there are pem and der", quoted);
        return NULL;
    }
    g_autoptr(CertdRequestRecord) request = certd_store_request_get(service->store, id, error);
    if (request == NULL)
        return NULL;
    if (request->state == CERTD_REQUEST_QUEUED) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                    "The key of request %" G_GINT64_FORMAT " is still being made; wait for "
                    "RequestFinished",
                    id);
        return NULL;
    }
    if (request->request == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "Request %" G_GINT64_FORMAT " is %s and has nothing to be signed; make a new "
                    "request",
                    id, certd_request_state_name(request->state));
        return NULL;
    }
    if (!pem)
        return g_bytes_ref(request->request);
    char *text = certd_to_pem("CERTIFICATE REQUEST", request->request);
    return g_bytes_new_take(text, strlen(text));
}

static void on_bytes(GBytes *bytes, const GError *error, void *userdata)
{
    Export *export = userdata;
    export->operation.job = 0;
    export->done(bytes, -1, error, export->userdata);
    certd_operation_end(&export->operation);
}

static void on_fd(int fd, const GError *error, void *userdata)
{
    Export *export = userdata;
    export->operation.job = 0;
    export->done(NULL, fd, error, export->userdata);
    certd_operation_end(&export->operation);
}

static Export *export_new(CertdService *service, CertdExportDone done, void *userdata)
{
    Export *export = g_new0(Export, 1);
    export->done = done;
    export->userdata = userdata;
    certd_operation_begin(&export->operation, service, g_free);
    return export;
}

static gboolean export_pkcs12(CertdService *service, const CertdCaller *caller,
                              const CertdChainRecord *chain, int passphrase_fd,
                              CertdExportDone done, void *userdata, GError **error)
{
    if (passphrase_fd < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_PASSPHRASE_NEEDED,
                    "A PKCS#12 bundle holds the private key and needs a pass phrase; give "
                    "passphrase or passphrase-fd");
        return FALSE;
    }
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(transaction, chain->key_id, error);
    if (key == NULL)
        return FALSE;
    if (!key->exportable) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The key of \"%s\" was not imported as exportable and never leaves the device; "
                    "import it with the option exportable where it shall",
                    chain->certificate);
        return FALSE;
    }
    if (!certd_audit(service, caller, CERTD_AUDIT_EXPORT_KEY, "certificate", chain->certificate,
                     NULL, error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    Export *export = export_new(service, done, userdata);
    export->operation.job =
        service->workers->export_pkcs12(service->workers, key->id, key->sealed, chain->chain,
                                        chain->certificate, passphrase_fd, on_fd, export);
    return TRUE;
}

gboolean certd_export(CertdService *service, const CertdCaller *caller, const char *name,
                      const char *format, int passphrase_fd, CertdExportDone done, void *userdata,
                      GError **error)
{
    g_autoptr(CertdChainRecord) chain = chain_of(service, name, error);
    if (chain == NULL)
        return FALSE;
    if (g_str_equal(format, "p12"))
        return export_pkcs12(service, caller, chain, passphrase_fd, done, userdata, error);
    if (passphrase_fd >= 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "A pass phrase is for the format p12 alone; leave it out");
        return FALSE;
    }
    if (g_str_equal(format, "p7b")) {
        Export *export = export_new(service, done, userdata);
        export->operation.job =
            service->workers->export_pkcs7(service->workers, chain->chain, on_bytes, export);
        return TRUE;
    }
    g_autoptr(GBytes) bytes = NULL;
    if (g_str_equal(format, "pem")) {
        char *pem = certd_chain_to_pem(chain->chain);
        bytes = g_bytes_new_take(pem, strlen(pem));
    } else if (g_str_equal(format, "der")) {
        bytes = g_bytes_ref(g_ptr_array_index(chain->chain, 0));
    } else {
        g_autofree char *quoted = certd_text_quote(format);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "There is no format %s; there are pem, der, p7b and p12", quoted);
        return FALSE;
    }
    done(bytes, -1, NULL, userdata);
    return TRUE;
}
