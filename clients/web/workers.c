/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GThreadPool and, on the main thread, the queue in front of it. */
#include "web/workers.h"

#include "model/web-limits.h"

/* A request that waits costs some KiB, and its client a connection; certd-tls has no more of them. */
#define MAX_QUEUE 512u
/* Of one owner: as many strangers as there may be. */
#define MAX_QUEUE_OF_ONE CERTD_LIMIT_WEB_STRANGERS

struct CertdWorkers {
    GThreadPool *pool;
    guint threads;
    guint for_one;
    guint running;
    GQueue queue;       /* of jobs that wait */
    GHashTable *owners; /* how many of each are worked on */
};

typedef struct {
    CertdWorkers *workers;
    const void *owner;
    void (*work)(void *data);
    void (*done)(void *data);
    void *data;
} Job;

static guint count_of(CertdWorkers *workers, const void *owner)
{
    return owner ? GPOINTER_TO_UINT(g_hash_table_lookup(workers->owners, owner)) : 0;
}

static void change_count(CertdWorkers *workers, const void *owner, int change)
{
    if (!owner)
        return;
    guint count = (guint)((int)count_of(workers, owner) + change);
    if (count > 0)
        g_hash_table_insert(workers->owners, (void *)owner, GUINT_TO_POINTER(count));
    else
        g_hash_table_remove(workers->owners, owner);
}

static guint count_waiting(const CertdWorkers *workers, const void *owner)
{
    guint count = 0;
    for (GList *link = workers->queue.head; owner && link; link = link->next)
        count += ((const Job *)link->data)->owner == owner;
    return count;
}

static void start_those_that_may(CertdWorkers *workers)
{
    GList *link = workers->queue.head;
    while (link && workers->running < workers->threads) {
        GList *next = link->next;
        Job *job = link->data;
        if (!job->owner || count_of(workers, job->owner) < workers->for_one) {
            g_queue_delete_link(&workers->queue, link);
            workers->running++;
            change_count(workers, job->owner, 1);
            (void)g_thread_pool_push(workers->pool, job, NULL);
        }
        link = next;
    }
}

static gboolean finish(void *data)
{
    g_autofree Job *job = data;
    job->workers->running--;
    change_count(job->workers, job->owner, -1);
    start_those_that_may(job->workers);
    job->done(job->data);
    return G_SOURCE_REMOVE;
}

static void run(void *data, void *userdata)
{
    Job *job = data;
    job->work(job->data);
    (void)g_idle_add_full(G_PRIORITY_DEFAULT, finish, job, NULL);
}

CertdWorkers *certd_workers_new(guint threads, guint for_one)
{
    CertdWorkers *workers = g_new0(CertdWorkers, 1);
    workers->pool = g_thread_pool_new(run, NULL, (int)threads, FALSE, NULL);
    workers->threads = threads;
    workers->for_one = for_one;
    workers->owners = g_hash_table_new(NULL, NULL);
    g_queue_init(&workers->queue);
    return workers;
}

void certd_workers_free(CertdWorkers *workers)
{
    if (!workers)
        return;
    g_thread_pool_free(workers->pool, FALSE, TRUE);
    g_queue_clear_full(&workers->queue, g_free);
    g_hash_table_unref(workers->owners);
    g_free(workers);
}

gboolean certd_workers_do(CertdWorkers *workers, const void *owner, void (*work)(void *data),
                          void (*done)(void *data), void *data)
{
    if (g_queue_get_length(&workers->queue) >= MAX_QUEUE ||
        count_waiting(workers, owner) >= MAX_QUEUE_OF_ONE)
        return FALSE;
    Job *job = g_new0(Job, 1);
    *job = (Job){workers, owner, work, done, data};
    g_queue_push_tail(&workers->queue, job);
    start_those_that_may(workers);
    return TRUE;
}
