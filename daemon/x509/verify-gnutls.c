/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second opinion: GnuTLS builds and judges the path by itself. */
#include "model/text.h"
#include "x509/verify-private.h"

/* Dates were judged already, by a clock that is no business of GnuTLS. That a certificate is among the
 * anchors is not enough to be its own chain, as certtool has it too. */
#define FLAGS                                                                                      \
    (GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |               \
     GNUTLS_VERIFY_DO_NOT_ALLOW_SAME)

static void list_deinit(gnutls_x509_trust_list_t list)
{
    gnutls_x509_trust_list_deinit(list, 0);
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_x509_trust_list_t, list_deinit, NULL)

/* What TLS clients hold certificates to: NORMAL has the medium profile, 112 bits. The legacy policy's
 * SHA-1 has to be allowed with all that is broken; what else is was found already. */
static unsigned int find_flags(CertdPolicy policy)
{
    if (policy == CERTD_POLICY_LEGACY)
        return FLAGS | GNUTLS_VERIFY_ALLOW_BROKEN | GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_LOW);
    return FLAGS | GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
}

static char *describe(unsigned int status)
{
    gnutls_datum_t text = {NULL, 0};

    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) < 0)
        return g_strdup_printf("status %#x", status);
    g_autofree char *copy = g_strstrip(g_strndup((const char *)text.data, text.size));
    gnutls_free(text.data);
    if (g_str_has_suffix(copy, "."))
        copy[strlen(copy) - 1] = '\0';
    return certd_text_escape(copy);
}

char *certd_verify_ask_gnutls(gnutls_x509_crt_t *chain, size_t n, gnutls_x509_crt_t *anchors,
                              size_t n_anchors, CertdPurposes purpose, CertdPolicy policy)
{
    static const char server[] = GNUTLS_KP_TLS_WWW_SERVER, client[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st wanted = {
        .type = GNUTLS_DT_KEY_PURPOSE_OID,
        .data = (unsigned char *)(purpose == CERTD_PURPOSE_CLIENT ? client : server),
    };
    g_auto(gnutls_x509_trust_list_t) list = NULL;
    unsigned int status = 0;

    int r = gnutls_x509_trust_list_init(&list, 0);
    if (r >= 0)
        r = gnutls_x509_trust_list_add_cas(list, anchors, (unsigned int)n_anchors, 0);
    if (r >= 0)
        r = gnutls_x509_trust_list_verify_crt2(list, chain, (unsigned int)n, &wanted,
                                               purpose != 0 ? 1 : 0, find_flags(policy), &status,
                                               NULL);
    if (r < 0)
        return certd_text_escape(gnutls_strerror(r));
    return status != 0 ? describe(status) : NULL;
}
