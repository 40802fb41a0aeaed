/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R2, R4: no option is ever silently without effect. */
#include "model/options.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"

static CertdOptions *options_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

    g_assert_no_error(error);
    return certd_options_new(dict);
}

static void test_take(void)
{
    g_autoptr(CertdOptions) options = options_of(
        "{'s': <'text'>, 'b': <true>, 'u': <uint32 7>, 'as': <['a', 'b']>, 'v': <(1, 2)>}");
    const char *string = NULL;
    const char *const *strings = NULL;
    gboolean boolean = FALSE;
    guint64 number = 0;
    GVariant *variant = NULL;
    GError *error = NULL;

    g_assert_true(certd_options_take_string(options, "s", &string, &error));
    g_assert_true(certd_options_take_boolean(options, "b", &boolean, &error));
    g_assert_true(certd_options_take_unsigned(options, "u", 0, 7, &number, &error));
    g_assert_true(certd_options_take_strings(options, "as", &strings, &error));
    g_assert_true(certd_options_take_variant(options, "v", &variant, &error));
    g_assert_true(certd_options_finish(options, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(string, ==, "text");
    g_assert_true(boolean);
    g_assert_cmpuint(number, ==, 7);
    g_assert_cmpuint(g_strv_length((char **)strings), ==, 2);
    g_assert_cmpstr(strings[1], ==, "b");
    g_assert_cmpstr(g_variant_get_type_string(variant), ==, "(ii)");
}

static void test_absent(void)
{
    g_autoptr(CertdOptions) options = certd_options_new(NULL);
    const char *string = "before";
    const char *const *strings = NULL;
    gboolean boolean = TRUE;
    guint64 number = 42;
    GVariant *variant = NULL;

    g_assert_true(certd_options_take_string(options, "s", &string, NULL));
    g_assert_true(certd_options_take_boolean(options, "b", &boolean, NULL));
    g_assert_true(certd_options_take_unsigned(options, "u", 0, 1, &number, NULL));
    g_assert_true(certd_options_take_strings(options, "as", &strings, NULL));
    g_assert_true(certd_options_take_variant(options, "v", &variant, NULL));
    g_assert_true(certd_options_finish(options, NULL));
    g_assert_cmpstr(string, ==, "before");
    g_assert_true(boolean);
    g_assert_cmpuint(number, ==, 42);
    g_assert_null(strings);
    g_assert_null(variant);
}

static void test_wrong_types(void)
{
    g_autoptr(CertdOptions) options =
        options_of("{'s': <1>, 'b': <'yes'>, 'u': <1.5>, 'as': <[1]>, 't': <'7'>}");
    GError *errors[5] = {NULL};
    const char *string = NULL;
    const char *const *strings = NULL;
    gboolean boolean = FALSE;
    guint64 number = 3;

    g_assert_false(certd_options_take_string(options, "s", &string, &errors[0]));
    g_assert_false(certd_options_take_boolean(options, "b", &boolean, &errors[1]));
    g_assert_false(certd_options_take_unsigned(options, "u", 0, 9, &number, &errors[2]));
    g_assert_false(certd_options_take_strings(options, "as", &strings, &errors[3]));
    g_assert_false(certd_options_take_unsigned(options, "t", 0, 9, &number, &errors[4]));
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_assert_error(errors[i], CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_true(g_str_has_prefix(errors[i]->message, "Option \""));
        g_clear_error(&errors[i]);
    }
    g_assert_cmpuint(number, ==, 3);
}

static const struct {
    const char *value;
    gboolean taken;
    guint64 number;
} numbers[] = {
    {"byte 0x05", TRUE, 5},
    {"int16 5", TRUE, 5},
    {"uint16 5", TRUE, 5},
    {"int32 5", TRUE, 5},
    {"uint32 10", TRUE, 10},
    {"int64 5", TRUE, 5},
    {"uint64 5", TRUE, 5},
    {"uint32 4", FALSE, 0},
    {"uint32 11", FALSE, 0},
    {"int16 -5", FALSE, 0},
    {"int32 -1", FALSE, 0},
    {"int64 -9223372036854775808", FALSE, 0},
    {"uint64 18446744073709551615", FALSE, 0},
    {"true", FALSE, 0},
};

static void test_numbers(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *text = g_strdup_printf("{'n': <%s>}", numbers[i].value);
        g_autoptr(CertdOptions) options = options_of(text);
        g_autoptr(GError) error = NULL;
        guint64 number = 0;

        g_test_message("%s", text);
        g_assert_cmpint(certd_options_take_unsigned(options, "n", 5, 10, &number, &error), ==,
                        numbers[i].taken);
        g_assert_cmpuint(number, ==, numbers[i].number);
        if (!numbers[i].taken)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    }
}

static void test_string_limit(void)
{
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        g_autofree char *text = g_strnfill(CERTD_LIMIT_VALUE_BYTES + beyond, 'x');
        g_autofree char *dict = g_strdup_printf("{'s': <'%s'>}", text);
        g_autoptr(CertdOptions) options = options_of(dict);
        g_autoptr(GError) error = NULL;
        const char *value = NULL;

        g_assert_cmpint(certd_options_take_string(options, "s", &value, &error), ==, !beyond);
        if (beyond)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        else
            g_assert_cmpstr(value, ==, text);
    }
}

static void test_unknown(void)
{
    g_autoptr(CertdOptions) options = options_of("{'a': <1>, 'foo': <1>, 'left': <2>}");
    g_autoptr(CertdOptions) empty = options_of("{'x\\u001b': <1>}");
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) none = NULL;
    static const char *const left[] = {"left", "right", NULL};
    GVariant *value = NULL;

    g_assert_true(certd_options_take_variant(options, "a", &value, NULL));
    certd_options_leave(options, left);
    g_assert_false(certd_options_finish(options, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_assert_cmpstr(error->message, ==,
                    "Option \"foo\" is not known here; there are \"a\", \"left\", \"right\"");

    g_assert_false(certd_options_finish(empty, &none));
    g_assert_error(none, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_assert_null(strchr(none->message, '\033'));
}

static void test_twice(void)
{
    g_autoptr(CertdOptions) options = options_of("{'a': <1>, 'a': <1>}");
    g_autoptr(GError) error = NULL;
    GVariant *value = NULL;

    g_assert_true(certd_options_take_variant(options, "a", &value, NULL));
    g_assert_false(certd_options_finish(options, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_assert_nonnull(strstr(error->message, "\"a\""));
}

static void test_no_dictionary(void)
{
    g_autoptr(GVariant) text = g_variant_ref_sink(g_variant_new_string("a"));
    g_autoptr(CertdOptions) options = certd_options_new(text);
    g_autoptr(GError) error = NULL;

    g_assert_false(certd_options_finish(options, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/options/take", test_take);
    g_test_add_func("/model/options/absent", test_absent);
    g_test_add_func("/model/options/wrong-types", test_wrong_types);
    g_test_add_func("/model/options/numbers", test_numbers);
    g_test_add_func("/model/options/string-limit", test_string_limit);
    g_test_add_func("/model/options/unknown", test_unknown);
    g_test_add_func("/model/options/twice", test_twice);
    g_test_add_func("/model/options/no-dictionary", test_no_dictionary);
    return g_test_run();
}
