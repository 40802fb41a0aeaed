/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device, and what makes the use cases look at it. */

#include "device.h"

#include <grp.h>
#include <pwd.h>
#include <sys/random.h>
#include <time.h>

#include "config.h"
#include "model/error.h"
#include "model/san.h"
#include "service/review.h"
#include "service/trial.h"
#include "watch/boot.h"
#include "watch/changes.h"
#include "watch/clock.h"
#include "watch/device-names.h"
#include "watch/public-suffix.h"

/* A sealing key that can't be used is tried again this often: what it lacks may have come back. */
#define RETRY_USEC (60 * G_USEC_PER_SEC)

/* How long results may wait for others, to be stored together. */
#define COMMIT_USEC 2000

/* How late a trial may end. */
#define TRIAL_ACCURACY_USEC 50000

/* An entry of a user or group, whose members may be many. */
#define ACCOUNT_BYTES ((size_t)1024 * 1024)

struct CertdHost {
    CertdDevice device;
    CertdService *service; /* or NULL */
    CertdPool *pool;
    CertdClock *clock;
    CertdChanges *changes;
    sd_event_source *work;   /* deferred: has the service do what is due */
    sd_event_source *retry;  /* of the sealing key */
    sd_event_source *commit; /* has the service store results */
    sd_event_source *trial;  /* has the service end a trial */
    char *boot;
    char *host_name;
    GPtrArray *names;
};

static gint64 device_now(void *userdata)
{
    const CertdHost *host = userdata;
    return certd_clock_now(host->clock);
}

static gboolean device_synchronized(void *userdata)
{
    CertdHost *host = userdata;
    return certd_clock_is_synchronized(host->clock);
}

static gboolean device_trusted(void *userdata)
{
    CertdHost *host = userdata;
    gint64 seen = host->service != NULL ? certd_service_seen(host->service) : 0;
    return certd_clock_judge(certd_clock_now(host->clock), certd_clock_is_synchronized(host->clock),
                             seen);
}

static char *device_host_name(void *userdata)
{
    const CertdHost *host = userdata;
    return g_strdup(host->host_name);
}

