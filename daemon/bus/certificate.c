/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface org.certd1.Certificate. */

#include <unistd.h>

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/options.h"
#include "model/text.h"
#include "service/configure.h"
#include "service/export.h"
#include "service/import.h"
#include "service/request.h"
#include "service/reset.h"
#include "service/trial.h"
#include "wire/memfd.h"
#include "wire/variant.h"

/* The certificate that @message is for: its path has a name, or the object would not have been
 * found. Caller frees. */
static char *name_of(sd_bus_message *message)
{
    return certd_path_certificate_name(sd_bus_message_get_path(message));
}

static int method_configure(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = name_of(message);
    g_autoptr(GVariant) settings = certd_read_options(message, &failure);
    CertdCaller caller = certd_bus_caller(bus, message);
    if (settings == NULL || !certd_configure(bus->service, &caller, name, settings, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

typedef gboolean (*ChangeSan)(CertdService *service, const CertdCaller *caller, const char *name,
                              const char *type, const char *value, GError **error);

static int change_san(sd_bus_message *message, CertdBus *bus, ChangeSan change, sd_bus_error *error)
{
    g_autoptr(GError) failure = NULL;
    const char *type, *value;
    int r = sd_bus_message_read(message, "ss", &type, &value);
    if (r < 0)
        return r;
    g_autofree char *name = name_of(message);
    CertdCaller caller = certd_bus_caller(bus, message);
    if (!change(bus->service, &caller, name, type, value, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

static int method_add_san(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return change_san(message, userdata, certd_add_san, error);
}

static int method_remove_san(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return change_san(message, userdata, certd_remove_san, error);
}

static int method_set_sans(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = name_of(message);
    g_autoptr(GVariant) names = certd_variant_read(message, "a(ss)", &failure);
    CertdCaller caller = certd_bus_caller(bus, message);
    if (names == NULL || !certd_set_sans(bus->service, &caller, name, names, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

static int method_create_request(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *issuer;
    int r = sd_bus_message_read(message, "s", &issuer);
    if (r < 0)
        return r;
    gint64 id;
    g_autofree char *name = name_of(message);
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdCaller caller = certd_bus_caller(bus, message);
    if (options == NULL ||
        !certd_request_create(bus->service, &caller, name, issuer, options, &id, &failure))
        return certd_bus_fail(error, failure);
    g_autofree char *path = certd_path_request(id);
    return sd_bus_reply_method_return(message, "o", path);
}

static void on_imported(GPtrArray *findings, const GError *failure, void *userdata)
{
    CertdBusCall *call = userdata;
    if (failure != NULL) {
        certd_bus_call_fail(call, failure);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0 ||
        certd_variant_append(reply, certd_finding_list_to_variant(findings)) < 0)
        reply = sd_bus_message_unref(reply);
    certd_bus_call_reply(call, reply);
}

/* The input brings a key: that is an action of its own. */
static void ask_key(void *userdata, CertdDone then, void *then_userdata)
{
    CertdBusCall *call = userdata;
    g_autofree char *name = name_of(call->message);
    certd_gate_ask(call->bus->gate, call->message, CERTD_ACTION_IMPORT_KEY, name, then,
                   then_userdata);
}

/* The rest of both imports; the descriptors are the caller's. */
static gboolean import(CertdBus *bus, sd_bus_message *message, CertdImportInput *input,
                       GVariant *options, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    if (!certd_options_take_strings(reader, "accept", &input->accept, error) ||
        !certd_options_take_boolean(reader, "exportable", &input->exportable, error) ||
        !certd_options_take_boolean(reader, "dry-run", &input->dry_run, error) ||
        !certd_options_take_boolean(reader, "certificates-only", &input->certificates_only,
                                    error) ||
        !certd_trial_take(reader, &input->trial_seconds, error) ||
        !certd_options_finish(reader, error))
        return FALSE;
    CertdCaller caller = certd_bus_caller(bus, message);
    g_autofree char *name = name_of(message);
    CertdBusCall *call = certd_bus_call_new(bus, message, error);
    if (call == NULL)
        return FALSE;
    if (certd_import(bus->service, &caller, name, input, caller.uid != 0 ? ask_key : NULL,
                     on_imported, call, error))
        return TRUE;
    certd_bus_call_free(call);
    return FALSE;
}

static int import_as(sd_bus_message *message, CertdBus *bus, char type, sd_bus_error *error)
{
    g_autoptr(GError) failure = NULL;
    CertdImportInput input = {.passphrase_fd = -1};
    input.data_fd = certd_read_data(message, type, &failure);
    if (input.data_fd < 0)
        return certd_bus_fail(error, failure);
    g_autoptr(GVariant) options =
        certd_read_secret_options(message, &input.passphrase_fd, &failure);
    gboolean begun = options != NULL && import(bus, message, &input, options, &failure);
    close(input.data_fd);
    if (input.passphrase_fd >= 0)
        close(input.passphrase_fd);
    return begun ? 1 : certd_bus_fail(error, failure);
}

static int method_import(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return import_as(message, userdata, 'y', error);
}

static int method_import_fd(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return import_as(message, userdata, 'h', error);
}

static int method_confirm(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = name_of(message);
    CertdCaller caller = certd_bus_caller(bus, message);
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    if (options == NULL || !certd_confirm(bus->service, &caller, name, options, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

static int method_rollback(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = name_of(message);
    CertdCaller caller = certd_bus_caller(bus, message);
    if (!certd_rollback(bus->service, &caller, name, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

static void on_exported(GBytes *bytes, int fd, const GError *failure, void *userdata)
{
    CertdBusCall *call = userdata;
    g_autoptr(GError) no_memfd = NULL;
    int made = -1;
    if (failure == NULL && bytes != NULL) {
        size_t size;
        const void *data = g_bytes_get_data(bytes, &size);
        made = certd_memfd_new("certificate", data, size, &no_memfd);
    }
    if (failure != NULL || no_memfd != NULL) {
        certd_bus_call_fail(call, failure != NULL ? failure : no_memfd);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0 ||
        sd_bus_message_append(reply, "h", made >= 0 ? made : fd) < 0)
        reply = sd_bus_message_unref(reply);
    if (made >= 0)
        close(made);
    certd_bus_call_reply(call, reply);
}

static int method_export(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    int passphrase_fd = -1;
    const char *format;
    int r = sd_bus_message_read(message, "s", &format);
    if (r < 0)
        return r;
    g_autofree char *name = name_of(message);
    CertdCaller caller = certd_bus_caller(bus, message);
    g_autoptr(GVariant) options = certd_read_secret_options(message, &passphrase_fd, &failure);
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    CertdBusCall *call = NULL;
    if (options != NULL && certd_options_finish(reader, &failure))
        call = certd_bus_call_new(bus, message, &failure);
    gboolean begun = call != NULL && certd_export(bus->service, &caller, name, format,
                                                  passphrase_fd, on_exported, call, &failure);
    if (passphrase_fd >= 0)
        close(passphrase_fd);
    return certd_bus_call_begun(call, begun, failure, error);
}

static int method_reset(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = name_of(message);
    CertdCaller caller = certd_bus_caller(bus, message);
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdBusCall *call = options != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    gboolean begun = call != NULL && certd_reset(bus->service, &caller, name, options,
                                                 certd_bus_call_done, call, &failure);
    return certd_bus_call_begun(call, begun, failure, error);
}

static int method_remove(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = name_of(message);
    CertdCaller caller = certd_bus_caller(bus, message);
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    if (options == NULL || !certd_remove(bus->service, &caller, name, options, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

#define METHOD SD_BUS_VTABLE_UNPRIVILEGED
#define SECRET_METHOD (SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE)
#define CONSTANT(name, type)                                                                       \
    SD_BUS_PROPERTY(name, type, certd_certificate_get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST)
#define CHANGING(name, type)                                                                       \
    SD_BUS_PROPERTY(name, type, certd_certificate_get_property, 0,                                 \
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
#define BIG(name, type)                                                                            \
    SD_BUS_PROPERTY(name, type, certd_certificate_get_property, 0,                                 \
                    SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION)

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Configure", SD_BUS_ARGS("a{sv}", settings), SD_BUS_NO_RESULT,
                            method_configure, METHOD),
    SD_BUS_METHOD_WITH_ARGS("AddSubjectAltName", SD_BUS_ARGS("s", type, "s", value),
                            SD_BUS_NO_RESULT, method_add_san, METHOD),
    SD_BUS_METHOD_WITH_ARGS("RemoveSubjectAltName", SD_BUS_ARGS("s", type, "s", value),
                            SD_BUS_NO_RESULT, method_remove_san, METHOD),
    SD_BUS_METHOD_WITH_ARGS("SetSubjectAltNames", SD_BUS_ARGS("a(ss)", names), SD_BUS_NO_RESULT,
                            method_set_sans, METHOD),
    SD_BUS_METHOD_WITH_ARGS("CreateRequest", SD_BUS_ARGS("s", issuer, "a{sv}", options),
                            SD_BUS_RESULT("o", request), method_create_request, SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("Import", SD_BUS_ARGS("ay", data, "a{sv}", options),
                            SD_BUS_RESULT("a(ssss)", findings), method_import, SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("ImportFd", SD_BUS_ARGS("h", data, "a{sv}", options),
                            SD_BUS_RESULT("a(ssss)", findings), method_import_fd, SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("Confirm", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                            method_confirm, METHOD),
    SD_BUS_METHOD("Rollback", NULL, NULL, method_rollback, METHOD),
    SD_BUS_METHOD_WITH_ARGS("Export", SD_BUS_ARGS("s", format, "a{sv}", options),
                            SD_BUS_RESULT("h", data), method_export, SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("AddConsumer", SD_BUS_ARGS("s", kind, "s", name, "s", action),
                            SD_BUS_NO_RESULT, certd_method_add_consumer, METHOD),
    SD_BUS_METHOD_WITH_ARGS("RemoveConsumer", SD_BUS_ARGS("s", kind, "s", name), SD_BUS_NO_RESULT,
                            certd_method_remove_consumer, METHOD),
    SD_BUS_METHOD_WITH_ARGS("SetConsumers", SD_BUS_ARGS("a(sss)", consumers), SD_BUS_NO_RESULT,
                            certd_method_set_consumers, METHOD),
    SD_BUS_METHOD_WITH_ARGS("OpenCredential", SD_BUS_ARGS("s", part),
                            SD_BUS_RESULT("h", data, "t", generation), certd_method_open_credential,
                            SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("Reset", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_reset,
                            METHOD),
    SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                            method_remove, METHOD),
    CONSTANT("Name", "s"),
    CHANGING("Subject", "a(ss)"),
    CHANGING("SubjectAltNames", "a(ss)"),
    CHANGING("KeyType", "s"),
    CHANGING("Digest", "s"),
    CHANGING("Days", "u"),
    CHANGING("CopyCommonName", "b"),
    CHANGING("ReuseKey", "b"),
    CHANGING("Issuer", "s"),
    CHANGING("State", "s"),
    CHANGING("Emergency", "b"),
    CHANGING("Renewal", "t"),
    BIG("Requests", "ao"),
    BIG("Chain", "s"),
    BIG("Details", "a{sv}"),
    CHANGING("NotBefore", "t"),
    CHANGING("NotAfter", "t"),
    CHANGING("Fingerprint", "s"),
    CHANGING("Origin", "s"),
    CHANGING("HasPrevious", "b"),
    CHANGING("Previous", "a{sv}"),
    CHANGING("KeyExportable", "b"),
    CHANGING("Generation", "t"),
    CHANGING("TrialDeadline", "t"),
    BIG("Findings", "a(ssss)"),
    CHANGING("Consumers", "a(sss)"),
    SD_BUS_VTABLE_END,
};

static int find(sd_bus *connection, const char *path, const char *interface, void *userdata,
                void **found, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = certd_path_certificate_name(path);
    if (g_str_equal(path, CERTD_PATH_CERTIFICATE))
        return 0;
    if (name == NULL)
        return sd_bus_error_setf(error, certd_error_dbus_name(CERTD_ERROR_NO_SUCH_CERTIFICATE),
                                 "%s is no certificate's path; take one from ListCertificates",
                                 path);
    /* One that is damaged is there too: it can be reset. */
    if (!certd_look_certificate_exists(bus->service, name, &failure))
        return certd_bus_fail(error, failure);
    *found = bus;
    return 1;
}

static int enumerate(sd_bus *connection, const char *prefix, void *userdata, char ***nodes,
                     sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const CertdCertificateFilter all = {0};
    gboolean more;
    g_autoptr(GPtrArray) rows = certd_look_certificates(
        bus->service, &all, "", CERTD_LIMIT_INTROSPECTED_CHILDREN, &more, &failure);
    if (rows == NULL)
        return certd_bus_fail(error, failure);
    char **paths = g_new0(char *, rows->len + 1);
    for (guint i = 0; i < rows->len; i++)
        paths[i] =
            certd_path_certificate(((const CertdCertificateRow *)g_ptr_array_index(rows, i))->name);
    *nodes = paths;
    return 0;
}

int certd_certificate_register(CertdBus *bus)
{
    return certd_bus_add_objects(bus, CERTD_PATH_CERTIFICATE, CERTD_INTERFACE_CERTIFICATE, vtable,
                                 find, enumerate);
}
