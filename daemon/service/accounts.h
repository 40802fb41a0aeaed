/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers of users and groups that lists name, for deciding who a caller is. Anybody may call, and to
 * ask for an account can take long: what the device said is remembered for CERTD_ACCOUNT_SECONDS. Whoever
 * writes a number down asks the device itself.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

typedef struct CertdAccounts CertdAccounts;

/* @device outlives it. */
CertdAccounts *certd_accounts_new(const CertdDevice *device);
void certd_accounts_free(CertdAccounts *accounts);

/* FALSE where there is none of that name. */
gboolean certd_accounts_user(CertdAccounts *accounts, const char *name, guint32 *uid);
gboolean certd_accounts_group(CertdAccounts *accounts, const char *name, guint32 *gid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdAccounts, certd_accounts_free)

G_END_DECLS
