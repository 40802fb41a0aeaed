/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Refusals, limited by buckets of tokens. A bucket is the time at which it will be full again: a token
 * that is taken moves that on.
 */

#include "bus/refusals.h"

#include "model/error.h"
#include "model/limits.h"
#include "service/log.h"

#define SECOND_USEC ((gint64)G_USEC_PER_SEC)
#define REFILL_USEC (CERTD_LOGGED_REFUSAL_SECONDS * SECOND_USEC)
#define USERS_REFILL_USEC (24 * 60 * 60 * SECOND_USEC / CERTD_LIMIT_LOGGED_USERS_REFUSALS)
#define COUNT_USEC (CERTD_REFUSALS_COUNTED_SECONDS * SECOND_USEC)

/* Times are of CLOCK_BOOTTIME, in microseconds. */
typedef struct {
    guint32 uid;
    gint64 full[CERTD_AUDIT_COUNT_]; /* the buckets */
    gint64 last;                     /* when all of them are full again */
    guint more[CERTD_AUDIT_COUNT_];  /* what was counted of each action */
    gboolean counted;                /* it is in the list of those who have anything counted */
} User;

struct CertdRefusals {
    CertdService *service;
    GHashTable *users; /* uid → User */
    User gone;         /* callers whom the bus doesn't know any more */
    User others;       /* users who are more than are told apart */
    gint64 users_full; /* the bucket of all who are no administrators */
    GPtrArray *counted;
    gint64 end;             /* when the counts are written; while there are any */
    sd_event_source *timer; /* or NULL */
};

static gint64 boottime(const CertdRefusals *refusals)
{
    const CertdDevice *device = certd_service_device(refusals->service);
    return device->boottime(device->userdata);
}

/* Whether the bucket that is full at @full, has @size tokens and gets one each @refill, has one @now. */
static gboolean has_token(gint64 full, guint size, gint64 refill, gint64 now)
{
    return full - now <= (gint64)(size - 1) * refill;
}

static void take_token(gint64 *full, gint64 refill, gint64 now)
{
    *full = MAX(*full, now) + refill;
}

/* "create 230, import 4" of @users; what they counted is forgotten. Caller frees. */
static char *take_counts(User *const *users, guint n_users)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint action = 0; action < CERTD_AUDIT_COUNT_; action++) {
        guint64 more = 0;
        for (guint i = 0; i < n_users; i++) {
            more += users[i]->more[action];
            users[i]->more[action] = 0;
        }
        if (more > 0)
            g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT, text->len > 0 ? ", " : "",
                                   certd_audit_action_name((CertdAuditAction)action), more);
    }
    for (guint i = 0; i < n_users; i++)
        users[i]->counted = FALSE;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Writes what was counted, of those who were counted last in one row together. */
static void write_counts(CertdRefusals *refusals)
{
    CertdCaller callers[CERTD_LIMIT_COUNTED_USERS + 1] = {0};
    CertdLogRefusal rows[CERTD_LIMIT_COUNTED_USERS + 1] = {0};
    g_autoptr(GPtrArray) details = g_ptr_array_new_with_free_func(g_free);
    User **users = (User **)refusals->counted->pdata;
    guint n_users = refusals->counted->len, n_rows = 0;
    for (guint i = 0; i < n_users; n_rows++) {
        gboolean alone = n_rows < CERTD_LIMIT_COUNTED_USERS && users[i] != &refusals->others;
        guint step = n_rows < CERTD_LIMIT_COUNTED_USERS ? 1 : n_users - i;
        guint32 uid = alone ? users[i]->uid : CERTD_UID_UNKNOWN;
        g_autofree char *counts = take_counts(&users[i], step);
        g_ptr_array_add(details, g_strconcat(alone ? "More calls were refused: "
                                                   : "More calls of other users were refused: ",
                                             counts, NULL));
        callers[n_rows].uid = uid;
        rows[n_rows] = (CertdLogRefusal){
            .caller = &callers[n_rows],
            .action = CERTD_AUDIT_REFUSED,
            .object = "log/all",
            .outcome = certd_error_dbus_name(CERTD_ERROR_LIMIT_EXCEEDED),
            .detail = g_ptr_array_index(details, n_rows),
        };
        i += step;
    }
    certd_log_refuse_all(refusals->service, rows, n_rows);
    g_ptr_array_set_size(refusals->counted, 0);
}

