/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that were handed out. Time only grows, so that the queue is in its order. */

#include "service/handouts.h"

#include "model/limits.h"

#define KEPT_USEC (CERTD_HANDOUT_SECONDS * (gint64)G_USEC_PER_SEC)

typedef struct {
    char *text;
    gint64 when;
} Handout;

struct CertdHandouts {
    GHashTable *known; /* text → Handout, owned by the queue */
    GQueue queue;      /* of Handout, the oldest first */
};

CertdHandouts *certd_handouts_new(void)
{
    CertdHandouts *handouts = g_new0(CertdHandouts, 1);
    handouts->known = g_hash_table_new(g_str_hash, g_str_equal);
    g_queue_init(&handouts->queue);
    return handouts;
}

static void forget_oldest(CertdHandouts *handouts)
{
    Handout *oldest = g_queue_pop_head(&handouts->queue);
    g_hash_table_remove(handouts->known, oldest->text);
    g_free(oldest->text);
    g_free(oldest);
}

void certd_handouts_free(CertdHandouts *handouts)
{
    if (handouts == NULL)
        return;
    while (!g_queue_is_empty(&handouts->queue))
        forget_oldest(handouts);
    g_hash_table_unref(handouts->known);
    g_free(handouts);
}

static gboolean is_over(const Handout *handout, gint64 now)
{
    return now - handout->when >= KEPT_USEC;
}

gboolean certd_handouts_has(const CertdHandouts *handouts, const char *text, gint64 now)
{
    const Handout *handout = g_hash_table_lookup(handouts->known, text);
    return handout != NULL && !is_over(handout, now);
}

void certd_handouts_add(CertdHandouts *handouts, const char *text, gint64 now)
{
    while (!g_queue_is_empty(&handouts->queue) && is_over(g_queue_peek_head(&handouts->queue), now))
        forget_oldest(handouts);
    if (g_hash_table_contains(handouts->known, text))
        return;
    if (handouts->queue.length >= CERTD_LIMIT_HANDOUTS)
        forget_oldest(handouts);
    Handout *handout = g_new0(Handout, 1);
    handout->text = g_strdup(text);
    handout->when = now;
    g_queue_push_tail(&handouts->queue, handout);
    g_hash_table_insert(handouts->known, handout->text, handout);
}
