/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of the paths at which somebody has the turn, and one condition for all who wait: they are as many as there are
 * threads, and few at a time. */
#include "web/turns.h"

#include "model/web-limits.h"

static GMutex lock;
static GCond ended;
static GHashTable *begun;

gboolean certd_turn_begin(const char *path)
{
    gint64 deadline = g_get_monotonic_time() + CERTD_LIMIT_WEB_CALL_SECONDS * G_TIME_SPAN_SECOND;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&lock);
    if (!begun)
        begun = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    while (g_hash_table_contains(begun, path)) {
        if (!g_cond_wait_until(&ended, &lock, deadline))
            return FALSE;
    }
    g_hash_table_add(begun, g_strdup(path));
    return TRUE;
}

void certd_turn_end(const char *path)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&lock);
    g_hash_table_remove(begun, path);
    g_cond_broadcast(&ended);
}
