/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users and groups that the device was asked for of late, those that there are not too. */

#include "service/accounts.h"

#include "model/limits.h"

#define KEPT_USEC (CERTD_ACCOUNT_SECONDS * (gint64)G_USEC_PER_SEC)

/* What the device was asked. */
typedef gboolean (*Ask)(void *userdata, const char *name, guint32 *id);

typedef struct {
    gboolean found;
    guint32 id;
    gint64 when; /* CLOCK_BOOTTIME in microseconds */
} Account;

struct CertdAccounts {
    const CertdDevice *device;
    GHashTable *users; /* name → Account */
    GHashTable *groups;
};

CertdAccounts *certd_accounts_new(const CertdDevice *device)
{
    CertdAccounts *accounts = g_new0(CertdAccounts, 1);
    accounts->device = device;
    accounts->users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    accounts->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return accounts;
}

void certd_accounts_free(CertdAccounts *accounts)
{
    if (accounts == NULL)
        return;
    g_hash_table_unref(accounts->users);
    g_hash_table_unref(accounts->groups);
    g_free(accounts);
}

static const Account *look_up(const CertdDevice *device, GHashTable *known, Ask ask,
                              const char *name)
{
    gint64 now = device->boottime(device->userdata);
    Account *account = g_hash_table_lookup(known, name);
    if (account != NULL && now - account->when < KEPT_USEC)
        return account;
    if (account == NULL) {
        if (g_hash_table_size(known) >= CERTD_LIMIT_KNOWN_ACCOUNTS)
            g_hash_table_remove_all(known);
        account = g_new0(Account, 1);
        g_hash_table_insert(known, g_strdup(name), account);
    }
    account->found = ask(device->userdata, name, &account->id);
    account->when = now;
    return account;
}

static gboolean find(const CertdDevice *device, GHashTable *known, Ask ask, const char *name,
                     guint32 *id)
{
    const Account *account = ask != NULL ? look_up(device, known, ask, name) : NULL;
    if (account == NULL || !account->found)
        return FALSE;
    *id = account->id;
    return TRUE;
}

gboolean certd_accounts_user(CertdAccounts *accounts, const char *name, guint32 *uid)
{
    return find(accounts->device, accounts->users, accounts->device->user_id, name, uid);
}

gboolean certd_accounts_group(CertdAccounts *accounts, const char *name, guint32 *gid)
{
    return find(accounts->device, accounts->groups, accounts->device->group_id, name, gid);
}
