/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Import: what passed the checks becomes active in one transaction, with its key (R30 to R35). */

#include "service/import.h"

#include "model/error.h"
#include "service/import-private.h"
#include "service/trial-private.h"

typedef struct {
    CertdReading reading;
    CertdCallerCopy asker;
    char **accept;
    gboolean exportable;
    gboolean dry_run;
    gboolean certificates_only;
    guint trial_seconds;
    guint64 epoch; /* of the keystore that it is for */
    CertdAskKey ask_key;
    CertdImportDone done;
    void *userdata;
    gboolean asking;    /* the answer of ask_key is awaited */
    gboolean asked;     /* and was yes */
    gboolean abandoned; /* and the service has gone meanwhile */
    GBytes *sealed_key; /* of a key that came along */
    char *key_type;
} Import;

static void import_clear(Import *import)
{
    certd_reading_clear(&import->reading);
    certd_caller_clear(&import->asker);
    g_strfreev(import->accept);
    g_clear_pointer(&import->sealed_key, g_bytes_unref);
    g_free(import->key_type);
    g_free(import);
}

static void import_free(void *operation)
{
    Import *import = operation;
    if (import->asking)
        import->abandoned = TRUE;
    else
        import_clear(import);
}

static void fail(CertdReading *reading, const GError *error)
{
    Import *import = (Import *)reading;
    import->done(NULL, error, import->userdata);
    certd_operation_end(&reading->operation);
}

static void succeed(Import *import)
{
    import->done(import->reading.judged->findings, NULL, import->userdata);
    certd_operation_end(&import->reading.operation);
}

/* The key that came along, sealed now, or one that was here already. */
static gboolean store_key(Import *import, GError **error)
{
    CertdService *service = import->reading.operation.service;
    if (import->sealed_key == NULL) {
        g_autoptr(CertdKeyRecord) key =
            certd_store_key_get(service->store, import->reading.key_id, error);
        return key != NULL;
    }
    const CertdKeyRecord key = {
        .id = import->reading.key_id,
        .key_type = import->key_type,
        .public_hash = import->reading.read->key_hash,
        .sealed = import->sealed_key,
        .exportable = import->exportable,
        .created = certd_now(service),
    };
    return certd_store_key_insert(service->store, &key, error);
}

static gboolean settle_request(Import *import, GError **error)
{
    CertdService *service = import->reading.operation.service;
    if (import->reading.request == 0)
        return TRUE;
    g_autoptr(CertdRequestRecord) request =
        certd_store_request_get(service->store, import->reading.request, error);
    if (request == NULL)
        return FALSE;
    if (!certd_request_state_may_move(request->state, CERTD_REQUEST_ISSUED)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                    "Request %" G_GINT64_FORMAT " was %s while its certificate was imported; make "
                    "a new request",
                    request->id, certd_request_state_name(request->state));
        return FALSE;
    }
    request->state = CERTD_REQUEST_ISSUED;
    return certd_store_request_update(service->store, request, error) &&
           certd_store_request_prune(service->store, request->certificate, error);
}

static gboolean install(Import *import, GError **error)
{
    CertdService *service = import->reading.operation.service;
    const CertdReading *reading = &import->reading;
    if (import->epoch != service->epoch) {
        g_set_error(
            error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
            "The device was reset during the import; nothing was installed: import it again");
        return FALSE;
    }
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, reading->certificate, error);
    if (record == NULL || !store_key(import, error))
        return FALSE;
    g_autoptr(CertdChainRecord) chain = certd_chain_record_new(
        service, record->name, reading->key_id, reading->judged->chain, reading->judged->details,
        reading->judged->findings, reading->read->has_key ? "imported" : "request", error);
    if (chain == NULL)
        return FALSE;
    certd_chain_note(service, chain, NULL);
    const CertdTrialWish wish = {import->trial_seconds, &import->asker.caller, NULL};
    return certd_trial_install(service, record, chain, CERTD_KEEP_AS_PREVIOUS, &wish, error) &&
           settle_request(import, error) &&
           certd_audit(service, &import->asker.caller, CERTD_AUDIT_IMPORT, "certificate",
                       record->name, chain->fingerprint, error) &&
           certd_store_commit(transaction, error);
}

static void finish(Import *import)
{
    CertdReading *reading = &import->reading;
    CertdService *service = reading->operation.service;
    g_autoptr(GError) error = NULL;
    if (!install(import, &error)) {
        fail(reading, error);
        return;
    }
    g_autofree char *name = g_strdup(reading->certificate);
    gint64 request = reading->request;
    succeed(import);
    if (request != 0)
        certd_tell_request(service, name, request, CERTD_REQUEST_ISSUED);
    certd_tell_changed(service, name, "import");
    certd_review_installed(service, name);
}

