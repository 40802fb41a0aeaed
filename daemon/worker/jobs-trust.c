/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of role parse for the trust store: certificates that are to be trusted, read once, or a
 * chain, judged once. */
#include "model/error.h"
#include "model/finding.h"
#include "model/job.h"
#include "model/limits.h"
#include "wire/memfd.h"
#include "wire/variant.h"
#include "worker/interface.h"
#include "x509/anchor.h"
#include "x509/verify.h"

static GPtrArray *read_anchors(CertdWorker *worker, int data_fd, int passphrase_fd, GError **error)
{
    g_autoptr(GBytes) data = NULL;
    g_autoptr(CertdSecret) passphrase = NULL;

    if (!certd_worker_begin_reading(worker, error))
        return NULL;
    worker->ends = TRUE;
    if (!certd_worker_read_input(data_fd, passphrase_fd, &data, &passphrase, error))
        return NULL;
    return certd_anchors_read(data, passphrase, error);
}

int certd_worker_read_anchors(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) anchors = NULL;
    g_autoptr(sd_bus_message) reply = NULL;
    int data_fd, passphrase_fd, has_passphrase;
    int r = sd_bus_message_read(message, "hhb", &data_fd, &passphrase_fd, &has_passphrase);

    if (r < 0)
        return r;
    anchors = read_anchors(userdata, data_fd, has_passphrase ? passphrase_fd : -1, &error);
    if (!anchors)
        return certd_worker_reply_error(message, error);
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = certd_variant_append(reply, certd_anchors_to_variant(anchors));
    return r < 0 ? r : sd_bus_message_send(reply);
}

static GPtrArray *verify(CertdWorker *worker, int data_fd, GVariant *dict, GError **error)
{
    g_autoptr(CertdVerifyJob) job = NULL;
    g_autoptr(GBytes) data = NULL;

    if (!certd_worker_begin_reading(worker, error))
        return NULL;
    worker->ends = TRUE;
    job = certd_verify_job_from_variant(dict, error);
    data = job ? certd_fd_read(data_fd, CERTD_LIMIT_INPUT_BYTES, error) : NULL;
    return data ? certd_verify(data, job, error) : NULL;
}

int certd_worker_verify(sd_bus_message *message, void *userdata, sd_bus_error *ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = NULL;
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(sd_bus_message) reply = NULL;
    int data_fd;
    int r = sd_bus_message_read(message, "h", &data_fd);

    if (r < 0)
        return r;
    dict = certd_variant_read(message, "a{sv}", &error);
    findings = dict ? verify(userdata, data_fd, dict, &error) : NULL;
    if (!findings)
        return certd_worker_reply_error(message, error);
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = certd_variant_append(reply, certd_finding_list_to_variant(findings));
    return r < 0 ? r : sd_bus_message_send(reply);
}
