/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking polkit: org.freedesktop.PolicyKit1.Authority.CheckAuthorization. */

#include "bus/polkit.h"

#include "model/error.h"

/* As long as a person may take to type a password. */
#define INTERACTIVE_TIMEOUT_USEC (5ull * 60 * 1000 * 1000)
#define TIMEOUT_USEC (25ull * 1000 * 1000)
/* CheckAuthorizationFlags: AllowUserInteraction. */
#define ALLOW_USER_INTERACTION 1u

typedef struct {
    char *action;
    gboolean interactive;
    CertdDone done;
    void *userdata;
} Question;

static void question_free(void *data)
{
    Question *question = data;
    g_free(question->action);
    g_free(question);
}

static GError *judge(const Question *question, sd_bus_message *reply)
{
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    int authorized = 0, challenge = 0;
    if (failure != NULL || sd_bus_message_enter_container(reply, 'r', "bba{ss}") < 0 ||
        sd_bus_message_read(reply, "bb", &authorized, &challenge) < 0)
        return g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                           "polkit could not be asked for %s, and without it only root may do "
                           "this; see that polkit is running",
                           question->action);
    if (authorized)
        return NULL;
    if (challenge && !question->interactive)
        return g_error_new(CERTD_ERROR, CERTD_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                           "The action %s needs an administrator's authentication; allow "
                           "interactive authorization, or join the group certd-admin",
                           question->action);
    return g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                       "You are not allowed to do this (%s); ask as root or as a member of the "
                       "group certd-admin",
                       question->action);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const Question *question = userdata;
    g_autoptr(GError) no = judge(question, reply);
    question->done(no, question->userdata);
    return 1;
}

static int append_arguments(sd_bus_message *message, const char *sender, const char *action,
                            const char *certificate, gboolean interactive)
{
    int r = sd_bus_message_append(message, "(sa{sv})s", "system-bus-name", 1, "name", "s", sender,
                                  action);
    if (r >= 0)
        r = certificate != NULL
                ? sd_bus_message_append(message, "a{ss}", 1, "certificate", certificate)
                : sd_bus_message_append(message, "a{ss}", 0);
    if (r >= 0)
        r = sd_bus_message_append(message, "us", interactive ? ALLOW_USER_INTERACTION : 0u, "");
    return r;
}

int certd_polkit_check(sd_bus *bus, sd_bus_slot **slot, const char *sender, const char *action,
                       const char *certificate, gboolean interactive, CertdDone done,
                       void *userdata)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *message = NULL;
    int r = sd_bus_message_new_method_call(
        bus, &message, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
        "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
    if (r >= 0)
        r = append_arguments(message, sender, action, certificate, interactive);
    if (r < 0)
        return r;
    Question *question = g_new0(Question, 1);
    question->action = g_strdup(action);
    question->interactive = interactive;
    question->done = done;
    question->userdata = userdata;
    sd_bus_slot *asked = NULL;
    r = sd_bus_call_async(bus, &asked, message, on_reply, question,
                          interactive ? INTERACTIVE_TIMEOUT_USEC : TIMEOUT_USEC);
    if (r < 0) {
        question_free(question);
        return r;
    }
    sd_bus_slot_set_destroy_callback(asked, question_free);
    *slot = asked;
    return 0;
}
