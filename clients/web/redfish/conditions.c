/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A condition has to have a time, and the same one with each answer, or no ETag would hold. So the times are kept, of the
 * problems that there are: as many as certd has codes. */
#include "web/redfish/conditions.h"

#include "web/messages.h"
#include "web/redfish/resource.h"

static const struct {
    const char *severity; /* certd's */
    const char *health;   /* Redfish's, the worst last */
} healths[] = {{"note", "OK"}, {"warning", "Warning"}, {"error", "Critical"}};

static GMutex lock;
static GHashTable *seen; /* code and message -> gint64 */

static size_t rank(const char *severity)
{
    for (size_t i = 0; i < G_N_ELEMENTS(healths); i++) {
        if (g_str_equal(healths[i].severity, severity))
            return i;
    }
    return G_N_ELEMENTS(healths) - 1;
}

const char *certd_conditions_health(GVariant *problems)
{
    GVariantIter iter;
    const char *severity;
    size_t worst = 0;
    g_variant_iter_init(&iter, problems);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", NULL, &severity, NULL, NULL))
        worst = MAX(worst, rank(severity));
    return healths[worst].health;
}

/* "Certd.1.0.ClockUntrusted" for "clock-untrusted". */
static char *message_id(const char *code)
{
    GString *id = g_string_new(certd_message_own_registry);
    gboolean upper = TRUE;
    g_string_append_c(id, '.');
    for (const char *c = code; *c != '\0'; c++) {
        if (g_ascii_isalnum(*c))
            g_string_append_c(id, upper ? g_ascii_toupper(*c) : *c);
        upper = !g_ascii_isalnum(*c);
    }
    return g_string_free(id, FALSE);
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
        g_autofree char *id = message_id(code);
        *time = since ? *since : now;
        JsonObject *condition = json_object_new();
        certd_set_string(condition, "MessageId", id);
        certd_set_string(condition, "Message", message);
        certd_set_string(condition, "Severity", healths[rank(severity)].health);
        certd_set_string(condition, "Resolution", remedy);
        certd_set_time(condition, "Timestamp", *time);
        json_array_add_object_element(conditions, condition);
        g_hash_table_replace(still, key, time);
    }
    g_clear_pointer(&seen, g_hash_table_unref);
    seen = g_steal_pointer(&still);
    g_mutex_unlock(&lock);
    return conditions;
}
