/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/turns.h"

static GMutex lock;
static GCond ended;
static GHashTable *begun; /* the paths at which somebody has the turn: one a thread at most */

void certd_turn_begin(const char *path)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&lock);
    if (!begun)
        begun = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    while (g_hash_table_contains(begun, path))
        g_cond_wait(&ended, &lock);
    g_hash_table_add(begun, g_strdup(path));
}

void certd_turn_end(const char *path)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&lock);
    g_hash_table_remove(begun, path);
    g_cond_broadcast(&ended);
}
