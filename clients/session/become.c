/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Becoming the user. The order is given: groups and the bounding set need what setresuid() takes away, and
 * setresuid() sets whether the process can be dumped anew.
 */
#include "session/become.h"

#include <errno.h>
#include <gio/gio.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/sanitized.h"
#include "model/web-limits.h"

static gboolean failed(GError **error, const char *what, int code)
{
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code),
                "The session's process can't be confined: %s: %s; see the unit "
                "certd-session@.service for what it needs",
                what, g_strerror(code));
    return FALSE;
}

static gboolean set_limit(int resource, const char *name, rlim_t value, GError **error)
{
    const struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    return setrlimit((__rlimit_resource_t)resource, &limit) == 0 || failed(error, name, errno);
}

gboolean certd_become_nobodys(int last, GError **error)
{
    if (close_range((unsigned int)last + 1, ~0u, 0) < 0)
        return failed(error, "close_range", errno);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return failed(error, "PR_SET_DUMPABLE", errno);
    if (clearenv() != 0)
        return failed(error, "clearenv", ENOMEM);
    if (chdir("/") < 0)
        return failed(error, "chdir", errno);
    umask(0077);
    return set_limit(RLIMIT_CORE, "RLIMIT_CORE", 0, error);
}

/* What could be had again by running a program: as much of it as this process may give up. Without it the
 * privileges that no program can add keep it. */
static void drop_bounding_set(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
         capability++)
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static gboolean has_no_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) < 0)
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(data); i++) {
        if (data[i].effective != 0 || data[i].permitted != 0)
            return FALSE;
    }
    return TRUE;
}

/* Whether there is nothing left of root, and no way back to it. */
static gboolean is_for_good(const CertdAccount *account)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(uid); i++) {
        if (uid[i] != account->uid || gid[i] != account->gid)
            return FALSE;
    }
    return account->uid != 0 && has_no_capabilities() && setuid(0) < 0 && seteuid(0) < 0 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

gboolean certd_become(const CertdAccount *account, GError **error)
{
    if (initgroups(account->name, account->gid) < 0)
        return failed(error, "initgroups", errno);
    drop_bounding_set();
    if (setresgid(account->gid, account->gid, account->gid) < 0)
        return failed(error, "setresgid", errno);
    if (setresuid(account->uid, account->uid, account->uid) < 0)
        return failed(error, "setresuid", errno);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(error, "PR_SET_NO_NEW_PRIVS", errno);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return failed(error, "PR_SET_DUMPABLE", errno);
    if (!is_for_good(account))
        return failed(error, "there is something left of root", EPERM);
    /* Data it keeps for a peer that does not read would grow without it. The sanitizer needs far more. */
    return set_limit(RLIMIT_NPROC, "RLIMIT_NPROC", 0, error) &&
           set_limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", 0, error) &&
           (CERTD_SANITIZED ||
            set_limit(RLIMIT_DATA, "RLIMIT_DATA", CERTD_LIMIT_SESSION_MEMORY_BYTES, error));
}
