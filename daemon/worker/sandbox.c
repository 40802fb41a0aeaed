/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sandbox: descriptors, prctl, rlimits, seccomp, in this order, since each needs what the next
 * takes away. System calls are named as text, so that one list serves every architecture: what
 * one doesn't have is left out.
 */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/sanitized.h"

/* The biggest file a worker makes is a memfd with a PKCS#12 of the biggest chain. */
#define FILE_BYTES_MAX (4u * 1024u * 1024u)
/* A message brings two descriptors at most, and a few messages wait. */
#define FILES_MAX 32u

typedef void scmp_filter;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(scmp_filter, seccomp_release)

static const char *const role_names[CERTD_ROLE_COUNT_] = {
    [CERTD_ROLE_KEYS] = "keys",
    [CERTD_ROLE_PARSE] = "parse",
};

/* Talking on descriptors that are there, memory, time, randomness, and ending. */
static const char *const calls_allowed[] = {
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_gettime64",
    "close",
    "dup",
    "exit",
    "exit_group",
    "fcntl",
    "fcntl64",
    "fdatasync",
    "fstat",
    "fstat64",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "futex",
    "futex_time64",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getrandom",
    "getrusage",
    "getsockname",
    "getsockopt",
    "gettid",
    "gettimeofday",
    "getuid",
    "_llseek",
    "lseek",
    "madvise",
    "memfd_create",
    "mlock",
    "mremap",
    "munlock",
    "munmap",
    "poll",
    "ppoll",
    "ppoll_time64",
    "pread64",
    "pwrite64",
    "read",
    "readv",
    "recvmsg",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "sendmsg",
    "shutdown",
    "sigreturn",
    "sysinfo",
    "time",
    "times",
    "write",
    "writev",
#if CERTD_SANITIZED
    "prlimit64",
    "readlink",
    "sched_getaffinity",
    "sigaltstack",
#endif
};

/* Where memory that can be executed would be made: allowed without PROT_EXEC, argument 2. */
static const char *const calls_without_exec[] = {"mmap", "mmap2", "mprotect"};
/* fstat() of current C libraries: argument 3 has AT_EMPTY_PATH. */
static const char *const calls_empty_path[] = {"newfstatat", "fstatat64"};
/* abort() raises a signal in this process, argument 0, and in no other. */
static const char *const calls_own_pid[] = {"tgkill"};

const char *certd_role_name(CertdRole role)
{
    return role_names[role];
}

gboolean certd_role_parse(const char *name, CertdRole *role)
{
    for (unsigned int i = 0; i < CERTD_ROLE_COUNT_; i++) {
        if (strcmp(role_names[i], name) == 0) {
            *role = (CertdRole)i;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean failed(GError **error, const char *what, int code)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "The worker cannot lock itself in: %s: %s; a kernel with seccomp filters, Linux "
                "5.9 or later, is needed",
                what, g_strerror(code));
    return FALSE;
}

static gboolean set_limits(CertdRole role, GError **error)
{
    rlim_t memory =
        role == CERTD_ROLE_PARSE ? CERTD_LIMIT_PARSE_MEMORY_BYTES : CERTD_LIMIT_KEYS_MEMORY_BYTES;
    const struct {
        int resource;
        const char *name;
        rlim_t value;
        gboolean applies;
    } limits[] = {
        {RLIMIT_CORE, "RLIMIT_CORE", 0, TRUE},
        {RLIMIT_NPROC, "RLIMIT_NPROC", 0, TRUE},
        {RLIMIT_FSIZE, "RLIMIT_FSIZE", FILE_BYTES_MAX, TRUE},
        {RLIMIT_NOFILE, "RLIMIT_NOFILE", FILES_MAX, TRUE},
        /* The sanitizer's shadow memory is terabytes of address space. */
        {RLIMIT_AS, "RLIMIT_AS", memory, !CERTD_SANITIZED},
        {RLIMIT_CPU, "RLIMIT_CPU", CERTD_LIMIT_PARSE_CPU_SECONDS, role == CERTD_ROLE_PARSE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct rlimit limit = {.rlim_cur = limits[i].value, .rlim_max = limits[i].value};

        if (!limits[i].applies)
            continue;
        /* SIGXCPU at the soft limit, which names the cause; SIGKILL at the hard one. */
        if (limits[i].resource == RLIMIT_CPU)
            limit.rlim_max++;
        if (setrlimit(limits[i].resource, &limit) < 0)
            return failed(error, limits[i].name, errno);
    }
    return TRUE;
}

/* Allows @names, with @condition where it isn't NULL. 0 or a negative errno. */
static int allow(scmp_filter_ctx filter, const char *const *names, size_t n_names,
                 const struct scmp_arg_cmp *condition)
{
    for (size_t i = 0; i < n_names; i++) {
        int call = seccomp_syscall_resolve_name(names[i]);
        int r;

        if (call == __NR_SCMP_ERROR)
            continue;
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, condition ? 1 : 0, condition);
        /* -EDOM: a call that this architecture doesn't have, under a condition. */
        if (r < 0 && r != -EDOM)
            return r;
    }
    return 0;
}

static gboolean set_filter(GError **error)
{
    const struct scmp_arg_cmp without_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp empty_path =
        SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH);
    const struct scmp_arg_cmp own_pid = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
    const struct {
        const char *const *names;
        size_t n_names;
        const struct scmp_arg_cmp *condition;
    } rules[] = {
        {calls_allowed, G_N_ELEMENTS(calls_allowed), NULL},
        {calls_without_exec, G_N_ELEMENTS(calls_without_exec), &without_exec},
        {calls_empty_path, G_N_ELEMENTS(calls_empty_path), &empty_path},
        {calls_own_pid, G_N_ELEMENTS(calls_own_pid), &own_pid},
    };
    /* EPERM rather than the end: libraries look for files now and then and do without. */
    g_autoptr(scmp_filter) filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int r;

    if (!filter)
        return failed(error, "seccomp_init", ENOMEM);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        r = allow(filter, rules[i].names, rules[i].n_names, rules[i].condition);
        if (r < 0)
            return failed(error, "seccomp_rule_add", -r);
    }
    /* A binary search instead of a walk: each call of a job passes the filter. */
    r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (r >= 0)
        r = seccomp_load(filter);
    if (r < 0)
        return failed(error, "seccomp_load", -r);
    return TRUE;
}

gboolean certd_sandbox_enter(CertdRole role, GError **error)
{
    if (close_range(CERTD_SANDBOX_SOCKET + 1, ~0u, 0) < 0)
        return failed(error, "close_range", errno);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(error, "PR_SET_NO_NEW_PRIVS", errno);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return failed(error, "PR_SET_DUMPABLE", errno);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return failed(error, "PR_SET_PDEATHSIG", errno);
    return set_limits(role, error) && set_filter(error);
}
