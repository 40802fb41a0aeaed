/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The paged lists of certificates and requests. */

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/options.h"
#include "model/text.h"
#include "service/consumers.h"
#include "service/request.h"
#include "service/trial.h"
#include "wire/variant.h"

gboolean certd_read_page(sd_bus_message *message, CertdPage *page, GError **error)
{
    if (sd_bus_message_read(message, "su", &page->cursor, &page->limit) < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The message is not what its signature says; send it again");
        return FALSE;
    }
    if (page->limit > CERTD_LIMIT_PAGE) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "A page has at most %u rows, not %u; ask for the next one with the cursor",
                    CERTD_LIMIT_PAGE, page->limit);
        return FALSE;
    }
    if (page->limit == 0)
        page->limit = CERTD_DEFAULT_PAGE;
    return TRUE;
}

static gboolean bad_state(const char *state, GError **error)
{
    g_autofree char *quoted = certd_text_quote(state);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "There is no state %s; the interface's description lists them", quoted);
    return FALSE;
}

static gboolean check_extended(const CertdPage *page, GError **error)
{
    if (page->limit <= CERTD_LIMIT_PAGE_EXTENDED)
        return TRUE;
    g_set_error(
        error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
        "An extended page has at most %u rows, not %u; ask for the next one with the cursor",
        CERTD_LIMIT_PAGE_EXTENDED, page->limit);
    return FALSE;
}

static gboolean read_certificate_filter(CertdBus *bus, CertdOptions *reader,
                                        CertdCertificateFilter *filter, gboolean *extended,
                                        GError **error)
{
    const CertdDevice *device = certd_service_device(bus->service);
    const char *state = NULL;
    guint64 before = 0;
    filter->now = device->now(device->userdata);
    if (!certd_options_take_string(reader, "prefix", &filter->prefix, error) ||
        !certd_options_take_string(reader, "state", &state, error) ||
        !certd_options_take_unsigned(reader, "expires-before", 1, G_MAXINT64, &before, error) ||
        !certd_options_take_boolean(reader, "extended", extended, error) ||
        !certd_options_finish(reader, error))
        return FALSE;
    filter->by_state = state != NULL;
    filter->expires_before = (gint64)before;
    return state == NULL || certd_certificate_state_parse(state, &filter->state) ||
           bad_state(state, error);
}

/* The first of a(ss) @names, and how many there are. */
static void add_names(GVariantDict *dict, GVariant *names)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ss)"));
    gsize count = g_variant_n_children(names);
    for (gsize i = 0; i < MIN(count, CERTD_LIMIT_ROW_NAMES); i++) {
        g_autoptr(GVariant) name = g_variant_get_child_value(names, i);
        g_variant_builder_add_value(&builder, name);
    }
    g_variant_dict_insert_value(dict, "Names", g_variant_builder_end(&builder));
    g_variant_dict_insert(dict, "NameCount", "u", (guint32)count);
}

static void add_leaf(GVariantDict *dict, const CertdCertificateRecord *record,
                     const CertdChainRecord *chain)
{
    g_autoptr(GVariant) names =
        chain != NULL
            ? g_variant_lookup_value(chain->details, "subject-alt-names", G_VARIANT_TYPE("a(ss)"))
            : g_variant_ref_sink(certd_san_list_to_variant(record->settings->sans));
    const char *subject = "";
    if (chain != NULL)
        (void)g_variant_lookup(chain->details, "subject", "&s", &subject);
    g_variant_dict_insert(dict, "LeafSubject", "s", subject);
    if (names != NULL)
        add_names(dict, names);
}

static void add_findings(GVariantDict *dict, const GPtrArray *findings)
{
    CertdSeverity worst = CERTD_SEVERITY_NOTE;
    for (guint i = 0; i < findings->len; i++) {
        const CertdFinding *finding = g_ptr_array_index(findings, i);
        worst = MAX(worst, finding->severity);
    }
    g_variant_dict_insert(dict, "Findings", "u", findings->len);
    g_variant_dict_insert(dict, "Worst", "s", findings->len > 0 ? certd_severity_name(worst) : "");
}

/* What takes reading more of the certificate; of one that can't be read, nothing. */
static void add_extended(CertdBus *bus, GVariantDict *dict, const char *name, gboolean on_trial)
{
    g_autoptr(CertdCertificateRecord) record = certd_look_certificate(bus->service, name, NULL);
    if (record == NULL)
        return;
    g_autoptr(CertdChainRecord) chain = certd_look_chain_in_use(bus->service, record, NULL);
    g_autoptr(GPtrArray) findings = certd_look_findings(bus->service, record, chain);
    g_autoptr(GPtrArray) consumers = certd_consumers(bus->service, name, NULL);
    g_variant_dict_insert(dict, "Emergency", "b", record->emergency_chain != 0);
    g_variant_dict_insert(dict, "HasPrevious", "b", record->previous_chain != 0 || on_trial);
    g_variant_dict_insert(dict, "Renewal", "t", (guint64)MAX(record->attempt, 0));
    g_variant_dict_insert(dict, "Consumers", "u", consumers != NULL ? consumers->len : 0);
    add_leaf(dict, record, chain);
    add_findings(dict, findings);
}

