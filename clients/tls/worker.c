/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The main thread accepts and hands over; nothing else is shared but seats and credentials, which have locks. A pipe
 * with pointers would do too, but what is in a queue can be given back at the end.
 */
#include "tls/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "model/error.h"

/* How often deadlines are looked at, while there are connections; what waits for certd-web is tried again as often. */
#define TICK_USEC (G_USEC_PER_SEC / 4)
/* Under load each answered request is a proof: no more of a thread than this says anything new. */
#define PROOF_USEC (G_USEC_PER_SEC / 10)

struct CertdWorker {
    CertdConnectionHost host;
    GThread *thread;
    int wake;
    CertdWorkersShare *share;
    sd_event_source *tick;
    guint64 proven; /* when a proof was told last */
    guint64 proven_serial;
    gboolean proven_certified;
    int proven_changes;
    GMutex lock;     /* for what is below */
    GQueue arrivals; /* of CertdArrival */
    gboolean ended;
};

static void tell(CertdWorker *worker, const CertdTold *told)
{
    /* Where the pipe is full the main thread has enough to read. */
    ssize_t r = write(worker->share->told, told, sizeof *told);
    (void)r;
}

static void on_proven(guint64 serial, gboolean certified, void *userdata)
{
    CertdWorker *worker = userdata;
    guint64 now = 0;
    (void)sd_event_now(worker->host.event, CLOCK_MONOTONIC, &now);
    const int changes = g_atomic_int_get(&worker->share->changes);
    if (now < worker->proven + PROOF_USEC && worker->proven_serial == serial &&
        worker->proven_certified == certified && worker->proven_changes == changes)
        return;
    worker->proven = now;
    worker->proven_serial = serial;
    worker->proven_certified = certified;
    worker->proven_changes = changes;
    const CertdTold told = {.what = CERTD_TOLD_PROOF, .certified = certified, .serial = serial};
    tell(worker, &told);
}

static void on_web(int problem, void *userdata)
{
    CertdWorker *worker = userdata;
    if (g_atomic_int_get(&worker->share->web_problem) == problem)
        return;
    g_atomic_int_set(&worker->share->web_problem, problem);
    const CertdTold told = {.what = CERTD_TOLD_WEB};
    tell(worker, &told);
}

static void schedule_tick(CertdWorker *worker)
{
    if (worker->host.connections.length == 0)
        return;
    (void)sd_event_source_set_time_relative(worker->tick, TICK_USEC);
    (void)sd_event_source_set_enabled(worker->tick, SD_EVENT_ONESHOT);
}

static int on_tick(sd_event_source *source, guint64 usec, void *userdata)
{
    CertdWorker *worker = userdata;
    guint64 now = 0;
    (void)sd_event_now(worker->host.event, CLOCK_MONOTONIC, &now);
    for (GList *link = worker->host.connections.head; link != NULL;) {
        CertdConnection *connection = link->data;
        link = link->next;
        certd_connection_tick(connection, now);
    }
    schedule_tick(worker);
    return 0;
}

static int on_wake(sd_event_source *source, int fd, guint32 events, void *userdata)
{
    CertdWorker *worker = userdata;
    GQueue arrivals = G_QUEUE_INIT;
    guint64 count;
    ssize_t r = read(worker->wake, &count, sizeof count);
    (void)r;
    g_mutex_lock(&worker->lock);
    const gboolean ended = worker->ended;
    arrivals = worker->arrivals;
    g_queue_init(&worker->arrivals);
    g_mutex_unlock(&worker->lock);
    const gboolean idle = worker->host.connections.length == 0;
    CertdArrival *arrival;
    while ((arrival = g_queue_pop_head(&arrivals)) != NULL) {
        certd_connection_begin(&worker->host, arrival);
        g_free(arrival);
    }
    if (idle)
        schedule_tick(worker);
    return ended ? sd_event_exit(sd_event_source_get_event(source), 0) : 0;
}

static gpointer run(gpointer userdata)
{
    CertdWorker *worker = userdata;
    (void)sd_event_loop(worker->host.event);
    while (worker->host.connections.head != NULL)
        certd_connection_free(worker->host.connections.head->data);
    return NULL;
}

static int open_loop(CertdWorker *worker)
{
    worker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->wake < 0)
        return -errno;
    sd_event_source *wake = NULL;
    int r = sd_event_new(&worker->host.event);
    if (r >= 0)
        r = sd_event_add_io(worker->host.event, &wake, worker->wake, EPOLLIN, on_wake, worker);
    if (r >= 0) {
        sd_event_source_set_floating(wake, TRUE);
        sd_event_source_unref(wake);
        r = sd_event_add_time_relative(worker->host.event, &worker->tick, CLOCK_MONOTONIC, 0,
                                       TICK_USEC / 4, on_tick, worker);
    }
    return r;
}

CertdWorker *certd_worker_new(CertdWorkersShare *share, GError **error)
{
    g_autoptr(CertdWorker) worker = g_new0(CertdWorker, 1);
    g_mutex_init(&worker->lock);
    worker->host.web_socket = share->web_socket;
    worker->host.proven = on_proven;
    worker->host.web = on_web;
    worker->host.userdata = worker;
    worker->wake = -1;
    worker->share = share;
    int r = open_loop(worker);
    if (r >= 0) {
        worker->thread = g_thread_try_new("carry", run, worker, error);
        return worker->thread != NULL ? g_steal_pointer(&worker) : NULL;
    }
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "A thread for connections could not be made: %s", g_strerror(-r));
    return NULL;
}

static void wake_up(CertdWorker *worker)
{
    const guint64 one = 1;
    ssize_t r = write(worker->wake, &one, sizeof one);
    (void)r;
}

void certd_worker_give(CertdWorker *worker, const CertdArrival *arrival)
{
    g_mutex_lock(&worker->lock);
    g_queue_push_tail(&worker->arrivals, g_memdup2(arrival, sizeof *arrival));
    g_mutex_unlock(&worker->lock);
    wake_up(worker);
}

void certd_worker_free(CertdWorker *worker)
{
    if (worker == NULL)
        return;
    if (worker->thread != NULL) {
        g_mutex_lock(&worker->lock);
        worker->ended = TRUE;
        g_mutex_unlock(&worker->lock);
        wake_up(worker);
        g_thread_join(worker->thread);
    }
    CertdArrival *arrival;
    while ((arrival = g_queue_pop_head(&worker->arrivals)) != NULL) {
        certd_arrival_clear(arrival);
        g_free(arrival);
    }
    sd_event_source_disable_unref(worker->tick);
    sd_event_unref(worker->host.event);
    if (worker->wake >= 0)
        close(worker->wake);
    g_mutex_clear(&worker->lock);
    g_free(worker);
}
