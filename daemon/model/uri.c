/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * URIs. GUri finds the parts, but is lenient by design (it takes spaces and empty hosts), so the
 * alphabet of RFC 3986 and the rules of RFC 5280 are checked here.
 */
#include "model/uri.h"

#include <string.h>

/* Schemes that mean nothing without an authority, so that "https:www.example.org" is a slip. */
static const char *const authority_schemes[] = {
    "http", "https", "ws", "wss", "ftp", "ldap", "ldaps", "coap", "coaps", "spiffe", "opc.tcp",
};

/* RFC 3986 2.2 and 2.3, and the "%" of 2.1. */
static gboolean alphabet_is_valid(const char *uri)
{
    for (const char *c = uri; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr("-._~:/?#[]@!$&'()*+,;=%", *c) == NULL)
            return FALSE;
        if (*c == '%' && !(g_ascii_isxdigit(c[1]) && g_ascii_isxdigit(c[2])))
            return FALSE;
    }
    return TRUE;
}

/* The authority of @uri, its length into @length; NULL where it has none. */
static const char *find_authority(const char *uri, size_t *length)
{
    const char *colon = strchr(uri, ':');
    if (colon == NULL || !g_str_has_prefix(colon, "://"))
        return NULL;
    const char *authority = colon + strlen("://");
    *length = strcspn(authority, "/?#");
    return authority;
}

static gboolean needs_authority(const char *scheme)
{
    for (size_t i = 0; i < G_N_ELEMENTS(authority_schemes); i++) {
        if (g_ascii_strcasecmp(authority_schemes[i], scheme) == 0)
            return TRUE;
    }
    return FALSE;
}

const char *certd_uri_problem(const char *uri)
{
    if (!alphabet_is_valid(uri))
        return "it has characters that no URI has; percent-encode them (RFC 3986)";

    g_autofree char *scheme = NULL;
    g_autofree char *host = NULL;
    if (!g_uri_split(uri, G_URI_FLAGS_ENCODED, &scheme, NULL, &host, NULL, NULL, NULL, NULL,
                     NULL) ||
        scheme == NULL)
        return "it is no absolute URI; begin with a scheme such as \"https://\" or \"urn:\"";

    size_t length = 0;
    const char *authority = find_authority(uri, &length);
    if (authority == NULL && needs_authority(scheme))
        return "it has no host; write \"//\" and the host after the scheme";
    if (authority != NULL && (host == NULL || *host == '\0'))
        return "its host is empty";
    /* Square brackets belong around an IP literal only, and "#" begins the one fragment. */
    const char *path = authority != NULL ? authority + length : uri;
    const char *fragment = strchr(path, '#');
    if (strpbrk(path, "[]") != NULL || (fragment != NULL && strchr(fragment + 1, '#') != NULL))
        return "it has \"[\", \"]\" or a second \"#\" in its path; percent-encode them";
    return NULL;
}

char *certd_uri_canonicalize(const char *uri)
{
    char *canonical = g_strdup(uri);
    char *colon = strchr(canonical, ':');
    g_return_val_if_fail(colon != NULL, canonical);
    for (char *c = canonical; c < colon; c++)
        *c = g_ascii_tolower(*c);

    size_t length = 0;
    const char *authority = find_authority(canonical, &length);
    if (authority == NULL)
        return canonical;
    char *host = canonical + (authority - canonical);
    char *end = host + length;
    char *at = memrchr(host, '@', length);
    for (char *c = at != NULL ? at + 1 : host; c < end; c++)
        *c = g_ascii_tolower(*c);
    return canonical;
}
