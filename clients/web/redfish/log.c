/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was done and what was refused. Redfish's LogEntry has neither a caller's uid nor an outcome nor a chain of hashes, so
 * the rows are a resource of our own, by pages and with the filters that certd has.
 */
#include "web/redfish/log.h"

#include <pwd.h>
#include <string.h>

#include "common/dict.h"
#include "model/limits.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/lookup.h"
#include "web/redfish/oem.h"
#include "web/route.h"

#define SERVICES CERTD_REDFISH_MANAGER "/LogServices"
#define ENTRIES CERTD_REDFISH_LOG "/Oem/Certd/Entries"
#define VERIFY "CertdLog.Verify"
/* An entry of the user database: glibc's own suggestion is 1 KiB. */
#define ACCOUNT_BYTES 4096

/* What a query may ask for: certd's filters by their names, then what belongs to the page. */
static const struct {
    const char *name;
    char type; /* as in D-Bus signatures; t is a date and time */
    gboolean filter;
} parameters[] = {
    {"object", 's', TRUE},       {"action", 's', TRUE},  {"uid", 'u', TRUE},
    {"outcome", 's', TRUE},      {"since", 't', TRUE},   {"until", 't', TRUE},
    {"newest-first", 'b', TRUE}, {"cursor", 's', FALSE}, {"limit", 'u', FALSE},
};

/* @text as a value of @type, floating; NULL where it is none. */
static GVariant *parse(const char *text, char type)
{
    guint64 number;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = type == 't' ? g_date_time_new_from_iso8601(text, utc) : NULL;
    if (type == 's')
        return g_variant_new_string(text);
    if (type == 'b' && (g_str_equal(text, "true") || g_str_equal(text, "false")))
        return g_variant_new_boolean(g_str_equal(text, "true"));
    if (type == 'u' && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, NULL))
        return g_variant_new_uint32((guint32)number);
    if (time && g_date_time_to_unix(time) > 0)
        return g_variant_new_uint64((guint64)g_date_time_to_unix(time));
    return NULL;
}

static size_t find_parameter(const char *name)
{
    size_t row = 0;
    while (row < G_N_ELEMENTS(parameters) && !g_str_equal(parameters[row].name, name))
        row++;
    return row;
}

CertdMessage certd_log_read_parameter(const char *name, const char *text, gboolean *filter,
                                      GVariant **value)
{
    size_t row = find_parameter(name);
    if (row == G_N_ELEMENTS(parameters))
        return CERTD_MESSAGE_QUERY_PARAMETER_UNSUPPORTED;
    g_autoptr(GVariant) parsed = parse(text, parameters[row].type);
    if (!parsed)
        return CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR;
    *filter = parameters[row].filter;
    *value = g_variant_ref_sink(g_steal_pointer(&parsed));
    return CERTD_MESSAGE_SUCCESS;
}

/* The arguments of List that the query means, floating; NULL with the answer filled. */
static GVariant *read_query(const CertdRequest *request, CertdAnswer *answer)
{
    GHashTableIter iter;
    void *name, *text;
    g_auto(GVariantDict) filters = G_VARIANT_DICT_INIT(NULL);
    g_auto(GVariantDict) page = G_VARIANT_DICT_INIT(NULL);
    const char *cursor = "";
    guint32 limit = 0;
    if (request->query)
        g_hash_table_iter_init(&iter, request->query);
    while (request->query && g_hash_table_iter_next(&iter, &name, &text)) {
        gboolean filter = FALSE;
        g_autoptr(GVariant) value = NULL;
        CertdMessage message = certd_log_read_parameter(name, text, &filter, &value);
        if (message == CERTD_MESSAGE_QUERY_PARAMETER_UNSUPPORTED)
            certd_answer_message(answer, message, (const char *)name);
        else if (message != CERTD_MESSAGE_SUCCESS)
            certd_answer_message(answer, message, (const char *)text, (const char *)name);
        else
            g_variant_dict_insert_value(filter ? &filters : &page, name, value);
    }
    if (certd_answer_is_error(answer))
        return NULL;
    g_variant_dict_lookup(&page, "cursor", "&s", &cursor);
    g_variant_dict_lookup(&page, "limit", "u", &limit);
    return g_variant_new("(@a{sv}su)", g_variant_dict_end(&filters), cursor, limit);
}

/* The path of the page that begins at @cursor, with what else the query had. */
static char *next_path(const CertdRequest *request, const char *cursor)
{
    GString *path = g_string_new(ENTRIES "?cursor=");
    g_string_append_uri_escaped(path, cursor, NULL, FALSE);
    for (size_t i = 0; request->query && i < G_N_ELEMENTS(parameters); i++) {
        const char *value = g_hash_table_lookup(request->query, parameters[i].name);
        if (!value || g_str_equal(parameters[i].name, "cursor"))
            continue;
        g_string_append_printf(path, "&%s=", parameters[i].name);
        g_string_append_uri_escaped(path, value, NULL, FALSE);
    }
    return g_string_free(path, FALSE);
}

/* The members of an entry that are text, and certd's names for them. */
static const char *const texts[][2] = {
    {"Sender", "sender"},   {"Unit", "unit"},     {"Action", "action"}, {"Object", "object"},
    {"Outcome", "outcome"}, {"Detail", "detail"}, {"Hash", "hash"},     {"Damage", "damage"},
};

/* The name that the device has for user @uid, NULL where it has none. Most rows are of few users, and looking for one takes
 * long. */
