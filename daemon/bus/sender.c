/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is behind a bus name. */

#include "bus/sender.h"

#include <errno.h>
#include <grp.h>

#include "bus/process-unit.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"

#define BUS "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

typedef struct {
    guint32 uid;
    gboolean administrator;
    guint32 pid;
    GArray *groups; /* of guint32 */
    char *unit;     /* NULL: the service manager has not said it yet */
} Sender;

/* A sender whom the bus is asked about, and then the service manager. */
typedef struct {
    CertdSenders *senders;
    char *name;
    Sender *sender;
    sd_bus_slot *slot; /* what is asked */
    gint64 manager_asked;
    CertdSendersDone done;
    void *userdata;
} Learning;

struct CertdSenders {
    sd_bus *bus;
    GQueue learning;   /* of Learning */
    GHashTable *known; /* unique name → Sender */
    /* g_get_monotonic_time() from which on the service manager is asked: at all, and for the log. */
    gint64 manager_asks;
    gint64 units_asked;
};

static void sender_free(void *data)
{
    Sender *sender = data;
    g_array_unref(sender->groups);
    g_free(sender->unit);
    g_free(sender);
}

CertdSenders *certd_senders_new(sd_bus *bus)
{
    CertdSenders *senders = g_new0(CertdSenders, 1);
    senders->bus = bus;
    g_queue_init(&senders->learning);
    senders->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, sender_free);
    return senders;
}

static Sender *sender_new(void)
{
    Sender *sender = g_new0(Sender, 1);
    sender->groups = g_array_new(FALSE, FALSE, sizeof(guint32));
    return sender;
}

static void learning_free(Learning *learning)
{
    g_queue_remove(&learning->senders->learning, learning);
    sd_bus_slot_unref(learning->slot);
    if (learning->sender != NULL)
        sender_free(learning->sender);
    g_free(learning->name);
    g_free(learning);
}

void certd_senders_free(CertdSenders *senders)
{
    if (senders == NULL)
        return;
    while (!g_queue_is_empty(&senders->learning))
        learning_free(g_queue_peek_head(&senders->learning));
    g_hash_table_unref(senders->known);
    g_free(senders);
}

/* Reads an "au" variant: the primary group is in it. */
static int read_groups(sd_bus_message *reply, GArray *groups)
{
    const void *data;
    size_t size;
    int r = sd_bus_message_enter_container(reply, 'v', "au");
    if (r < 0)
        return r;
    r = sd_bus_message_read_array(reply, 'u', &data, &size);
    if (r < 0)
        return r;
    g_array_append_vals(groups, data,
                        (guint)MIN(size / sizeof(guint32), CERTD_LIMIT_CALLER_GROUPS));
    return sd_bus_message_exit_container(reply);
}

/* One entry of GetConnectionCredentials' dictionary. */
static int read_credential(sd_bus_message *reply, Sender *sender, gboolean *has_uid)
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
    } else if (g_str_equal(key, "UnixGroupIDs")) {
        r = read_groups(reply, sender->groups);
    } else {
        r = sd_bus_message_skip(reply, "v");
    }
    return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static gboolean is_administrator(const Sender *sender)
{
    const struct group *group = getgrnam(CERTD_GROUP_ADMIN);
    gboolean member = sender->uid == 0;
    for (guint i = 0; group != NULL && i < sender->groups->len; i++)
        member = member || g_array_index(sender->groups, guint32, i) == group->gr_gid;
    return member;
}

static int read_sender(sd_bus_message *reply, Sender *sender)
{
    gboolean has_uid = FALSE;
    int r = sd_bus_message_enter_container(reply, 'a', "{sv}");
    while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0)
        r = read_credential(reply, sender, &has_uid);
    if (r < 0 || !has_uid)
        return r < 0 ? r : -ENODATA;
    sender->administrator = is_administrator(sender);
    return 0;
}

static int ask_bus(CertdSenders *senders, const char *name, Sender *sender)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    int r = sd_bus_call_method(senders->bus, BUS, BUS_PATH, BUS, "GetConnectionCredentials", NULL,
                               &reply, "s", name);
    return r < 0 ? r : read_sender(reply, sender);
}

/* What the service manager is asked takes long once at most, and then it is not asked for a while: whoever
 * calls makes everybody wait else. */
static gboolean manager_may_be_asked(const CertdSenders *senders)
{
    return g_get_monotonic_time() >= senders->manager_asks;
}

/* Notes what came of asking it: @r, which it gives back. */
static int note_answer(CertdSenders *senders, int r)
{
    if (r == -ETIMEDOUT)
        senders->manager_asks =
            g_get_monotonic_time() + CERTD_UNIT_ANSWER_PAUSE_SECONDS * (gint64)G_USEC_PER_SEC;
    return r;
}

/* The unit of @sender as far as it is known: "" stands for none. What the manager doesn't say, for it starts
 * anew perhaps, is asked again later. */
