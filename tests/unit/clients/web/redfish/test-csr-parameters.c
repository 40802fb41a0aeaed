/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each parameter of GenerateCSR, as the option of CreateRequest that it becomes; and what is refused. */
#include <string.h>

#include "model/subject.h"
#include "web/answer-private.h"
#include "web/redfish/csr-parameters.h"

#define EC "ec:secp256r1"

static const struct {
    const char *name;
    const char *body;
    const char *options; /* NULL: refused */
    const char *message; /* the MessageId's end */
    const char *pointer;
} rows[] = {
    {"empty", "{}", "@a{sv} {}", NULL, NULL},
    {"empty-texts", "{\"CommonName\":\"\",\"ChallengePassword\":\"\",\"KeyPairAlgorithm\":\"\"}",
     "@a{sv} {}", NULL, NULL},
    {"subject",
     "{\"CommonName\":\"a.example\",\"Country\":\"DE\",\"State\":\"NRW\",\"City\":\"Bonn\","
     "\"Organization\":\"O\",\"OrganizationalUnit\":\"U\",\"ContactPerson\":\"P\",\"Surname\":"
     "\"L\",\"GivenName\":\"A\","
     "\"Initials\":\"AL\",\"Email\":\"a@b.example\"}",
     "{'subject': <[('C', 'DE'), ('ST', 'NRW'), ('L', 'Bonn'), ('O', 'O'), ('OU', 'U'), "
     "('name', 'P'), ('surname', 'L'), ('givenName', 'A'), ('initials', 'AL'), ('CN', "
     "'a.example'), "
     "('emailAddress', 'a@b.example')]>}",
     NULL, NULL},
    {"names", "{\"AlternativeNames\":[\"a.example\",\"192.0.2.1\",\"RID:1.2.3\"]}",
     "{'subject-alt-names': <['DNS:a.example', 'IP:192.0.2.1', 'RID:1.2.3']>}", NULL, NULL},
    {"no-names", "{\"AlternativeNames\":[]}", "{'subject-alt-names': <@as []>}", NULL, NULL},
    {"key", "{\"KeyPairAlgorithm\":\"TPM_ALG_RSA\",\"KeyBitLength\":4096}",
     "{'key-type': <'rsa:4096'>}", NULL, NULL},
    {"curve", "{\"KeyPairAlgorithm\":\"TPM_ALG_ECDSA\",\"KeyCurveId\":\"TPM_ECC_NIST_P384\"}",
     "{'key-type': <'ec:secp384r1'>}", NULL, NULL},
    {"attributes", "{\"ChallengePassword\":\"p\",\"UnstructuredName\":\"n\"}",
     "{'challenge-password': <'p'>, 'unstructured-name': <'n'>}", NULL, NULL},
    {"usage", "{\"KeyUsage\":[\"DigitalSignature\",\"ServerAuthentication\"]}", "@a{sv} {}", NULL,
     NULL},
    {"usage-of-rsa", "{\"KeyUsage\":[\"KeyEncipherment\"],\"KeyPairAlgorithm\":\"TPM_ALG_RSA\"}",
     "{'key-type': <'rsa:3072'>}", NULL, NULL},
    {"usage-not-of-ec", "{\"KeyUsage\":[\"DigitalSignature\",\"KeyEncipherment\"]}", NULL,
     "ActionParameterValueNotInList", "/KeyUsage/1"},
    {"usage-unknown", "{\"KeyUsage\":[\"<b>\"]}", NULL, "ActionParameterValueNotInList",
     "/KeyUsage/0"},
    {"algorithm-unknown", "{\"KeyPairAlgorithm\":\"RSA\"}", NULL, "ActionParameterValueNotInList",
     "/KeyPairAlgorithm"},
    {"bits-unknown", "{\"KeyPairAlgorithm\":\"TPM_ALG_RSA\",\"KeyBitLength\":1}", NULL,
     "ActionParameterValueNotInList", "/KeyBitLength"},
    {"curve-unknown", "{\"KeyPairAlgorithm\":\"TPM_ALG_ECDSA\",\"KeyCurveId\":\"P-256\"}", NULL,
     "ActionParameterValueNotInList", "/KeyCurveId"},
    {"bits-without-algorithm", "{\"KeyBitLength\":2048}", NULL, "ActionParameterMissing",
     "/KeyPairAlgorithm"},
};

static void check_refusal(const CertdAnswer *answer, const char *id, const char *pointer)
{
    g_assert_true(certd_answer_is_error(answer));
    g_assert_cmpuint(answer->status, ==, 400);
    JsonObject *message = json_array_get_object_element(answer->messages, 0);
    const char *found = strrchr(json_object_get_string_member(message, "MessageId"), '.') + 1;
    g_assert_cmpstr(found, ==, id);
    if (!pointer)
        return;
    JsonArray *related = json_object_get_array_member(message, "RelatedProperties");
    const char *place = json_array_get_string_element(related, 0);
    g_assert_cmpstr(place + (*place == '#'), ==, pointer);
}

/* @text and what is sent for whatever it leaves out: nothing is taken from an earlier request. Floating. */
static GVariant *with_defaults(const char *text)
{
    g_autoptr(GVariant) given = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
    const char *const none[] = {NULL};
    g_assert_nonnull(given);
    GVariantDict dict;
    g_variant_dict_init(&dict, given);
    if (!g_variant_dict_contains(&dict, "key-type"))
        g_variant_dict_insert(&dict, "key-type", "s", "ec:secp256r1");
    if (!g_variant_dict_contains(&dict, "subject-alt-names"))
        g_variant_dict_insert_value(&dict, "subject-alt-names", g_variant_new_strv(none, -1));
    return g_variant_dict_end(&dict);
}

static void test_row(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(CertdAnswer) answer = certd_answer_new();
    g_autoptr(JsonNode) node = json_from_string(rows[i].body, NULL);
    GVariant *made = certd_csr_options(json_node_get_object(node), EC, answer);
    g_autoptr(GVariant) options = made ? g_variant_ref_sink(made) : NULL;
    if (!rows[i].options) {
        g_assert_null(options);
        check_refusal(answer, rows[i].message, rows[i].pointer);
        return;
    }
    g_assert_nonnull(options);
    g_autoptr(GVariant) expected = g_variant_ref_sink(with_defaults(rows[i].options));
    g_autofree char *text = g_variant_print(options, TRUE);
    g_assert_true(g_variant_is_of_type(options, G_VARIANT_TYPE_VARDICT));
    g_assert_cmpuint(g_variant_n_children(options), ==, g_variant_n_children(expected));
    g_test_message("%s", text);
    GVariantIter iter;
    const char *key;
    GVariant *value;
    g_variant_iter_init(&iter, expected);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        g_autoptr(GVariant) given = g_variant_lookup_value(options, key, NULL);
        g_assert_nonnull(given);
        g_assert_true(g_variant_equal(given, value));
        g_variant_unref(value);
    }
}

/* R2: each parameter of the subject is an attribute that certd has. */
static void test_subject(void)
{
    const char *type;
    guint n = 0;
    for (; certd_csr_subject_parameter(n, &type); n++) {
        gboolean known = FALSE;
        const char *name = certd_csr_subject_parameter(n, NULL);
        for (const CertdField *field = certd_csr_fields; field->name; field++)
            known = known || g_str_equal(field->name, name);
        g_assert_true(known);
        g_assert_nonnull(certd_attribute_type_find(type));
    }
    g_assert_cmpuint(n, ==, 11);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/web/redfish/csr-parameters/", rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/web/redfish/csr-parameters/attributes-of-subject", test_subject);
    return g_test_run();
}
