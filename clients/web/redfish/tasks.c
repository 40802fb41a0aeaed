/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/tasks.h"

#include "model/web-limits.h"

static GMutex mutex;
static GQueue tasks = G_QUEUE_INIT; /* of CertdTask, the oldest first */

static CertdTask *task_new(const char *id, const char *certificate, CertdPendingKind kind,
                           gint64 started)
{
    CertdTask *task = g_new0(CertdTask, 1);
    task->id = g_strdup(id);
    task->certificate = g_strdup(certificate);
    task->kind = kind;
    task->started = started;
    return task;
}

static CertdTask *task_copy(const CertdTask *task)
{
    return task_new(task->id, task->certificate, task->kind, task->started);
}

void certd_task_free(CertdTask *task)
{
    if (!task)
        return;
    g_free(task->id);
    g_free(task->certificate);
    g_free(task);
}

/* With the mutex held. */
static GList *find_link(const char *id)
{
    for (GList *link = tasks.head; link; link = link->next) {
        const CertdTask *task = link->data;
        if (g_str_equal(task->id, id))
            return link;
    }
    return NULL;
}

void certd_tasks_add(const char *id, const char *certificate, CertdPendingKind kind, gint64 started)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&mutex);
    (void)locker;
    if (find_link(id))
        return;
    g_queue_push_tail(&tasks, task_new(id, certificate, kind, started));
    while (g_queue_get_length(&tasks) > CERTD_LIMIT_WEB_TASKS)
        certd_task_free(g_queue_pop_head(&tasks));
}

CertdTask *certd_tasks_find(const char *id)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&mutex);
    (void)locker;
    const GList *link = find_link(id);
    return link ? task_copy(link->data) : NULL;
}

GPtrArray *certd_tasks_list(void)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&mutex);
    (void)locker;
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)certd_task_free);
    for (const GList *link = tasks.head; link; link = link->next)
        g_ptr_array_add(list, task_copy(link->data));
    return list;
}

gboolean certd_tasks_remove(const char *id)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&mutex);
    (void)locker;
    GList *link = find_link(id);
    if (!link)
        return FALSE;
    certd_task_free(link->data);
    g_queue_delete_link(&tasks, link);
    return TRUE;
}
