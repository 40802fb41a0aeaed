/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job of role parse: one bundle of foreign bytes, read once and judged once, or one foreign
 * certification request, read once. */
#include <unistd.h>

#include "model/error.h"
#include "model/job.h"
#include "model/limits.h"
#include "model/text.h"
#include "wire/memfd.h"
#include "wire/variant.h"
#include "worker/interface.h"
#include "x509/judge.h"
#include "x509/request-read.h"

gboolean certd_worker_begin_reading(CertdWorker *worker, GError **error)
{
    if (!certd_worker_expect(worker, CERTD_ROLE_PARSE, error))
        return FALSE;
    if (worker->reads) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The worker has read its one input; start another for another input");
        return FALSE;
    }
    worker->reads = TRUE;
    return TRUE;
}

gboolean certd_worker_read_input(int data_fd, int passphrase_fd, GBytes **data,
                                 CertdSecret **passphrase, GError **error)
{
    g_autoptr(GBytes) bytes = certd_fd_read(data_fd, CERTD_LIMIT_INPUT_BYTES, error);
    g_autoptr(CertdSecret) secret = NULL;

    if (!bytes)
        return FALSE;
    if (passphrase_fd >= 0) {
        secret = certd_secret_read_fd(passphrase_fd, CERTD_LIMIT_PASSPHRASE_BYTES, error);
        if (!secret)
            return FALSE;
    }
    *data = g_steal_pointer(&bytes);
    *passphrase = g_steal_pointer(&secret);
    return TRUE;
}

static CertdReadResult *read_bundle(CertdWorker *worker, int data_fd, int passphrase_fd,
                                    GError **error)
{
    g_autoptr(GBytes) data = NULL;
    g_autoptr(CertdSecret) passphrase = NULL;

    if (!certd_worker_begin_reading(worker, error) ||
        !certd_worker_read_input(data_fd, passphrase_fd, &data, &passphrase, error))
        return NULL;
    worker->bundle = certd_bundle_read(data, passphrase, error);
    return worker->bundle ? certd_bundle_summary(worker->bundle, error) : NULL;
}

int certd_worker_read(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdReadResult) result = NULL;
    g_autoptr(sd_bus_message) reply = NULL;
    int data_fd, passphrase_fd, has_passphrase;
    int r = sd_bus_message_read(message, "hhb", &data_fd, &passphrase_fd, &has_passphrase);

    if (r < 0)
        return r;
    result = read_bundle(userdata, data_fd, has_passphrase ? passphrase_fd : -1, &error);
    if (!result)
        return certd_worker_reply_error(message, error);
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = certd_variant_append(reply, certd_read_result_to_variant(result));
    return r < 0 ? r : sd_bus_message_send(reply);
}

static CertdJudgeResult *judge(CertdWorker *worker, const CertdJudgeJob *job, GError **error)
{
    if (!certd_worker_expect(worker, CERTD_ROLE_PARSE, error))
        return NULL;
    if (!worker->bundle || worker->ends) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The worker has no bundle to judge; let it read one first, and judge it once");
        return NULL;
    }
    worker->ends = TRUE;
    return certd_judge(worker->bundle, job, error);
}

/* The memfd with the bundle's key; without one to hand out, any descriptor, for D-Bus has no
 * "none". -1 on failure. */
static int key_memfd(const CertdWorker *worker, gboolean has_key, GError **error)
{
    g_autoptr(CertdSecret) der = NULL;

    if (!has_key)
        return certd_memfd_new("certd-none", "", 0, error);
    der = certd_key_to_pkcs8(certd_bundle_key(worker->bundle), error);
    if (!der)
        return -1;
    return certd_memfd_new("certd-key", certd_secret_data(der), certd_secret_size(der), error);
}

int certd_worker_judge(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    CertdWorker *worker = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = certd_variant_read(message, "a{sv}", &error);
    g_autoptr(CertdJudgeJob) job = dict ? certd_judge_job_from_variant(dict, &error) : NULL;
    g_autoptr(CertdJudgeResult) result = job ? judge(worker, job, &error) : NULL;
    g_autoptr(sd_bus_message) reply = NULL;
    gboolean has_key = result && job->want_key && certd_bundle_key(worker->bundle);
    int fd = result ? key_memfd(worker, has_key, &error) : -1;
    int r;

    if (fd < 0)
        return certd_worker_reply_error(message, error);
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = certd_variant_append(reply, certd_judge_result_to_variant(result));
    if (r >= 0)
        r = sd_bus_message_append(reply, "bh", has_key, fd);
    close(fd);
    return r < 0 ? r : sd_bus_message_send(reply);
}

static CertdReadRequestResult *read_request(CertdWorker *worker, int data_fd,
                                            const char *policy_name, GError **error)
{
    g_autoptr(GBytes) data = NULL;
    CertdPolicy policy;

    if (!certd_worker_begin_reading(worker, error))
        return NULL;
    worker->ends = TRUE;
    if (!certd_policy_parse(policy_name, &policy)) {
        g_autofree char *quoted = certd_text_quote(policy_name);

        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "There is no policy %s; give \"default\" or \"legacy\"", quoted);
        return NULL;
    }
    data = certd_fd_read(data_fd, CERTD_LIMIT_REQUEST_BYTES, error);
    return data ? certd_request_read(data, policy, error) : NULL;
}

int certd_worker_read_request(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdReadRequestResult) result = NULL;
    g_autoptr(sd_bus_message) reply = NULL;
    const char *policy;
    int data_fd;
    int r = sd_bus_message_read(message, "hs", &data_fd, &policy);

    if (r < 0)
        return r;
    result = read_request(userdata, data_fd, policy, &error);
    if (!result)
        return certd_worker_reply_error(message, error);
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = certd_variant_append(reply, certd_read_request_result_to_variant(result));
    return r < 0 ? r : sd_bus_message_send(reply);
}
