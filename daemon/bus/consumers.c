/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of org.certd1.Certificate that choose consumers, and the one that serves them. */

#include "service/consumers.h"
#include "bus/bus-private.h"
#include "service/credential.h"
#include "service/deliver.h"
#include "wire/variant.h"

static char *name_of(sd_bus_message *message)
{
    return certd_path_certificate_name(sd_bus_message_get_path(message));
}

/* Answers @call once the files of certificate @name are what its consumers are to read. */
static int answer(CertdBusCall *call, const char *name)
{
    certd_deliver_then(call->bus->service, name, certd_bus_call_done, call);
    return 1;
}

int certd_method_add_consumer(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *kind, *consumer_name, *action;
    int r = sd_bus_message_read(message, "sss", &kind, &consumer_name, &action);
    if (r < 0)
        return r;
    g_autofree char *name = name_of(message);
    g_autoptr(CertdConsumer) consumer = certd_consumer_new(kind, consumer_name, action, &failure);
    CertdBusCall *call = consumer != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    if (call == NULL || !certd_add_consumer(bus->service, &caller, name, consumer, &failure))
        return certd_bus_call_begun(call, FALSE, failure, error);
    return answer(call, name);
}

int certd_method_remove_consumer(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *kind, *consumer;
    int r = sd_bus_message_read(message, "ss", &kind, &consumer);
    if (r < 0)
        return r;
    g_autofree char *name = name_of(message);
    CertdBusCall *call = certd_bus_call_new(bus, message, &failure);
    CertdCaller caller = certd_bus_caller(bus, message);
    if (call == NULL ||
        !certd_remove_consumer(bus->service, &caller, name, kind, consumer, &failure))
        return certd_bus_call_begun(call, FALSE, failure, error);
    return answer(call, name);
}

int certd_method_set_consumers(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = name_of(message);
    g_autoptr(GVariant) consumers = certd_variant_read(message, "a(sss)", &failure);
    CertdBusCall *call = consumers != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    if (call == NULL || !certd_set_consumers(bus->service, &caller, name, consumers, &failure))
        return certd_bus_call_begun(call, FALSE, failure, error);
    return answer(call, name);
}

static void on_opened(int fd, gint64 generation, const GError *failure, void *userdata)
{
    CertdBusCall *call = userdata;
    if (failure != NULL) {
        certd_bus_call_fail(call, failure);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0 ||
        sd_bus_message_append(reply, "ht", fd, (uint64_t)generation) < 0)
        reply = sd_bus_message_unref(reply);
    certd_bus_call_reply(call, reply);
}

int certd_method_open_credential(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *part;
    int r = sd_bus_message_read(message, "s", &part);
    if (r < 0)
        return r;
    g_autofree char *name = name_of(message);
    CertdBusCall *call = certd_bus_call_new(bus, message, &failure);
    /* Behind the other one: what the caller borrows stays until the next. */
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean begun = call != NULL && certd_open_credential(bus->service, &caller, name, part,
                                                           on_opened, call, &failure);
    return certd_bus_call_begun(call, begun, failure, error);
}