static GVariant *certificate_summary(CertdBus *bus, const CertdCertificateRow *row,
                                     gboolean extended)
{
    CertdCertificateState state =
        certd_look_state_at(bus->service, row->not_before, row->not_after, row->unusable);
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    g_variant_dict_insert(&dict, "State", "s", certd_certificate_state_name(state));
    g_variant_dict_insert(&dict, "Issuer", "s", certd_issuer_name(row->issuer));
    g_variant_dict_insert(&dict, "KeyType", "s", row->key_type);
    g_variant_dict_insert_value(&dict, "Subject", certd_subject_to_variant(row->subject));
    g_variant_dict_insert(&dict, "NotBefore", "t", (guint64)MAX(row->not_before, 0));
    g_variant_dict_insert(&dict, "NotAfter", "t", (guint64)MAX(row->not_after, 0));
    g_variant_dict_insert(&dict, "Fingerprint", "s",
                          row->fingerprint != NULL ? row->fingerprint : "");
    g_variant_dict_insert(&dict, "Origin", "s", row->origin != NULL ? row->origin : "");
    g_variant_dict_insert(&dict, "Generation", "t", row->generation);
    gint64 deadline = certd_trial_deadline(bus->service, row->name);
    if (deadline > 0)
        g_variant_dict_insert(&dict, "TrialDeadline", "t", (guint64)deadline);
    if (extended)
        add_extended(bus, &dict, row->name, deadline != 0);
    return g_variant_dict_end(&dict);
}

int certd_reply_rows(sd_bus_message *message, GVariantBuilder *rows, const char *next)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = certd_variant_append(reply, g_variant_builder_end(rows));
    if (r >= 0)
        r = sd_bus_message_append(reply, "s", next);
    return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

int certd_method_list_certificates(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdPage page = {0};
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    if (options == NULL || !certd_read_page(message, &page, &failure))
        return certd_bus_fail(error, failure);
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    CertdCertificateFilter filter = {0};
    gboolean extended = FALSE;
    gboolean more = FALSE;
    if (!read_certificate_filter(bus, reader, &filter, &extended, &failure) ||
        (extended && !check_extended(&page, &failure)) ||
        (*page.cursor != '\0' && !certd_name_validate(page.cursor, &failure)))
        return certd_bus_fail(error, failure);
    g_autoptr(GPtrArray) rows =
        certd_look_certificates(bus->service, &filter, page.cursor, page.limit, &more, &failure);
    if (rows == NULL)
        return certd_bus_fail(error, failure);

    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(soa{sv})"));
    const char *next = "";
    for (guint i = 0; i < rows->len; i++) {
        const CertdCertificateRow *row = g_ptr_array_index(rows, i);
        g_autofree char *path = certd_path_certificate(row->name);
        g_variant_builder_add(&builder, "(so@a{sv})", row->name, path,
                              certificate_summary(bus, row, extended));
        next = more ? row->name : "";
    }
    return certd_reply_rows(message, &builder, next);
}

static gboolean read_request_filter(CertdOptions *reader, CertdRequestFilter *filter,
                                    GError **error)
{
    const char *state = NULL;
    if (!certd_options_take_string(reader, "certificate", &filter->certificate, error) ||
        !certd_options_take_string(reader, "state", &state, error) ||
        !certd_options_finish(reader, error) ||
        (filter->certificate != NULL && !certd_name_validate(filter->certificate, error)))
        return FALSE;
    filter->by_state = state != NULL;
    return state == NULL || certd_request_state_parse(state, &filter->state) ||
           bad_state(state, error);
}

static GVariant *request_summary(CertdBus *bus, const CertdRequestRecord *record)
{
    g_autoptr(CertdCertificateRecord) certificate =
        certd_look_certificate(bus->service, record->certificate, NULL);
    g_autofree char *hash = certd_hex(record->public_hash);
    gboolean stale =
        certificate != NULL && certd_request_out_of_date(record, certificate->settings);
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    g_variant_dict_insert(&dict, "Certificate", "s", record->certificate);
    g_variant_dict_insert(&dict, "State", "s",
                          certd_request_state_name(certd_request_state(bus->service, record)));
    g_variant_dict_insert(&dict, "Issuer", "s", certd_issuer_name(record->issuer));
    g_variant_dict_insert(&dict, "Created", "t", (guint64)MAX(record->created, 0));
    g_variant_dict_insert(&dict, "KeyType", "s", record->key_type);
    g_variant_dict_insert(&dict, "PublicKeyHash", "s", hash);
    g_variant_dict_insert_value(&dict, "Subject", certd_subject_to_variant(record->subject));
    g_variant_dict_insert(&dict, "OutOfDate", "b", stale);
    g_autoptr(GVariant) names = g_variant_ref_sink(certd_san_list_to_variant(record->sans));
    add_names(&dict, names);
    return g_variant_dict_end(&dict);
}

int certd_method_list_requests(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdPage page = {0};
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    if (options == NULL || !certd_read_page(message, &page, &failure))
        return certd_bus_fail(error, failure);
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    CertdRequestFilter filter = {0};
    gboolean more = FALSE;
    gint64 after = 0;
    if (!read_request_filter(reader, &filter, &failure))
        return certd_bus_fail(error, failure);
    if (*page.cursor != '\0' && !certd_request_id_parse(page.cursor, &after))
        return sd_bus_error_set(error, certd_error_dbus_name(CERTD_ERROR_INVALID_OPTION),
                                "The cursor is not one that a page of requests gave; begin with an "
                                "empty one");
    g_autoptr(GPtrArray) rows =
        certd_look_requests(bus->service, &filter, after, page.limit, &more, &failure);
    if (rows == NULL)
        return certd_bus_fail(error, failure);

    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(soa{sv})"));
    g_autofree char *next = g_strdup("");
    for (guint i = 0; i < rows->len; i++) {
        const CertdRequestRecord *record = g_ptr_array_index(rows, i);
        g_autofree char *path = certd_path_request(record->id);
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, record->id);
        g_variant_builder_add(&builder, "(so@a{sv})", id, path, request_summary(bus, record));
        g_free(next);
        next = g_strdup(more ? id : "");
    }
    return certd_reply_rows(message, &builder, next);
}
