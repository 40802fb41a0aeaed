/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of role keys. A key is in clear here alone, from unsealing it to the end of the job. */
#include "model/error.h"
#include "model/job.h"
#include "model/limits.h"
#include "wire/variant.h"
#include "worker/interface.h"
#include "worker/keys.h"
#include "worker/seal.h"
#include "x509/details.h"
#include "x509/issue.h"
#include "x509/public-key.h"

/* @wrapped: whether it is, in its file. */
static gboolean unlock(CertdWorker *worker, int sealing_fd, int wrapping_fd, gboolean create,
                       gboolean *wrapped, GError **error)
{
    g_autoptr(CertdSecret) wrapping = NULL;

    if (!certd_worker_expect(worker, CERTD_ROLE_KEYS, error))
        return FALSE;
    if (worker->sealing_key) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The worker has its sealing key already; start another for another key");
        return FALSE;
    }
    if (wrapping_fd >= 0) {
        wrapping = certd_wrapping_key_read(wrapping_fd, error);
        if (!wrapping)
            return FALSE;
    }
    *wrapped = wrapping != NULL;
    worker->sealing_key = create ? certd_sealing_key_create(sealing_fd, wrapping, error)
                                 : certd_sealing_key_load(sealing_fd, wrapping, wrapped, error);
    return worker->sealing_key != NULL;
}

int certd_worker_unlock(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    int sealing_fd, wrapping_fd, has_wrapping_key, create;
    gboolean wrapped = FALSE;
    int r =
        sd_bus_message_read(message, "hhbb", &sealing_fd, &wrapping_fd, &has_wrapping_key, &create);

    if (r < 0)
        return r;
    if (!unlock(userdata, sealing_fd, has_wrapping_key ? wrapping_fd : -1, create, &wrapped,
                &error))
        return certd_worker_reply_error(message, error);
    return sd_bus_reply_method_return(message, "b", wrapped);
}

/* Writes the sealing key that @worker has to @fd, wrapped. */
static gboolean wrap(const CertdWorker *worker, int fd, int wrapping_fd, GError **error)
{
    g_autoptr(CertdSecret) wrapping = NULL;

    if (!certd_worker_expect_unlocked(worker, error))
        return FALSE;
    wrapping = certd_wrapping_key_read(wrapping_fd, error);
    return wrapping && certd_sealing_key_write(fd, worker->sealing_key, wrapping, error);
}

int certd_worker_wrap(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    int fd, wrapping_fd;
    int r = sd_bus_message_read(message, "hh", &fd, &wrapping_fd);

    if (r < 0)
        return r;
    if (!wrap(userdata, fd, wrapping_fd, &error))
        return certd_worker_reply_error(message, error);
    return sd_bus_reply_method_return(message, "");
}

static GBytes *seal_key(const CertdWorker *worker, const char *key_id, gnutls_x509_privkey_t key,
                        GError **error)
{
    g_autoptr(CertdSecret) der = certd_key_to_pkcs8(key, error);

    return der ? certd_seal(worker->sealing_key, key_id, der, error) : NULL;
}

static GVariant *describe(GBytes *certificate, GError **error)
{
    g_auto(gnutls_x509_crt_t) parsed = NULL;
    gnutls_datum_t der = {.data = (unsigned char *)g_bytes_get_data(certificate, NULL),
                          .size = (unsigned int)g_bytes_get_size(certificate)};
    int r = gnutls_x509_crt_init(&parsed);

    if (r >= 0)
        r = gnutls_x509_crt_import(parsed, &der, GNUTLS_X509_FMT_DER);
    if (r < 0) {
        certd_gnutls_error(error, r, "Reading the certificate that was just made");
        return NULL;
    }
    return g_variant_ref_sink(certd_details_new(parsed, NULL, 0));
}

/* The key that the certificate or request is for, ours: a new one or the stored one. NULL without
 * an error for somebody else's, of which there is the public half only. */
static gnutls_x509_privkey_t own_key(const CertdWorker *worker, const CertdIssueJob *job,
                                     GError **error)
{
    if (job->public_key)
        return NULL;
    return job->sealed_key ? certd_worker_open(worker, job->key_id, job->sealed_key, error)
                           : certd_key_generate(job->key_type, error);
}

/* Fills in what there is to say of the keys; FALSE on failure. @key is NULL for a foreign one. */
static gboolean describe_keys(const CertdWorker *worker, const CertdIssueJob *job,
                              gnutls_x509_privkey_t key, gnutls_pubkey_t public,
                              CertdIssueResult *result, GError **error)
{
    if (job->sealed_key)
        result->sealed_key = g_bytes_ref(job->sealed_key);
    else if (key)
        result->sealed_key = seal_key(worker, job->key_id, key, error);
    if (key && !result->sealed_key)
        return FALSE;
    result->public_key_hash = certd_public_key_hash(public, error);
    return result->public_key_hash != NULL;
}

/* Whether @signer is the one that signed last. What is sealed opens to the key that it was made of. */
static gboolean is_known(const CertdWorker *worker, const CertdSigner *signer)
{
    return worker->signer && g_str_equal(worker->signer->key_id, signer->key_id) &&
           g_bytes_equal(worker->signer->sealed_key, signer->sealed_key) &&
           g_bytes_equal(worker->signer->certificate, signer->certificate);
}

