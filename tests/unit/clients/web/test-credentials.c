/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the headers of a request say of who sends it, row by row (R60, R66). */
#include <string.h>

#include "model/web-limits.h"
#include "web/credentials.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x"
#define OTHER "ABCdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x"

static const struct {
    const char *name;
    const char *header;
    const char *value;
} cookies[] = {
    {"alone", "__Host-certd=" TOKEN, TOKEN},
    {"first", "__Host-certd=" TOKEN "; theme=dark", TOKEN},
    {"last", "theme=dark; __Host-certd=" TOKEN, TOKEN},
    {"among-odd-ones", "a; =b; c==; __Host-certd=" TOKEN "; ", TOKEN},
    {"no-blank", "theme=dark;__Host-certd=" TOKEN, TOKEN},
    {"twice-the-same", "__Host-certd=" TOKEN "; __Host-certd=" TOKEN, NULL},
    {"twice", "__Host-certd=" TOKEN "; __Host-certd=" OTHER, NULL},
    {"twice-one-malformed", "__Host-certd=; __Host-certd=" TOKEN, NULL},
    {"quoted", "__Host-certd=\"" TOKEN "\"", NULL},
    {"blank-before-value", "__Host-certd= " TOKEN, NULL},
    {"blank-after-name", "__Host-certd =" TOKEN, NULL},
    {"other-case", "__host-certd=" TOKEN, NULL},
    {"longer-name", "__Host-certd2=" TOKEN, NULL},
    {"longer-start", "x__Host-certd=" TOKEN, NULL},
    {"in-a-value", "theme=__Host-certd=" TOKEN, NULL},
    {"too-short", "__Host-certd=abc", NULL},
    {"too-long", "__Host-certd=" TOKEN "x", NULL},
    {"comma", "theme=dark, __Host-certd=" TOKEN, NULL},
    {"no-value", "__Host-certd", NULL},
    {"empty", "", NULL},
};

static void test_cookie(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autofree char *value = certd_cookie_find(cookies[i].header);
    g_assert_cmpstr(value, ==, cookies[i].value);
}

static const struct {
    const char *name;
    const char *header;
    const char *user; /* NULL: malformed */
    const char *password;
} basics[] = {
    {"plain", "Basic YW5uYTpzZWNyZXQ=", "anna", "secret"},
    {"other-case", "bAsIc YW5uYTpzZWNyZXQ=", "anna", "secret"},
    {"blanks", "Basic   YW5uYTpzZWNyZXQ=", "anna", "secret"},
    {"colon-in-password", "Basic YTpiOmM=", "a", "b:c"},
    {"utf-8", "Basic w7w6w7Y=", "ü", "ö"},
    {"empty-password", "Basic YW5uYTo=", "anna", ""},
    {"empty-user", "Basic OnNlY3JldA==", "", "secret"},
    {"no-colon", "Basic YW5uYQ==", NULL, NULL},
    {"latin-1", "Basic /DphYg==", NULL, NULL},
    {"nul", "Basic YQA6Yg==", NULL, NULL},
    {"no-padding", "Basic YW5uYTpzZWNyZXQ", NULL, NULL},
    {"blank-behind", "Basic YW5uYTpzZWNyZXQ= ", NULL, NULL},
    {"two", "Basic YW5uYTpz YW5uYTpz", NULL, NULL},
    {"base64url", "Basic YW5uYTo_Pz8-", NULL, NULL},
    {"padding-within", "Basic YQ==YTpi", NULL, NULL},
    {"nothing", "Basic ", NULL, NULL},
    {"scheme-alone", "Basic", NULL, NULL},
    {"no-blank", "BasicYW5uYTpzZWNyZXQ=", NULL, NULL},
    {"other-scheme", "Bearer YW5uYTpzZWNyZXQ=", NULL, NULL},
    {"empty", "", NULL, NULL},
};

static void test_basic(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_auto(CertdPassword) password = {0};
    g_assert_cmpint(certd_basic_parse(basics[i].header, &password), ==, basics[i].user != NULL);
    g_assert_cmpstr(password.user, ==, basics[i].user);
    g_assert_cmpstr(password.password, ==, basics[i].password);
}

