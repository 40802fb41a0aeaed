/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of role parse for the trust store: ReadAnchors and Verify, a process each. */
#include "model/error.h"
#include "model/finding.h"
#include "model/limits.h"
#include "pool/pool-private.h"
#include "wire/variant.h"

static int fill_read_anchors(const CertdCall *call, sd_bus_message *message)
{
    gboolean has_passphrase = call->fds[1] >= 0;

    return sd_bus_message_append(message, "hhb", call->fds[0],
                                 has_passphrase ? call->fds[1] : call->fds[0], has_passphrase);
}

static void finish_read_anchors(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GVariant) array = reply ? certd_variant_read(reply, "aa{sv}", &own) : NULL;
    g_autoptr(GPtrArray) anchors = array ? certd_anchors_from_variant(array, &own) : NULL;

    call->done.read_anchors(anchors, anchors ? NULL : (error ? error : own), call->userdata);
}

static const CertdCallKind kind_read_anchors = {
    "ReadAnchors",     CERTD_PROCESS_PARSE, CERTD_LIMIT_PARSE_WALL_USEC,
    fill_read_anchors, finish_read_anchors,
};

CertdJobId certd_calls_read_anchors(CertdWorkers *workers, int data_fd, int passphrase_fd,
                                    CertdReadAnchorsDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_read_anchors, userdata);

    call->done.read_anchors = done;
    certd_call_keep_fd(call, 0, data_fd);
    if (passphrase_fd >= 0)
        certd_call_keep_fd(call, 1, passphrase_fd);
    return certd_pool_submit(certd_pool_of(workers), call);
}

static int fill_verify(const CertdCall *call, sd_bus_message *message)
{
    int r = sd_bus_message_append(message, "h", call->fds[0]);

    return r < 0 ? r : certd_variant_append(message, call->dict);
}

/* The findings in @reply, which are foreign until they have been looked at. */
static GPtrArray *read_findings(sd_bus_message *reply, GError **error)
{
    g_autoptr(GVariant) rows = certd_variant_read(reply, "a(ssss)", error);
    GPtrArray *findings = NULL;

    if (!rows)
        return NULL;
    if (g_variant_get_size(rows) <= CERTD_LIMIT_DETAILS_BYTES)
        findings = certd_finding_list_from_variant(rows);
    if (!findings)
        certd_call_protocol_error(error, "Verify");
    return findings;
}

static void finish_verify(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GPtrArray) findings = reply ? read_findings(reply, &own) : NULL;

    call->done.verify(findings, findings ? NULL : (error ? error : own), call->userdata);
}

static const CertdCallKind kind_verify = {
    "Verify", CERTD_PROCESS_PARSE, CERTD_LIMIT_PARSE_WALL_USEC, fill_verify, finish_verify,
};

CertdJobId certd_calls_verify(CertdWorkers *workers, int data_fd, const CertdVerifyJob *job,
                              CertdVerifyDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_verify, userdata);

    call->done.verify = done;
    call->dict = g_variant_ref_sink(certd_verify_job_to_variant(job));
    certd_call_keep_fd(call, 0, data_fd);
    return certd_pool_submit(certd_pool_of(workers), call);
}
