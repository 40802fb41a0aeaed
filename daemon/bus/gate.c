/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate that every call passes. */

#include "bus/gate.h"

#include "bus/bus-private.h"
#include "bus/gate-rows.h"
#include "bus/introduction.h"
#include "bus/message-size.h"
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

struct CertdGate {
    sd_bus *bus;
    CertdService *service;
    CertdSenders *senders;
    sd_bus_slot *filter;
    sd_bus_slot *leaving; /* hears of each name that has gone */
    GQueue waiting;       /* of Waiting */
    CertdIntroductions *introductions;
    GHashTable *approved; /* messages put back into the queue, referenced → action */
    GHashTable *counts;   /* uid → calls waiting */
    CertdRefusals *refusals;
    CertdReadApprovals *read_approvals;
    const sd_bus_message *passed; /* the last one; not referenced, only compared */
    const char *passed_action;
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

const char *certd_gate_passed(const CertdGate *gate, const sd_bus_message *message)
{
    return message == gate->passed ? gate->passed_action : NULL;
}

static int let_pass(CertdGate *gate, const sd_bus_message *message, const char *action)
{
    gate->passed = message;
    gate->passed_action = action;
    return 0;
}

gboolean certd_gate_identify(CertdGate *gate, sd_bus_message *message, CertdCaller *caller,
                             GError **error)
{
    caller->sender = sd_bus_message_get_sender(message);
    return certd_senders_get(gate->senders, caller->sender, caller, error);
}

gboolean certd_gate_is_logged(CertdGate *gate, sd_bus_message *message)
{
    return certd_gate_logged_row(gate->service, message, NULL) != NULL;
}

/* Where the bus is to be asked for a caller that isn't @introduced, all that it sends meanwhile would pile
 * up. */
static void note(CertdGate *gate, sd_bus_message *message, gboolean introduced,
                 const sd_bus_error *error)
{
    const CertdGateRow *row = certd_gate_logged_row(gate->service, message, error);
    if (row == NULL)
        return;
    CertdCaller caller = {.uid = CERTD_UID_UNKNOWN};
    if (!introduced || !certd_gate_identify(gate, message, &caller, NULL))
        caller.unit = "";
    g_autofree char *object = certd_gate_object(row, message);
    const CertdRefusal refusal = {row->log, object, error->name, error->message};
    certd_refusals_note(gate->refusals, &caller, &refusal);
}

void certd_gate_refuse(CertdGate *gate, sd_bus_message *message, const sd_bus_error *error)
{
    if (sd_bus_error_is_set(error))
        note(gate, message, TRUE, error);
}

/* Answers @message with @no, and writes that down: in this order, so that nobody waits for the disk. */
static int refuse(CertdGate *gate, sd_bus_message *message, gboolean introduced, const GError *no)
{
    __attribute__((cleanup(sd_bus_error_free))) sd_bus_error error = SD_BUS_ERROR_NULL;
    certd_bus_fail(&error, no);
    int r = sd_bus_reply_method_error(message, &error);
    note(gate, message, introduced, &error);
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

/* A CertdIntroduced. */
static void on_introduced(sd_bus_message *message, const GError *no, void *userdata)
{
    CertdGate *gate = userdata;
    if (no == NULL)
        put_back(gate, message, NO_ACTION);
    else
        refuse(gate, message, FALSE, no);
}

/* For a new message. 1: it waits until its sender is known; 0: it may go on. */
static int admit(CertdGate *gate, sd_bus_message *message, GError **error)
{
    size_t size;
    return certd_message_size(message, &size, error)
               ? certd_introductions_add(gate->introductions, message, size, error)
               : -1;
}

static gboolean is_interactive(sd_bus_message *message)
{
    return sd_bus_message_get_allow_interactive_authorization(message) > 0;
}

/* A yes that somebody may have typed a password for is not remembered. */
static void on_answer(const GError *no, void *userdata)
{
    Waiting *waiting = userdata;
    CertdDone done = waiting->done;
    void *done_userdata = waiting->userdata;
    if (done == NULL && no == NULL) {
        if (g_str_equal(waiting->action, CERTD_ACTION_READ) && !is_interactive(waiting->message))
            certd_read_approvals_add(waiting->gate->read_approvals,
                                     sd_bus_message_get_sender(waiting->message),
                                     waiting->certificate, waiting->epoch, g_get_monotonic_time());
        put_back(waiting->gate, waiting->message, waiting->action);
    } else if (done == NULL) {
        refuse(waiting->gate, waiting->message, TRUE, no);
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
    int r = certd_polkit_check(gate->bus, &waiting->slot, caller->sender, action, certificate,
                               is_interactive(message), on_answer, waiting);
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
        certd_read_approvals_has(gate->read_approvals, caller.sender, certificate,
                                 g_get_monotonic_time()))
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
    gate->passed = NULL;
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
    g_autoptr(GError) no = NULL;
    int r = approved == NULL ? admit(gate, message, &no) : 0;
    gboolean introduced = certd_senders_knows(gate->senders, sd_bus_message_get_sender(message));
    if (r != 0)
        return r > 0 ? r : refuse(gate, message, introduced, no);
    /* What it means can have changed while polkit was asked: then the yes was to something else. */
    const char *action = action_of(gate, row, message);
    if (g_strcmp0(approved, action) == 0)
        return let_pass(gate, message, action);
    r = hold(gate, message, action, &no);
    if (r < 0)
        return refuse(gate, message, TRUE, no);
    return r > 0 ? r : let_pass(gate, message, action);
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
    gate->introductions = certd_introductions_new(gate->senders, on_introduced, gate);
    gate->refusals = certd_refusals_new(service, sd_bus_get_event(bus));
    gate->approved = g_hash_table_new_full(NULL, NULL, message_free, NULL);
    gate->counts = g_hash_table_new(NULL, NULL);
    g_queue_init(&gate->waiting);
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
    certd_introductions_close(gate->introductions, no);
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
    certd_introductions_free(gate->introductions);
    g_hash_table_unref(gate->approved);
    g_hash_table_unref(gate->counts);
    g_free(gate);
}
