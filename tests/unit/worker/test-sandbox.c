/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a worker can still do, and what it cannot. Each row runs in a child of its own that enters
 * the sandbox for good; its exit status tells.
 */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/limits.h"
#include "model/sanitized.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define CERTD_SANITIZED 1
const char *__asan_default_options(void);
/* Looking for leaks needs ptrace, which the sandbox forbids the children. */
__attribute__((used)) const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#else
#define CERTD_SANITIZED 0
#endif

enum { ALLOWED = 0, DENIED = 1, WRONG_ERRNO = 2, NO_SANDBOX = 3, NOT_SET = 4 };

/* EPERM is the sandbox's no. */
static int verdict(long result)
{
    if (result >= 0)
        return ALLOWED;
    return errno == EPERM ? DENIED : WRONG_ERRNO;
}

static int try_open(void)
{
    return verdict(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static int try_openat2(void)
{
    return verdict(syscall(SYS_openat2, AT_FDCWD, "/dev/null", NULL, 0));
}

static int try_stat(void)
{
    return verdict(access("/", F_OK));
}

static int try_unlink(void)
{
    return verdict(unlink("/nonexistent/file"));
}

static int try_socket(void)
{
    return verdict(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int try_socketpair(void)
{
    int fds[2];

    return verdict(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static int try_connect(void)
{
    struct sockaddr address = {.sa_family = AF_UNIX};

    return verdict(connect(0, &address, sizeof(address)));
}

static int try_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return verdict(pid);
}

static int try_clone3(void)
{
    return verdict(syscall(SYS_clone3, NULL, 0));
}

static int try_exec(void)
{
    char program[] = "/bin/true";
    char *arguments[] = {program, NULL};

    return verdict(execv(program, arguments));
}

static int try_ptrace(void)
{
    return verdict(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_kill_parent(void)
{
    return verdict(syscall(SYS_kill, getpid(), 0));
}

static int try_tgkill_other(void)
{
    return verdict(syscall(SYS_tgkill, 1, 1, 0));
}

static int try_tgkill_self(void)
{
    return verdict(syscall(SYS_tgkill, getpid(), getpid(), 0));
}

static int try_prctl(void)
{
    return verdict(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int try_unshare(void)
{
    return verdict(unshare(CLONE_NEWUSER));
}

static int try_setrlimit(void)
{
    struct rlimit limit = {0, 0};

    return verdict(setrlimit(RLIMIT_CORE, &limit));
}

static int map_with(int protection)
{
    void *page = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return verdict(page == MAP_FAILED ? -1 : 0);
}

static int try_mmap(void)
{
    return map_with(PROT_READ | PROT_WRITE);
}

static int try_mmap_exec(void)
{
    return map_with(PROT_READ | PROT_EXEC);
}

static int try_mprotect_exec(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return verdict(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

/* What answering a job takes. */
static int try_memfd(void)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0 || write(fd, "x", 1) != 1 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) < 0)
        return verdict(-1);
    return verdict(lseek(fd, 0, SEEK_SET));
}

static int try_random(void)
{
    char byte;

    return verdict(syscall(SYS_getrandom, &byte, 1, 0));
}

/* Descriptor 4 and above are closed. */
static int try_inherited(void)
{
    return fcntl(4, F_GETFD) < 0 && errno == EBADF ? DENIED : ALLOWED;
}

typedef struct {
    const char *name;
    int (*run)(void);
    int expected;
} Row;

static const Row rows[] = {
    {"open", try_open, DENIED},
    {"openat2", try_openat2, DENIED},
    {"stat", try_stat, DENIED},
    {"unlink", try_unlink, DENIED},
    {"socket", try_socket, DENIED},
    {"socketpair", try_socketpair, DENIED},
    {"connect", try_connect, DENIED},
    {"fork", try_fork, DENIED},
    {"clone3", try_clone3, DENIED},
    {"exec", try_exec, DENIED},
    {"ptrace", try_ptrace, DENIED},
    {"kill", try_kill_parent, DENIED},
    {"tgkill-other", try_tgkill_other, DENIED},
    {"tgkill-self", try_tgkill_self, ALLOWED},
    {"prctl", try_prctl, DENIED},
    {"unshare", try_unshare, DENIED},
    {"setrlimit", try_setrlimit, CERTD_SANITIZED ? ALLOWED : DENIED},
    {"mmap", try_mmap, ALLOWED},
    {"mmap-exec", try_mmap_exec, DENIED},
    {"mprotect-exec", try_mprotect_exec, DENIED},
    {"memfd", try_memfd, ALLOWED},
    {"random", try_random, ALLOWED},
    {"inherited-descriptor", try_inherited, DENIED},
};

/* The status of a child that enters the sandbox of @role and does @run. */
static int in_sandbox(CertdRole role, int (*run)(void))
{
    int status = 0;
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        /* So that there is something to be closed. */
        if (dup2(0, 4) < 0 || !certd_sandbox_enter(role, NULL))
            _exit(NO_SANDBOX);
        _exit(run());
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    return status;
}

static void test_row(const void *data)
{
    const Row *row = data;

    for (unsigned int role = 0; role < CERTD_ROLE_COUNT_; role++) {
        int status = in_sandbox((CertdRole)role, row->run);

        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, row->expected);
    }
}

/* The limits as the parent sees them, by prlimit(), of a child that waits. */
static void check_limits(pid_t pid, CertdRole role)
{
    struct rlimit limit;

    g_assert_cmpint(prlimit(pid, RLIMIT_CORE, NULL, &limit), ==, 0);
    g_assert_cmpuint(limit.rlim_max, ==, 0);
    g_assert_cmpint(prlimit(pid, RLIMIT_NPROC, NULL, &limit), ==, 0);
    g_assert_cmpuint(limit.rlim_max, ==, 0);
    g_assert_cmpint(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), ==, 0);
    g_assert_cmpuint(limit.rlim_max, <=, 64);
    g_assert_cmpint(prlimit(pid, RLIMIT_FSIZE, NULL, &limit), ==, 0);
    g_assert_cmpuint(limit.rlim_max, <=, 16 * 1024 * 1024);
    g_assert_cmpint(prlimit(pid, RLIMIT_CPU, NULL, &limit), ==, 0);
    if (role == CERTD_ROLE_PARSE)
        g_assert_cmpuint(limit.rlim_cur, ==, CERTD_LIMIT_PARSE_CPU_SECONDS);
    else
        g_assert_cmpuint(limit.rlim_cur, ==, RLIM_INFINITY);
    g_assert_cmpint(prlimit(pid, RLIMIT_AS, NULL, &limit), ==, 0);
    if (!CERTD_SANITIZED)
        g_assert_cmpuint(limit.rlim_cur, ==,
                         role == CERTD_ROLE_PARSE ? CERTD_LIMIT_PARSE_MEMORY_BYTES
                                                  : CERTD_LIMIT_KEYS_MEMORY_BYTES);
}

static void test_limits(void)
{
    for (unsigned int role = 0; role < CERTD_ROLE_COUNT_; role++) {
        int fds[2];
        int status;
        char byte;
        pid_t pid;

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
        pid = fork();
        if (pid == 0) {
            g_assert_cmpint(dup2(fds[1], 3), ==, 3);
            if (certd_sandbox_enter((CertdRole)role, NULL) && write(3, "r", 1) == 1)
                _exit(read(3, &byte, 1) == 1 ? ALLOWED : NOT_SET);
            _exit(NO_SANDBOX);
        }
        g_assert_cmpint(read(fds[0], &byte, 1), ==, 1);
        check_limits(pid, (CertdRole)role);
        g_assert_cmpint(write(fds[0], "e", 1), ==, 1);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(status, ==, 0);
        close(fds[0]);
        close(fds[1]);
    }
}

/* Spins until the kernel has enough of it. */
static int spin(void)
{
    volatile unsigned int n = 0;

    for (;;)
        n = n + 1;
    return ALLOWED;
}

static void test_cpu(void)
{
    int status = in_sandbox(CERTD_ROLE_PARSE, spin);

    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGXCPU);
}

static void test_roles(void)
{
    CertdRole role = CERTD_ROLE_COUNT_;

    for (unsigned int i = 0; i < CERTD_ROLE_COUNT_; i++) {
        g_assert_true(certd_role_parse(certd_role_name((CertdRole)i), &role));
        g_assert_cmpint(role, ==, i);
    }
    g_assert_false(certd_role_parse("", &role));
    g_assert_false(certd_role_parse("keys ", &role));
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/worker/sandbox/", rows[i].name, NULL);

        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/worker/sandbox/limits", test_limits);
    g_test_add_func("/worker/sandbox/processor-time", test_cpu);
    g_test_add_func("/worker/sandbox/roles", test_roles);
    return g_test_run();
}
