/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A condition has to have a time, and the same one with each answer, or no ETag would hold. So the times are kept, of the
 * problems that there are: as many as certd has codes. */
#include "web/redfish/conditions.h"

#include "web/messages.h"
#include "web/redfish/resource.h"

/* The worst last. */
static const char *const healths[] = {"OK", "Warning", "Critical"};

static GMutex lock;
static GHashTable *seen; /* code and message -> gint64 */

static size_t rank(const char *severity)
{
    const char *health = certd_message_rank(severity);
    size_t i = 0;
    while (i < G_N_ELEMENTS(healths) - 1 && !g_str_equal(healths[i], health))
        i++;
    return i;
}

const char *certd_conditions_health(GVariant *problems)
{
    GVariantIter iter;
    const char *severity;
    size_t worst = 0;
    g_variant_iter_init(&iter, problems);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", NULL, &severity, NULL, NULL))
        worst = MAX(worst, rank(severity));
    return healths[worst];
}

/* As the message Finding is, but for the names of two members. */
static JsonObject *new_condition(const char *code, const char *severity, const char *sentence,
                                 const char *remedy, gint64 since)
{
    JsonObject *condition = certd_message_finding(code, severity, sentence, remedy);
    json_object_remove_member(condition, "@odata.type");
    json_object_remove_member(condition, "MessageSeverity");
    certd_set_string(condition, "Severity", certd_message_rank(severity));
    certd_set_time(condition, "Timestamp", since);
    return condition;
}

JsonArray *certd_conditions_new(GVariant *problems, gint64 now)
{
    GVariantIter iter;
    const char *code, *severity, *message, *remedy;
    JsonArray *conditions = json_array_new();
    g_autoptr(GHashTable) still = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_mutex_lock(&lock);
    g_variant_iter_init(&iter, problems);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &code, &severity, &message, &remedy)) {
        char *key = g_strjoin("\n", code, message, NULL);
        const gint64 *since = seen ? g_hash_table_lookup(seen, key) : NULL;
        gint64 *time = g_new(gint64, 1);
        *time = since ? *since : now;
        json_array_add_object_element(conditions,
                                      new_condition(code, severity, message, remedy, *time));
        g_hash_table_replace(still, key, time);
    }
    g_clear_pointer(&seen, g_hash_table_unref);
    seen = g_steal_pointer(&still);
    g_mutex_unlock(&lock);
    return conditions;
}
