/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this build of certd supports: read off the tables that the code works by. */

#include "service/features.h"

#include "model/san.h"
#include "model/settings.h"

static const char *const formats[] = {
    "import:x509", "import:pkcs7", "import:pkcs12", "import:pkcs8", "import:pkcs1",
    "import:sec1", "export:pem",   "export:der",    "export:p7b",   "export:p12",
};

static void add(GPtrArray *features, const char *kind, const char *value)
{
    g_ptr_array_add(features, g_strdup_printf("%s:%s", kind, value));
}

static void add_keys(GPtrArray *features, CertdPolicy policy)
{
    for (int type = 0; type < CERTD_KEY_TYPE_COUNT_; type++) {
        const char *name = certd_key_type_name((CertdKeyType)type);
        CertdKeyType allowed;
        if (certd_key_type_parse(name, policy, &allowed, NULL))
            add(features, "key", name);
    }
    for (int digest = 0; digest < CERTD_DIGEST_COUNT_; digest++) {
        const char *name = certd_digest_name((CertdDigest)digest);
        CertdDigest allowed;
        if (certd_digest_parse(name, policy, &allowed, NULL))
            add(features, "digest", name);
    }
}

char **certd_features(CertdPolicy policy)
{
    GPtrArray *features = g_ptr_array_new();
    size_t n_types;
    const CertdAttributeType *types = certd_attribute_types(&n_types);
    add_keys(features, policy);
    for (int type = CERTD_SAN_DNS; type <= CERTD_SAN_DIRNAME; type++)
        add(features, "san", certd_san_type_name((CertdSanType)type));
    for (size_t i = 0; i < n_types; i++)
        add(features, "subject", types[i].name);
    for (int issuer = 0; issuer < CERTD_ISSUER_COUNT_; issuer++)
        add(features, "issuer", certd_issuer_name((CertdIssuer)issuer));
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        g_ptr_array_add(features, g_strdup(formats[i]));
    add(features, "policy", certd_policy_name(policy));
    g_ptr_array_add(features, NULL);
    return (char **)g_ptr_array_free(features, FALSE);
}
