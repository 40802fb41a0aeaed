/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a request says who sends it: reading the headers, strictly. Nothing here knows a session. */
#pragma once

#include <glib.h>

#include "web/sessions.h"

G_BEGIN_DECLS

/* The page's; the prefix has browsers take it only from this very host, over TLS, for all paths (RFC 6265bis). */
#define CERTD_COOKIE "__Host-certd"

/* A user's name and password, wiped when they are freed. */
typedef struct {
    char *user;
    char *password;
} CertdPassword;

/* The value of CERTD_COOKIE in the header @cookie (RFC 6265 section 4.2.1), among whatever else this host has set; NULL
 * where it is absent, malformed, or there twice. The caller frees it with certd_token_free(). */
char *certd_cookie_find(const char *cookie);
/* Whether @authorization names the scheme Basic. */
gboolean certd_basic_is(const char *authorization);
/* Name and password of Basic authentication (RFC 7617, charset UTF-8); FALSE where it is malformed. They may still
 * be too long: certd_password_fits(). */
gboolean certd_basic_parse(const char *authorization,
                           CertdPassword *password) G_GNUC_WARN_UNUSED_RESULT;
/* Whether name and password are such that there could be a user with them: not empty, UTF-8, without control characters,
 * at most CERTD_LIMIT_USER_NAME_BYTES and CERTD_LIMIT_PASSWORD_BYTES. */
gboolean certd_password_fits(const char *user, const char *password);
void certd_password_clear(CertdPassword *password);
/* Whether @method changes nothing: GET and HEAD. */
gboolean certd_method_is_safe(const char *method);
/* Whether a request that changes something may come from where it says: from no page, or from one of this host. What
 * browsers say in Origin (RFC 6454) and Sec-Fetch-Site (W3C Fetch Metadata) has to agree with the header Host. */
gboolean certd_origin_is_own(const CertdCredentials *credentials);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertdPassword, certd_password_clear)

G_END_DECLS