static const char *user_name(GHashTable *known, guint32 uid)
{
    void *name;
    if (g_hash_table_lookup_extended(known, GUINT_TO_POINTER(uid), NULL, &name))
        return name;
    char buffer[ACCOUNT_BYTES];
    struct passwd entry, *found = NULL;
    (void)getpwuid_r(uid, &entry, buffer, sizeof buffer, &found);
    name = found && g_utf8_validate(found->pw_name, -1, NULL) ? g_strdup(found->pw_name) : NULL;
    g_hash_table_insert(known, GUINT_TO_POINTER(uid), name);
    return name;
}

static JsonObject *entry_new(guint64 number, GVariant *row, GHashTable *known)
{
    JsonObject *entry = json_object_new();
    guint32 uid;
    json_object_set_int_member(entry, "Number", (gint64)number);
    certd_set_time(entry, "Time", (gint64)certd_dict_number(row, "time"));
    if (g_variant_lookup(row, "uid", "u", &uid)) {
        json_object_set_int_member(entry, "Uid", uid);
        certd_set_string(entry, "UserName", user_name(known, uid));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = NULL;
        g_variant_lookup(row, texts[i][1], "&s", &text);
        certd_set_string(entry, texts[i][0], text);
    }
    return entry;
}

static void get_entries(const CertdRequest *request, CertdAnswer *answer)
{
    GVariant *arguments = read_query(request, answer);
    g_autoptr(GVariant) reply =
        arguments ? certd_redfish_call(request, answer, CERTD_PATH_LOG, CERTD_INTERFACE_LOG, "List",
                                       arguments, "(a(ta{sv})s)", NULL, NULL)
                  : NULL;
    if (!reply)
        return;
    const char *next;
    g_autoptr(GVariant) rows = NULL;
    g_variant_get(reply, "(@a(ta{sv})&s)", &rows, &next);
    JsonArray *entries = json_array_new();
    g_autoptr(GHashTable) known = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (size_t i = 0; i < g_variant_n_children(rows); i++) {
        guint64 number;
        g_autoptr(GVariant) row = NULL;
        g_variant_get_child(rows, i, "(t@a{sv})", &number, &row);
        json_array_add_object_element(entries, entry_new(number, row, known));
    }
    JsonObject *resource =
        certd_resource_new(ENTRIES, "CertdLog.v1_0_0.Log", "Entries", "Entries of the audit log");
    json_object_set_array_member(resource, "Entries", entries);
    g_autofree char *path = *next != '\0' ? next_path(request, next) : NULL;
    certd_set_string(resource, "Entries@odata.nextLink", path);
    certd_answer_json(answer, 200, resource);
}

static void get_services(const CertdRequest *request, CertdAnswer *answer)
{
    static const char *const members[] = {CERTD_REDFISH_LOG, NULL};
    JsonObject *collection = certd_collection_new(
        request, answer, "#LogServiceCollection.LogServiceCollection", "Logs", members);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

static void get_service(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_LOG, CERTD_INTERFACE_LOG);
    if (!properties)
        return;
    JsonObject *resource =
        certd_resource_new(CERTD_REDFISH_LOG, "LogService.v1_9_0.LogService", "Audit", "Audit log");
    certd_set_string(
        resource, "Description",
        "What was done and what was refused, each row with the hash of the one before");
    json_object_set_boolean_member(resource, "ServiceEnabled", TRUE);
    certd_set_string(resource, "LogEntryType", "OEM");
    certd_set_string(resource, "OverWritePolicy", "WrapsWhenFull");
    json_object_set_int_member(resource, "MaxNumberOfRecords", CERTD_LIMIT_LOG_ROWS);
    json_object_set_boolean_member(resource, "Persistency", TRUE);
    certd_set_time(resource, "DateTime", g_get_real_time() / G_USEC_PER_SEC);
    certd_set_string(resource, "DateTimeLocalOffset", "+00:00");
    JsonObject *oem = certd_oem_new(resource, "CertdLog.v1_0_0.LogService");
    certd_link(oem, "Entries", ENTRIES);
    json_object_set_int_member(oem, "First", (gint64)certd_dict_number(properties, "First"));
    json_object_set_int_member(oem, "Last", (gint64)certd_dict_number(properties, "Last"));
    certd_oem_action(resource, CERTD_REDFISH_LOG, VERIFY);
    certd_answer_json(answer, 200, resource);
}

static void verify(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{0}};
    if (!certd_fields_check(request->body, fields, VERIFY, "", answer))
        return;
    g_autoptr(GVariant) reply =
        certd_redfish_call(request, answer, CERTD_PATH_LOG, CERTD_INTERFACE_LOG, "Verify",
                           g_variant_new("(a{sv})", NULL), "(tts)", NULL, NULL);
    if (!reply)
        return;
    guint64 first, last;
    const char *hash;
    g_variant_get(reply, "(tt&s)", &first, &last, &hash);
    JsonObject *result = json_object_new();
    certd_set_string(result, "@odata.type", "#CertdLog.v1_0_0.VerifyResponse");
    json_object_set_int_member(result, "First", (gint64)first);
    json_object_set_int_member(result, "Last", (gint64)last);
    certd_set_string(result, "Hash", hash);
    certd_answer_json(answer, 200, result);
}

const CertdRoute certd_routes_log[] = {
    {.pattern = SERVICES, .get = get_services},
    {.pattern = CERTD_REDFISH_LOG, .get = get_service},
    {.pattern = ENTRIES, .get = get_entries},
    {.pattern = CERTD_REDFISH_LOG "/Actions/Oem/" VERIFY, .post = verify},
    {0},
};
