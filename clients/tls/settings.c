/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever certd signals, what it has is asked for anew: so there is one way only, at the start and later. While an
 * answer is on its way another signal has it asked for once more behind it, and what comes last is the newest.
 */
#include "tls/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "model/names.h"
#include "model/text.h"
#include "tls/https-properties.h"

#define RETRY_USEC (3 * G_USEC_PER_SEC)
#define PATH_HTTPS_CERTIFICATE CERTD_PATH_CERTIFICATE "/" CERTD_CERTIFICATE_HTTPS
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define BUS "org.freedesktop.DBus"
/* Of ReportProblem. */
#define SENTENCE_BYTES 512u

typedef enum {
    ASK_HTTPS,
    ASK_CREDENTIAL,
    ASK_COUNT_,
} Ask;

typedef struct {
    sd_bus_slot *call; /* under way; or NULL */
    gboolean again;
} Question;

struct CertdSettings {
    sd_event *event;
    const CertdSettingsListener *listener;
    void *userdata;
    sd_bus *bus; /* NULL while there is none */
    sd_event_source *retry;
    Question questions[ASK_COUNT_];
    guint64 generation; /* of what was told */
    char *problem;
};

static void ask(CertdSettings *settings, Ask what);

static void retry_later(CertdSettings *settings)
{
    (void)sd_event_source_set_time_relative(settings->retry, RETRY_USEC);
    (void)sd_event_source_set_enabled(settings->retry, SD_EVENT_ONESHOT);
}

static int on_https(sd_bus_message *reply, void *userdata, sd_bus_error *error);
static int on_credential(sd_bus_message *reply, void *userdata, sd_bus_error *error);

static const struct {
    const char *path;
    const char *interface;
    const char *method;
    const char *argument;
    sd_bus_message_handler_t answered;
} asks[ASK_COUNT_] = {
    [ASK_HTTPS] = {CERTD_PATH_HTTPS, PROPERTIES, "GetAll", CERTD_INTERFACE_HTTPS, on_https},
    [ASK_CREDENTIAL] = {PATH_HTTPS_CERTIFICATE, CERTD_INTERFACE_CERTIFICATE, "OpenCredential",
                        "pem", on_credential},
};

static void ask(CertdSettings *settings, Ask what)
{
    Question *question = &settings->questions[what];
    question->again = question->call != NULL;
    if (question->again || settings->bus == NULL)
        return;
    int r = sd_bus_call_method_async(settings->bus, &question->call, CERTD_BUS_NAME,
                                     asks[what].path, asks[what].interface, asks[what].method,
                                     asks[what].answered, settings, "s", asks[what].argument);
    if (r < 0)
        retry_later(settings);
}

/* Whether the answer is to be looked at: another question is on its way where it is old already. */
static gboolean is_last(CertdSettings *settings, Ask what)
{
    Question *question = &settings->questions[what];
    question->call = sd_bus_slot_unref(question->call);
    if (!question->again)
        return TRUE;
    ask(settings, what);
    return FALSE;
}

static int on_https(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    CertdSettings *settings = userdata;
    CertdHttps https;
    if (!is_last(settings, ASK_HTTPS))
        return 1;
    if (!sd_bus_message_is_method_error(reply, NULL) &&
        certd_https_properties_read(reply, &https)) {
        settings->listener->changed(&https, settings->userdata);
        return 1;
    }
    retry_later(settings);
    settings->listener->asked(settings->userdata);
    return 1;
}

/* It is waited for then, which is no problem of this program's. */
static gboolean is_away(const sd_bus_error *failure)
{
    return sd_bus_error_has_name(failure, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
           sd_bus_error_has_name(failure, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
           sd_bus_error_has_name(failure, SD_BUS_ERROR_NO_REPLY);
}

static void tell_no_credential(CertdSettings *settings, const sd_bus_error *failure)
{
    if (is_away(failure))
        return;
    g_autofree char *said = certd_text_escape(
        failure != NULL && failure->message != NULL ? failure->message : "an answer without it");
    g_autofree char *sentence =
        g_strdup_printf("The certificate https can't be had from certd: %s", said);
    settings->listener->no_credential(sentence, settings->userdata);
}

static int on_credential(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    CertdSettings *settings = userdata;
    int pem = -1;
    guint64 generation = 0;
    if (!is_last(settings, ASK_CREDENTIAL))
        return 1;
    if (!sd_bus_message_is_method_error(reply, NULL) &&
        sd_bus_message_read(reply, "ht", &pem, &generation) >= 0)
        pem = fcntl(pem, F_DUPFD_CLOEXEC, 3);
    if (pem >= 0) {
        settings->listener->credential(pem, generation, settings->userdata);
    } else {
        tell_no_credential(settings, sd_bus_message_get_error(reply));
        retry_later(settings);
    }
    settings->listener->asked(settings->userdata);
    return 1;
}

static void ask_all(CertdSettings *settings)
{
    ask(settings, ASK_HTTPS);
    ask(settings, ASK_CREDENTIAL);
}

static void send_problem(CertdSettings *settings)
{
    if (settings->bus != NULL && settings->problem != NULL)
        (void)sd_bus_call_method_async(settings->bus, NULL, CERTD_BUS_NAME, CERTD_PATH_HTTPS,
                                       CERTD_INTERFACE_HTTPS, "ReportProblem", NULL, NULL, "s",
                                       settings->problem);
}

static int on_https_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    ask(userdata, ASK_HTTPS);
    return 0;
}

static int on_trust_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    CertdSettings *settings = userdata;
    settings->listener->trust(settings->userdata);
    return 0;
}

