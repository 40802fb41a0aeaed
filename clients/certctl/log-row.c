/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the log: reading pages of them, and what is printed of one. */
#include <glib/gi18n-lib.h>
#include <pwd.h>
#include <string.h>

#include "certctl/log.h"
#include "certctl/print.h"
#include "common/dict.h"
#include "common/when.h"
#include "model/text.h"

gboolean certctl_log_read(CertdBusLog *log, GVariant *filter, const char *cursor, guint limit,
                          GDBusCallFlags flags, GPtrArray *rows, char **next, GError **error)
{
    g_autoptr(GVariant) page = NULL;
    if (!certd_bus_log_call_list_sync(log, filter, cursor, limit, flags, CERTD_BUS_TIMEOUT, &page,
                                      next, NULL, error))
        return FALSE;
    for (size_t i = 0; i < g_variant_n_children(page); i++)
        g_ptr_array_add(rows, g_variant_get_child_value(page, i));
    return TRUE;
}

guint64 certctl_log_number(GVariant *row)
{
    guint64 number;
    g_variant_get_child(row, 0, "t", &number);
    return number;
}

char *certctl_log_hash(GVariant *row)
{
    g_autoptr(GVariant) entry = g_variant_get_child_value(row, 1);
    return g_strdup(certd_dict_string(entry, "hash"));
}

GVariant *certctl_log_object(GVariant *row)
{
    g_autoptr(GVariant) entry = g_variant_get_child_value(row, 1);
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(entry);
    g_variant_dict_insert(&dict, "number", "t", certctl_log_number(row));
    return g_variant_dict_end(&dict);
}

/* The name of user @uid, or its number; a word where it is nobody's. Most rows are of few users, and
 * looking for one takes long. */
static const char *user_name(guint32 uid)
{
    static GHashTable *known;
    if (uid == CERTCTL_LOG_SELF_UID || uid == CERTCTL_LOG_UNKNOWN_UID)
        return uid == CERTCTL_LOG_SELF_UID ? CERTCTL_LOG_SELF : CERTCTL_LOG_UNKNOWN;
    if (!known)
        known = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    char *name = g_hash_table_lookup(known, GUINT_TO_POINTER(uid));
    if (!name) {
        const struct passwd *user = getpwuid(uid);
        name = user ? g_strdup(user->pw_name) : g_strdup_printf("%u", uid);
        g_hash_table_insert(known, GUINT_TO_POINTER(uid), name);
    }
    return name;
}

static char *who(GVariant *entry)
{
    guint32 uid = CERTCTL_LOG_SELF_UID;
    (void)g_variant_lookup(entry, "uid", "u", &uid);
    const char *unit = certd_dict_string(entry, "unit");
    const char *name = user_name(uid);
    return *unit != '\0' ? g_strdup_printf("%s (%s)", name, unit) : g_strdup(name);
}

/* The last part of an error's name says as much. */
static const char *outcome(GVariant *entry)
{
    const char *name = certd_dict_string(entry, "outcome");
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static char *clean(const char *text)
{
    return *text != '\0' ? certd_text_escape(text) : g_strdup("-");
}

char **certctl_log_cells(GVariant *row)
{
    g_autoptr(GVariant) entry = g_variant_get_child_value(row, 1);
    const char *damage = certd_dict_string(entry, "damage");
    g_autofree char *by = who(entry);
    char **cells = g_new0(char *, 8);
    cells[0] = g_strdup_printf("%" G_GUINT64_FORMAT, certctl_log_number(row));
    cells[1] = certd_when_print(certd_dict_number(entry, "time"));
    cells[2] = *damage != '\0' ? g_strdup("-") : clean(by);
    cells[3] = clean(certd_dict_string(entry, "action"));
    cells[4] = clean(certd_dict_string(entry, "object"));
    cells[5] = *damage != '\0' ? g_strdup(_("unreadable")) : clean(outcome(entry));
    cells[6] = clean(*damage != '\0' ? damage : certd_dict_string(entry, "detail"));
    return cells;
}
