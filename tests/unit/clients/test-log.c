/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What certctl log takes for a time, a user and an object. */
#include "certctl/log.h"

#define NOW 1000000000u

typedef struct {
    const char *text;
    guint64 seconds;
} TimeRow;

static const TimeRow TIMES[] = {
    {"90s", NOW - 90},
    {"30m", NOW - 1800},
    {"2h", NOW - 7200},
    {"3d", NOW - 259200},
    {"1w", NOW - 604800},
    {"0s", NOW},
    {"99999999w", 0},
    {"2001-09-09", 999993600},
    {"2001-09-09T01:46:40", NOW},
    {"2001-09-09 01:46:40", NOW},
    {"2001-09-09T01:46:40Z", NOW},
    {"2001-09-09T03:46:40+02:00", NOW},
};

static const char *const NO_TIMES[] = {
    "",           "h",           "2",         "2x",         "-2h",
    "2hh",        "h2",          "yesterday", "2001-13-01", "2001-09-09T25:00:00",
    "1969-01-01", "4294967296s",
};

static void test_times(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TIMES); i++) {
        g_autoptr(GError) error = NULL;
        guint64 seconds = 77;
        g_test_message("%s", TIMES[i].text);
        g_assert_true(certctl_log_parse_time(TIMES[i].text, NOW, &seconds, &error));
        g_assert_cmpuint(seconds, ==, TIMES[i].seconds);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(NO_TIMES); i++) {
        g_autoptr(GError) error = NULL;
        guint64 seconds = 77;
        g_test_message("%s", NO_TIMES[i]);
        g_assert_false(certctl_log_parse_time(NO_TIMES[i], NOW, &seconds, &error));
        g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
        g_assert_cmpuint(seconds, ==, 77);
    }
}

typedef struct {
    CertctlOptions options;
    const char *filter; /* as GVariant prints it; NULL: none */
} FilterRow;

static const FilterRow FILTERS[] = {
    {{0}, "@a{sv} {}"},
    {{.object = (char *)"https"}, "{'object': <'certificate/https'>}"},
    {{.object = (char *)"request/12"}, "{'object': <'request/12'>}"},
    {{.object = (char *)"request/"}, "{'object': <'request'>}"},
    {{.user = (char *)"root"}, "{'uid': <uint32 0>}"},
    {{.user = (char *)"1000"}, "{'uid': <uint32 1000>}"},
    {{.user = (char *)"certd"}, "{'uid': <uint32 4294967295>}"},
    {{.user = (char *)"unknown"}, "{'uid': <uint32 4294967294>}"},
    {{.user = (char *)"no such user"}, NULL},
    {{.user = (char *)"4294967296"}, NULL},
    {{.action = (char *)"import"}, "{'action': <'import'>}"},
    {{.failed = TRUE}, "{'outcome': <'failed'>}"},
    {{.since = (char *)"1s"}, "{'since': <uint64 999999999>}"},
    {{.until = (char *)"1970-01-01"}, "{'until': <uint64 1>}"},
    {{.until = (char *)"now"}, NULL},
};

static void test_filters(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FILTERS); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) filter = certctl_log_filter(&FILTERS[i].options, NOW, &error);
        g_test_message("%zu", i);
        if (!FILTERS[i].filter) {
            g_assert_null(filter);
            g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
            continue;
        }
        g_autofree char *printed = g_variant_print(filter, TRUE);
        g_assert_cmpstr(printed, ==, FILTERS[i].filter);
    }
}

/* Who did it, where no user has the number. */
static void test_who(void)
{
    static const struct {
        const char *row;
        const char *who;
    } rows[] = {
        {"{'uid': <uint32 4294967295>}", "certd"},
        {"{'uid': <uint32 4294967294>}", "unknown"},
        {"{'uid': <uint32 4294967293>}", "4294967293"},
        {"{'uid': <uint32 0>}", "root"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("(uint64 7, %s)", rows[i].row);
        g_autoptr(GVariant) row = g_variant_ref_sink(g_variant_new_parsed(text));
        g_auto(GStrv) cells = certctl_log_cells(row);
        g_assert_cmpstr(cells[2], ==, rows[i].who);
    }
}

static void test_cells(void)
{
    g_autoptr(GVariant) row = g_variant_ref_sink(
        g_variant_new_parsed("(uint64 7, {'time': <uint64 1000000000>, 'uid': <uint32 4294967293>, "
                             "'unit': <'a.service'>,"
                             " 'action': <'import'>, 'object': <'certificate/x'>,"
                             " 'outcome': <'org.certd1.Error.Busy'>, 'detail': <'a\\tb'>})"));
    g_auto(GStrv) cells = certctl_log_cells(row);
    g_autofree char *joined = g_strjoinv("|", cells);
    g_assert_cmpstr(joined, ==,
                    "7|2001-09-09 01:46:40 UTC|4294967293 (a.service)|import|certificate/x|Busy|"
                    "a\\u{0009}b");
    g_autoptr(GVariant) damaged =
        g_variant_ref_sink(g_variant_new_parsed("(uint64 8, {'damage': <'column uid'>})"));
    g_auto(GStrv) others = certctl_log_cells(damaged);
    g_autofree char *said = g_strjoinv("|", others);
    g_assert_cmpstr(said, ==, "8|-|-|-|-|unreadable|column uid");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/times", test_times);
    g_test_add_func("/log/filters", test_filters);
    g_test_add_func("/log/who", test_who);
    g_test_add_func("/log/cells", test_cells);
    return g_test_run();
}
