/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One unit's job after another: is it loaded, does it run, have it reload or restart, and wait for the end of
 * the job. The end can be told before the answer that names the job, so ends are kept from the start on; and
 * anybody may send a signal that looks like one, so only what systemd sent counts. A systemd that begins anew
 * (daemon-reexec) has another unique name, and may have told the end while nobody could hear it: it is asked anew.
 */
#include "bus/units.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"
#define BUS "org.freedesktop.DBus"
#define OWNER_MATCH                                                                                \
    "type='signal',sender='" BUS "',path='/org/freedesktop/DBus',interface='" BUS "',"             \
    "member='NameOwnerChanged',arg0='" SYSTEMD "'"
/* Ends of other jobs that are kept until the answer is there; more than systemd ends in that time. */
#define ENDS_MAX 4096u

typedef struct {
    CertdUnitManager *manager;
    char *unit;
    CertdConsumerAction action;
    CertdDone done;
    void *userdata;
    sd_bus_slot *ends;      /* the match for JobRemoved */
    sd_bus_slot *call;      /* under way; or NULL */
    sd_event_source *timer; /* the limit; or what has failed already is told by it */
    char *systemd;          /* the unique name of systemd; "" on a connection without names */
    char *job;              /* object path, once it is known */
    GHashTable *results;    /* job → result, of those that ended */
    GError *failure;        /* to be told by the timer */
} Job;

struct CertdUnitManager {
    sd_bus *bus;
    sd_event *event;    /* a connection that has ended has none */
    sd_bus_slot *owner; /* the match for another systemd */
    GQueue jobs;        /* of Job */
};

/* What is done for each action. */
static const struct {
    const char *method;
    const char *noun;
} actions[CERTD_CONSUMER_ACTION_COUNT_] = {
    [CERTD_CONSUMER_RELOAD] = {"ReloadUnit", "reload"},
    [CERTD_CONSUMER_RESTART] = {"TryRestartUnit", "restart"},
};

static void job_free(Job *job)
{
    sd_bus_slot_unref(job->ends);
    sd_bus_slot_unref(job->call);
    sd_event_source_disable_unref(job->timer);
    g_queue_remove(&job->manager->jobs, job);
    g_hash_table_unref(job->results);
    g_clear_error(&job->failure);
    g_free(job->systemd);
    g_free(job->job);
    g_free(job->unit);
    g_free(job);
}

/* Takes @error, which may be NULL. */
static void end(Job *job, GError *error)
{
    g_autoptr(GError) owned = error;
    CertdDone done = job->done;
    void *userdata = job->userdata;
    job_free(job);
    done(owned, userdata);
}

static void fail(Job *job, CertdError code, const char *what)
{
    end(job, g_error_new(
                 CERTD_ERROR, code, "The %s of %s %s; see systemctl status %s, then %s it by hand",
                 actions[job->action].noun, job->unit, what, job->unit, actions[job->action].noun));
}

static void fail_by(Job *job, const sd_bus_error *failure)
{
    static const char *const denials[] = {
        SD_BUS_ERROR_ACCESS_DENIED,
        SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
    };
    CertdError code = CERTD_ERROR_WORKER_FAILED;
    for (size_t i = 0; i < G_N_ELEMENTS(denials); i++) {
        if (sd_bus_error_has_name(failure, denials[i]))
            code = CERTD_ERROR_ACCESS_DENIED;
    }
    g_autofree char *said =
        certd_text_escape(failure->message != NULL ? failure->message : failure->name);
    g_autofree char *what = g_strdup_printf("could not be begun (%s)", said);
    fail(job, code, what);
}

