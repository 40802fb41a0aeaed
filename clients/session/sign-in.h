/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether somebody is who they say: PAM's service CERTD_PAM_SERVICE decides. Who may sign in at all (a shell, a
 * group, a time) is for its configuration to say; only root is refused whatever it says.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "session/request.h"

G_BEGIN_DECLS

typedef enum {
    CERTD_SIGN_IN_OK,
    CERTD_SIGN_IN_REFUSED,          /* whatever was wrong */
    CERTD_SIGN_IN_ACCOUNT_EXPIRED,  /* after the right password alone */
    CERTD_SIGN_IN_PASSWORD_EXPIRED, /* likewise */
    CERTD_SIGN_IN_UNAVAILABLE,      /* PAM, or later the bus, does not work */
    CERTD_SIGN_IN_COUNT_,
} CertdSignIn;

typedef struct {
    char *name; /* NULL: there is no such user */
    uid_t uid;
    gid_t gid;
    char *reason; /* why not, for the log; NULL with CERTD_SIGN_IN_OK */
} CertdAccount;

/* Asks PAM, without delays of its own. @account is cleared and filled whatever comes of it. Not for threads. */
CertdSignIn certd_sign_in(const CertdSignInRequest *request, CertdAccount *account)
    G_GNUC_WARN_UNUSED_RESULT;
/* The word that certd-web is told: "ok", "refused", "account-expired", "password-expired", "unavailable". */
const char *certd_sign_in_word(CertdSignIn result);
/* Frees what is in @account. */
void certd_account_clear(CertdAccount *account);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertdAccount, certd_account_clear)

G_END_DECLS
