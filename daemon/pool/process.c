/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A worker process is watched by its pidfd, not by its connection: only the pidfd tells why it
 * ended. When it does, what it had sent before is delivered first.
 */
#include "pool/process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

/* Where the worker looks for its end of the socketpair. */
#define WORKER_SOCKET 3
/* A deadline may be late by this, which lets sd-event group its timers. */
#define DEADLINE_ACCURACY_USEC (50u * 1000u)

struct CertdProcess {
    pid_t pid;
    int pidfd;
    sd_bus *bus;
    sd_event_source *exit_source;
    sd_event_source *deadline_source;
    char *cause; /* why we killed it, or NULL */
    CertdProcessEnded ended;
    CertdProcessDeadline deadline;
    void *userdata;
};

static const char *const role_arguments[CERTD_PROCESS_ROLE_COUNT_] = {
    [CERTD_PROCESS_KEYS] = "--role=keys",
    [CERTD_PROCESS_PARSE] = "--role=parse",
    [CERTD_PROCESS_TEMPORARY] = "--role=keys",
};

static void reap(CertdProcess *process, siginfo_t *info)
{
    int r;

    do {
        r = waitid(P_PIDFD, (id_t)process->pidfd, info, WEXITED);
    } while (r < 0 && errno == EINTR);
    if (r < 0)
        info->si_code = 0;
    process->pid = 0;
}

static char *describe_end(const siginfo_t *info)
{
    switch (info->si_code) {
    case CLD_EXITED:
        return g_strdup_printf("ended with status %d", info->si_status);
    case CLD_KILLED:
    case CLD_DUMPED:
        if (info->si_status == SIGXCPU)
            return g_strdup_printf("used more than %u s of processor time",
                                   CERTD_LIMIT_PARSE_CPU_SECONDS);
        return g_strdup_printf("ended by signal %d (%s)", info->si_status,
                               strsignal(info->si_status));
    default:
        return g_strdup("ended for an unknown reason");
    }
}

static int on_exit_of_process(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    CertdProcess *process = userdata;
    g_autofree char *cause = NULL;
    siginfo_t info = {0};

    while (sd_bus_process(process->bus, NULL) > 0)
        ;
    reap(process, &info);
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    sd_event_source_set_enabled(process->deadline_source, SD_EVENT_OFF);
    cause = process->cause ? g_strdup(process->cause) : describe_end(&info);
    process->ended(process, cause, process->userdata);
    return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdProcess *process = userdata;

    process->deadline(process, process->userdata);
    return 0;
}

/* Runs @program with @socket as descriptor 3; 0 or an errno. Its environment is its own, so that
 * nothing in ours changes what the libraries in it do. */
static int spawn(const char *program, CertdProcessRole role, int socket, pid_t *pid)
{
    g_autofree char *name = g_strdup(program);
    g_autofree char *argument = g_strdup(role_arguments[role]);
    char *arguments[] = {name, argument, NULL};
    /* What is freed is wiped: GMP and libtasn1 leave parts of private keys behind in theirs. (The
     * cache of a thread would keep freed memory as it is.) */
    char wiping[] = "GLIBC_TUNABLES=glibc.malloc.perturb=165:glibc.malloc.tcache_count=0";
    char *environment[] = {wiping, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int r;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    r = posix_spawn_file_actions_adddup2(&actions, socket, WORKER_SOCKET);
    if (r == 0)
        r = posix_spawn_file_actions_addclosefrom_np(&actions, WORKER_SOCKET + 1);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (r == 0)
        r = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return r;
}

/* Connects to the worker over @socket, which the connection takes over. */
static int connect_bus(CertdProcess *process, sd_event *event, int socket)
{
    int r = sd_bus_new(&process->bus);

    if (r < 0) {
        close(socket);
        return r;
    }
    r = sd_bus_set_fd(process->bus, socket, socket);
    if (r < 0) {
        close(socket);
        return r;
    }
    r = sd_bus_set_anonymous(process->bus, 1);
    if (r >= 0)
        r = sd_bus_negotiate_fds(process->bus, 1);
    if (r >= 0)
        r = sd_bus_start(process->bus);
    if (r >= 0)
        r = sd_bus_attach_event(process->bus, event, SD_EVENT_PRIORITY_NORMAL);
    return r;
}

static int watch(CertdProcess *process, sd_event *event)
{
    int r = sd_event_add_io(event, &process->exit_source, process->pidfd, EPOLLIN,
                            on_exit_of_process, process);

    if (r >= 0)
        r = sd_event_add_time(event, &process->deadline_source, CLOCK_MONOTONIC, 0,
                              DEADLINE_ACCURACY_USEC, on_deadline, process);
    if (r >= 0)
        r = sd_event_source_set_enabled(process->deadline_source, SD_EVENT_OFF);
    return r;
}

static int start(CertdProcess *process, sd_event *event, const char *program, CertdProcessRole role)
{
    int sockets[2];
    int r;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) < 0)
        return -errno;
    r = spawn(program, role, sockets[1], &process->pid);
    close(sockets[1]);
    if (r > 0) {
        process->pid = 0;
        close(sockets[0]);
        return -r;
    }
    process->pidfd = pidfd_open(process->pid, 0);
    if (process->pidfd < 0) {
        r = -errno;
        close(sockets[0]);
        return r;
    }
    r = connect_bus(process, event, sockets[0]);
    return r < 0 ? r : watch(process, event);
}

CertdProcess *certd_process_new(sd_event *event, const char *program, CertdProcessRole role,
                                CertdProcessEnded ended, CertdProcessDeadline deadline,
                                void *userdata, GError **error)
{
    g_autoptr(CertdProcess) process = g_new0(CertdProcess, 1);
    int r;

    process->pidfd = -1;
    process->ended = ended;
    process->deadline = deadline;
    process->userdata = userdata;
    r = start(process, event, program, role);
    if (r < 0) {
        g_autofree char *quoted = certd_text_quote(program);

        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The worker program %s could not be started: %s; install it there, and see "
                    "that memory and processes are left",
                    quoted, g_strerror(-r));
        return NULL;
    }
    return g_steal_pointer(&process);
}

void certd_process_free(CertdProcess *process)
{
    siginfo_t info = {0};

    if (!process)
        return;
    if (process->pid > 0) {
        kill(process->pid, SIGKILL);
        if (process->pidfd >= 0)
            reap(process, &info);
        else
            waitpid(process->pid, NULL, 0);
    }
    sd_event_source_disable_unref(process->exit_source);
    sd_event_source_disable_unref(process->deadline_source);
    sd_bus_close_unref(process->bus);
    if (process->pidfd >= 0)
        close(process->pidfd);
    g_free(process->cause);
    g_free(process);
}

void certd_process_kill(CertdProcess *process, const char *cause)
{
    if (!process->cause)
        process->cause = g_strdup(cause);
    /* Not reaped yet, so the number is still this process's. */
    if (process->pid > 0)
        kill(process->pid, SIGKILL);
}

sd_bus *certd_process_bus(CertdProcess *process)
{
    return process->bus;
}

pid_t certd_process_pid(const CertdProcess *process)
{
    return process->pid;
}

int certd_process_set_deadline(CertdProcess *process, uint64_t usec)
{
    int r;

    if (usec == UINT64_MAX)
        return sd_event_source_set_enabled(process->deadline_source, SD_EVENT_OFF);
    r = sd_event_source_set_time_relative(process->deadline_source, usec);
    return r < 0 ? r : sd_event_source_set_enabled(process->deadline_source, SD_EVENT_ONESHOT);
}
