/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of which unit a process is: org.freedesktop.systemd1.Manager.GetUnitByPID. */

#include "bus/process-unit.h"

#include <errno.h>

#include "model/limits.h"
#include "model/text.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define UNIT_PREFIX SYSTEMD_PATH "/unit"
/* In the service manager's property UID: the unit's processes run as root. */
#define NO_UID G_MAXUINT32

typedef struct {
    CertdProcessUnitDone done;
    void *userdata;
} Question;

/* Nobody is started for the sake of the answer. */
static int new_call(sd_bus *bus, sd_bus_message **call, const char *path, const char *interface,
                    const char *member)
{
    int r = sd_bus_message_new_method_call(bus, call, SYSTEMD, path, interface, member);
    return r < 0 ? r : sd_bus_message_set_auto_start(*call, FALSE);
}

static int new_question(sd_bus *bus, sd_bus_message **call, guint32 pid)
{
    /* For 0 the manager would say which unit certd is. */
    if (pid == 0 || pid > G_MAXINT32)
        return -ESRCH;
    int r = new_call(bus, call, SYSTEMD_PATH, SYSTEMD ".Manager", "GetUnitByPID");
    return r < 0 ? r : sd_bus_message_append(*call, "u", pid);
}

/* The errors that say that the process is of no unit, or is none. All else says nothing: the manager is not
 * there, starts anew, or too much is asked. */
static gboolean says_none(const sd_bus_error *error)
{
    static const char *const none[] = {
        SYSTEMD ".NoUnitForPID",
        SYSTEMD ".NoSuchProcess",
        SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
        if (sd_bus_error_has_name(error, none[i]))
            return TRUE;
    }
    return FALSE;
}

static int read_unit(sd_bus_message *reply, char **unit)
{
    const char *path;
    g_autofree char *name = NULL;
    int r = sd_bus_message_read(reply, "o", &path);
    if (r < 0)
        return r;
    if (sd_bus_path_decode(path, UNIT_PREFIX, &name) <= 0 || *name == '\0' ||
        !certd_text_is_clean(name))
        return -EBADMSG;
    *unit = g_steal_pointer(&name);
    return 0;
}

int certd_process_unit(sd_bus *bus, guint32 pid, char **unit)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    __attribute__((cleanup(sd_bus_error_free))) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = new_question(bus, &call, pid);
    if (r >= 0)
        r = sd_bus_call(bus, call, CERTD_LIMIT_UNIT_ANSWER_MSEC * 1000ull, &error, &reply);
    if (r < 0)
        return says_none(&error) ? -ESRCH : r;
    return read_unit(reply, unit);
}

int certd_process_unit_user(sd_bus *bus, const char *unit, guint32 *uid)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    g_autofree char *path = NULL;
    guint32 said;
    int r = sd_bus_path_encode(UNIT_PREFIX, unit, &path);
    if (r >= 0)
        r = new_call(bus, &call, path, "org.freedesktop.DBus.Properties", "Get");
    if (r >= 0)
        r = sd_bus_message_append(call, "ss", SYSTEMD ".Service", "UID");
    if (r >= 0)
        r = sd_bus_call(bus, call, CERTD_LIMIT_UNIT_ANSWER_MSEC * 1000ull, NULL, &reply);
    if (r >= 0)
        r = sd_bus_message_read(reply, "v", "u", &said);
    if (r < 0)
        return r;
    *uid = said != NO_UID ? said : 0;
    return 0;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const Question *question = userdata;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    g_autofree char *unit = NULL;
    if (failure == NULL && read_unit(reply, &unit) < 0)
        unit = g_strdup("");
    question->done(failure != NULL && says_none(failure) ? "" : unit, question->userdata);
    return 1;
}

void certd_process_unit_ask(sd_bus *bus, sd_bus_slot **slot, guint32 pid, uint64_t usec,
                            CertdProcessUnitDone done, void *userdata)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    sd_bus_slot *asked = NULL;
    Question *question = g_new0(Question, 1);
    question->done = done;
    question->userdata = userdata;
    int r = new_question(bus, &call, pid);
    if (r >= 0)
        r = sd_bus_call_async(bus, &asked, call, on_reply, question, usec);
    if (r < 0) {
        g_free(question);
        if (slot != NULL)
            *slot = NULL;
        done(r == -ESRCH ? "" : NULL, userdata);
        return;
    }
    sd_bus_slot_set_destroy_callback(asked, g_free);
    if (slot != NULL) {
        *slot = asked;
        return;
    }
    sd_bus_slot_set_floating(asked, TRUE);
    sd_bus_slot_unref(asked);
}
