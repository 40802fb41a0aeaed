/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom polkit lets read what. Unique names are never used again, so those that have left do no harm. */

#include "bus/read-approvals.h"

#include "model/limits.h"

#define POLKIT "org.freedesktop.PolicyKit1"
#define MATCH_CHANGED                                                                              \
    "type='signal',sender='" POLKIT "',path='/org/freedesktop/PolicyKit1/Authority',"              \
    "interface='org.freedesktop.PolicyKit1.Authority',member='Changed'"

struct CertdReadApprovals {
    GHashTable *allowed; /* "sender certificate" → gint64, when it ends */
    guint64 epoch;       /* another one once anything has changed */
    sd_bus_slot *changed;
};

static void forget_all(CertdReadApprovals *approvals)
{
    g_hash_table_remove_all(approvals->allowed);
    approvals->epoch++;
}

/* Rules, actions, sessions, authorizations. */
static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    forget_all(userdata);
    return 0;
}

CertdReadApprovals *certd_read_approvals_new(sd_bus *bus)
{
    CertdReadApprovals *approvals = g_new0(CertdReadApprovals, 1);
    approvals->allowed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (sd_bus_add_match(bus, &approvals->changed, MATCH_CHANGED, on_changed, approvals) < 0) {
        certd_read_approvals_free(approvals);
        return NULL;
    }
    return approvals;
}

void certd_read_approvals_free(CertdReadApprovals *approvals)
{
    if (approvals == NULL)
        return;
    sd_bus_slot_unref(approvals->changed);
    g_hash_table_unref(approvals->allowed);
    g_free(approvals);
}

guint64 certd_read_approvals_epoch(const CertdReadApprovals *approvals)
{
    return approvals->epoch;
}

/* Caller frees. */
static char *key_of(const char *sender, const char *certificate)
{
    return g_strconcat(sender, " ", certificate, NULL);
}

void certd_read_approvals_add(CertdReadApprovals *approvals, const char *sender,
                              const char *certificate, guint64 epoch, gint64 now)
{
    if (epoch != approvals->epoch)
        return;
    if (g_hash_table_size(approvals->allowed) >= CERTD_LIMIT_KNOWN_SENDERS)
        g_hash_table_remove_all(approvals->allowed);
    gint64 end = now + CERTD_READ_APPROVAL_SECONDS * (gint64)G_USEC_PER_SEC;
    g_hash_table_insert(approvals->allowed, key_of(sender, certificate),
                        g_memdup2(&end, sizeof end));
}

gboolean certd_read_approvals_has(const CertdReadApprovals *approvals, const char *sender,
                                  const char *certificate, gint64 now)
{
    g_autofree char *key = key_of(sender, certificate);
    const gint64 *end = g_hash_table_lookup(approvals->allowed, key);
    return end != NULL && now < *end;
}

void certd_read_approvals_left(CertdReadApprovals *approvals, const char *name)
{
    if (g_str_equal(name, POLKIT))
        forget_all(approvals);
}