static GBytes *sign_certificate(CertdWorker *worker, CertdIssueJob *job, gnutls_pubkey_t public,
                                GError **error)
{
    CertdSigner *signer = job->signer;
    g_auto(gnutls_x509_privkey_t) key =
        certd_worker_open(worker, signer->key_id, signer->sealed_key, error);

    if (!key)
        return NULL;
    signer->known = is_known(worker, signer);
    GBytes *certificate = certd_issue_certificate(job, public, key, error);
    if (certificate && !signer->known) {
        certd_signer_free(worker->signer);
        worker->signer = g_steal_pointer(&job->signer);
    }
    return certificate;
}

static CertdIssueResult *issue(CertdWorker *worker, CertdIssueJob *job, GError **error)
{
    g_autoptr(CertdIssueResult) result = g_new0(CertdIssueResult, 1);
    g_auto(gnutls_x509_privkey_t) key = NULL;
    g_auto(gnutls_pubkey_t) public = NULL;

    if (!certd_worker_expect_unlocked(worker, error))
        return NULL;
    key = own_key(worker, job, error);
    if (!key && !job->public_key)
        return NULL;
    public = key ? certd_key_to_public(key, error) : certd_public_key_read(job->public_key, error);
    if (!public || !describe_keys(worker, job, key, public, result, error))
        return NULL;
    if (job->kind == CERTD_ISSUE_REQUEST) {
        result->request = certd_issue_request(job, key, error);
        return result->request ? g_steal_pointer(&result) : NULL;
    }
    result->certificate = job->kind == CERTD_ISSUE_SIGNED
                              ? sign_certificate(worker, job, public, error)
                              : certd_issue_certificate(job, public, key, error);
    if (!result->certificate)
        return NULL;
    result->details = describe(result->certificate, error);
    return result->details ? g_steal_pointer(&result) : NULL;
}

int certd_worker_issue(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = certd_variant_read_packed(message, "a{sv}", &error);
    g_autoptr(CertdIssueJob) job = dict ? certd_issue_job_from_variant(dict, &error) : NULL;
    g_autoptr(CertdIssueResult) result = job ? issue(userdata, job, &error) : NULL;
    g_autoptr(sd_bus_message) reply = NULL;
    int r;

    if (!result)
        return certd_worker_reply_error(message, error);
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = certd_variant_append_packed(reply, certd_issue_result_to_variant(result));
    return r < 0 ? r : sd_bus_message_send(reply);
}

/* The hash of the public key of the stored key, which shows that it opens. */
static GBytes *check(const CertdWorker *worker, const char *key_id, GBytes *sealed, GError **error)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;

    if (!certd_worker_expect_unlocked(worker, error))
        return NULL;
    key = certd_worker_open(worker, key_id, sealed, error);
    return key ? certd_key_public_hash(key, error) : NULL;
}

int certd_worker_check(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) sealed = NULL;
    g_autoptr(GBytes) hash = NULL;
    const char *key_id;
    int r = sd_bus_message_read(message, "s", &key_id);

    if (r >= 0)
        r = certd_worker_read_bytes(message, &sealed);
    if (r < 0)
        return r;
    hash = check(userdata, key_id, sealed, &error);
    return hash ? certd_worker_reply_bytes(message, hash)
                : certd_worker_reply_error(message, error);
}

static int reply_sealed(sd_bus_message *message, GBytes *sealed, GBytes *hash, const char *type)
{
    g_autoptr(sd_bus_message) reply = NULL;
    size_t size;
    const void *data = g_bytes_get_data(sealed, &size);
    int r = sd_bus_message_new_method_return(message, &reply);

    if (r >= 0)
        r = sd_bus_message_append_array(reply, 'y', data, size);
    data = g_bytes_get_data(hash, &size);
    if (r >= 0)
        r = sd_bus_message_append_array(reply, 'y', data, size);
    if (r >= 0)
        r = sd_bus_message_append(reply, "s", type);
    return r < 0 ? r : sd_bus_message_send(reply);
}

/* The key that @fd holds as PKCS#8. */
static gnutls_x509_privkey_t read_key(const CertdWorker *worker, int fd, GError **error)
{
    g_autoptr(CertdSecret) der = NULL;

    if (!certd_worker_expect_unlocked(worker, error))
        return NULL;
    der = certd_secret_read_fd(fd, CERTD_LIMIT_INPUT_BYTES, error);
    return der ? certd_key_from_pkcs8(der, error) : NULL;
}

int certd_worker_seal(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    const CertdWorker *worker = userdata;
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = NULL;
    g_autoptr(GBytes) sealed = NULL;
    g_autoptr(GBytes) hash = NULL;
    g_autofree char *type = NULL;
    const char *key_id;
    int fd;
    int r = sd_bus_message_read(message, "sh", &key_id, &fd);

    if (r < 0)
        return r;
    key = read_key(worker, fd, &error);
    sealed = key ? seal_key(worker, key_id, key, &error) : NULL;
    hash = sealed ? certd_key_public_hash(key, &error) : NULL;
    if (!hash)
        return certd_worker_reply_error(message, error);
    type = certd_private_key_type_describe(key);
    return reply_sealed(message, sealed, hash, type);
}
