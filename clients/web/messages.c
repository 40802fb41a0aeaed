/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables messages.def and model/errors.def as Message objects. */
#include "web/messages.h"

#define OWN "Certd.1.0"

const char certd_message_registry[] = "Base.1.19";
const char certd_message_own_registry[] = OWN;

typedef struct {
    const char *id;
    gboolean own;
    guint status;
    const char *severity;
    guint n_args;
    const char *text;
    const char *resolution;
} MessageRow;

static const MessageRow rows[CERTD_MESSAGE_COUNT_] = {
#define CERTD_MESSAGE_ROW(code, id, status, severity, n_args, text, resolution)                    \
    [CERTD_MESSAGE_##code] = {id, FALSE, status, severity, n_args, text, resolution},
#define CERTD_MESSAGE_OWN_ROW(code, id, status, severity, n_args, text, resolution)                \
    [CERTD_MESSAGE_##code] = {id, TRUE, status, severity, n_args, text, resolution},
#include "web/messages.def"
#undef CERTD_MESSAGE_ROW
};

guint certd_message_status(CertdMessage message)
{
    return rows[message].status;
}

guint certd_message_args(CertdMessage message)
{
    return rows[message].n_args;
}

const char *certd_message_name(CertdMessage message)
{
    return rows[message].id;
}

gboolean certd_message_is_own(CertdMessage message)
{
    return rows[message].own;
}

const char *certd_message_template(CertdMessage message)
{
    return rows[message].text;
}

const char *certd_message_severity(CertdMessage message)
{
    return rows[message].severity;
}

const char *certd_message_resolution(CertdMessage message)
{
    return rows[message].resolution;
}

/* @template with %1 … replaced; what is in @args is not looked at again. */
static char *fill(const char *template, guint n_args, const char *const *args)
{
    GString *text = g_string_new(NULL);
    for (const char *c = template; *c != '\0'; c++) {
        if (c[0] == '%' && c[1] >= '1' && c[1] <= '9' && (guint)(c[1] - '1') < n_args) {
            g_string_append(text, args[c[1] - '1']);
            c++;
        } else {
            g_string_append_c(text, *c);
        }
    }
    return g_string_free(text, FALSE);
}

static void set_id(JsonObject *object, const char *registry, const char *name)
{
    g_autofree char *id = g_strdup_printf("%s.%s", registry, name);
    json_object_set_string_member(object, "@odata.type", "#Message.v1_3_0.Message");
    json_object_set_string_member(object, "MessageId", id);
}

/* A header has whatever bytes its client chose; JSON is UTF-8. */
static char **make_valid(guint n_args, const char *const *args)
{
    char **valid = g_new0(char *, n_args + 1);
    for (guint i = 0; i < n_args; i++)
        valid[i] = g_utf8_make_valid(args[i], -1);
    return valid;
}

JsonObject *certd_message_object(CertdMessage message, const char *pointer, const char *const *args)
{
    const MessageRow *row = &rows[message];
    g_auto(GStrv) valid = make_valid(row->n_args, args);
    JsonObject *object = json_object_new();
    set_id(object, row->own ? OWN : certd_message_registry, row->id);
    g_autofree char *text = fill(row->text, row->n_args, (const char *const *)valid);
    json_object_set_string_member(object, "Message", text);

    JsonArray *values = json_array_new();
    for (guint i = 0; i < row->n_args; i++)
        json_array_add_string_element(values, valid[i]);
    json_object_set_array_member(object, "MessageArgs", values);
    json_object_set_string_member(object, "MessageSeverity", row->severity);
    json_object_set_string_member(object, "Resolution", row->resolution);
    if (pointer) {
        g_autofree char *fragment = g_strconcat("#", pointer, NULL);
        JsonArray *related = json_array_new();
        json_array_add_string_element(related, fragment);
        json_object_set_array_member(object, "RelatedProperties", related);
    }
    return object;
}

JsonObject *certd_message_own(const char *name, const char *text)
{
    JsonObject *object = json_object_new();
    set_id(object, OWN, name);
    json_object_set_string_member(object, "Message", text);
    JsonArray *values = json_array_new();
    json_array_add_string_element(values, text);
    json_object_set_array_member(object, "MessageArgs", values);
    json_object_set_string_member(object, "MessageSeverity", "Warning");
    json_object_set_string_member(object, "Resolution", "Do what the message says.");
    return object;
}

const char *certd_message_rank(const char *severity)
{
    static const struct {
        const char *severity; /* certd's */
        const char *rank;
    } ranks[] = {{"note", "OK"}, {"warning", "Warning"}};
    for (gsize i = 0; i < G_N_ELEMENTS(ranks); i++) {
        if (g_str_equal(ranks[i].severity, severity))
            return ranks[i].rank;
    }
    return "Critical";
}

JsonObject *certd_message_finding(const char *code, const char *severity, const char *sentence,
                                  const char *remedy)
{
    const char *const args[] = {code, sentence};
    JsonObject *object = certd_message_object(CERTD_MESSAGE_OWN_FINDING, NULL, args);
    json_object_set_string_member(object, "MessageSeverity", certd_message_rank(severity));
    json_object_set_string_member(object, "Resolution", remedy);
    return object;
}
