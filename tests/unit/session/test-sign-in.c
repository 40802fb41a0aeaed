/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What PAM's answers mean, with pam_wrapper: its users are the system's, with passwords of the test's own. */
#include "session/sign-in.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <pwd.h>

typedef struct {
    const char *user;
    const char *password;
    CertdSignIn result;
} Row;

/* The file pam.d/certd beside this one says what is with whom. */
static const Row rows[] = {
    {"daemon", "right", CERTD_SIGN_IN_OK},
    {"daemon", "wrong", CERTD_SIGN_IN_REFUSED},
    {"sys", "right",
     CERTD_SIGN_IN_UNAVAILABLE}, /* a second question is not answered, so the module fails */
    {"games", "right", CERTD_SIGN_IN_ACCOUNT_EXPIRED},
    {"games", "wrong", CERTD_SIGN_IN_REFUSED},
    {"man", "right", CERTD_SIGN_IN_PASSWORD_EXPIRED}, /* a new one is required */
    {"man", "wrong", CERTD_SIGN_IN_REFUSED},
    {"lp", "right", CERTD_SIGN_IN_PASSWORD_EXPIRED},   /* too old to be changed */
    {"mail", "right", CERTD_SIGN_IN_REFUSED},          /* the account may not, now */
    {"news", "right", CERTD_SIGN_IN_UNAVAILABLE},      /* a module that does not work */
    {"uucp", "right", CERTD_SIGN_IN_PASSWORD_EXPIRED}, /* its credentials have expired */
    {"certd-none", "right", CERTD_SIGN_IN_REFUSED},
    {"root", "right", CERTD_SIGN_IN_REFUSED},
};

static void test_row(const void *data)
{
    const Row *row = data;
    const CertdSignInRequest request = {row->user, row->password, "192.0.2.1"};
    g_auto(CertdAccount) account = {0};
    const struct passwd *entry = getpwnam(row->user);
    g_assert_cmpint(certd_sign_in(&request, &account), ==, row->result);
    if (row->result == CERTD_SIGN_IN_OK)
        g_assert_null(account.reason);
    else
        g_assert_nonnull(account.reason);
    g_assert_cmpstr(account.name, ==, entry != NULL ? entry->pw_name : NULL);
    if (entry != NULL) {
        g_assert_cmpuint(account.uid, ==, entry->pw_uid);
        g_assert_cmpuint(account.gid, ==, entry->pw_gid);
    }
}

static void test_words(void)
{
    static const char *const words[] = {"ok", "refused", "account-expired", "password-expired",
                                        "unavailable"};
    for (unsigned int i = 0; i < CERTD_SIGN_IN_COUNT_; i++)
        g_assert_cmpstr(certd_sign_in_word((CertdSignIn)i), ==, words[i]);
}

/* PAM's own delay after a wrong password, of 2 s, is left out. */
static void test_no_delay(void)
{
    const Row row = {"daemon", "wrong", CERTD_SIGN_IN_REFUSED};
    gint64 begin = g_get_monotonic_time();
    for (int i = 0; i < 10; i++)
        test_row(&row);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 10 * G_USEC_PER_SEC);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/sign-in/%s/%s", rows[i].user, rows[i].password);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/sign-in/words", test_words);
    g_test_add_func("/sign-in/no-delay", test_no_delay);
    return g_test_run();
}
