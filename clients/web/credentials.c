/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a request says who sends it: reading the headers, strictly. Nothing here knows a session. */
#include "web/credentials.h"

#include <string.h>

#include "model/web-limits.h"
#include "web/token.h"

#define BASIC "Basic"
#define HTTPS "https://"
#define HTTPS_PORT ":443"

char *certd_cookie_find(const char *cookie)
{
    g_auto(GStrv) pairs = g_strsplit(cookie, ";", -1);
    char *found = NULL;
    guint n_found = 0;
    for (char **pair = pairs; *pair; pair++) {
        char *value = strchr(g_strstrip(*pair), '=');
        if (!value || (gsize)(value - *pair) != strlen(CERTD_COOKIE) ||
            !g_str_has_prefix(*pair, CERTD_COOKIE))
            continue;
        if (n_found++ == 0 && certd_token_is_valid(value + 1))
            found = g_strdup(value + 1);
        certd_token_wipe(value);
    }
    if (n_found > 1)
        g_clear_pointer(&found, certd_token_free);
    return found;
}

gboolean certd_basic_is(const char *authorization)
{
    gsize length = strlen(BASIC);
    return g_ascii_strncasecmp(authorization, BASIC, length) == 0 && authorization[length] == ' ';
}

/* Whether @text is strict base64 (RFC 4648 section 4), which g_base64_decode() does not ask for. */
static gboolean is_base64(const char *text)
{
    gsize length = strlen(text);
    gsize characters = strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "+/");
    gsize padding = strspn(text + characters, "=");
    return length > 0 && length % 4 == 0 && characters + padding == length && padding <= 2;
}

gboolean certd_basic_parse(const char *authorization, CertdPassword *password)
{
    if (!certd_basic_is(authorization))
        return FALSE;
    const char *encoded = authorization + strlen(BASIC);
    encoded += strspn(encoded, " ");
    if (!is_base64(encoded))
        return FALSE;

    gsize size = 0;
    g_autofree guchar *decoded = g_base64_decode(encoded, &size);
    g_autofree char *text = g_strndup((const char *)decoded, size);
    gboolean whole = strlen(text) == size; /* no NUL within */
    explicit_bzero(decoded, size);
    char *colon = strchr(text, ':');
    if (!whole || !colon || !g_utf8_validate(text, -1, NULL)) {
        explicit_bzero(text, size);
        return FALSE;
    }
    password->user = g_strndup(text, (gsize)(colon - text));
    password->password = g_strdup(colon + 1);
    explicit_bzero(text, size);
    return TRUE;
}

static gboolean fits(const char *text, gsize limit)
{
    gsize length = strnlen(text, limit + 1);
    if (length == 0 || length > limit || !g_utf8_validate(text, -1, NULL))
        return FALSE;
    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        if (g_unichar_iscntrl(g_utf8_get_char(c)))
            return FALSE;
    }
    return TRUE;
}

gboolean certd_password_fits(const char *user, const char *password)
{
    return fits(user, CERTD_LIMIT_USER_NAME_BYTES) && fits(password, CERTD_LIMIT_PASSWORD_BYTES);
}

void certd_password_clear(CertdPassword *password)
{
    g_clear_pointer(&password->user, certd_token_free);
    g_clear_pointer(&password->password, certd_token_free);
}

gboolean certd_method_is_safe(const char *method)
{
    return g_str_equal(method, "GET") || g_str_equal(method, "HEAD");
}

/* How long @host is without the port that https has anyway. */
static gsize host_length(const char *host)
{
    gsize length = strlen(host);
    return g_str_has_suffix(host, HTTPS_PORT) ? length - strlen(HTTPS_PORT) : length;
}

gboolean certd_origin_is_own(const CertdCredentials *credentials)
{
    const char *site = credentials->fetch_site;
    if (site && !g_str_equal(site, "same-origin") && !g_str_equal(site, "none"))
        return FALSE;
    const char *origin = credentials->origin;
    if (!origin)
        return TRUE;
    if (!credentials->host || !g_str_has_prefix(origin, HTTPS))
        return FALSE;
    origin += strlen(HTTPS);
    gsize length = host_length(origin);
    return length > 0 && length == host_length(credentials->host) &&
           g_ascii_strncasecmp(origin, credentials->host, length) == 0;
}
