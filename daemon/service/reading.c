/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading foreign bytes in a parse worker, and finding the key among all that the device has. */

#include <fcntl.h>
#include <unistd.h>

#include "model/error.h"
#include "model/san.h"
#include "service/import-private.h"

void certd_reading_clear(CertdReading *reading)
{
    g_free(reading->certificate);
    g_free(reading->key_id);
    certd_read_result_free(reading->read);
    certd_judge_result_free(reading->judged);
    if (reading->data_fd >= 0)
        close(reading->data_fd);
    if (reading->passphrase_fd >= 0)
        close(reading->passphrase_fd);
}

/* The key of one certificate of the bundle: of a ready request of this certificate first, else any
 * that is kept. TRUE where the store could say; key_id tells whether there is one. */
static gboolean find_key(CertdReading *reading, GBytes *hash, GError **error)
{
    CertdStore *store = reading->operation.service->store;
    gint64 id = 0;
    if (reading->certificate != NULL &&
        !certd_store_request_find(store, reading->certificate, hash, &id, error))
        return FALSE;
    if (id != 0) {
        g_autoptr(CertdRequestRecord) request = certd_store_request_get(store, id, error);
        if (request == NULL)
            return FALSE;
        reading->request = id;
        reading->key_id = g_strdup(request->key_id);
        return TRUE;
    }
    g_autoptr(CertdKeyRecord) key = NULL;
    if (!certd_store_key_find(store, hash, &key, error))
        return FALSE;
    if (key != NULL)
        reading->key_id = g_strdup(key->id);
    return TRUE;
}

/* Which certificate is the leaf: the one whose key came along, or is here. */
static gboolean find_leaf(CertdReading *reading, GBytes **leaf, GError **error)
{
    const CertdReadResult *read = reading->read;
    if (read->has_key) {
        *leaf = read->key_hash;
        return TRUE;
    }
    for (guint i = 0; i < read->public_key_hashes->len; i++) {
        GBytes *hash = g_ptr_array_index(read->public_key_hashes, i);
        if (!find_key(reading, hash, error))
            return FALSE;
        if (reading->key_id != NULL) {
            *leaf = hash;
            return TRUE;
        }
    }
    return TRUE;
}

static gboolean key_belongs(const CertdReadResult *read)
{
    for (guint i = 0; i < read->public_key_hashes->len; i++) {
        if (g_bytes_equal(g_ptr_array_index(read->public_key_hashes, i), read->key_hash))
            return TRUE;
    }
    return FALSE;
}

/* The names that the certificate should answer for: those it was asked to have, and the device's. */
static gboolean expected_names(CertdReading *reading, GPtrArray **names, GError **error)
{
    CertdService *service = reading->operation.service;
    if (reading->certificate == NULL) {
        *names = service->device->names(service->device->userdata);
        return TRUE;
    }
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, reading->certificate, error);
    if (record == NULL)
        return FALSE;
    *names = certd_expected_names(service, record->settings);
    return TRUE;
}

static void on_judged(CertdJudgeResult *result, int key_fd, const GError *error, void *userdata)
{
    CertdReading *reading = userdata;
    reading->operation.job = 0;
    if (result == NULL) {
        reading->on_error(reading, error);
        return;
    }
    reading->judged = g_new0(CertdJudgeResult, 1);
    reading->judged->chain = g_ptr_array_ref(result->chain);
    reading->judged->details = g_variant_ref(result->details);
    reading->judged->findings = g_ptr_array_ref(result->findings);
    reading->on_judged(reading, key_fd);
}

static CertdJudgeJob *judge_job(CertdReading *reading, gboolean want_key, GError **error)
{
    CertdService *service = reading->operation.service;
    g_autoptr(CertdJudgeJob) job = g_new0(CertdJudgeJob, 1);
    GBytes *leaf = NULL;
    if (!expected_names(reading, &job->names, error) || !find_leaf(reading, &leaf, error))
        return NULL;
    gboolean belongs = reading->read->has_key ? key_belongs(reading->read) : leaf != NULL;
    job->leaf_hash = leaf != NULL && belongs ? g_bytes_ref(leaf) : NULL;
    job->key_known = belongs;
    job->want_key = want_key && belongs;
    job->now = certd_now(service);
    job->clock_trusted = certd_time_is_trusted(service);
    job->policy = service->policy;
    return g_steal_pointer(&job);
}

void certd_reading_judge(CertdReading *reading, gboolean want_key)
{
    CertdWorkers *workers = reading->operation.service->workers;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdJudgeJob) job = judge_job(reading, want_key, &error);
    if (job == NULL) {
        certd_reading_pause(reading);
        reading->on_error(reading, error);
        return;
    }
    reading->operation.job =
        workers->judge(workers, reading->operation.job, job, on_judged, reading);
}

static void on_read(CertdReadResult *result, const GError *error, void *userdata)
{
    CertdReading *reading = userdata;
    if (result == NULL) {
        reading->operation.job = 0;
        reading->on_error(reading, error);
        return;
    }
    certd_read_result_free(reading->read);
    reading->read = g_new0(CertdReadResult, 1);
    reading->read->format = g_strdup(result->format);
    reading->read->public_key_hashes = g_ptr_array_ref(result->public_key_hashes);
    reading->read->has_key = result->has_key;
    reading->read->key_hash = result->key_hash != NULL ? g_bytes_ref(result->key_hash) : NULL;
    reading->on_read(reading);
}

void certd_reading_pause(CertdReading *reading)
{
    CertdWorkers *workers = reading->operation.service->workers;
    workers->cancel(workers, reading->operation.job);
    reading->operation.job = 0;
}

void certd_reading_resume(CertdReading *reading)
{
    CertdWorkers *workers = reading->operation.service->workers;
    reading->operation.job =
        workers->read(workers, reading->data_fd, reading->passphrase_fd, on_read, reading);
}

static int duplicate(int fd)
{
    return fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
}

gboolean certd_reading_begin(CertdReading *reading, CertdService *service, const char *certificate,
                             int data_fd, int passphrase_fd, void (*free)(void *operation),
                             GError **error)
{
    reading->data_fd = duplicate(data_fd);
    reading->passphrase_fd = duplicate(passphrase_fd);
    if (reading->data_fd < 0 || (passphrase_fd >= 0 && reading->passphrase_fd < 0)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                    "certd has no descriptor left for the input; try again later");
        return FALSE;
    }
    if (certificate != NULL) {
        g_autoptr(CertdCertificateRecord) record =
            certd_store_certificate_get(service->store, certificate, error);
        if (record == NULL)
            return FALSE;
    }
    reading->certificate = g_strdup(certificate);
    certd_operation_begin(&reading->operation, service, free);
    certd_reading_resume(reading);
    return TRUE;
}
