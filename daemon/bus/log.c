/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface org.certd1.Log. */

#include "service/log.h"

#include "bus/bus-private.h"
#include "bus/journal.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/options.h"
#include "model/text.h"
#include "wire/variant.h"

static gboolean bad_value(const char *key, const char *value, const char *remedy, GError **error)
{
    g_autofree char *quoted = certd_text_quote(value);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION, "The filter \"%s\" is %s; %s", key,
                quoted, remedy);
    return FALSE;
}

static gboolean check_filter(const CertdAuditFilter *filter, GError **error)
{
    CertdAuditAction action;
    if (filter->action != NULL && !certd_audit_action_parse(filter->action, &action))
        return bad_value("action", filter->action, "take the action of an entry, such as import",
                         error);
    if (filter->outcome != NULL && !g_str_equal(filter->outcome, CERTD_AUDIT_OK) &&
        !g_str_equal(filter->outcome, "failed"))
        return bad_value("outcome", filter->outcome, "give \"ok\" or \"failed\"", error);
    if (filter->object != NULL && *filter->object == '\0')
        return bad_value("object", filter->object,
                         "give an object such as certificate/https, or a kind such as request",
                         error);
    return TRUE;
}

static gboolean read_filter(GVariant *options, CertdAuditFilter *filter, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    guint64 uid = G_MAXUINT64, since = 0, until = 0;
    if (!certd_options_take_string(reader, "object", &filter->object, error) ||
        !certd_options_take_string(reader, "action", &filter->action, error) ||
        !certd_options_take_string(reader, "outcome", &filter->outcome, error) ||
        !certd_options_take_unsigned(reader, "uid", 0, G_MAXUINT32, &uid, error) ||
        !certd_options_take_unsigned(reader, "since", 1, G_MAXINT64, &since, error) ||
        !certd_options_take_unsigned(reader, "until", 1, G_MAXINT64, &until, error) ||
        !certd_options_take_boolean(reader, "newest-first", &filter->newest_first, error) ||
        !certd_options_finish(reader, error))
        return FALSE;
    filter->by_uid = uid != G_MAXUINT64;
    filter->uid = (guint32)uid;
    filter->since = (gint64)since;
    filter->until = (gint64)until;
    return check_filter(filter, error);
}

static GVariant *entry_to_variant(const CertdAuditRecord *record)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    if (record->damage != NULL) {
        g_variant_dict_insert(&dict, "damage", "s", record->damage);
        return g_variant_dict_end(&dict);
    }
    g_variant_dict_insert(&dict, "time", "t", (guint64)MAX(record->time, 0));
    g_variant_dict_insert(&dict, "uid", "u", record->uid);
    g_variant_dict_insert(&dict, "sender", "s", record->sender);
    g_variant_dict_insert(&dict, "unit", "s", record->unit != NULL ? record->unit : "");
    g_variant_dict_insert(&dict, "action", "s", record->action);
    g_variant_dict_insert(&dict, "object", "s", record->object);
    g_variant_dict_insert(&dict, "outcome", "s", record->outcome);
    g_variant_dict_insert(&dict, "detail", "s", record->detail);
    g_variant_dict_insert(&dict, "hash", "s", record->hash);
    return g_variant_dict_end(&dict);
}

static int method_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdAuditFilter filter = {0};
    CertdPage page = {0};
    gboolean more = FALSE;
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    if (options == NULL || !certd_read_page(message, &page, &failure) ||
        !read_filter(options, &filter, &failure))
        return certd_bus_fail(error, failure);
    if (*page.cursor != '\0' && !certd_request_id_parse(page.cursor, &filter.cursor))
        return sd_bus_error_set(error, certd_error_dbus_name(CERTD_ERROR_INVALID_OPTION),
                                "The cursor is no number of a row; begin with an empty one");
    g_autoptr(GPtrArray) records =
        certd_log_page(bus->service, &filter, page.limit, &more, &failure);
    if (records == NULL)
        return certd_bus_fail(error, failure);

    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ta{sv})"));
    g_autofree char *next = g_strdup("");
    for (guint i = 0; i < records->len; i++) {
        const CertdAuditRecord *record = g_ptr_array_index(records, i);
        g_variant_builder_add(&builder, "(t@a{sv})", (guint64)MAX(record->id, 0),
                              entry_to_variant(record));
        g_free(next);
        next = more ? g_strdup_printf("%" G_GINT64_FORMAT, record->id) : g_strdup("");
    }
    return certd_reply_rows(message, &builder, next);
}

static void on_verified(gint64 first, gint64 last, const char *hash, const GError *failure,
                        void *userdata)
{
    CertdBusCall *call = userdata;
    if (failure != NULL) {
        certd_bus_call_fail(call, failure);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0 ||
        sd_bus_message_append(reply, "tts", (uint64_t)first, (uint64_t)last, hash) < 0)
        reply = sd_bus_message_unref(reply);
    certd_bus_call_reply(call, reply);
}

static int method_verify(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdBusCall *call = NULL;
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    g_autoptr(CertdOptions) reader = options != NULL ? certd_options_new(options) : NULL;
    if (reader != NULL && certd_options_finish(reader, &failure))
        call = certd_bus_call_new(bus, message, &failure);
    if (call == NULL)
        return certd_bus_fail(error, failure);
    certd_log_verify(bus->service, on_verified, call);
    return 1;
}

static int get_property(sd_bus *connection, const char *path, const char *interface,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    gint64 first, last;
    if (!certd_log_range(bus->service, &first, &last, &failure))
        return certd_bus_fail(error, failure);
    gint64 value = g_str_equal(property, "First") ? first : last;
    return sd_bus_message_append(reply, "t", (uint64_t)MAX(value, 0));
}

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("List", SD_BUS_ARGS("a{sv}", filter, "s", cursor, "u", limit),
                            SD_BUS_RESULT("a(ta{sv})", entries, "s", next), method_list,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Verify", SD_BUS_ARGS("a{sv}", options),
                            SD_BUS_RESULT("t", first, "t", last, "s", hash), method_verify,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL_WITH_ARGS("EntryAdded", SD_BUS_ARGS("t", number), 0),
    SD_BUS_PROPERTY("First", "t", get_property, 0, 0),
    SD_BUS_PROPERTY("Last", "t", get_property, 0, 0),
    SD_BUS_VTABLE_END,
};

int certd_log_register(CertdBus *bus)
{
    return certd_bus_add_object(bus, CERTD_PATH_LOG, CERTD_INTERFACE_LOG, vtable);
}

void certd_log_tell(CertdBus *bus, const CertdAuditRecord *record)
{
    certd_journal_write(record);
    if (record->id > 0)
        sd_bus_emit_signal(bus->bus, CERTD_PATH_LOG, CERTD_INTERFACE_LOG, "EntryAdded", "t",
                           (uint64_t)record->id);
}
