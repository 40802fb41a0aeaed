/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a verification says what it finds. */
#include "x509/judge-private.h"
#include "x509/verify-private.h"

void certd_verify_add_as(GPtrArray *findings, CertdFindingCode code, CertdSeverity severity,
                         const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    certd_finding_list_add(findings, code, severity, message, remedy);
}

void certd_verify_add(GPtrArray *findings, CertdFindingCode code, const char *remedy,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    certd_finding_list_add(findings, code, certd_finding_default_severity(code), message, remedy);
}

const char *certd_verify_describe(CertdLink *link)
{
    if (link->description == NULL) {
        g_autofree char *subject = certd_judge_subject(link->certificate);
        g_autofree char *issuer = certd_judge_issuer(link->certificate);
        link->description = g_strdup_printf("The certificate %s, issued by %s,", subject, issuer);
    }
    return link->description;
}

const char *certd_verify_name_purpose(CertdPurposes purpose)
{
    return purpose == CERTD_PURPOSE_CLIENT ? "clients" : "servers";
}
