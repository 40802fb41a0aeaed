/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/etag.h"

#include <string.h>

#define ETAG_CHARS 32u

/* What a GET says of itself: the time of the answer, the connection that it came over, the session that asked. */
static const char *const not_of_the_state[] = {
    "ClientCertificateShown", "CsrfToken", "Current", "CurrentSession", "DateTime",
    "UsedByThisConnection",   NULL};

static void add_text(GChecksum *sum, const char *text)
{
    /* With its end, so that nothing runs into the next. */
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

static void add_node(GChecksum *sum, JsonNode *node);

static void add_object(GChecksum *sum, JsonObject *object)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;
    add_text(sum, "{");
    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, &value)) {
        if (g_strv_contains(not_of_the_state, name))
            continue;
        add_text(sum, name);
        add_node(sum, value);
    }
    add_text(sum, "}");
}

static void add_node(GChecksum *sum, JsonNode *node)
{
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        add_object(sum, json_node_get_object(node));
    } else if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);
        add_text(sum, "[");
        for (guint i = 0; i < json_array_get_length(array); i++)
            add_node(sum, json_array_get_element(array, i));
        add_text(sum, "]");
    } else {
        /* A string has its quotes: it is none of the brackets. */
        g_autofree char *text = json_to_string(node, FALSE);
        add_text(sum, text);
    }
}

char *certd_etag_new(const CertdAnswer *answer)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    if (answer->status != 200 || answer->begin)
        return NULL;
    if (answer->json) {
        add_object(sum, answer->json);
    } else {
        const char *type;
        g_autoptr(GBytes) body = certd_answer_body(answer, &type);
        if (!body)
            return NULL;
        gsize size;
        const guchar *bytes = g_bytes_get_data(body, &size);
        g_checksum_update(sum, bytes, (gssize)size);
    }
    return g_strdup_printf("\"%.*s\"", (int)ETAG_CHARS, g_checksum_get_string(sum));
}
