/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of role keys, as the daemon's side sends and reads them. */
#include "model/error.h"
#include "model/limits.h"
#include "pool/pool-private.h"
#include "wire/variant.h"

/* SHA-256 of a public key. */
#define HASH_BYTES 32u

static int fill_issue(const CertdCall *call, sd_bus_message *message)
{
    return certd_variant_append_packed(message, call->dict);
}

static void finish_issue(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GVariant) dict = reply ? certd_variant_read_packed(reply, "a{sv}", &own) : NULL;
    g_autoptr(CertdIssueResult) result = dict ? certd_issue_result_from_variant(dict, &own) : NULL;

    call->done.issue(result, result ? NULL : (error ? error : own), call->userdata);
}

static const CertdCallKind kind_issue = {
    "Issue", CERTD_PROCESS_KEYS, CERTD_LIMIT_KEYS_WALL_USEC, fill_issue, finish_issue,
};

/* Likewise, on the worker whose sealing key is not the stored one. */
static const CertdCallKind kind_issue_temporary = {
    "Issue", CERTD_PROCESS_TEMPORARY, CERTD_LIMIT_KEYS_WALL_USEC, fill_issue, finish_issue,
};

CertdJobId certd_calls_issue(CertdWorkers *workers, const CertdIssueJob *job, CertdIssueDone done,
                             void *userdata)
{
    CertdCall *call =
        certd_call_new(job->temporary ? &kind_issue_temporary : &kind_issue, userdata);

    call->done.issue = done;
    call->dict = g_variant_ref_sink(certd_issue_job_to_variant(job));
    call->slow = !job->temporary && !job->sealed_key && !job->public_key &&
                 certd_key_type_is_slow(job->key_type);
    return certd_pool_submit(certd_pool_of(workers), call);
}

/* Check and OpenKey. */
static int fill_stored_key(const CertdCall *call, sd_bus_message *message)
{
    int r = sd_bus_message_append(message, "s", call->key_id);

    return r < 0 ? r : certd_call_append_bytes(message, call->sealed_key);
}

static void finish_check(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GBytes) hash = reply ? certd_call_read_bytes(reply) : NULL;

    if (hash && g_bytes_get_size(hash) == HASH_BYTES) {
        call->done.bytes(hash, NULL, call->userdata);
        return;
    }
    if (!error)
        certd_call_protocol_error(&own, "Check");
    call->done.bytes(NULL, error ? error : own, call->userdata);
}

static const CertdCallKind kind_check = {
    "Check", CERTD_PROCESS_KEYS, CERTD_LIMIT_KEYS_WALL_USEC, fill_stored_key, finish_check,
};

CertdJobId certd_calls_check(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                             CertdBytesDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_check, userdata);

    call->done.bytes = done;
    call->key_id = g_strdup(key_id);
    call->sealed_key = g_bytes_ref(sealed_key);
    return certd_pool_submit(certd_pool_of(workers), call);
}

static int fill_seal(const CertdCall *call, sd_bus_message *message)
{
    return sd_bus_message_append(message, "sh", call->key_id, call->fds[0]);
}

static void finish_seal(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GBytes) sealed = reply ? certd_call_read_bytes(reply) : NULL;
    g_autoptr(GBytes) hash = sealed ? certd_call_read_bytes(reply) : NULL;
    const char *type = NULL;

    if (hash && sd_bus_message_read(reply, "s", &type) >= 0) {
        call->done.seal(sealed, hash, type, NULL, call->userdata);
        return;
    }
    if (!error)
        certd_call_protocol_error(&own, "Seal");
    call->done.seal(NULL, NULL, NULL, error ? error : own, call->userdata);
}

static const CertdCallKind kind_seal = {
    "Seal", CERTD_PROCESS_KEYS, CERTD_LIMIT_KEYS_WALL_USEC, fill_seal, finish_seal,
};

CertdJobId certd_calls_seal(CertdWorkers *workers, const char *key_id, int key_fd,
                            CertdSealDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_seal, userdata);

    call->done.seal = done;
    call->key_id = g_strdup(key_id);
    certd_call_keep_fd(call, 0, key_fd);
    return certd_pool_submit(certd_pool_of(workers), call);
}

static int fill_export_pkcs12(const CertdCall *call, sd_bus_message *message)
{
    int r = sd_bus_message_append(message, "s", call->key_id);

    if (r >= 0)
        r = certd_call_append_bytes(message, call->sealed_key);
    if (r >= 0)
        r = certd_call_append_chain(message, call->chain);
    return r < 0 ? r : sd_bus_message_append(message, "sh", call->friendly_name, call->fds[0]);
}

