/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface org.certd1.TrustStore. */

#include <unistd.h>

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/names.h"
#include "service/trust.h"
#include "wire/variant.h"

/* What the list shows of a certificate; the rest is in the certificate itself. */
static const char *const shown[] = {
    "subject",     "issuer",          "serial-number",       "not-before",
    "not-after",   "key-type",        "signature-algorithm", "is-ca",
    "path-length", "permitted-names", "self-signed",         "subject-key-identifier",
};

static int add_as(sd_bus_message *message, CertdBus *bus, char type, sd_bus_error *error)
{
    g_autoptr(GError) failure = NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    int passphrase_fd = -1;
    int data_fd = certd_read_data(message, type, &failure);
    if (data_fd < 0)
        return certd_bus_fail(error, failure);
    g_autoptr(GVariant) options = certd_read_secret_options(message, &passphrase_fd, &failure);
    CertdBusCall *call = options != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    gboolean begun =
        call != NULL && certd_trust_add(bus->service, &caller, data_fd, passphrase_fd, options,
                                        certd_bus_call_strings, call, &failure);
    close(data_fd);
    if (passphrase_fd >= 0)
        close(passphrase_fd);
    return certd_bus_call_begun(call, begun, failure, error);
}

static int method_add(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return add_as(message, userdata, 'y', error);
}

static int method_add_fd(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return add_as(message, userdata, 'h', error);
}

static int method_remove(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    const char *fingerprint;
    int r = sd_bus_message_read(message, "s", &fingerprint);
    if (r < 0)
        return r;
    if (!certd_trust_remove(bus->service, &caller, fingerprint, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

static GVariant *summary(const CertdAnchorRecord *record)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(shown); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(record->details, shown[i], NULL);
        if (value != NULL)
            g_variant_dict_insert_value(&dict, shown[i], value);
    }
    const char *const *purposes = certd_trust_purpose_names(record->purposes);
    g_variant_dict_insert_value(&dict, "purposes", g_variant_new_strv(purposes, -1));
    g_variant_dict_insert(&dict, "added", "t", (guint64)MAX(record->added, 0));
    g_variant_dict_insert(&dict, "subject-hash", "s", record->subject_hash);
    g_variant_dict_insert_value(
        &dict, "certificate",
        g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, record->certificate, TRUE));
    return g_variant_dict_end(&dict);
}

static int method_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdPage page = {0};
    gboolean more = FALSE;
    if (!certd_read_page(message, &page, &failure))
        return certd_bus_fail(error, failure);
    g_autoptr(GPtrArray) records =
        certd_trust_page(bus->service, page.cursor, page.limit, &more, &failure);
    if (records == NULL)
        return certd_bus_fail(error, failure);

    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(sa{sv})"));
    const char *next = "";
    for (guint i = 0; i < records->len; i++) {
        const CertdAnchorRecord *record = g_ptr_array_index(records, i);
        g_variant_builder_add(&builder, "(s@a{sv})", record->fingerprint, summary(record));
        next = more ? record->fingerprint : "";
    }
    return certd_reply_rows(message, &builder, next);
}

static void on_verified(GPtrArray *findings, const GError *failure, void *userdata)
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

static int verify_as(sd_bus_message *message, CertdBus *bus, char type, sd_bus_error *error)
{
    g_autoptr(GError) failure = NULL;
    const char *name = NULL;
    int data_fd = certd_read_data(message, type, &failure);
    if (data_fd < 0)
        return certd_bus_fail(error, failure);
    int r = sd_bus_message_read(message, "s", &name);
    if (r < 0) {
        close(data_fd);
        return r;
    }
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdBusCall *call = options != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    gboolean begun = call != NULL && certd_trust_verify(bus->service, data_fd, name, options,
                                                        on_verified, call, &failure);
    close(data_fd);
    return certd_bus_call_begun(call, begun, failure, error);
}

static int method_verify(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return verify_as(message, userdata, 'y', error);
}

static int method_verify_fd(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return verify_as(message, userdata, 'h', error);
}

static int method_export(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *format;
    int r = sd_bus_message_read(message, "s", &format);
    if (r < 0)
        return r;
    g_autoptr(GBytes) bytes = certd_trust_export(bus->service, format, &failure);
    return certd_bus_reply_bytes(message, "anchors", bytes, failure, error);
}

static int get_property(sd_bus *connection, const char *path, const char *interface,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    guint count;
    gint64 changed;
    if (!certd_trust_state(bus->service, &count, &changed, &failure))
        return certd_bus_fail(error, failure);
    if (g_str_equal(property, "Count"))
        return sd_bus_message_append(reply, "u", count);
    return sd_bus_message_append(reply, "t", (uint64_t)MAX(changed, 0));
}

#define METHOD SD_BUS_VTABLE_UNPRIVILEGED
#define SECRET_METHOD (SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE)

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Add", SD_BUS_ARGS("ay", data, "a{sv}", options),
                            SD_BUS_RESULT("as", fingerprints), method_add, SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("AddFd", SD_BUS_ARGS("h", data, "a{sv}", options),
                            SD_BUS_RESULT("as", fingerprints), method_add_fd, SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("s", fingerprint), SD_BUS_NO_RESULT,
                            method_remove, METHOD),
    SD_BUS_METHOD_WITH_ARGS("List", SD_BUS_ARGS("s", cursor, "u", limit),
                            SD_BUS_RESULT("a(sa{sv})", anchors, "s", next), method_list, METHOD),
    SD_BUS_METHOD_WITH_ARGS("Verify", SD_BUS_ARGS("ay", chain, "s", name, "a{sv}", options),
                            SD_BUS_RESULT("a(ssss)", findings), method_verify, METHOD),
    SD_BUS_METHOD_WITH_ARGS("VerifyFd", SD_BUS_ARGS("h", chain, "s", name, "a{sv}", options),
                            SD_BUS_RESULT("a(ssss)", findings), method_verify_fd, METHOD),
    SD_BUS_METHOD_WITH_ARGS("Export", SD_BUS_ARGS("s", format), SD_BUS_RESULT("h", data),
                            method_export, METHOD),
    SD_BUS_PROPERTY("Count", "u", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Changed", "t", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_VTABLE_END,
};

int certd_truststore_register(CertdBus *bus)
{
    return certd_bus_add_object(bus, CERTD_PATH_TRUST_STORE, CERTD_INTERFACE_TRUST_STORE, vtable);
}