/* Whether systemd doesn't know the unit: then it does not run. */
static gboolean is_unknown(const sd_bus_error *failure)
{
    return sd_bus_error_has_name(failure, SYSTEMD ".NoSuchUnit") ||
           sd_bus_error_has_name(failure, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

/* Ends @job where @reply is an error; TRUE then. */
static gboolean is_over(Job *job, sd_bus_message *reply)
{
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    job->call = sd_bus_slot_unref(job->call);
    if (failure == NULL)
        return FALSE;
    if (is_unknown(failure))
        end(job, NULL);
    else
        fail_by(job, failure);
    return TRUE;
}

/* Has the event loop tell that it could not be asked. */
static void fail_later(Job *job, int r)
{
    g_set_error(&job->failure, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "systemd could not be asked to %s %s: %s; %s it by hand", actions[job->action].noun,
                job->unit, g_strerror(-r), actions[job->action].noun);
    sd_event_source_set_time_relative(job->timer, 0);
}

static void look_at_end(Job *job)
{
    const char *result = job->job != NULL ? g_hash_table_lookup(job->results, job->job) : NULL;
    if (result == NULL)
        return;
    if (g_str_equal(result, "done") || g_str_equal(result, "skipped")) {
        end(job, NULL);
        return;
    }
    g_autofree char *said = certd_text_escape(result);
    g_autofree char *what = g_strdup_printf("ended as \"%s\"", said);
    fail(job, CERTD_ERROR_WORKER_FAILED, what);
}

static int on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    Job *job = userdata;
    const char *path, *unit, *result;
    const char *sender = sd_bus_message_get_sender(signal);
    if (g_strcmp0(job->systemd, sender != NULL ? sender : "") != 0 ||
        g_hash_table_size(job->results) >= ENDS_MAX ||
        sd_bus_message_read(signal, "uoss", NULL, &path, &unit, &result) < 0)
        return 0;
    g_hash_table_insert(job->results, g_strdup(path), g_strdup(result));
    look_at_end(job);
    return 0;
}

static int on_begun(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    Job *job = userdata;
    const char *path;
    if (is_over(job, reply))
        return 1;
    if (sd_bus_message_read(reply, "o", &path) < 0) {
        fail(job, CERTD_ERROR_WORKER_FAILED, "was answered without a job");
        return 1;
    }
    job->job = g_strdup(path);
    look_at_end(job);
    return 1;
}

static gboolean runs(const char *state)
{
    return g_str_equal(state, "active") || g_str_equal(state, "reloading") ||
           g_str_equal(state, "activating");
}

static int on_state(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    Job *job = userdata;
    const char *state;
    if (is_over(job, reply))
        return 1;
    if (sd_bus_message_read(reply, "v", "s", &state) < 0) {
        fail(job, CERTD_ERROR_WORKER_FAILED, "can't begin: systemd does not say whether it runs");
        return 1;
    }
    if (!runs(state)) {
        end(job, NULL);
        return 1;
    }
    int r = sd_bus_call_method_async(job->manager->bus, &job->call, SYSTEMD, MANAGER_PATH, MANAGER,
                                     actions[job->action].method, on_begun, job, "ss", job->unit,
                                     "replace");
    if (r < 0)
        fail_later(job, r);
    return 1;
}

static int on_unit(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    Job *job = userdata;
    const char *path;
    const char *sender = sd_bus_message_get_sender(reply);
    if (is_over(job, reply))
        return 1;
    if (sd_bus_message_read(reply, "o", &path) < 0) {
        fail(job, CERTD_ERROR_WORKER_FAILED, "can't begin: systemd does not name the unit");
        return 1;
    }
    sd_bus *bus = job->manager->bus;
    job->systemd = g_strdup(sender != NULL ? sender : "");
    int r = sd_bus_match_signal_async(bus, &job->ends, sender, MANAGER_PATH, MANAGER, "JobRemoved",
                                      on_removed, NULL, job);
    if (r >= 0)
        r = sd_bus_call_method_async(bus, &job->call, SYSTEMD, path,
                                     "org.freedesktop.DBus.Properties", "Get", on_state, job, "ss",
                                     SYSTEMD ".Unit", "ActiveState");
    if (r < 0)
        fail_later(job, r);
    return 1;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    Job *job = userdata;
    if (job->failure != NULL) {
        end(job, g_steal_pointer(&job->failure));
        return 0;
    }
    g_autofree char *what =
        g_strdup_printf("has not ended within %u s", CERTD_LIMIT_UNIT_JOB_SECONDS);
    fail(job, CERTD_ERROR_WORKER_FAILED, what);
    return 0;
}

/* Whatever was known of @job is forgotten. */
static void forget(Job *job)
{
    job->ends = sd_bus_slot_unref(job->ends);
    job->call = sd_bus_slot_unref(job->call);
    g_hash_table_remove_all(job->results);
    g_clear_pointer(&job->systemd, g_free);
    g_clear_pointer(&job->job, g_free);
}

static void ask(Job *job)
{
    int r = sd_bus_call_method_async(job->manager->bus, &job->call, SYSTEMD, MANAGER_PATH, MANAGER,
                                     "GetUnit", on_unit, job, "s", job->unit);
    if (r < 0)
        fail_later(job, r);
}

static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    const CertdUnitManager *manager = userdata;
    const char *name, *owner;
    if (g_strcmp0(sd_bus_message_get_sender(signal), BUS) != 0 ||
        sd_bus_message_read(signal, "sss", &name, NULL, &owner) < 0 || !g_str_equal(name, SYSTEMD))
        return 0;
    for (const GList *link = manager->jobs.head; link != NULL; link = link->next) {
        Job *job = link->data;
        if (job->failure != NULL)
            continue;
        forget(job);
        if (*owner != '\0')
            ask(job);
    }
    return 0;
}

