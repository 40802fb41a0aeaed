/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a check found: a stable code, a severity, a sentence and a remedy (R35). Errors stop an
 * import; warnings stop it too unless the caller accepts them by code; notes never do.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_SEVERITY_NOTE,
    CERTD_SEVERITY_WARNING,
    CERTD_SEVERITY_ERROR,
} CertdSeverity;

typedef enum {
    CERTD_FINDING_KEY_MISMATCH,        /* error */
    CERTD_FINDING_EXPIRED,             /* error */
    CERTD_FINDING_NOT_YET_VALID,       /* error */
    CERTD_FINDING_NO_SAN,              /* warning */
    CERTD_FINDING_SAN_MISMATCH,        /* warning */
    CERTD_FINDING_WEAK_KEY,            /* error; a warning for RSA 1024 under `legacy` */
    CERTD_FINDING_WEAK_DIGEST,         /* error; a warning for SHA-1 under `legacy` */
    CERTD_FINDING_NO_SERVER_AUTH,      /* warning */
    CERTD_FINDING_KEY_USAGE,           /* warning */
    CERTD_FINDING_IS_CA,               /* warning */
    CERTD_FINDING_CHAIN_INCOMPLETE,    /* warning where others were given and none is the issuer;
                                      * a note where the leaf came alone */
    CERTD_FINDING_CHAIN_ORDER,         /* note: mended */
    CERTD_FINDING_ROOT_INCLUDED,       /* note: left out */
    CERTD_FINDING_CERTIFICATE_IGNORED, /* note: names it */
    CERTD_FINDING_SELF_SIGNED,         /* note */
    CERTD_FINDING_LIFETIME_LONG,       /* note */
    CERTD_FINDING_WILDCARD,            /* note */
    CERTD_FINDING_CLOCK_UNTRUSTED,     /* note: dates were not judged */
    CERTD_FINDING_DAMAGED,             /* error: of what is installed, not of an import */
    CERTD_FINDING_KEY_UNREADABLE,      /* error: likewise */
    CERTD_FINDING_EMERGENCY,           /* warning: another certificate is in use */
    CERTD_FINDING_UNTRUSTED,           /* error, as all that follow: no anchor issued it */
    CERTD_FINDING_BAD_SIGNATURE,
    CERTD_FINDING_NOT_CA, /* issued another one, and may not */
    CERTD_FINDING_PATH_LENGTH,
    CERTD_FINDING_NAME_CONSTRAINTS,
    CERTD_FINDING_WRONG_PURPOSE,
    CERTD_FINDING_UNKNOWN_EXTENSION, /* a critical one, or another that has to be honoured */
    CERTD_FINDING_MALFORMED,         /* a date or an extension that RFC 5280 doesn't allow */
    CERTD_FINDING_DISPUTED,          /* another implementation refuses what is good otherwise */
    CERTD_FINDING_TRUSTED,           /* note: names the anchor */
    CERTD_FINDING_CODE_COUNT_,
} CertdFindingCode;

typedef struct {
    CertdFindingCode code;
    CertdSeverity severity;
    char *message;
    char *remedy;
} CertdFinding;

/* "key-mismatch" and so on; "note", "warning", "error". Static. */
const char *certd_finding_code_name(CertdFindingCode code);
gboolean certd_finding_code_parse(const char *name, CertdFindingCode *code);
const char *certd_severity_name(CertdSeverity severity);
/* The severity a finding of @code has unless said otherwise. */
CertdSeverity certd_finding_default_severity(CertdFindingCode code);

/* Lists are GPtrArrays of CertdFinding* that free their elements. */
GPtrArray *certd_finding_list_new(void);
/* Appends a finding; @message and @remedy are copied and must be clean text (escape foreign
 * values first). */
void certd_finding_list_add(GPtrArray *list, CertdFindingCode code, CertdSeverity severity,
                            const char *message, const char *remedy);
/* From and to a GVariant a(ssss) of (code, severity, message, remedy). NULL for an unknown code. */
GPtrArray *certd_finding_list_from_variant(GVariant *variant);
GVariant *certd_finding_list_to_variant(const GPtrArray *list); /* floating */

/* Whether the list lets an import pass: no error, and no warning whose code is not in @accepted
 * (NULL-terminated names, nullable). FALSE with an error that tells of each that stops it and its
 * remedy: CERTD_ERROR_KEY_MISMATCH or CERTD_ERROR_CHAIN_INCOMPLETE where that is all,
 * CERTD_ERROR_REJECTED otherwise. */
gboolean certd_finding_list_passes(const GPtrArray *list, const char *const *accepted,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
