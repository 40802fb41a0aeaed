/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session's two connections. The peer is asked for no identity: it has the other end of a socketpair that
 * nobody else was given. What certd says is believed by its owner on the bus alone, for anybody may send signals to
 * anybody there.
 */
#include "session/carry.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <systemd/sd-id128.h>
#include <time.h>

#include "model/names.h"
#include "model/web-limits.h"
#include "session/allow.h"

#define DRIVER "org.freedesktop.DBus"
#define DRIVER_PATH "/org/freedesktop/DBus"
/* More messages than fit into what sd-bus reads at once before BEGIN: 256 bytes. */
#define READ_WITH_BEGIN_MAX 4

#define AUTO_MESSAGE __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message

struct CertdCarry {
    sd_event *event;
    sd_bus *bus;
    sd_bus *peer;
    guint64 signed_in;
    char *owner; /* certd's unique name; NULL: it does not run */
    sd_bus_slot *owner_call;
    sd_bus_slot *owner_match;
    sd_bus_slot *signals_match;
    sd_bus_slot *calls_filter;
    sd_event_source *after_begin;
    guint *waiting; /* how many; theirs, too, for the bus may outlive this */
};

/* A call that certd has not answered yet. */
typedef struct {
    CertdCarry *carry;
    guint *waiting;
    sd_bus_message *call;
} Waiting;

static void waiting_free(void *data)
{
    Waiting *waiting = data;
    *waiting->waiting -= 1;
    g_rc_box_release(waiting->waiting);
    sd_bus_message_unref(waiting->call);
    g_free(waiting);
}

/* What is sent to a peer that does not read is kept; so it must not become too much. */
static int send_to_peer(CertdCarry *carry, sd_bus_message *message)
{
    guint64 queued = 0;
    int r = sd_bus_send(carry->peer, message, NULL);
    if (r >= 0)
        r = sd_bus_get_n_queued_write(carry->peer, &queued);
    if (r < 0 || queued > CERTD_LIMIT_SESSION_QUEUE)
        (void)sd_event_exit(carry->event, 0);
    return 1;
}

static int refuse(CertdCarry *carry, sd_bus_message *call, const char *name, const char *text)
{
    const sd_bus_error error = SD_BUS_ERROR_MAKE_CONST(name, text);
    AUTO_MESSAGE *reply = NULL;
    int r = sd_bus_message_new_method_error(call, &reply, &error);
    return r < 0 ? r : send_to_peer(carry, reply);
}

static int on_reply(sd_bus_message *answer, void *userdata, sd_bus_error *unused)
{
    Waiting *waiting = userdata;
    const sd_bus_error *error = sd_bus_message_get_error(answer);
    AUTO_MESSAGE *reply = NULL;
    int r;
    if (error != NULL) {
        r = sd_bus_message_new_method_error(waiting->call, &reply, error);
    } else {
        r = sd_bus_message_new_method_return(waiting->call, &reply);
        if (r >= 0)
            r = sd_bus_message_copy(reply, answer, TRUE);
    }
    if (r < 0)
        return refuse(waiting->carry, waiting->call, SD_BUS_ERROR_FAILED,
                      "The answer of the service org.certd1 can't be carried; ask for less");
    return send_to_peer(waiting->carry, reply);
}

