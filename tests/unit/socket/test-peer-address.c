/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The address that systemd connects from, and whatever else a peer can be bound to. */
#include "socket/peer-address.h"

#include <string.h>
#include <sys/un.h>

#define ADDRESS(text) "\0" text, sizeof(text)

static const struct {
    const char *name;
    const char *path;
    size_t size;
    const char *unit; /* NULL: it is refused */
    const char *id;
} rows[] = {
    {"as seen", ADDRESS("2366dcc42c50bb62/unit/t.service/tls.key"), "t.service", "tls.key"},
    {"a short number", ADDRESS("0/unit/t.service/a.crt"), "t.service", "a.crt"},
    {"an instance", ADDRESS("f/unit/a@b-c.service/a.b.pem"), "a@b-c.service", "a.b.pem"},
    {"escapes", ADDRESS("f/unit/a\\x2db.service/x"), "a\\x2db.service", "x"},
    {"a hidden id", ADDRESS("f/unit/t.service/.a"), "t.service", ".a"},
    {"nothing", "", 0, NULL, NULL},
    {"a NUL alone", "\0", 1, NULL, NULL},
    {"a path", "/run/f/unit/t.service/tls.key", 29, NULL, NULL},
    {"no NUL before it", "f/unit/t.service/tls.key", 24, NULL, NULL},
    {"a NUL behind it", "\0f/unit/t.service/tls.key", 26, NULL, NULL},
    {"a NUL in the unit", ADDRESS("f/unit/t.service\0.service/tls.key"), NULL, NULL},
    {"a NUL in the id", ADDRESS("f/unit/t.service/a\0b"), NULL, NULL},
    {"no number", ADDRESS("/unit/t.service/tls.key"), NULL, NULL},
    {"17 digits", ADDRESS("12345678123456781/unit/t.service/tls.key"), NULL, NULL},
    {"upper case", ADDRESS("FF/unit/t.service/tls.key"), NULL, NULL},
    {"no hex", ADDRESS("0x1/unit/t.service/tls.key"), NULL, NULL},
    {"no word unit", ADDRESS("f/user/t.service/tls.key"), NULL, NULL},
    {"no unit", ADDRESS("f/unit//tls.key"), NULL, NULL},
    {"no id", ADDRESS("f/unit/t.service/"), NULL, NULL},
    {"no slash before the id", ADDRESS("f/unit/t.service"), NULL, NULL},
    {"a slash in the id", ADDRESS("f/unit/t.service/a/b"), NULL, NULL},
    {"a slash behind it", ADDRESS("f/unit/t.service/a/"), NULL, NULL},
    {"the folder", ADDRESS("f/unit/t.service/."), NULL, NULL},
    {"the folder above", ADDRESS("f/unit/t.service/.."), NULL, NULL},
    {"a blank in the id", ADDRESS("f/unit/t.service/a b"), NULL, NULL},
    {"a line break in the id", ADDRESS("f/unit/t.service/a\n"), NULL, NULL},
    {"no ASCII in the id", ADDRESS("f/unit/t.service/\xc3\xa4"), NULL, NULL},
    {"no ASCII in the unit", ADDRESS("f/unit/\xc3\xa4.service/a"), NULL, NULL},
    {"a socket unit", ADDRESS("f/unit/t.socket/tls.key"), NULL, NULL},
    {"a template", ADDRESS("f/unit/t@.service/tls.key"), NULL, NULL},
    {"the suffix alone", ADDRESS("f/unit/.service/tls.key"), NULL, NULL},
};

static void test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char before = 'x';
        char *unit = &before, *id = &before;
        /* A copy of that size: reading beyond it shows. */
        g_autofree char *path = g_memdup2(rows[i].path, MAX(rows[i].size, 1));
        g_test_message("%s", rows[i].name);
        gboolean taken = certd_peer_address_parse(path, rows[i].size, &unit, &id);
        g_assert_cmpint(taken, ==, rows[i].unit != NULL);
        if (!taken) {
            g_assert_true(unit == &before && id == &before);
            continue;
        }
        g_assert_cmpstr(unit, ==, rows[i].unit);
        g_assert_cmpstr(id, ==, rows[i].id);
        g_free(unit);
        g_free(id);
    }
}

/* As long as an address can be, and one more than that. */
static void test_longest(void)
{
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path + 1];
    const char begin[] = "\0f/unit/t.service/";
    g_autofree char *unit = NULL;
    g_autofree char *id = NULL;
    memset(path, 'a', sizeof path);
    memcpy(path, begin, sizeof begin - 1);
    g_assert_true(certd_peer_address_parse(path, sizeof path - 1, &unit, &id));
    g_assert_cmpuint(strlen(id), ==, sizeof path - 1 - (sizeof begin - 1));
    g_assert_false(certd_peer_address_parse(path, sizeof path, &unit, &id));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer-address/rows", test_rows);
    g_test_add_func("/peer-address/longest", test_longest);
    return g_test_run();
}