static void on_sealed(GBytes *sealed_key, GBytes *public_key_hash, const char *key_type,
                      const GError *error, void *userdata)
{
    Import *import = userdata;
    import->reading.operation.job = 0;
    if (sealed_key == NULL) {
        fail(&import->reading, error);
        return;
    }
    if (!g_bytes_equal(public_key_hash, import->reading.read->key_hash)) {
        g_autoptr(GError) mismatch =
            g_error_new(CERTD_ERROR, CERTD_ERROR_KEY_MISMATCH,
                        "The key that was sealed is not the one that was read; try again");
        fail(&import->reading, mismatch);
        return;
    }
    import->sealed_key = g_bytes_ref(sealed_key);
    import->key_type = g_strdup(key_type);
    finish(import);
}

static void on_judged(CertdReading *reading, int key_fd)
{
    Import *import = (Import *)reading;
    CertdWorkers *workers = reading->operation.service->workers;
    g_autoptr(GError) error = NULL;
    if (import->dry_run) {
        succeed(import);
        return;
    }
    if (!certd_finding_list_passes(reading->judged->findings, (const char *const *)import->accept,
                                   &error)) {
        fail(reading, error);
        return;
    }
    if (!reading->read->has_key) {
        finish(import);
        return;
    }
    reading->key_id = certd_key_id_new();
    reading->operation.job = workers->seal(workers, reading->key_id, key_fd, on_sealed, import);
}

static void on_asked(const GError *error, void *userdata)
{
    Import *import = userdata;
    CertdReading *reading = &import->reading;
    import->asking = FALSE;
    if (import->abandoned) {
        import_clear(import);
        return;
    }
    if (error != NULL) {
        fail(reading, error);
        return;
    }
    import->asked = TRUE;
    certd_reading_resume(reading);
}

/* What came along, or did not, is what the options are for. */
static gboolean check_key(const Import *import, GError **error)
{
    gboolean has_key = import->reading.read->has_key;
    if (!has_key && import->exportable)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The option \"exportable\" is for a key that is imported, and the input has "
                    "none; leave it out, or import the key too");
    else if (has_key && import->certificates_only)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "A private key came along, and the option \"certificates-only\" forbids that; "
                    "nothing was changed: take the key out of the input, or import without the "
                    "option");
    else
        return TRUE;
    return FALSE;
}

static void on_read(CertdReading *reading)
{
    Import *import = (Import *)reading;
    g_autoptr(GError) error = NULL;
    if (!check_key(import, &error)) {
        certd_reading_pause(reading);
        fail(reading, error);
        return;
    }
    if (!reading->read->has_key || import->ask_key == NULL || import->asked) {
        certd_reading_judge(reading, TRUE);
        return;
    }
    certd_reading_pause(reading);
    import->asking = TRUE;
    import->ask_key(import->userdata, on_asked, import);
}

/* A code that is none is a typing error, which must not be without effect. */
static gboolean check_codes(const char *const *accept, GError **error)
{
    for (size_t i = 0; accept != NULL && accept[i] != NULL; i++) {
        CertdFindingCode code;
        if (!certd_finding_code_parse(accept[i], &code)) {
            g_set_error(
                error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "The option \"accept\" names a code that no finding has; take the code from "
                "the findings of an inspection");
            return FALSE;
        }
    }
    return TRUE;
}

gboolean certd_import(CertdService *service, const CertdCaller *caller, const char *name,
                      const CertdImportInput *input, CertdAskKey ask_key, CertdImportDone done,
                      void *userdata, GError **error)
{
    if (!check_codes(input->accept, error) ||
        (!input->dry_run && !certd_trial_refuse(service, name, error)))
        return FALSE;
    Import *import = g_new0(Import, 1);
    certd_caller_copy(&import->asker, caller);
    import->accept = g_strdupv((char **)input->accept);
    import->exportable = input->exportable;
    import->dry_run = input->dry_run;
    import->certificates_only = input->certificates_only;
    import->trial_seconds = input->trial_seconds;
    import->epoch = service->epoch;
    import->ask_key = ask_key;
    import->done = done;
    import->userdata = userdata;
    import->reading.on_read = on_read;
    import->reading.on_judged = on_judged;
    import->reading.on_error = fail;
    import->reading.data_fd = import->reading.passphrase_fd = -1;
    if (!certd_reading_begin(&import->reading, service, name, input->data_fd, input->passphrase_fd,
                             import_free, error)) {
        import_clear(import);
        return FALSE;
    }
    return TRUE;
}
