/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/names.h"

#include <gio/gio.h>
#include <string.h>

#include "model/san.h"
#include "model/subject.h"

char *certd_names_print(GVariant *pairs)
{
    g_autoptr(CertdSubject) subject = certd_subject_from_variant(pairs, NULL);
    return subject ? certd_subject_print(subject) : g_strdup("");
}

/* The type that the form of @text means. */
static CertdSanType guess(const char *text)
{
    if (g_hostname_is_ip_address(text))
        return CERTD_SAN_IP;
    if (strchr(text, ':'))
        return CERTD_SAN_URI;
    return strchr(text, '@') ? CERTD_SAN_EMAIL : CERTD_SAN_DNS;
}

char *certd_names_type(const char *text)
{
    const char *colon = strchr(text, ':');
    g_autofree char *before = colon ? g_strndup(text, (size_t)(colon - text)) : NULL;
    CertdSanType type;

    if (before && certd_san_type_parse(before, &type) && !g_hostname_is_ip_address(text))
        return g_strconcat(certd_san_type_name(type), colon, NULL);
    return g_strconcat(certd_san_type_name(guess(text)), ":", text, NULL);
}
