/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users and groups of the tests' own. */

#include "fake.h"

const CertdCaller fake_server = {.uid = 1002, .sender = ":1.77", .unit = "certd-tls.service"};

/* The users and groups that there are, with their numbers. */
typedef struct {
    const char *name;
    guint32 id;
} Account;
static const Account users[] = {
    {"root", 0}, {"postfix", 1000}, {"other", 1001}, {"certd-tls", 1002}};
static const Account groups[] = {{"ssl-cert", 2000}, {"mail", 2001}};

static gboolean find_account(const Account *accounts, size_t count, const char *name, guint32 *id)
{
    for (size_t i = 0; i < count; i++) {
        if (g_str_equal(accounts[i].name, name)) {
            *id = accounts[i].id;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean fake_user_id(void *userdata, const char *name, guint32 *uid)
{
    return find_account(users, G_N_ELEMENTS(users), name, uid);
}

gboolean fake_group_id(void *userdata, const char *name, guint32 *gid)
{
    return find_account(groups, G_N_ELEMENTS(groups), name, gid);
}
