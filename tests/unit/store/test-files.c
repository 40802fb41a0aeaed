/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Damaged files are told from whole ones, and set aside as they are (R51). */
#include "fixture.h"

#include "model/error.h"
#include "store/schema.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *name;
    void (*damage)(Fixture *fixture);
} DamageRow;

static void patch(const char *path, size_t offset, const char *bytes, size_t size)
{
    int fd = g_open(path, O_WRONLY | O_CREAT, 0600);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(pwrite(fd, bytes, size, (off_t)offset), ==, (gssize)size);
    close(fd);
}

static void damage_random(Fixture *fixture)
{
    char bytes[8192];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 131 + 7);
    patch(fixture->path, 0, bytes, sizeof bytes);
}

static void damage_middle(Fixture *fixture)
{
    char bytes[4096];

    memset(bytes, 0xa5, sizeof bytes);
    for (size_t page = 1; page < 40; page++)
        patch(fixture->path, page * 4096, bytes, sizeof bytes);
}

static void damage_truncated(Fixture *fixture)
{
    g_assert_cmpint(truncate(fixture->path, 4096 * 3 + 100), ==, 0);
}

static void damage_text(Fixture *fixture)
{
    g_assert_true(g_file_set_contents(fixture->path, "This is a text file.\n", -1, NULL));
}

static void damage_table(Fixture *fixture)
{
    fixture_sql(fixture, "DROP TABLE request");
}

static void damage_trigger(Fixture *fixture)
{
    fixture_sql(fixture, "DROP TRIGGER certificate_inserted");
}

static void damage_foreign(Fixture *fixture)
{
    fixture_sql(fixture, "PRAGMA user_version = 0");
}

static void damage_negative(Fixture *fixture)
{
    fixture_sql(fixture, "PRAGMA user_version = -5");
}

static void damage_reference(Fixture *fixture)
{
    fixture_sql(fixture, "UPDATE certificate SET previous_chain = 99");
}

static void damage_write_version(Fixture *fixture)
{
    patch(fixture->path, 18, "\x09", 1);
}

static void damage_wal(Fixture *fixture)
{
    g_autofree char *wal = g_strconcat(fixture->path, "-wal", NULL);
    char bytes[8192];

    memset(bytes, 0x5a, sizeof bytes);
    patch(wal, 0, bytes, sizeof bytes);
}

static void damage_only_wal(Fixture *fixture)
{
    g_autofree char *wal = g_strconcat(fixture->path, "-wal", NULL);

    g_assert_cmpint(g_rename(fixture->path, wal), ==, 0);
}

static const DamageRow DAMAGES[] = {
    {"random bytes", damage_random},
    {"middle", damage_middle},
    {"truncated", damage_truncated},
    {"text", damage_text},
    {"no table", damage_table},
    {"no trigger", damage_trigger},
    {"tables without version", damage_foreign},
    {"negative version", damage_negative},
    {"dangling reference", damage_reference},
    {"write version", damage_write_version},
    {"garbage in the log", damage_wal},
    {"a log and no database", damage_only_wal},
};

/* The contents of @name in the directory and of its log, together. */
static char *contents(Fixture *fixture, const char *name, size_t *size)
{
    g_autofree char *path = g_build_filename(fixture->directory, name, NULL);
    g_autofree char *wal = g_strconcat(path, "-wal", NULL);
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;
    size_t sizes[2] = {0, 0};

    g_file_get_contents(path, &first, &sizes[0], NULL);
    g_file_get_contents(wal, &second, &sizes[1], NULL);
    char *both = g_malloc(sizes[0] + sizes[1] + 1);
    if (first)
        memcpy(both, first, sizes[0]);
    if (second)
        memcpy(both + sizes[0], second, sizes[1]);
    *size = sizes[0] + sizes[1];
    return both;
}

/* R51 */
static void test_damage(Fixture *fixture, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
        size_t before_size = 0;
        size_t after_size = 0;
        g_test_message("%s", DAMAGES[i].name);
        fixture_add_committed(fixture, "https");
        fixture_close(fixture);
        DAMAGES[i].damage(fixture);
        g_autofree char *before = contents(fixture, "keystore.db", &before_size);
        g_autofree char *aside = fixture_open(fixture, CERTD_STORE_SET_ASIDE);
        g_assert_true(g_regex_match_simple("^keystore\\.db\\.damaged-[0-9]{8}T[0-9]{6}Z(-[0-9]+)?$",
                                           aside, 0, 0));
        g_autofree char *after = contents(fixture, aside, &after_size);
        if (DAMAGES[i].damage != damage_table && DAMAGES[i].damage != damage_trigger)
            g_assert_cmpmem(before, before_size, after, after_size);
        g_assert_cmpuint(after_size, >, 0);
        g_assert_cmpuint(fixture_count(fixture), ==, 0);
    }
}

static void test_empty_file(Fixture *fixture, const void *data)
{
    fixture_close(fixture);
    g_assert_cmpint(truncate(fixture->path, 0), ==, 0);
    g_free(fixture_open(fixture, CERTD_STORE_CREATED));
    g_assert_cmpuint(fixture_count(fixture), ==, 0);
}

static void test_newer_version(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    size_t before_size = 0;
    size_t after_size = 0;

    fixture_close(fixture);
    g_autofree char *newer =
        g_strdup_printf("PRAGMA user_version = %d", certd_schema_version() + 1);
    g_autofree char *known = g_strdup_printf("PRAGMA user_version = %d", certd_schema_version());
    fixture_sql(fixture, newer);
    g_autofree char *before = contents(fixture, "keystore.db", &before_size);
    g_assert_null(certd_store_open(fixture->directory, NULL, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_autofree char *after = contents(fixture, "keystore.db", &after_size);
    g_assert_cmpmem(before, before_size, after, after_size);
    fixture_sql(fixture, known);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/files/damage", test_damage);
    fixture_add("/store/files/empty", test_empty_file);
    fixture_add("/store/files/newer-version", test_newer_version);
    return g_test_run();
}
