/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One question at a time. The next one waits for the answer to the one before, so that a timedate1
 * that does not answer is not asked more often.
 */

#include "watch/timedate.h"

#include "model/limits.h"

#define NAME "org.freedesktop.timedate1"
#define PATH "/org/freedesktop/timedate1"
#define PROPERTY "NTPSynchronized"
/* A question may be late by this, which lets sd-event group its timers. */
#define ACCURACY_USEC (1u * G_USEC_PER_SEC)

struct CertdTimedate {
    sd_bus *bus;
    sd_bus_slot *call;    /* under way; or NULL */
    sd_event_source *ask; /* the next question */
    void (*answered)(gboolean synchronized, void *userdata);
    void *userdata;
};

static void ask_after(const CertdTimedate *timedate, unsigned int seconds)
{
    sd_event_source_set_time_accuracy(timedate->ask, seconds == 0 ? 1 : ACCURACY_USEC);
    sd_event_source_set_time_relative(timedate->ask, (guint64)seconds * G_USEC_PER_SEC);
    sd_event_source_set_enabled(timedate->ask, SD_EVENT_ONESHOT);
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    CertdTimedate *timedate = userdata;
    int said = FALSE;
    timedate->call = sd_bus_slot_unref(timedate->call);
    gboolean synchronized = !sd_bus_message_is_method_error(reply, NULL) &&
                            sd_bus_message_has_signature(reply, "v") > 0 &&
                            sd_bus_message_read(reply, "v", "b", &said) >= 0 && said;
    ask_after(timedate,
              synchronized ? CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS : CERTD_TIMEDATE_ASK_SECONDS);
    timedate->answered(synchronized, timedate->userdata);
    return 1;
}

/* 0 or an errno. */
static int send_question(CertdTimedate *timedate)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(timedate->bus, &call, NAME, PATH,
                                           "org.freedesktop.DBus.Properties", "Get");
    if (r >= 0)
        r = sd_bus_message_append(call, "ss", NAME, PROPERTY);
    if (r >= 0)
        r = sd_bus_call_async(timedate->bus, &timedate->call, call, on_answer, timedate,
                              CERTD_LIMIT_TIMEDATE_ANSWER_SECONDS * G_USEC_PER_SEC);
    return r;
}

static int on_ask(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdTimedate *timedate = userdata;
    if (send_question(timedate) >= 0)
        return 0;
    ask_after(timedate, CERTD_TIMEDATE_ASK_SECONDS);
    timedate->answered(FALSE, timedate->userdata);
    return 0;
}

void certd_timedate_ask(CertdTimedate *timedate)
{
    timedate->call = sd_bus_slot_unref(timedate->call);
    ask_after(timedate, 0);
}

CertdTimedate *certd_timedate_new(sd_bus *bus,
                                  void (*answered)(gboolean synchronized, void *userdata),
                                  void *userdata)
{
    CertdTimedate *timedate = g_new0(CertdTimedate, 1);
    timedate->bus = bus;
    timedate->answered = answered;
    timedate->userdata = userdata;
    if (sd_event_add_time(sd_bus_get_event(bus), &timedate->ask, CLOCK_BOOTTIME, 0, ACCURACY_USEC,
                          on_ask, timedate) < 0)
        g_error("out of memory");
    certd_timedate_ask(timedate);
    return timedate;
}

void certd_timedate_free(CertdTimedate *timedate)
{
    if (timedate == NULL)
        return;
    sd_bus_slot_unref(timedate->call);
    sd_event_source_disable_unref(timedate->ask);
    g_free(timedate);
}
