/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attribute types that we issue, in the one table that everything else asks. */
#include "model/subject.h"

#include <string.h>

/*
 * Bounds: X.520 annex C and RFC 5280 appendix A.1. RFC 5280 lets name, givenName, surname and initials
 * grow to 32768 (ub-name); X.520 says 64, and so do we. A DC is one DNS label (RFC 2247).
 */
static const CertdAttributeType types[] = {
    {"C", "2.5.4.6", 2, CERTD_ATTRIBUTE_PRINTABLE},
    {"ST", "2.5.4.8", 128, CERTD_ATTRIBUTE_UTF8},
    {"L", "2.5.4.7", 128, CERTD_ATTRIBUTE_UTF8},
    {"O", "2.5.4.10", 64, CERTD_ATTRIBUTE_UTF8},
    {"OU", "2.5.4.11", 64, CERTD_ATTRIBUTE_UTF8},
    {"CN", "2.5.4.3", 64, CERTD_ATTRIBUTE_UTF8},
    {"emailAddress", "1.2.840.113549.1.9.1", 255, CERTD_ATTRIBUTE_IA5},
    {"serialNumber", "2.5.4.5", 64, CERTD_ATTRIBUTE_PRINTABLE},
    {"DC", "0.9.2342.19200300.100.1.25", 63, CERTD_ATTRIBUTE_IA5},
    {"name", "2.5.4.41", 64, CERTD_ATTRIBUTE_UTF8},
    {"title", "2.5.4.12", 64, CERTD_ATTRIBUTE_UTF8},
    {"givenName", "2.5.4.42", 64, CERTD_ATTRIBUTE_UTF8},
    {"surname", "2.5.4.4", 64, CERTD_ATTRIBUTE_UTF8},
    {"initials", "2.5.4.43", 64, CERTD_ATTRIBUTE_UTF8},
};

/* Other short names in use: OpenSSL's and RFC 4519's. */
static const struct {
    const char *alias;
    const char *name;
} aliases[] = {
    {"E", "emailAddress"},
    {"S", "ST"},
    {"GN", "givenName"},
    {"SN", "surname"},
};

const CertdAttributeType *certd_attribute_types(size_t *n_types)
{
    *n_types = G_N_ELEMENTS(types);
    return types;
}

const CertdAttributeType *certd_attribute_type_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (g_ascii_strcasecmp(aliases[i].alias, name) == 0)
            name = aliases[i].name;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_ascii_strcasecmp(types[i].name, name) == 0 || strcmp(types[i].oid, name) == 0)
            return &types[i];
    }
    return NULL;
}
