/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What certd-tls reports: that clients have been through HTTPS, and what keeps it from serving. A proof is
 * of one generation in one keystore, at the level that is served when it is heard of, and that by a client's
 * certificate of what the device trusts now: with either it ends, and with certd.
 */

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/text.h"
#include "service/https-private.h"
#include "service/look.h"

#define NOT_SERVED "https-not-served"

static gboolean is_valid(const CertdService *service, guint64 generation)
{
    const CertdHttpsProof *proof = &service->https_proof;
    return proof->any && proof->epoch == service->epoch && proof->generation == generation;
}

/* FALSE where what is in use can't be read. */
static gboolean get_generation(CertdService *service, guint64 *generation, GError **error)
{
    g_autoptr(CertdCertificateRecord) record =
        certd_look_certificate(service, CERTD_CERTIFICATE_HTTPS, error);
    if (record == NULL)
        return FALSE;
    *generation = record->generation;
    return TRUE;
}

gboolean certd_https_is_proven_with(const CertdService *service, guint64 generation)
{
    return is_valid(service, generation);
}

gboolean certd_https_is_proven(CertdService *service, gboolean since_trial,
                               gboolean client_certificate)
{
    const CertdHttpsProof *proof = &service->https_proof;
    guint64 generation;
    if (!get_generation(service, &generation, NULL) || !is_valid(service, generation))
        return FALSE;
    if (since_trial)
        return client_certificate ? proof->client_since : proof->any_since;
    return client_certificate ? proof->client : TRUE;
}

void certd_https_proof_begin(CertdService *service)
{
    service->https_proof.any_since = service->https_proof.client_since = FALSE;
}

void certd_https_forget(CertdService *service)
{
    service->https_proof = (CertdHttpsProof){0};
    certd_https_tell(service);
}

void certd_https_certificate_changed(CertdService *service)
{
    guint64 generation;
    if (!service->https_proof.any ||
        (get_generation(service, &generation, NULL) && is_valid(service, generation)))
        return;
    certd_https_forget(service);
}

void certd_https_trust_changed(CertdService *service)
{
    CertdHttpsProof *proof = &service->https_proof;
    if (!proof->client)
        return;
    proof->client = proof->client_since = FALSE;
    certd_https_tell(service);
}

static gboolean check_reporter(CertdService *service, const CertdCaller *caller, GError **error)
{
    guint32 uid;
    if (certd_accounts_user(service->accounts, CERTD_USER_TLS, &uid) && uid == caller->uid)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                "Only the user " CERTD_USER_TLS ", who serves HTTPS, reports of it");
    return FALSE;
}

gboolean certd_https_report_proof(CertdService *service, const CertdCaller *caller,
                                  guint64 generation, const char *level,
                                  gboolean client_certificate, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    CertdHttpsLevel shaken = CERTD_HTTPS_LEVEL_COUNT_;
    guint64 in_use;
    if (!check_reporter(service, caller, error) ||
        (level != NULL && !certd_https_level_parse(level, &shaken, error)) ||
        !get_generation(service, &in_use, error) || !certd_https_look(service, &look, error))
        return FALSE;
    if (generation != in_use || (level != NULL && shaken != look.record.level))
        return TRUE;
    const CertdHttpsProof before = service->https_proof;
    CertdHttpsProof *proof = &service->https_proof;
    if (!is_valid(service, generation))
        *proof = (CertdHttpsProof){.epoch = service->epoch, .generation = generation};
    proof->any = proof->any_since = TRUE;
    proof->client = proof->client || client_certificate;
    proof->client_since = proof->client_since || client_certificate;
    /* Each client's connection is reported. */
    if (proof->epoch != before.epoch || proof->generation != before.generation || !before.any ||
        proof->client != before.client || proof->any_since != before.any_since ||
        proof->client_since != before.client_since)
        certd_https_tell(service);
    return TRUE;
}

gboolean certd_https_report_problem(CertdService *service, const CertdCaller *caller,
                                    const char *message, GError **error)
{
    if (!check_reporter(service, caller, error))
        return FALSE;
    if (strlen(message) > CERTD_LIMIT_HTTPS_PROBLEM_BYTES || !certd_text_is_clean(message)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The message is no sentence of at most %u bytes without control characters; "
                    "shorten it, or take them out",
                    CERTD_LIMIT_HTTPS_PROBLEM_BYTES);
        return FALSE;
    }
    g_clear_pointer(&service->https_reporter, g_free);
    if (*message != '\0')
        service->https_reporter = g_strdup(caller->sender);
    certd_service_set_problem(service, NOT_SERVED, *message != '\0' ? message : NULL,
                              "Mend the cause, or choose other ports with certctl https ports; "
                              "\"journalctl --unit certd-tls\" has more");
    return TRUE;
}

void certd_https_reporter_left(CertdService *service, const char *sender)
{
    if (g_strcmp0(service->https_reporter, sender) != 0)
        return;
    g_clear_pointer(&service->https_reporter, g_free);
    certd_service_set_problem(service, NOT_SERVED, NULL, NULL);
}
