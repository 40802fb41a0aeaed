/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has become of the sealing key, which only workers see: whether it opens, and how it lies on the
 * disk. */

#include "service/review.h"
#include "service/service-private.h"

static const char *const PROTECTION[] = {
    [CERTD_SEALING_KEY_UNUSABLE] = "unusable",
    [CERTD_SEALING_KEY_PLAIN] = "plain",
    [CERTD_SEALING_KEY_WRAPPED] = "wrapped",
};

const char *certd_service_sealing_key(const CertdService *service)
{
    return PROTECTION[service->sealing_key];
}

static void tell(CertdService *service, CertdSealingKey now)
{
    if (service->sealing_key == now)
        return;
    service->sealing_key = now;
    if (service->listener.sealing_key_changed != NULL)
        service->listener.sealing_key_changed(service->listener.userdata);
}

static void on_authority_again(const GError *error, void *userdata)
{
    certd_retry_all(userdata, TRUE);
}

void certd_sealing_key_changed(CertdService *service, const GError *error)
{
    gboolean broken = error != NULL;
    certd_service_set_problem(service, "sealing-key-unusable",
                              error != NULL ? error->message : NULL,
                              "Bring the wrapping key or the file back, or reset the certificate "
                              "https");
    if (broken)
        tell(service, CERTD_SEALING_KEY_UNUSABLE);
    if (broken == service->sealing_key_broken)
        return;
    service->sealing_key_broken = broken;
    service->authority_checked = FALSE;
    if (service->started)
        certd_authority_ensure(service, FALSE, on_authority_again, service);
}

/* That it was wrapped is so, whether the log takes it or not. */
static gboolean log_wrapped(CertdService *service)
{
    g_autoptr(CertdRoom) room = certd_room_take(service->store);
    (void)room; /* until the row is there */
    if (!certd_store_begin(service->store, NULL))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_audit(service, &certd_caller_self, CERTD_AUDIT_WRAP, "keystore", "all", NULL,
                       NULL) &&
           certd_store_commit(transaction, NULL);
}

void certd_sealing_key_found(CertdService *service, gboolean wrapped, gboolean newly,
                             const GError *failure)
{
    const CertdProblem problem = {
        .code = "sealing-key-plain",
        .severity = CERTD_SEVERITY_WARNING,
        .message = failure != NULL ? failure->message : NULL,
        .remedy = "The sealing key stays in clear on the disk; mend the cause, then restart certd, "
                  "which tries to wrap it again",
    };
    certd_problem_set(service, &problem);
    tell(service, wrapped ? CERTD_SEALING_KEY_WRAPPED : CERTD_SEALING_KEY_PLAIN);
    if (newly)
        (void)log_wrapped(service);
}
