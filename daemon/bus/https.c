/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface org.certd1.Https. */

#include "service/https.h"

#include "bus/bus-private.h"
#include "model/names.h"

#define MATCH_LEAVING                                                                              \
    "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"                    \
    "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''"

/* The answer of a call that is done, or has failed with @failure. */
static int answer(sd_bus_message *message, gboolean done, const GError *failure,
                  sd_bus_error *error)
{
    return done ? sd_bus_reply_method_return(message, NULL) : certd_bus_fail(error, failure);
}

static int method_set_level(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *level;
    int r = sd_bus_message_read(message, "s", &level);
    if (r < 0)
        return r;
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done =
        options != NULL && certd_https_set_level(bus->service, &caller, level, options, &failure);
    return answer(message, done, failure, error);
}

static int method_set_force(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    int force;
    int r = sd_bus_message_read(message, "b", &force);
    if (r < 0)
        return r;
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done = options != NULL &&
                    certd_https_set_force(bus->service, &caller, force != 0, options, &failure);
    return answer(message, done, failure, error);
}

static int method_set_ports(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    uint16_t port, plain_port;
    int r = sd_bus_message_read(message, "qq", &port, &plain_port);
    if (r < 0)
        return r;
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done = certd_https_set_ports(bus->service, &caller, port, plain_port, &failure);
    return answer(message, done, failure, error);
}

/* The level is the one that is served. */
static int method_report_proof(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    uint64_t generation;
    int client_certificate;
    int r = sd_bus_message_read(message, "tb", &generation, &client_certificate);
    if (r < 0)
        return r;
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done = certd_https_report_proof(bus->service, &caller, generation, NULL,
                                             client_certificate != 0, &failure);
    return answer(message, done, failure, error);
}

static int method_report_exchange(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *level;
    uint64_t generation;
    int client_certificate;
    int r = sd_bus_message_read(message, "tsb", &generation, &level, &client_certificate);
    if (r < 0)
        return r;
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done = certd_https_report_proof(bus->service, &caller, generation, level,
                                             client_certificate != 0, &failure);
    return answer(message, done, failure, error);
}

static int method_report_problem(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *text;
    int r = sd_bus_message_read(message, "s", &text);
    if (r < 0)
        return r;
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done = certd_https_report_problem(bus->service, &caller, text, &failure);
    return answer(message, done, failure, error);
}

static int method_confirm(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done =
        options != NULL && certd_https_confirm(bus->service, &caller, options, &failure);
    return answer(message, done, failure, error);
}

static int method_rollback(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    gboolean done = certd_https_rollback(bus->service, &caller, &failure);
    return answer(message, done, failure, error);
}

/* Each property in the state, by its name. */
static int append(sd_bus_message *reply, const CertdHttpsState *state, const char *property)
{
    const CertdHttpsRecord *settings = &state->settings;
    if (g_str_equal(property, "Level"))
        return sd_bus_message_append(reply, "s", certd_https_level_name(settings->level));
    if (g_str_equal(property, "Force"))
        return sd_bus_message_append(reply, "b", settings->force);
    if (g_str_equal(property, "Port"))
        return sd_bus_message_append(reply, "q", settings->port);
    if (g_str_equal(property, "PlainPort"))
        return sd_bus_message_append(reply, "q", settings->plain_port);
    if (g_str_equal(property, "TrialDeadline"))
        return sd_bus_message_append(reply, "t", (uint64_t)MAX(state->trial_deadline, 0));
    if (g_str_equal(property, "Proven"))
        return sd_bus_message_append(reply, "b", state->proven);
    return sd_bus_message_append(reply, "b", state->proven_client_certificate);
}

static int get_property(sd_bus *connection, const char *path, const char *interface,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdHttpsState state;
    if (!certd_https_get(bus->service, &state, &failure))
        return certd_bus_fail(error, failure);
    return append(reply, &state, property);
}

/* What a program has reported is over with it. */
static int on_leaving(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    const char *name;
    if (sd_bus_message_read(signal, "s", &name) >= 0)
        certd_https_reporter_left(bus->service, name);
    return 0;
}

#define METHOD SD_BUS_VTABLE_UNPRIVILEGED
#define CHANGING(name, type)                                                                       \
    SD_BUS_PROPERTY(name, type, get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("SetLevel", SD_BUS_ARGS("s", level, "a{sv}", options), SD_BUS_NO_RESULT,
                            method_set_level, METHOD),
    SD_BUS_METHOD_WITH_ARGS("SetForce", SD_BUS_ARGS("b", force, "a{sv}", options), SD_BUS_NO_RESULT,
                            method_set_force, METHOD),
    SD_BUS_METHOD_WITH_ARGS("SetPorts", SD_BUS_ARGS("q", port, "q", plain_port), SD_BUS_NO_RESULT,
                            method_set_ports, METHOD),
    SD_BUS_METHOD_WITH_ARGS("ReportProof", SD_BUS_ARGS("t", generation, "b", client_certificate),
                            SD_BUS_NO_RESULT, method_report_proof, METHOD),
    SD_BUS_METHOD_WITH_ARGS("ReportExchange",
                            SD_BUS_ARGS("t", generation, "s", level, "b", client_certificate),
                            SD_BUS_NO_RESULT, method_report_exchange, METHOD),
    SD_BUS_METHOD_WITH_ARGS("ReportProblem", SD_BUS_ARGS("s", message), SD_BUS_NO_RESULT,
                            method_report_problem, METHOD),
    SD_BUS_METHOD_WITH_ARGS("Confirm", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                            method_confirm, METHOD),
    SD_BUS_METHOD("Rollback", NULL, NULL, method_rollback, METHOD),
    CHANGING("Level", "s"),
    CHANGING("Force", "b"),
    CHANGING("Port", "q"),
    CHANGING("PlainPort", "q"),
    CHANGING("TrialDeadline", "t"),
    CHANGING("Proven", "b"),
    CHANGING("ProvenClientCertificate", "b"),
    SD_BUS_VTABLE_END,
};

int certd_https_register(CertdBus *bus)
{
    sd_bus_slot *leaving = NULL;
    int r = sd_bus_add_match(bus->bus, &leaving, MATCH_LEAVING, on_leaving, bus);
    r = certd_bus_add_slot(bus, r, leaving);
    return r < 0 ? r : certd_bus_add_object(bus, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, vtable);
}