/* Its answer may take as long as it takes: certd answers each call, and who asks has a limit of their own. */
static int pass_on(CertdCarry *carry, sd_bus_message *call)
{
    AUTO_MESSAGE *copy = NULL;
    sd_bus_slot *slot = NULL;
    int r = sd_bus_message_new_method_call(
        carry->bus, &copy, CERTD_BUS_NAME, sd_bus_message_get_path(call),
        sd_bus_message_get_interface(call), sd_bus_message_get_member(call));
    if (r >= 0)
        r = sd_bus_message_copy(copy, call, TRUE);
    if (r < 0)
        return refuse(carry, call, SD_BUS_ERROR_INVALID_ARGS,
                      "The call is not what its signature says; send it again");

    Waiting *waiting = g_new0(Waiting, 1);
    r = sd_bus_call_async(carry->bus, &slot, copy, on_reply, waiting, UINT64_MAX);
    if (r < 0) {
        g_free(waiting);
        return refuse(carry, call, SD_BUS_ERROR_FAILED, "The call can't be sent to the bus");
    }
    *waiting = (Waiting){.carry = carry,
                         .waiting = g_rc_box_acquire(carry->waiting),
                         .call = sd_bus_message_ref(call)};
    *carry->waiting += 1;
    (void)sd_bus_slot_set_destroy_callback(slot, waiting_free);
    (void)sd_bus_slot_set_floating(slot, TRUE);
    sd_bus_slot_unref(slot);
    return 1;
}

/* Into the event loop, which ends with the connection. What waits then is not waited for: sd-bus would, for a peer
 * that does not read, for ever. */
static int attach(CertdCarry *carry, sd_bus *bus)
{
    int r = sd_bus_set_exit_on_disconnect(bus, TRUE);
    if (r >= 0)
        r = sd_bus_set_close_on_exit(bus, FALSE);
    return r < 0 ? r : sd_bus_attach_event(bus, carry->event, SD_EVENT_PRIORITY_NORMAL);
}

static guint64 now_usec(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (guint64)now.tv_sec * G_USEC_PER_SEC + (guint64)now.tv_nsec / 1000;
}

/* What the peer sends; nothing but calls means anything. */
static int on_call(sd_bus_message *call, void *userdata, sd_bus_error *unused)
{
    CertdCarry *carry = userdata;
    uint8_t type;
    if (sd_bus_message_get_type(call, &type) < 0 || type != SD_BUS_MESSAGE_METHOD_CALL)
        return 0;
    CertdAllow allow = certd_allow_call(call);
    if (allow == CERTD_ALLOW_NEVER)
        return refuse(carry, call, SD_BUS_ERROR_ACCESS_DENIED,
                      "A session on the web carries only calls of the service org.certd1 that "
                      "are meant for it; use certctl on the device for the others");
    if (allow == CERTD_ALLOW_FRESH && !certd_allow_is_fresh(carry->signed_in, now_usec()))
        return refuse(carry, call, CERTD_ERROR_SIGN_IN_AGAIN,
                      "The password was given too long ago for this; give it again");
    if (*carry->waiting >= CERTD_LIMIT_SESSION_CALLS)
        return refuse(carry, call, SD_BUS_ERROR_LIMITS_EXCEEDED,
                      "Too many calls of this session wait for an answer; try again later");
    return pass_on(carry, call);
}

static int on_signal(sd_bus_message *signal, void *userdata, sd_bus_error *unused)
{
    CertdCarry *carry = userdata;
    AUTO_MESSAGE *copy = NULL;
    if (carry->owner == NULL || g_strcmp0(sd_bus_message_get_sender(signal), carry->owner) != 0 ||
        !certd_allow_signal(signal))
        return 0;
    int r = sd_bus_message_new_signal(carry->peer, &copy, sd_bus_message_get_path(signal),
                                      sd_bus_message_get_interface(signal),
                                      sd_bus_message_get_member(signal));
    if (r >= 0)
        r = sd_bus_message_copy(copy, signal, TRUE);
    if (r >= 0)
        (void)send_to_peer(carry, copy);
    return 0;
}

static void set_owner(CertdCarry *carry, const char *owner)
{
    g_free(carry->owner);
    carry->owner = *owner != '\0' ? g_strdup(owner) : NULL;
}

static int on_owner_changed(sd_bus_message *signal, void *userdata, sd_bus_error *unused)
{
    const char *name, *old, *owner;
    if (g_strcmp0(sd_bus_message_get_sender(signal), DRIVER) == 0 &&
        sd_bus_message_read(signal, "sss", &name, &old, &owner) >= 0 &&
        g_str_equal(name, CERTD_BUS_NAME))
        set_owner(userdata, owner);
    return 0;
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
    const char *owner;
    if (!sd_bus_message_is_method_error(reply, NULL) &&
        sd_bus_message_read(reply, "s", &owner) >= 0)
        set_owner(userdata, owner);
    return 0;
}