/* certd would be ended in the middle of it, and begin again, for ever. */
static gboolean is_certd(const char *unit)
{
    char *own = NULL;
    if (sd_pid_get_unit(0, &own) < 0)
        return FALSE;
    gboolean same = g_str_equal(own, unit);
    free(own);
    return same;
}

static void act(void *userdata, const char *unit, CertdConsumerAction action, CertdDone done,
                void *done_userdata)
{
    CertdUnitManager *manager = userdata;
    Job *job = g_new0(Job, 1);
    job->manager = manager;
    job->unit = g_strdup(unit);
    job->action = action;
    job->done = done;
    job->userdata = done_userdata;
    job->results = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_queue_push_tail(&manager->jobs, job);
    if (sd_event_add_time_relative(manager->event, &job->timer, CLOCK_MONOTONIC,
                                   CERTD_LIMIT_UNIT_JOB_SECONDS * G_USEC_PER_SEC, 0, on_timer,
                                   job) < 0)
        g_error("out of memory");
    if (is_certd(unit)) {
        g_set_error(&job->failure, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "%s is certd itself, which is no consumer; remove it from the consumers", unit);
        sd_event_source_set_time_relative(job->timer, 0);
        return;
    }
    ask(job);
}

CertdUnitManager *certd_unit_manager_new(sd_bus *bus)
{
    CertdUnitManager *manager = g_new0(CertdUnitManager, 1);
    manager->bus = bus;
    manager->event = sd_event_ref(sd_bus_get_event(bus));
    g_queue_init(&manager->jobs);
    /* Without it a job that is cut off is one that does not end. */
    (void)sd_bus_add_match_async(bus, &manager->owner, OWNER_MATCH, on_owner, NULL, manager);
    return manager;
}

void certd_unit_manager_free(CertdUnitManager *manager)
{
    if (manager == NULL)
        return;
    while (!g_queue_is_empty(&manager->jobs))
        job_free(g_queue_peek_head(&manager->jobs));
    sd_bus_slot_unref(manager->owner);
    sd_event_unref(manager->event);
    g_free(manager);
}

CertdUnits certd_unit_manager_table(CertdUnitManager *manager)
{
    return (CertdUnits){.act = act, .userdata = manager};
}