/* Forgets users whose buckets are full, of whom nothing is counted. */
static void forget_users(CertdRefusals *refusals, gint64 now)
{
    GHashTableIter iter;
    void *value;
    g_hash_table_iter_init(&iter, refusals->users);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const User *user = value;
        if (user->last <= now && !user->counted)
            g_hash_table_iter_remove(&iter);
    }
}

/* Writes the counts when it is time. */
static void look(CertdRefusals *refusals, gint64 now)
{
    if (refusals->counted->len == 0 || now < refusals->end)
        return;
    write_counts(refusals);
    forget_users(refusals, now);
}

static int on_end(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdRefusals *refusals = userdata;
    look(refusals, boottime(refusals));
    return 0;
}

CertdRefusals *certd_refusals_new(CertdService *service, sd_event *event)
{
    CertdRefusals *refusals = g_new0(CertdRefusals, 1);
    refusals->service = service;
    refusals->users = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    refusals->counted = g_ptr_array_new();
    refusals->gone.uid = CERTD_UID_UNKNOWN;
    refusals->others.uid = CERTD_UID_UNKNOWN;
    /* Without a timer the counts are written with a refusal. */
    if (event != NULL &&
        sd_event_add_time(event, &refusals->timer, CLOCK_BOOTTIME, 0, 0, on_end, refusals) >= 0)
        sd_event_source_set_enabled(refusals->timer, SD_EVENT_OFF);
    return refusals;
}

void certd_refusals_free(CertdRefusals *refusals)
{
    if (refusals == NULL)
        return;
    write_counts(refusals);
    if (refusals->timer != NULL)
        sd_event_source_disable_unref(refusals->timer);
    g_ptr_array_unref(refusals->counted);
    g_hash_table_unref(refusals->users);
    g_free(refusals);
}

/* Administrators are few, and always have one of their own. */
static User *user_of(CertdRefusals *refusals, const CertdCaller *caller, gint64 now)
{
    guint32 uid = caller->uid;
    if (uid == CERTD_UID_UNKNOWN)
        return &refusals->gone;
    User *user = g_hash_table_lookup(refusals->users, GUINT_TO_POINTER(uid));
    if (user != NULL)
        return user;
    if (g_hash_table_size(refusals->users) >= CERTD_LIMIT_REFUSED_USERS)
        forget_users(refusals, now);
    if (g_hash_table_size(refusals->users) >= CERTD_LIMIT_REFUSED_USERS && !caller->administrator)
        return &refusals->others;
    user = g_new0(User, 1);
    user->uid = uid;
    g_hash_table_insert(refusals->users, GUINT_TO_POINTER(uid), user);
    return user;
}

static void count(CertdRefusals *refusals, User *user, CertdAuditAction action, gint64 now)
{
    user->more[action] += user->more[action] < G_MAXUINT;
    if (user->counted)
        return;
    user->counted = TRUE;
    g_ptr_array_add(refusals->counted, user);
    if (refusals->counted->len > 1)
        return;
    refusals->end = now + COUNT_USEC;
    if (refusals->timer != NULL) {
        sd_event_source_set_time(refusals->timer, (uint64_t)refusals->end);
        sd_event_source_set_enabled(refusals->timer, SD_EVENT_ONESHOT);
    }
}

/* A token of @user's for @action, and one of all users' but for administrators: both, or none. */
static gboolean take_tokens(CertdRefusals *refusals, User *user, const CertdCaller *caller,
                            CertdAuditAction action, gint64 now)
{
    if (!has_token(user->full[action], CERTD_LIMIT_LOGGED_REFUSALS, REFILL_USEC, now) ||
        (!caller->administrator &&
         !has_token(refusals->users_full, CERTD_LIMIT_LOGGED_USERS_REFUSALS, USERS_REFILL_USEC,
                    now)))
        return FALSE;
    take_token(&user->full[action], REFILL_USEC, now);
    user->last = MAX(user->last, user->full[action]);
    if (!caller->administrator)
        take_token(&refusals->users_full, USERS_REFILL_USEC, now);
    return TRUE;
}

void certd_refusals_note(CertdRefusals *refusals, const CertdCaller *caller,
                         const CertdRefusal *refusal)
{
    gint64 now = boottime(refusals);
    look(refusals, now);
    User *user = user_of(refusals, caller, now);
    if (take_tokens(refusals, user, caller, refusal->action, now))
        certd_log_refuse(refusals->service, caller, refusal->action, refusal->object,
                         refusal->error_name, refusal->message != NULL ? refusal->message : "");
    else
        count(refusals, user, refusal->action, now);
}
