/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages, times and object paths as people and the bus see them. */
#include <glib.h>

#include "common/clean.h"
#include "common/path.h"
#include "common/when.h"

#define DAY G_GUINT64_CONSTANT(86400)
#define NOW G_GUINT64_CONSTANT(1795224056)

static const struct {
    const char *name;
    const char *text;
    const char *clean;
} messages[] = {
    {"clean", "Country \"UK\" is no code", "Country \"UK\" is no code"},
    {"escaped-once", "Name \"\\u{202E}\" is bad", "Name \"\\u{202E}\" is bad"},
    {"escape-sequence", "a\033[2Jb", "a\\u{001B}[2Jb"},
    {"override", "a\u202eb", "a\\u{202E}b"},
    {"lines", "first\nsec\tond", "first\nsec\\u{0009}ond"},
    {"not-utf8", "a\xff", "a\\xFF"},
};

static void test_message(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autofree char *clean = certd_clean_lines(messages[i].text);
    g_assert_cmpstr(clean, ==, messages[i].clean);
}

/* Ids are decimal and stand as they are; anything else that is typed is still a path. */
static const struct {
    const char *name;
    const char *id;
    const char *path;
} paths[] = {
    {"name", "https", "/p/https"},      {"digit-first", "17", "/p/17"},
    {"digit-later", "a17", "/p/a17"},   {"dash-dot", "a-b.c", "/p/a_2db_2ec"},
    {"underscore", "a_b", "/p/a_5fb"},  {"empty", "", "/p/_"},
    {"slash", "../x", "/p/_2e_2e_2fx"}, {"not-ascii", "ü", "/p/_c3_bc"},
};

static void test_path(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autofree char *path = certd_path_encode("/p", paths[i].id);
    g_assert_cmpstr(path, ==, paths[i].path);
    g_assert_true(g_variant_is_object_path(path));
    g_autofree char *id = certd_path_id(path);
    g_assert_cmpstr(id, ==, paths[i].id);
}

static void test_when(void)
{
    const struct {
        guint64 seconds;
        const char *text;
    } rows[] = {
        {0, "-"},
        {1, "1970-01-01 00:00:01 UTC"},
        {NOW, "2026-11-21 01:20:56 UTC"},
        {G_GUINT64_CONSTANT(253402300799), "9999-12-31 23:59:59 UTC"},
        {G_GUINT64_CONSTANT(253402300800), "@253402300800"},
        {G_MAXUINT64, "@18446744073709551615"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = certd_when_print(rows[i].seconds);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void test_distance(void)
{
    const struct {
        guint64 seconds;
        const char *text;
    } rows[] = {
        {NOW + DAY - 1, "in less than a day"},
        {NOW + DAY, "in 1 day"},
        {NOW + 3 * DAY, "in 3 days"},
        {NOW, "less than a day ago"},
        {NOW - DAY, "1 day ago"},
        {NOW - 9 * DAY, "9 days ago"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = certd_when_distance(rows[i].seconds, NOW);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

/* R38: what is left of a trial. */
static void test_left(void)
{
    static const struct {
        guint64 left;
        const char *text;
    } rows[] = {
        {0, "0 s"},          {1, "1 s"},          {59, "59 s"},
        {60, "1 min 0 s"},   {125, "2 min 5 s"},  {3599, "59 min 59 s"},
        {3600, "1 h 0 min"}, {7325, "2 h 2 min"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = certd_when_left(NOW + rows[i].left, NOW);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
    g_autofree char *past = certd_when_left(NOW - 5, NOW);
    g_assert_cmpstr(past, ==, "0 s");
}

/* R41: a third of the lifetime, and 30 days; each at the limit and one second before it. */
static const struct {
    const char *name;
    guint64 lifetime;
    guint64 left;
    gboolean is_due;
} dues[] = {
    {"third", 300 * DAY, 100 * DAY, TRUE},
    {"more-than-a-third", 300 * DAY, 100 * DAY + 1, FALSE},
    {"thirty-days", 60 * DAY, 30 * DAY, TRUE},
    {"more-than-thirty-days", 60 * DAY, 30 * DAY + 1, FALSE},
    {"over", 300 * DAY, 0, TRUE},
};

static void test_due(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    guint64 not_after = NOW + dues[i].left;
    g_assert_cmpint(certd_when_is_due(not_after - dues[i].lifetime, not_after, NOW), ==,
                    dues[i].is_due);
}

/* R41: what renews itself is late at a third, and at no other time before its end. */
static const struct {
    const char *name;
    guint64 lifetime;
    guint64 left;
    gboolean is_late;
} lates[] = {
    {"third", 300 * DAY, 100 * DAY, TRUE},
    {"more-than-a-third", 300 * DAY, 100 * DAY + 1, FALSE},
    {"short-one", 30 * DAY, 29 * DAY, FALSE},
    {"over", 300 * DAY, 0, TRUE},
};

static void test_late(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    guint64 not_after = NOW + lates[i].left;
    g_assert_cmpint(certd_when_is_late(not_after - lates[i].lifetime, not_after, NOW), ==,
                    lates[i].is_late);
}

#define ADD(prefix, rows, function)                                                                \
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {                                              \
        g_autofree char *path = g_strconcat("/clients/" prefix "/", rows[i].name, NULL);           \
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), function);                                 \
    }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("clean", messages, test_message)
    ADD("path", paths, test_path)
    ADD("due", dues, test_due)
    ADD("late", lates, test_late)
    g_test_add_func("/clients/when/print", test_when);
    g_test_add_func("/clients/when/distance", test_distance);
    g_test_add_func("/clients/when/left", test_left);
    return g_test_run();
}
