/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate that every call passes. */

#include "bus/gate.h"

#include "bus/bus-private.h"
#include "bus/gate-rows.h"
#include "bus/polkit.h"
#include "bus/read-approvals.h"
#include "bus/refusals.h"
#include "bus/sender.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"

#define MATCH_LEAVING                                                                              \
    "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"                    \
    "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''"

/* Of a call that was put back before polkit was asked. */
#define NO_ACTION ""

/* A call, or a use case in the middle of one, that waits for polkit. */
typedef struct {
    CertdGate *gate;
    sd_bus_slot *slot;
    sd_bus_message *message;
    const char *action; /* static */
    CertdDone done;     /* NULL: the message is to be put back */
    void *userdata;
    guint32 uid;
    char *certificate; /* that it is about, or NULL */
    guint64 epoch;     /* certd_read_approvals_epoch() when polkit was asked */
} Waiting;

/* A call whose sender is new to certd: the bus is asked, and the call put back. */
typedef struct {
    CertdGate *gate;
    sd_bus_message *message;
} Introduction;

struct CertdGate {
    sd_bus *bus;
    CertdService *service;
    CertdSenders *senders;
    sd_bus_slot *filter;
    sd_bus_slot *leaving; /* hears of each name that has gone */
    GQueue waiting;       /* of Waiting */
    GQueue introductions; /* of Introduction */
    GHashTable *approved; /* messages put back into the queue, referenced → action */
    GHashTable *counts;   /* uid → calls waiting */
    CertdRefusals *refusals;
    CertdReadApprovals *read_approvals;
};

gboolean certd_gate_enter(CertdGate *gate, guint32 uid, gboolean administrator, GError **error)
{
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(gate->counts, GUINT_TO_POINTER(uid)));
    guint most = administrator ? CERTD_LIMIT_ADMIN_WAITING_CALLS : CERTD_LIMIT_USER_WAITING_CALLS;
    if (count >= most) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "You have %u calls waiting for an answer, the most there may be; wait for one "
                    "of them",
                    count);
        return FALSE;
    }
    g_hash_table_insert(gate->counts, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(count + 1));
    return TRUE;
}

void certd_gate_leave(CertdGate *gate, guint32 uid)
{
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(gate->counts, GUINT_TO_POINTER(uid)));
    if (count > 1)
        g_hash_table_insert(gate->counts, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(count - 1));
    else
        g_hash_table_remove(gate->counts, GUINT_TO_POINTER(uid));
}

gboolean certd_gate_identify(CertdGate *gate, sd_bus_message *message, CertdCaller *caller,
                             GError **error)
{
    caller->sender = sd_bus_message_get_sender(message);
    return certd_senders_get(gate->senders, caller->sender, caller, error);
}

gboolean certd_gate_is_logged(CertdGate *gate, sd_bus_message *message)
{
    const char *interface = sd_bus_message_get_interface(message);
    const CertdGateRow *row =
        interface != NULL ? certd_gate_find_row(interface, sd_bus_message_get_member(message))
                          : NULL;
    return row != NULL && row->log != CERTD_AUDIT_COUNT_ &&
           !g_str_equal(certd_gate_action(row, gate->service, NULL, message), CERTD_ACTION_READ);
}