static const char *unit_of(CertdSenders *senders, Sender *sender)
{
    gint64 now = g_get_monotonic_time();
    if (sender->unit == NULL && manager_may_be_asked(senders) && now >= senders->units_asked) {
        int r = note_answer(senders, certd_process_unit(senders->bus, sender->pid, &sender->unit));
        if (r == -ESRCH || r == -EBADMSG)
            sender->unit = g_strdup("");
        else if (r < 0)
            senders->units_asked = now + CERTD_UNIT_ANSWER_PAUSE_SECONDS * (gint64)G_USEC_PER_SEC;
    }
    return sender->unit != NULL ? sender->unit : "";
}

/* Takes @sender. */
static void remember(CertdSenders *senders, const char *name, Sender *sender)
{
    if (g_hash_table_size(senders->known) >= CERTD_LIMIT_KNOWN_SENDERS)
        g_hash_table_remove_all(senders->known);
    g_hash_table_insert(senders->known, g_strdup(name), sender);
}

static Sender *look_up(CertdSenders *senders, const char *name)
{
    Sender *known = g_hash_table_lookup(senders->known, name);
    if (known != NULL)
        return known;
    Sender *asked = sender_new();
    if (ask_bus(senders, name, asked) < 0) {
        sender_free(asked);
        return NULL;
    }
    remember(senders, name, asked);
    return asked;
}

static void finish(Learning *learning, gboolean knows)
{
    CertdSendersDone done = learning->done;
    void *userdata = learning->userdata;
    if (knows)
        remember(learning->senders, learning->name, g_steal_pointer(&learning->sender));
    learning_free(learning);
    done(knows, userdata);
}

/* A CertdProcessUnitDone. */
static void on_unit(const char *unit, void *userdata)
{
    Learning *learning = userdata;
    gint64 took = g_get_monotonic_time() - learning->manager_asked;
    gboolean late = unit == NULL && took >= CERTD_LIMIT_UNIT_PROOF_SECONDS * (gint64)G_USEC_PER_SEC;
    note_answer(learning->senders, late ? -ETIMEDOUT : 0);
    learning->sender->unit = g_strdup(unit);
    finish(learning, TRUE);
}

static int on_credentials(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    Learning *learning = userdata;
    if (sd_bus_message_is_method_error(reply, NULL) || read_sender(reply, learning->sender) < 0) {
        finish(learning, FALSE);
    } else if (learning->sender->pid == 0 || !manager_may_be_asked(learning->senders)) {
        finish(learning, TRUE);
    } else {
        sd_bus_slot *slot = NULL;
        learning->slot = sd_bus_slot_unref(learning->slot);
        learning->manager_asked = g_get_monotonic_time();
        certd_process_unit_ask(learning->senders->bus, &slot, learning->sender->pid,
                               CERTD_LIMIT_UNIT_PROOF_SECONDS * G_USEC_PER_SEC, on_unit, learning);
        /* Without one it has been answered, and learning is gone. */
        if (slot != NULL)
            learning->slot = slot;
    }
    return 1;
}

gboolean certd_senders_knows(const CertdSenders *senders, const char *sender)
{
    return sender != NULL && g_hash_table_contains(senders->known, sender);
}

gboolean certd_senders_learn(CertdSenders *senders, const char *sender, CertdSendersDone done,
                             void *userdata)
{
    Learning *learning = g_new0(Learning, 1);
    learning->senders = senders;
    learning->name = g_strdup(sender);
    learning->sender = sender_new();
    learning->done = done;
    learning->userdata = userdata;
    g_queue_push_tail(&senders->learning, learning);
    if (sd_bus_call_method_async(senders->bus, &learning->slot, BUS, BUS_PATH, BUS,
                                 "GetConnectionCredentials", on_credentials, learning, "s",
                                 sender) >= 0)
        return TRUE;
    learning_free(learning);
    return FALSE;
}

/* CertdCaller.is_of_unit. This proves the connection's user, and of which unit the process is that has its
 * number now. A process of the same user outside the unit can pass its connection on, end, and wait until a
 * process of the unit has its number: what is a unit's alone is as separate from others as the unit's user
 * is, no more. */
static gboolean is_of_unit(void *userdata, const char *name, guint32 uid, const char *unit)
{
    CertdSenders *senders = userdata;
    const Sender *sender = g_hash_table_lookup(senders->known, name);
    g_autofree char *now = NULL;
    guint32 owner;
    if (sender == NULL || sender->uid != uid || !manager_may_be_asked(senders) ||
        note_answer(senders, certd_process_unit(senders->bus, sender->pid, &now)) < 0 ||
        !g_str_equal(now, unit))
        return FALSE;
    return note_answer(senders, certd_process_unit_user(senders->bus, unit, &owner)) >= 0 &&
           owner == uid;
}

gboolean certd_senders_get(CertdSenders *senders, const char *sender, CertdCaller *caller,
                           GError **error)
{
    Sender *known = sender != NULL ? look_up(senders, sender) : NULL;
    if (known == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "The bus does not say who asks; ask again on a live connection");
        return FALSE;
    }
    caller->uid = known->uid;
    caller->administrator = known->administrator;
    caller->unit = unit_of(senders, known);
    caller->groups = (const guint32 *)(const void *)known->groups->data;
    caller->n_groups = known->groups->len;
    caller->is_of_unit = is_of_unit;
    caller->userdata = senders;
    return TRUE;
}