/* At CERTD_LIMIT_USER_NAME_BYTES and CERTD_LIMIT_PASSWORD_BYTES, and one beyond. */
static void test_fits(void)
{
    g_autofree char *user = g_strnfill(CERTD_LIMIT_USER_NAME_BYTES, 'u');
    g_autofree char *user_beyond = g_strnfill(CERTD_LIMIT_USER_NAME_BYTES + 1, 'u');
    g_autofree char *password = g_strnfill(CERTD_LIMIT_PASSWORD_BYTES, 'p');
    g_autofree char *password_beyond = g_strnfill(CERTD_LIMIT_PASSWORD_BYTES + 1, 'p');
    g_assert_true(certd_password_fits("u", "p"));
    g_assert_true(certd_password_fits("ü ö", "a \"b\" <c>"));
    g_assert_true(certd_password_fits(user, password));
    g_assert_false(certd_password_fits(user_beyond, password));
    g_assert_false(certd_password_fits(user, password_beyond));
    const char *const wrong[] = {"", "a\nb", "a\x7f", "\xc2\x85", "\xff", "\xc0\x80"};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_false(certd_password_fits(wrong[i], "p"));
        g_assert_false(certd_password_fits("u", wrong[i]));
    }
}

static const struct {
    const char *name;
    const char *host;
    const char *origin;
    const char *site;
    gboolean own;
} origins[] = {
    {"no-page", "dev1.example.org", NULL, NULL, TRUE},
    {"own", "dev1.example.org", "https://dev1.example.org", "same-origin", TRUE},
    {"own-without-site", "dev1.example.org", "https://dev1.example.org", NULL, TRUE},
    {"own-port", "192.0.2.1:8443", "https://192.0.2.1:8443", NULL, TRUE},
    {"own-v6", "[2001:db8::1]:8443", "https://[2001:db8::1]:8443", NULL, TRUE},
    {"port-of-https", "dev1.example.org:443", "https://dev1.example.org", NULL, TRUE},
    {"other-case", "DEV1.example.org", "https://dev1.example.org", NULL, TRUE},
    {"typed-by-the-user", "dev1.example.org", NULL, "none", TRUE},
    {"other-port", "dev1.example.org", "https://dev1.example.org:8443", NULL, FALSE},
    {"other-host", "dev1.example.org", "https://dev2.example.org", NULL, FALSE},
    {"longer-host", "dev1.example.org", "https://dev1.example.org.example.com", NULL, FALSE},
    {"shorter-host", "dev1.example.org", "https://dev1.example", NULL, FALSE},
    {"without-tls", "dev1.example.org", "http://dev1.example.org", NULL, FALSE},
    {"opaque", "dev1.example.org", "null", NULL, FALSE},
    {"empty", "dev1.example.org", "", NULL, FALSE},
    {"nothing-behind", "", "https://", NULL, FALSE},
    {"no-host", NULL, "https://dev1.example.org", NULL, FALSE},
    {"cross-site", "dev1.example.org", NULL, "cross-site", FALSE},
    {"same-site", "dev1.example.org", NULL, "same-site", FALSE},
    {"site-unknown", "dev1.example.org", NULL, "same-Origin", FALSE},
    {"both-must-agree", "dev1.example.org", "https://dev1.example.org", "cross-site", FALSE},
    {"site-alone-is-not-enough", "dev1.example.org", "https://a.example", "same-origin", FALSE},
};

static void test_origin(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    const CertdCredentials credentials = {
        .method = "POST",
        .host = origins[i].host,
        .origin = origins[i].origin,
        .fetch_site = origins[i].site,
    };
    g_assert_cmpint(certd_origin_is_own(&credentials), ==, origins[i].own);
}

static void test_method(void)
{
    g_assert_true(certd_method_is_safe("GET"));
    g_assert_true(certd_method_is_safe("HEAD"));
    const char *const changing[] = {"POST", "PATCH", "PUT", "DELETE", "get", "OPTIONS", ""};
    for (guint i = 0; i < G_N_ELEMENTS(changing); i++)
        g_assert_false(certd_method_is_safe(changing[i]));
}

#define ADD_ROWS(rows, title, function)                                                            \
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {                                              \
        g_autofree char *path = g_strconcat("/web/credentials/" title "/", rows[i].name, NULL);    \
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), function);                                 \
    }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ROWS(cookies, "cookie", test_cookie)
    ADD_ROWS(basics, "basic", test_basic)
    ADD_ROWS(origins, "origin", test_origin)
    g_test_add_func("/web/credentials/fits", test_fits);
    g_test_add_func("/web/credentials/method", test_method);
    return g_test_run();
}