void certd_gate_refuse(CertdGate *gate, sd_bus_message *message, const sd_bus_error *error)
{
    CertdError code = CERTD_ERROR_COUNT_;
    if (!certd_gate_is_logged(gate, message) || !sd_bus_error_is_set(error))
        return;
    const CertdGateRow *row = certd_gate_find_row(sd_bus_message_get_interface(message),
                                                  sd_bus_message_get_member(message));
    gboolean denied = certd_error_from_dbus_name(error->name, &code) &&
                      (code == CERTD_ERROR_ACCESS_DENIED ||
                       code == CERTD_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
    /* Who may read it, and asks for what there is not, has done nothing. */
    if (row->log == CERTD_AUDIT_READ_LOG && !denied)
        return;
    CertdCaller caller = {.uid = CERTD_UID_UNKNOWN};
    if (!certd_gate_identify(gate, message, &caller, NULL))
        caller.unit = "";
    g_autofree char *object = certd_gate_object(row, message);
    const CertdRefusal refusal = {row->log, object, error->name, error->message};
    certd_refusals_note(gate->refusals, &caller, &refusal);
}

/* Answers @message with @no, and writes that down: in this order, so that nobody waits for the disk. */
static int refuse(CertdGate *gate, sd_bus_message *message, const GError *no)
{
    __attribute__((cleanup(sd_bus_error_free))) sd_bus_error error = SD_BUS_ERROR_NULL;
    certd_bus_fail(&error, no);
    int r = sd_bus_reply_method_error(message, &error);
    certd_gate_refuse(gate, message, &error);
    /* 0 for a call that wants no reply: sd-bus would take it for a message that may pass. */
    return r < 0 ? r : 1;
}

static void waiting_free(Waiting *waiting)
{
    CertdGate *gate = waiting->gate;
    g_queue_remove(&gate->waiting, waiting);
    certd_gate_leave(gate, waiting->uid);
    sd_bus_slot_unref(waiting->slot);
    sd_bus_message_unref(waiting->message);
    g_free(waiting->certificate);
    g_free(waiting);
}

static void put_back(CertdGate *gate, sd_bus_message *message, const char *action)
{
    if (sd_bus_enqueue_for_read(gate->bus, message) >= 0)
        g_hash_table_insert(gate->approved, sd_bus_message_ref(message), (void *)action);
    else
        sd_bus_reply_method_errorf(message, SD_BUS_ERROR_NO_MEMORY,
                                   "certd has no memory left for the call; try again later");
}

static void introduction_free(Introduction *introduction)
{
    g_queue_remove(&introduction->gate->introductions, introduction);
    sd_bus_message_unref(introduction->message);
    g_free(introduction);
}

/* A CertdSendersDone. Where the bus knows nothing of the sender, it is refused in its turn. */
static void on_introduced(gboolean knows, void *userdata)
{
    Introduction *introduction = userdata;
    put_back(introduction->gate, introduction->message, NO_ACTION);
    introduction_free(introduction);
}

/* Whether @message waits until its sender is known: nobody else does. */
static gboolean introduce(CertdGate *gate, sd_bus_message *message)
{
    const char *sender = sd_bus_message_get_sender(message);
    if (sender == NULL || certd_senders_knows(gate->senders, sender))
        return FALSE;
    Introduction *introduction = g_new0(Introduction, 1);
    introduction->gate = gate;
    introduction->message = sd_bus_message_ref(message);
    g_queue_push_tail(&gate->introductions, introduction);
    if (certd_senders_learn(gate->senders, sender, on_introduced, introduction))
        return TRUE;
    introduction_free(introduction);
    return FALSE;
}

static void on_answer(const GError *no, void *userdata)
{
    Waiting *waiting = userdata;
    CertdDone done = waiting->done;
    void *done_userdata = waiting->userdata;
    if (done == NULL && no == NULL) {
        if (g_str_equal(waiting->action, CERTD_ACTION_READ))
            certd_read_approvals_add(waiting->gate->read_approvals,
                                     sd_bus_message_get_sender(waiting->message),
                                     waiting->certificate, waiting->epoch);
        put_back(waiting->gate, waiting->message, waiting->action);
    } else if (done == NULL) {
        refuse(waiting->gate, waiting->message, no);
    }
    waiting_free(waiting);
    if (done != NULL)
        done(no, done_userdata);
}

static Waiting *find_waiting_of(CertdGate *gate, const char *sender)
{
    for (GList *link = gate->waiting.head; link != NULL; link = link->next) {
        Waiting *waiting = link->data;
        if (g_strcmp0(sd_bus_message_get_sender(waiting->message), sender) == 0)
            return waiting;
    }
    return NULL;
}

/* Who has gone is not waited for: polkit's answer could come minutes later. */
static int on_leaving(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    CertdGate *gate = userdata;
    const char *name;
    if (sd_bus_message_read(signal, "s", &name) < 0)
        return 0;
    certd_read_approvals_left(gate->read_approvals, name);
    g_autoptr(GError) no =
        g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "The caller left while polkit was asked; ask again on a live connection");
    Waiting *waiting;
    while ((waiting = find_waiting_of(gate, name)) != NULL)
        on_answer(no, waiting);
    return 0;
}

