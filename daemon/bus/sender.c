/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is behind a bus name. */

#include "bus/sender.h"

#include <grp.h>
#include <stdlib.h>
#include <systemd/sd-login.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/text.h"

typedef struct {
    guint32 uid;
    gboolean administrator;
    guint32 pid;
    char *unit;
} Sender;

struct CertdSenders {
    sd_bus *bus;
    GHashTable *known; /* unique name → Sender */
};

static void sender_free(void *data)
{
    Sender *sender = data;
    g_free(sender->unit);
    g_free(sender);
}

CertdSenders *certd_senders_new(sd_bus *bus)
{
    CertdSenders *senders = g_new0(CertdSenders, 1);
    senders->bus = bus;
    senders->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, sender_free);
    return senders;
}

void certd_senders_free(CertdSenders *senders)
{
    if (senders == NULL)
        return;
    g_hash_table_unref(senders->known);
    g_free(senders);
}

/* Reads an "au" variant and looks for @group in it. */
static int read_groups(sd_bus_message *reply, gid_t group, gboolean *member)
{
    const void *data;
    size_t size;
    int r = sd_bus_message_enter_container(reply, 'v', "au");
    if (r < 0)
        return r;
    r = sd_bus_message_read_array(reply, 'u', &data, &size);
    if (r < 0)
        return r;
    const guint32 *groups = data;
    for (size_t i = 0; i < size / sizeof *groups; i++)
        *member = *member || groups[i] == group;
    return sd_bus_message_exit_container(reply);
}

/* One entry of GetConnectionCredentials' dictionary. */
static int read_credential(sd_bus_message *reply, const struct group *group, Sender *sender,
                           gboolean *has_uid)
{
    const char *key;
    int r = sd_bus_message_read(reply, "s", &key);
    if (r < 0)
        return r;
    if (g_str_equal(key, "UnixUserID")) {
        *has_uid = TRUE;
        r = sd_bus_message_read(reply, "v", "u", &sender->uid);
    } else if (g_str_equal(key, "ProcessID")) {
        r = sd_bus_message_read(reply, "v", "u", &sender->pid);
    } else if (g_str_equal(key, "UnixGroupIDs") && group != NULL) {
        r = read_groups(reply, group->gr_gid, &sender->administrator);
    } else {
        r = sd_bus_message_skip(reply, "v");
    }
    return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int ask_bus(CertdSenders *senders, const char *name, Sender *sender)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    const struct group *group = getgrnam(CERTD_GROUP_ADMIN);
    gboolean has_uid = FALSE;
    int r = sd_bus_call_method(senders->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus", "GetConnectionCredentials", NULL, &reply,
                               "s", name);
    if (r < 0)
        return r;
    r = sd_bus_message_enter_container(reply, 'a', "{sv}");
    while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0)
        r = read_credential(reply, group, sender, &has_uid);
    if (r < 0)
        return r;
    sender->administrator = sender->administrator || (has_uid && sender->uid == 0);
    return has_uid ? 0 : -ENODATA;
}

/* The unit of the process, as far as systemd has one. A user names the units of their own as they like:
 * such a one has that of their systemd before it, and looks like none of the system's. */
static char *unit_of(guint32 pid)
{
    char *unit = NULL, *user_unit = NULL;
    if (pid == 0 || pid > G_MAXINT32 || sd_pid_get_unit((pid_t)pid, &unit) < 0)
        return g_strdup("");
    g_autofree char *copy = sd_pid_get_user_unit((pid_t)pid, &user_unit) < 0
                                ? g_strdup(unit)
                                : g_strdup_printf("%s/%s", unit, user_unit);
    free(unit);
    free(user_unit);
    return g_strdup(certd_text_is_clean(copy) ? copy : "");
}

static const Sender *look_up(CertdSenders *senders, const char *name)
{
    Sender asked = {0};
    const Sender *known = g_hash_table_lookup(senders->known, name);
    if (known != NULL)
        return known;
    if (ask_bus(senders, name, &asked) < 0)
        return NULL;
    if (g_hash_table_size(senders->known) >= CERTD_LIMIT_KNOWN_SENDERS)
        g_hash_table_remove_all(senders->known);
    asked.unit = unit_of(asked.pid);
    Sender *added = g_memdup2(&asked, sizeof asked);
    g_hash_table_insert(senders->known, g_strdup(name), added);
    return added;
}

gboolean certd_senders_get(CertdSenders *senders, const char *sender, CertdCaller *caller,
                           GError **error)
{
    const Sender *known = sender != NULL ? look_up(senders, sender) : NULL;
    if (known == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "The bus does not say who asks; ask again on a live connection");
        return FALSE;
    }
    caller->uid = known->uid;
    caller->administrator = known->administrator;
    caller->unit = known->unit;
    return TRUE;
}
