/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong with one certificate, as problems of the service: said as long as it is so. */

#include "model/limits.h"
#include "model/names.h"
#include "service/review-private.h"

static const struct {
    CertdFindingCode why;
    const char *code;
    const char *what;
} bad_problems[] = {
    {CERTD_FINDING_EXPIRED, "certificate-expired", "has expired"},
    {CERTD_FINDING_NOT_YET_VALID, "certificate-not-yet-valid", "is not valid yet"},
    {CERTD_FINDING_DAMAGED, "certificate-damaged", "is damaged in the keystore"},
    {CERTD_FINDING_KEY_UNREADABLE, "key-unreadable", "has a private key that can't be opened"},
    {CERTD_FINDING_EMERGENCY, "certificate-missing", "is missing"},
};

/* Says what is wrong with the certificate in @view, or that nothing is. */
void certd_view_tell_bad(const CertdView *view)
{
    CertdService *service = view->service;
    const char *name = view->record->name;
    for (size_t i = 0; i < G_N_ELEMENTS(bad_problems); i++) {
        gboolean is_this = view->bad && view->why == bad_problems[i].why;
        /* That the row was damaged stays told while nothing has taken its place. */
        if (view->bad && view->why == CERTD_FINDING_EMERGENCY &&
            bad_problems[i].why == CERTD_FINDING_DAMAGED)
            continue;
        g_autofree char *message =
            is_this ? g_strdup_printf("The certificate \"%s\" %s; an emergency certificate answers "
                                      "for it",
                                      name, bad_problems[i].what)
                    : NULL;
        g_autofree char *remedy =
            g_strdup_printf("Import one, or put it back with certctl reset %s", name);
        const CertdProblem problem = {
            .code = bad_problems[i].code,
            .object = name,
            .severity = CERTD_SEVERITY_ERROR,
            .message = message,
            .remedy = remedy,
        };
        certd_problem_set(service, &problem);
    }
}

/* R25, for the certificate that clients of the device itself see. */
static void tell_mismatch(const CertdView *view)
{
    const char *name = view->record->name;
    gboolean mismatch = g_str_equal(name, CERTD_CERTIFICATE_HTTPS) && view->active != NULL &&
                        view->record->emergency_chain == 0 &&
                        certd_names_lost(view->service, view->active);
    const CertdProblem problem = {
        .code = certd_finding_code_name(CERTD_FINDING_SAN_MISMATCH),
        .object = name,
        .severity = CERTD_SEVERITY_WARNING,
        .message = mismatch ? "The certificate \"https\" is for none of the device's names any more"
                            : NULL,
        .remedy = "Have one issued for the names that the device has now",
    };
    certd_problem_set(view->service, &problem);
}

/* Why the last attempt of certd's own came to nothing. Caller frees. */
static char *last_failure(const CertdView *view)
{
    CertdStore *store = view->service->store;
    g_autoptr(GArray) ids =
        certd_store_request_ids(store, view->record->name, CERTD_LIMIT_FINISHED_REQUESTS, NULL);
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        g_autoptr(CertdRequestRecord) request =
            certd_store_request_get(store, g_array_index(ids, gint64, i), NULL);
        if (request == NULL || request->cause == NULL)
            continue;
        if (request->state == CERTD_REQUEST_FAILED)
            return g_strdup(request->error_message);
        if (request->state == CERTD_REQUEST_CANCELLED)
            break;
    }
    return g_strdup("it was cancelled");
}

static void tell_failures(const CertdView *view)
{
    const CertdCertificateRecord *record = view->record;
    g_autofree char *why = record->failures > 0 ? last_failure(view) : NULL;
    g_autofree char *times =
        record->failures > 1 ? g_strdup_printf(" (attempt %u)", record->failures) : g_strdup("");
    g_autofree char *message =
        why != NULL ? g_strdup_printf("The certificate \"%s\" could not be issued or renewed%s: %s",
                                      record->name, times, why)
                    : NULL;
    g_autofree char *remedy = g_strdup_printf(
        "Mend that; certd tries again by itself, and certctl requests %s lists its attempts",
        record->name);
    const CertdProblem problem = {
        .code = "renewal-failed",
        .object = record->name,
        .severity = CERTD_SEVERITY_WARNING,
        .message = message,
        .remedy = remedy,
    };
    certd_problem_set(view->service, &problem);
}

void certd_view_tell_warnings(const CertdView *view)
{
    tell_mismatch(view);
    tell_failures(view);
}