/* Asks polkit whether the sender of @message may do @action. @done NULL: the message waits itself. */
static void ask(CertdGate *gate, const CertdCaller *caller, sd_bus_message *message,
                const char *action, const char *certificate, CertdDone done, void *userdata)
{
    Waiting *waiting = g_new0(Waiting, 1);
    waiting->gate = gate;
    waiting->message = sd_bus_message_ref(message);
    waiting->action = action;
    waiting->done = done;
    waiting->userdata = userdata;
    waiting->uid = caller->uid;
    waiting->certificate = g_strdup(certificate);
    waiting->epoch = certd_read_approvals_epoch(gate->read_approvals);
    g_queue_push_tail(&gate->waiting, waiting);
    gboolean interactive = sd_bus_message_get_allow_interactive_authorization(message) > 0;
    int r = certd_polkit_check(gate->bus, &waiting->slot, caller->sender, action, certificate,
                               interactive, on_answer, waiting);
    if (r < 0) {
        g_autoptr(GError) no =
            g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                        "polkit could not be asked for %s: %s; try again", action, g_strerror(-r));
        on_answer(no, waiting);
    }
}

void certd_gate_ask(CertdGate *gate, sd_bus_message *message, const char *action,
                    const char *certificate, CertdDone done, void *userdata)
{
    CertdCaller caller;
    g_autoptr(GError) no = NULL;
    if (!certd_gate_identify(gate, message, &caller, &no) || caller.uid == 0 ||
        !certd_gate_enter(gate, caller.uid, caller.administrator, &no)) {
        done(no, userdata);
        return;
    }
    ask(gate, &caller, message, action, certificate, done, userdata);
}

/* 1: the message was dealt with, or waits; 0: it may pass. */
static int hold(CertdGate *gate, sd_bus_message *message, const char *action, GError **error)
{
    CertdCaller caller;
    if (!certd_gate_identify(gate, message, &caller, error))
        return -EACCES;
    if (caller.uid == 0)
        return 0;
    g_autofree char *certificate = certd_gate_certificate(gate->service, message);
    if (g_str_equal(action, CERTD_ACTION_READ) &&
        certd_read_approvals_has(gate->read_approvals, caller.sender, certificate))
        return 0;
    if (!certd_gate_enter(gate, caller.uid, caller.administrator, error))
        return -EBUSY;
    ask(gate, &caller, message, action, certificate, NULL, NULL);
    return 1;
}

/* The action that @message was put back with, once; NULL where it is new. */
static const char *take_approval(CertdGate *gate, sd_bus_message *message)
{
    void *kept = NULL, *action = NULL;
    if (g_hash_table_steal_extended(gate->approved, message, &kept, &action))
        sd_bus_message_unref(kept);
    return action;
}

/* Answers a call that nothing knows. As refuse(), it never lets one pass that wants no reply. */
static int refuse_unknown(sd_bus_message *message, const char *name, const char *text)
{
    int r = sd_bus_reply_method_errorf(message, name, "%s", text);
    return r < 0 ? r : 1;
}