/* Whoever speaks for certd, from now on. Nothing waits: what is sent later comes to the bus after it. */
static int listen_to_certd(CertdCarry *carry)
{
    int r = sd_bus_match_signal_async(carry->bus, &carry->owner_match, DRIVER, DRIVER_PATH, DRIVER,
                                      "NameOwnerChanged", on_owner_changed, NULL, carry);
    if (r >= 0)
        r = sd_bus_match_signal_async(carry->bus, &carry->signals_match, CERTD_BUS_NAME, NULL, NULL,
                                      NULL, on_signal, NULL, carry);
    if (r >= 0)
        r = sd_bus_call_method_async(carry->bus, &carry->owner_call, DRIVER, DRIVER_PATH, DRIVER,
                                     "GetNameOwner", on_owner, carry, "s", CERTD_BUS_NAME);
    return r < 0 ? r : attach(carry, carry->bus);
}

/* What came in one piece with the peer's BEGIN lies in sd-bus then, and would stay there until more comes. */
static int on_after_begin(sd_event_source *source, void *userdata)
{
    CertdCarry *carry = userdata;
    if (sd_bus_is_ready(carry->peer) <= 0)
        return 0;
    for (int i = 0; i < READ_WITH_BEGIN_MAX && sd_bus_process(carry->peer, NULL) > 0; i++)
        ;
    return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static int serve_peer(CertdCarry *carry)
{
    sd_id128_t id;
    int r = sd_id128_randomize(&id);
    if (r >= 0)
        r = sd_bus_set_server(carry->peer, TRUE, id);
    if (r >= 0)
        r = sd_bus_set_anonymous(carry->peer, TRUE);
    if (r >= 0)
        r = sd_bus_negotiate_fds(carry->peer, TRUE);
    if (r >= 0)
        r = sd_bus_add_filter(carry->peer, &carry->calls_filter, on_call, carry);
    if (r >= 0)
        r = sd_bus_start(carry->peer);
    if (r >= 0)
        r = sd_event_add_post(carry->event, &carry->after_begin, on_after_begin, carry);
    return r < 0 ? r : attach(carry, carry->peer);
}

CertdCarry *certd_carry_new(sd_event *event, sd_bus *bus, int peer, guint64 signed_in,
                            GError **error)
{
    g_autoptr(CertdCarry) carry = g_new0(CertdCarry, 1);
    carry->waiting = g_rc_box_new0(guint);
    carry->event = sd_event_ref(event);
    carry->bus = sd_bus_ref(bus);
    carry->signed_in = signed_in;
    int r = sd_bus_new(&carry->peer);
    if (r >= 0)
        r = sd_bus_set_fd(carry->peer, peer, peer);
    if (r < 0)
        (void)g_close(peer, NULL);
    else
        r = listen_to_certd(carry);
    if (r >= 0)
        r = serve_peer(carry);
    if (r < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-r),
                    "The session's connections can't be joined: %s", g_strerror(-r));
        return NULL;
    }
    return g_steal_pointer(&carry);
}

void certd_carry_free(CertdCarry *carry)
{
    sd_event_source_disable_unref(carry->after_begin);
    sd_bus_slot_unref(carry->owner_call);
    sd_bus_slot_unref(carry->owner_match);
    sd_bus_slot_unref(carry->signals_match);
    sd_bus_slot_unref(carry->calls_filter);
    sd_bus_detach_event(carry->bus);
    sd_bus_close_unref(carry->bus);
    sd_bus_close_unref(carry->peer);
    sd_event_unref(carry->event);
    g_rc_box_release(carry->waiting);
    g_free(carry->owner);
    g_free(carry);
}