static int on_certificate_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    ask(userdata, ASK_CREDENTIAL);
    return 0;
}

/* A certd that has just come may have everything otherwise, and knows of no problem. */
static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    CertdSettings *settings = userdata;
    const char *name, *before, *after;
    if (sd_bus_message_read(signal, "sss", &name, &before, &after) < 0 || after[0] == '\0')
        return 0;
    settings->listener->trust(settings->userdata);
    ask_all(settings);
    send_problem(settings);
    return 0;
}

static const struct {
    const char *rule;
    sd_bus_message_handler_t handler;
} matches[] = {
    {"type='signal',sender='" CERTD_BUS_NAME "',path='" CERTD_PATH_HTTPS "',interface='" PROPERTIES
     "',member='PropertiesChanged'",
     on_https_changed},
    {"type='signal',sender='" CERTD_BUS_NAME "',path='" CERTD_PATH_TRUST_STORE
     "',interface='" PROPERTIES "',member='PropertiesChanged'",
     on_trust_changed},
    {"type='signal',sender='" CERTD_BUS_NAME "',path='" CERTD_PATH_MANAGER
     "',interface='" CERTD_INTERFACE_MANAGER
     "',member='CertificateChanged',arg0='" CERTD_CERTIFICATE_HTTPS "'",
     on_certificate_changed},
    {"type='signal',sender='" BUS "',path='/org/freedesktop/DBus',interface='" BUS
     "',member='NameOwnerChanged',arg0='" CERTD_BUS_NAME "'",
     on_owner},
};

static void close_bus(CertdSettings *settings)
{
    for (Ask what = 0; what < ASK_COUNT_; what++) {
        settings->questions[what].call = sd_bus_slot_unref(settings->questions[what].call);
        settings->questions[what].again = FALSE;
    }
    settings->bus = sd_bus_close_unref(settings->bus);
}

static int on_disconnected(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    CertdSettings *settings = userdata;
    /* The connection is looked after from the loop: it must not go in its own handler. */
    retry_later(settings);
    return 0;
}

static int open_bus(CertdSettings *settings)
{
    int r = sd_bus_open_system(&settings->bus);
    if (r >= 0)
        r = sd_bus_attach_event(settings->bus, settings->event, SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = sd_bus_match_signal(settings->bus, NULL, "org.freedesktop.DBus.Local",
                                "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                "Disconnected", on_disconnected, settings);
    for (gsize i = 0; i < G_N_ELEMENTS(matches) && r >= 0; i++)
        r = sd_bus_add_match_async(settings->bus, NULL, matches[i].rule, matches[i].handler, NULL,
                                   settings);
    return r;
}

static int on_retry(sd_event_source *source, guint64 usec, void *userdata)
{
    CertdSettings *settings = userdata;
    if (settings->bus != NULL && sd_bus_is_open(settings->bus) <= 0)
        close_bus(settings);
    if (settings->bus == NULL && open_bus(settings) < 0) {
        close_bus(settings);
        retry_later(settings);
        settings->listener->asked(settings->userdata);
        return 0;
    }
    settings->listener->trust(settings->userdata);
    ask_all(settings);
    send_problem(settings);
    return 0;
}

CertdSettings *certd_settings_new(sd_event *event, const CertdSettingsListener *listener,
                                  void *userdata)
{
    CertdSettings *settings = g_new0(CertdSettings, 1);
    settings->event = sd_event_ref(event);
    settings->listener = listener;
    settings->userdata = userdata;
    if (sd_event_add_time_relative(event, &settings->retry, CLOCK_MONOTONIC, 0, 0, on_retry,
                                   settings) < 0) {
        certd_settings_free(settings);
        return NULL;
    }
    return settings;
}

void certd_settings_look(CertdSettings *settings)
{
    ask(settings, ASK_HTTPS);
}

void certd_settings_prove(CertdSettings *settings, guint64 generation, CertdLevel level,
                          gboolean certified)
{
    if (settings->bus != NULL)
        (void)sd_bus_call_method_async(settings->bus, NULL, CERTD_BUS_NAME, CERTD_PATH_HTTPS,
                                       CERTD_INTERFACE_HTTPS, "ReportExchange", NULL, NULL, "tsb",
                                       generation, certd_level_name(level), (int)certified);
}

void certd_settings_tell_problem(CertdSettings *settings, const char *sentence)
{
    g_autofree char *cut = g_strndup(sentence, SENTENCE_BYTES);
    const char *end;
    (void)g_utf8_validate(cut, -1, &end);
    cut[end - cut] = '\0';
    if (g_strcmp0(settings->problem, cut) == 0)
        return;
    g_free(settings->problem);
    settings->problem = g_steal_pointer(&cut);
    send_problem(settings);
}

void certd_settings_free(CertdSettings *settings)
{
    if (settings == NULL)
        return;
    close_bus(settings);
    sd_event_source_disable_unref(settings->retry);
    sd_event_unref(settings->event);
    g_free(settings->problem);
    g_free(settings);
}