static const char *action_of(CertdGate *gate, const CertdGateRow *row, sd_bus_message *message)
{
    CertdCaller caller = {0};
    gboolean known = row->choose != NULL && certd_gate_identify(gate, message, &caller, NULL);
    return certd_gate_action(row, gate->service, known ? &caller : NULL, message);
}

static int filter(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdGate *gate = userdata;
    if (!sd_bus_message_is_method_call(message, NULL, NULL))
        return 0;
    const char *approved = take_approval(gate, message);
    const char *interface = sd_bus_message_get_interface(message);
    const char *member = sd_bus_message_get_member(message);
    g_autofree char *said = interface != NULL
                                ? g_strdup_printf("There is no method %s.%s", interface, member)
                                : g_strdup_printf("Name the interface of %s", member);
    if (interface == NULL)
        return refuse_unknown(message, SD_BUS_ERROR_UNKNOWN_INTERFACE, said);
    const CertdGateRow *row = certd_gate_find_row(interface, member);
    if (row == NULL)
        return g_str_has_prefix(interface, "org.certd1.")
                   ? refuse_unknown(message, SD_BUS_ERROR_UNKNOWN_METHOD, said)
                   : 0;
    if (approved == NULL && introduce(gate, message))
        return 1;
    /* What it means can have changed while polkit was asked: then the yes was to something else. */
    const char *action = action_of(gate, row, message);
    if (g_strcmp0(approved, action) == 0)
        return 0;
    g_autoptr(GError) no = NULL;
    int r = hold(gate, message, action, &no);
    return r >= 0 ? r : refuse(gate, message, no);
}

static void message_free(void *message)
{
    sd_bus_message_unref(message);
}

CertdGate *certd_gate_new(sd_bus *bus, CertdService *service, GError **error)
{
    CertdGate *gate = g_new0(CertdGate, 1);
    gate->bus = bus;
    gate->service = service;
    gate->senders = certd_senders_new(bus);
    gate->refusals = certd_refusals_new(service, sd_bus_get_event(bus));
    gate->approved = g_hash_table_new_full(NULL, NULL, message_free, NULL);
    gate->counts = g_hash_table_new(NULL, NULL);
    g_queue_init(&gate->waiting);
    g_queue_init(&gate->introductions);
    int r = sd_bus_add_filter(bus, &gate->filter, filter, gate);
    if (r >= 0)
        r = sd_bus_add_match(bus, &gate->leaving, MATCH_LEAVING, on_leaving, gate);
    gate->read_approvals = r >= 0 ? certd_read_approvals_new(bus) : NULL;
    r = r >= 0 && gate->read_approvals == NULL ? -ENOMEM : r;
    if (r < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, "The bus takes no filter: %s",
                    g_strerror(-r));
        certd_gate_free(gate);
        return NULL;
    }
    return gate;
}

CertdRefusals *certd_gate_refusals(CertdGate *gate)
{
    return gate->refusals;
}

void certd_gate_close(CertdGate *gate)
{
    g_autoptr(GError) no = g_error_new(CERTD_ERROR, CERTD_ERROR_CANCELLED,
                                       "certd is being stopped; ask again once it is back");
    while (!g_queue_is_empty(&gate->waiting))
        on_answer(no, g_queue_peek_head(&gate->waiting));
    while (!g_queue_is_empty(&gate->introductions)) {
        Introduction *introduction = g_queue_peek_head(&gate->introductions);
        refuse(gate, introduction->message, no);
        introduction_free(introduction);
    }
}

void certd_gate_free(CertdGate *gate)
{
    if (gate == NULL)
        return;
    certd_gate_close(gate);
    sd_bus_slot_unref(gate->filter);
    sd_bus_slot_unref(gate->leaving);
    certd_refusals_free(gate->refusals);
    certd_read_approvals_free(gate->read_approvals);
    certd_senders_free(gate->senders);
    g_hash_table_unref(gate->approved);
    g_hash_table_unref(gate->counts);
    g_free(gate);
}