static void finish_export_pkcs12(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    int fd = -1;

    if (reply && sd_bus_message_read(reply, "h", &fd) < 0)
        certd_call_protocol_error(&own, "ExportPkcs12");
    call->done.fd(fd, error ? error : own, call->userdata);
}

static const CertdCallKind kind_export_pkcs12 = {
    "ExportPkcs12",     CERTD_PROCESS_KEYS,   CERTD_LIMIT_KEYS_WALL_USEC,
    fill_export_pkcs12, finish_export_pkcs12,
};

CertdJobId certd_calls_export_pkcs12(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                                     GPtrArray *chain, const char *friendly_name, int passphrase_fd,
                                     CertdFdDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_export_pkcs12, userdata);

    call->done.fd = done;
    call->key_id = g_strdup(key_id);
    call->sealed_key = g_bytes_ref(sealed_key);
    call->chain = g_ptr_array_ref(chain);
    call->friendly_name = g_strdup(friendly_name);
    certd_call_keep_fd(call, 0, passphrase_fd);
    return certd_pool_submit(certd_pool_of(workers), call);
}

static void finish_open_key(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    int fd = -1;

    if (reply && sd_bus_message_read(reply, "h", &fd) < 0)
        certd_call_protocol_error(&own, "OpenKey");
    call->done.fd(fd, error ? error : own, call->userdata);
}

static const CertdCallKind kind_open_temporary = {
    "OpenKey",       CERTD_PROCESS_TEMPORARY, CERTD_LIMIT_KEYS_WALL_USEC,
    fill_stored_key, finish_open_key,         NULL,
};

/* Nobody but a worker can tell which sealing key it is that a stored key is under. */
static const CertdCallKind kind_open_key = {
    "OpenKey",       CERTD_PROCESS_KEYS, CERTD_LIMIT_KEYS_WALL_USEC,
    fill_stored_key, finish_open_key,    &kind_open_temporary,
};

CertdJobId certd_calls_open_key(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                                CertdFdDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_open_key, userdata);

    call->done.fd = done;
    call->key_id = g_strdup(key_id);
    call->sealed_key = g_bytes_ref(sealed_key);
    return certd_pool_submit(certd_pool_of(workers), call);
}

static int fill_export_pkcs7(const CertdCall *call, sd_bus_message *message)
{
    return certd_call_append_chain(message, call->chain);
}

static void finish_export_pkcs7(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GBytes) bundle = reply ? certd_call_read_bytes(reply) : NULL;

    if (reply && !bundle)
        certd_call_protocol_error(&own, "ExportPkcs7");
    call->done.bytes(bundle, error ? error : own, call->userdata);
}

static const CertdCallKind kind_export_pkcs7 = {
    "ExportPkcs7",     CERTD_PROCESS_KEYS,  CERTD_LIMIT_KEYS_WALL_USEC,
    fill_export_pkcs7, finish_export_pkcs7,
};

CertdJobId certd_calls_export_pkcs7(CertdWorkers *workers, GPtrArray *chain, CertdBytesDone done,
                                    void *userdata)
{
    CertdCall *call = certd_call_new(&kind_export_pkcs7, userdata);

    call->done.bytes = done;
    call->chain = g_ptr_array_ref(chain);
    return certd_pool_submit(certd_pool_of(workers), call);
}

/* A renewal is no message to a worker: it waits until a new one has made the key. */
static void finish_renewal(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    call->done.bytes(NULL, error, call->userdata);
}

static const CertdCallKind kind_renewal = {
    "Unlock", CERTD_PROCESS_KEYS, CERTD_LIMIT_KEYS_WALL_USEC, NULL, finish_renewal,
};

CertdJobId certd_calls_renew_sealing_key(CertdWorkers *workers, gboolean keep_old,
                                         CertdBytesDone done, void *userdata)
{
    CertdPool *pool = certd_pool_of(workers);
    CertdCall *call = certd_call_new(&kind_renewal, userdata);

    call->done.bytes = done;
    call->id = ++pool->last_id;
    g_hash_table_insert(pool->calls, &call->id, call);
    certd_call_push(call, &pool->renewals, FALSE);
    certd_pool_sealing_key_renew(pool, keep_old);
    return call->id;
}
