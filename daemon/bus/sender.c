/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is behind a bus name. */

#include "bus/sender.h"

#include <grp.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"

typedef struct {
    guint32 uid;
    gboolean administrator;
} Sender;

struct CertdSenders {
    sd_bus *bus;
    GHashTable *known; /* unique name → Sender */
};

CertdSenders *certd_senders_new(sd_bus *bus)
{
    CertdSenders *senders = g_new0(CertdSenders, 1);
    senders->bus = bus;
    senders->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
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

gboolean certd_senders_get(CertdSenders *senders, const char *sender, guint32 *uid,
                           gboolean *administrator, GError **error)
{
    const Sender *known = sender != NULL ? g_hash_table_lookup(senders->known, sender) : NULL;
    Sender asked = {0};
    if (known == NULL) {
        if (sender == NULL || ask_bus(senders, sender, &asked) < 0) {
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                        "The bus does not say who asks; ask again on a live connection");
            return FALSE;
        }
        if (g_hash_table_size(senders->known) >= CERTD_LIMIT_KNOWN_SENDERS)
            g_hash_table_remove_all(senders->known);
        g_hash_table_insert(senders->known, g_strdup(sender), g_memdup2(&asked, sizeof asked));
        known = &asked;
    }
    *uid = known->uid;
    *administrator = known->administrator;
    return TRUE;
}
