/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a credential, and the text of those that are public. */

#include "model/error.h"
#include "model/text.h"
#include "service/authority.h"
#include "service/credential-private.h"
#include "service/export.h"
#include "service/look.h"

static const char *const names[CERTD_PART_COUNT_] = {
    [CERTD_PART_KEY] = "key",     [CERTD_PART_CRT] = "crt",
    [CERTD_PART_CHAIN] = "chain", [CERTD_PART_FULLCHAIN] = "fullchain",
    [CERTD_PART_PEM] = "pem",     [CERTD_PART_CA] = "ca",
};

const char *certd_part_name(CertdPart part)
{
    g_return_val_if_fail((unsigned int)part < CERTD_PART_COUNT_, NULL);
    return names[part];
}

gboolean certd_part_parse(const char *name, CertdPart *part, GError **error)
{
    for (size_t i = 0; i < CERTD_PART_COUNT_; i++) {
        if (g_str_equal(name, names[i])) {
            *part = (CertdPart)i;
            return TRUE;
        }
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "A certificate has no part %s; there are key, crt, chain, fullchain, pem and ca",
                quoted);
    return FALSE;
}

gboolean certd_part_has_key(CertdPart part)
{
    return part == CERTD_PART_KEY || part == CERTD_PART_PEM;
}

static char *to_pem(const GPtrArray *chain, guint first, guint end)
{
    GString *pem = g_string_new(NULL);
    for (guint i = first; i < end; i++) {
        g_autofree char *block = certd_to_pem("CERTIFICATE", g_ptr_array_index(chain, i));
        g_string_append(pem, block);
    }
    return g_string_free(pem, FALSE);
}

/* The device's authority where that issued it; a certificate that signed itself is its own last one. */
static char *ca_text(CertdService *service, const CertdChainRecord *chain, GError **error)
{
    if (chain->authority == NULL)
        return to_pem(chain->chain, chain->chain->len - 1, chain->chain->len);
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(service, error);
    return authority != NULL ? certd_to_pem("CERTIFICATE", authority->certificate) : NULL;
}

char *certd_part_text(CertdService *service, const CertdChainRecord *chain, CertdPart part,
                      GError **error)
{
    guint count = chain->chain->len;
    switch (part) {
    case CERTD_PART_KEY:
        return g_strdup("");
    case CERTD_PART_CRT:
        return to_pem(chain->chain, 0, 1);
    case CERTD_PART_CHAIN:
        return to_pem(chain->chain, 1, count);
    case CERTD_PART_FULLCHAIN:
    case CERTD_PART_PEM:
        return to_pem(chain->chain, 0, count);
    case CERTD_PART_CA:
        return ca_text(service, chain, error);
    case CERTD_PART_COUNT_:
        break;
    }
    g_return_val_if_reached(NULL);
}

CertdChainRecord *certd_credential_chain(CertdService *service, const char *name,
                                         gint64 *generation, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(CertdCertificateRecord) record = certd_look_certificate(service, name, error);
    if (record == NULL)
        return NULL;
    CertdChainRecord *chain = certd_look_chain_in_use(service, record, &failure);
    if (chain != NULL)
        *generation = (gint64)record->generation;
    else if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    else
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The certificate \"%s\" has nothing installed; import one, or have it issued",
                    name);
    return chain;
}