static gint64 read_usec(clockid_t id)
{
    struct timespec time = {0};
    clock_gettime(id, &time);
    return (gint64)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gint64 device_boottime(void *userdata)
{
    return read_usec(CLOCK_BOOTTIME);
}

static gint64 device_clock_offset(void *userdata)
{
    return read_usec(CLOCK_REALTIME) - read_usec(CLOCK_BOOTTIME);
}

static void device_wake_for_trial(void *userdata, gint64 boottime)
{
    CertdHost *host = userdata;
    sd_event_source_set_time(host->trial, (uint64_t)boottime);
    sd_event_source_set_enabled(host->trial, boottime != 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static gboolean device_user_id(void *userdata, const char *name, guint32 *uid)
{
    g_autofree char *buffer = g_malloc(ACCOUNT_BYTES);
    struct passwd entry, *found = NULL;
    int code = getpwnam_r(name, &entry, buffer, ACCOUNT_BYTES, &found);
    if (code != 0 || found == NULL)
        return FALSE;
    *uid = entry.pw_uid;
    return TRUE;
}

static gboolean device_group_id(void *userdata, const char *name, guint32 *gid)
{
    g_autofree char *buffer = g_malloc(ACCOUNT_BYTES);
    struct group entry, *found = NULL;
    int code = getgrnam_r(name, &entry, buffer, ACCOUNT_BYTES, &found);
    if (code != 0 || found == NULL)
        return FALSE;
    *gid = entry.gr_gid;
    return TRUE;
}

static GPtrArray *device_names(void *userdata)
{
    const CertdHost *host = userdata;
    return certd_san_list_copy(host->names);
}

static gboolean device_is_public_suffix(void *userdata, const char *name)
{
    return certd_is_public_suffix(name);
}

static guint32 device_random(void *userdata)
{
    guint32 number = 0;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        number = g_random_int();
    return number;
}

static void device_wake(void *userdata)
{
    CertdHost *host = userdata;
    sd_event_source_set_enabled(host->work, SD_EVENT_ON);
}

static void device_commit(void *userdata, gboolean at_once)
{
    CertdHost *host = userdata;
    int enabled = SD_EVENT_OFF;
    sd_event_source_get_enabled(host->commit, &enabled);
    if (!at_once && enabled != SD_EVENT_OFF)
        return;
    sd_event_source_set_time_relative(host->commit, at_once ? 0 : COMMIT_USEC);
    sd_event_source_set_enabled(host->commit, SD_EVENT_ONESHOT);
}

static void read_names(CertdHost *host)
{
    g_free(host->host_name);
    if (host->names != NULL)
        g_ptr_array_unref(host->names);
    host->host_name = certd_device_host_name();
    host->names = certd_device_names();
}

static void on_names(void *userdata)
{
    CertdHost *host = userdata;
    read_names(host);
    if (host->service != NULL)
        certd_names_changed(host->service);
}

static void on_clock(void *userdata)
{
    CertdHost *host = userdata;
    if (host->service != NULL)
        certd_time_changed(host->service);
}

static void on_due(void *userdata)
{
    device_wake(userdata);
}

static int on_work(sd_event_source *source, void *userdata)
{
    CertdHost *host = userdata;
    /* Before: whoever asks for another turn meanwhile gets it. */
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (host->service != NULL && certd_work(host->service))
        sd_event_source_set_enabled(source, SD_EVENT_ON);
    else if (host->service != NULL)
        certd_clock_wake_at(host->clock, certd_work_next(host->service));
    return 0;
}

static int on_commit(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdHost *host = userdata;
    if (host->service != NULL)
        certd_commit_results(host->service);
    return 0;
}

static int on_trial(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdHost *host = userdata;
    if (host->service != NULL)
        certd_trials_look(host->service);
    return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdHost *host = userdata;
    /* Where it is still broken, the listener arms this again. */
    if (host->pool != NULL && !certd_pool_retry_sealing_key(host->pool))
        sd_event_source_set_enabled(source, SD_EVENT_OFF);
    return 0;
}

static void on_sealing_key(const CertdSealingKeyStatus *status, void *userdata)
{
    CertdHost *host = userdata;
    if (status->error != NULL) {
        sd_event_source_set_time_relative(host->retry, RETRY_USEC);
        sd_event_source_set_enabled(host->retry, SD_EVENT_ONESHOT);
    }
    if (host->service == NULL)
        return;
    certd_sealing_key_changed(host->service, status->error);
    if (status->error == NULL)
        certd_sealing_key_found(host->service, status->wrapped, status->newly, status->wrap_error);
}

static gboolean add_sources(CertdHost *host, sd_event *event, GError **error)
{
    int r = sd_event_add_defer(event, &host->work, on_work, host);
    /* Behind whoever waits for an answer. */
    if (r >= 0)
        r = sd_event_source_set_priority(host->work, SD_EVENT_PRIORITY_IDLE);
    if (r >= 0)
        r = sd_event_source_set_enabled(host->work, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_time_relative(event, &host->commit, CLOCK_MONOTONIC, 0, 1, on_commit,
                                       host);
    if (r >= 0)
        r = sd_event_source_set_enabled(host->commit, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_time(event, &host->trial, CLOCK_BOOTTIME, 0, TRIAL_ACCURACY_USEC, on_trial,
                              host);
    /* Who has to be let in again comes before who asks. */
    if (r >= 0)
        r = sd_event_source_set_priority(host->trial, SD_EVENT_PRIORITY_IMPORTANT);
    if (r >= 0)
        r = sd_event_source_set_enabled(host->trial, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_time_relative(event, &host->retry, CLOCK_BOOTTIME, RETRY_USEC, 0, on_retry,
                                       host);
    if (r >= 0)
        r = sd_event_source_set_enabled(host->retry, SD_EVENT_OFF);
    if (r >= 0)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, "The event loop takes no timer: %s",
                g_strerror(-r));
    return FALSE;
}

CertdHost *certd_host_new(sd_event *event, const char *runtime_directory, GError **error)
{
    g_autoptr(CertdHost) host = g_new0(CertdHost, 1);
    host->boot = certd_boot_id(runtime_directory);
    host->device = (CertdDevice){
        .now = device_now,
        .clock_trusted = device_trusted,
        .clock_synchronized = device_synchronized,
        .host_name = device_host_name,
        .names = device_names,
        .is_public_suffix = device_is_public_suffix,
        .random = device_random,
        .wake = device_wake,
        .commit = device_commit,
        .boottime = device_boottime,
        .clock_offset = device_clock_offset,
        .wake_for_trial = device_wake_for_trial,
        .user_id = device_user_id,
        .group_id = device_group_id,
        .boot = host->boot,
        .release_time = CERTD_RELEASE_TIME,
        .userdata = host,
    };
    if (!add_sources(host, event, error))
        return NULL;
    host->clock = certd_clock_new(event, on_clock, on_due, host, error);
    if (host->clock == NULL)
        return NULL;
    host->changes = certd_changes_new(event, on_names, host, error);
    if (host->changes == NULL)
        return NULL;
    read_names(host);
    return g_steal_pointer(&host);
}

void certd_host_attach(CertdHost *host, CertdService *service, CertdPool *pool)
{
    host->service = service;
    host->pool = pool;
    if (pool != NULL)
        certd_pool_set_sealing_key_listener(pool, on_sealing_key, host);
}

void certd_host_set_bus(CertdHost *host, sd_bus *bus)
{
    certd_clock_set_bus(host->clock, bus);
}

void certd_host_free(CertdHost *host)
{
    if (host == NULL)
        return;
    sd_event_source_disable_unref(host->work);
    sd_event_source_disable_unref(host->retry);
    sd_event_source_disable_unref(host->commit);
    sd_event_source_disable_unref(host->trial);
    certd_changes_free(host->changes);
    certd_clock_free(host->clock);
    g_free(host->boot);
    g_free(host->host_name);
    g_clear_pointer(&host->names, g_ptr_array_unref);
    g_free(host);
}

const CertdDevice *certd_host_device(const CertdHost *host)
{
    return &host->device;
}
