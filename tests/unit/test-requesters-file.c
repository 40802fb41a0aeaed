/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R60: which files of requesters.d count, what is said of others, and how many there may be. */

#include "requesters-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "model/limits.h"
#include "service/requester.h"

#define VALID "[requester]\nuser=mosquitto\ncertificates=mqtt*\nnames=device\n"
#define NOBODY 65534u

static char *directory;

static gboolean user_id(void *userdata, const char *name, guint32 *uid)
{
    *uid = (guint32)strlen(name);
    return TRUE;
}

static char *path_of(const char *name)
{
    return g_build_filename(directory, name, NULL);
}

static void write_file(const char *name, const char *contents, gssize size)
{
    g_autofree char *path = path_of(name);
    g_assert_true(g_file_set_contents(path, contents, size, NULL));
    g_assert_cmpint(g_chmod(path, 0644), ==, 0);
}

/* With an empty folder. */
static void begin(Fake *fake)
{
    directory = g_dir_make_tmp("certd-requesters-XXXXXX", NULL);
    g_assert_nonnull(directory);
    fake->device.user_id = user_id;
}

static void end(void)
{
    g_autoptr(GDir) list = g_dir_open(directory, 0, NULL);
    const char *name;
    while (list != NULL && (name = g_dir_read_name(list)) != NULL) {
        g_autofree char *path = path_of(name);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(directory), ==, 0);
    g_clear_pointer(&directory, g_free);
}

/* Whether the user, whose uid is the length of the name, may ask for @certificate. */
static gboolean may(Fake *fake, const char *user, const char *certificate)
{
    const CertdCaller caller = {.uid = (guint32)strlen(user), .sender = ":1.7"};
    g_autoptr(GVariant) settings = fake_options("{'issuer': <'internal'>}");
    return certd_requester_find(fake->service, &caller, certificate, settings) != NULL;
}

/* The problem's message; NULL for none. Caller frees. */
static char *problem(Fake *fake)
{
    g_autoptr(GVariant) problems = g_variant_ref_sink(certd_service_problems(fake->service));
    const char *code, *severity, *message, *remedy;
    GVariantIter iter;
    g_variant_iter_init(&iter, problems);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &code, &severity, &message, &remedy)) {
        if (g_str_equal(code, "requesters-invalid"))
            return g_strdup(message);
    }
    return NULL;
}

static void assert_fine(Fake *fake)
{
    g_autofree char *message = problem(fake);
    g_assert_cmpstr(message, ==, NULL);
}

static void assert_said(Fake *fake, const char *name, const char *what)
{
    g_autofree char *path = name != NULL ? path_of(name) : g_strdup(directory);
    g_autofree char *message = problem(fake);
    g_test_message("%s", message);
    g_assert_nonnull(message);
    g_assert_true(g_str_has_prefix(message, path));
    g_assert_nonnull(strstr(message, what));
}

static void test_files(Fake *fake, const void *data)
{
    static const struct {
        const char *row;
        const char *contents;
        const char *said; /* behind the file's name; NULL: it counts */
    } rows[] = {
        {"valid", VALID, NULL},
        {"comments", "# one\n\n" VALID "# two\n", NULL},
        {"spaces", " [requester] \n user = mosquitto \ncertificates = mqtt ; a ;\nnames = device\n",
         NULL},
        {"unit", "[requester]\nunit=a.service\ncertificates=a\nnames=device\n", NULL},
        {"empty", "", ", line 1: [requester] lacks a key"},
        {"no-names", "[requester]\nuser=a\ncertificates=a\n", ", line 1: [requester] lacks"},
        {"nobody", "#\n[requester]\ncertificates=a\nnames=device\n",
         ", line 2: [requester] lacks a key; give unit or user"},
        {"both", "[requester]\nunit=a.service\nuser=a\ncertificates=a\nnames=device\n",
         ", line 3: \"a\" is the second"},
        {"twice", VALID "user=other\n", ", line 5: \"user\" stands above already"},
        {"key", VALID "port=1\n", ", line 5: \"port\" is not a key that is known; there is unit"},
        {"group", VALID "[certd]\n", ", line 5: \"[certd]\" begins a group"},
        {"before", "user=a\n" VALID, ", line 1: \"user=a\" stands above its group"},
        {"text", VALID "device\n", ", line 5: \"device\" is no KEY=VALUE"},
        {"user", "[requester]\nuser=a b\n", ", line 2: \"a b\" can't be the name of a user"},
        {"pattern", "[requester]\n\ncertificates=A\n", ", line 3: \"A\" can't be the name"},
        {"range", "[requester]\nnames=IP:192.0.2.1/24\n", ", line 2: \"IP:192.0.2.1/24\" is no"},
    };
    begin(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].row);
        write_file("b.conf", rows[i].contents, -1);
        write_file("c.conf", "[requester]\nuser=ab\ncertificates=other\nnames=device\n", -1);
        certd_requesters_load(fake->service, directory);
        if (rows[i].said != NULL)
            assert_said(fake, "b.conf", rows[i].said);
        else
            assert_fine(fake);
        /* The others count. */
        g_assert_true(may(fake, "ab", "other"));
        g_assert_false(may(fake, "ab", "mqtt"));
    }
    end();
}

static void test_zero_byte(Fake *fake, const void *data)
{
    static const char contents[] = VALID "\0port=1\n";
    begin(fake);
    write_file("b.conf", contents, sizeof contents - 1);
    certd_requesters_load(fake->service, directory);
    assert_said(fake, "b.conf", "line 5: \"\\\\0\" is no text");
    g_assert_false(may(fake, "mosquitto", "mqtt"));
    end();
}

/* Only what ends in .conf, is a file of its own, and is the administrator's. */
static void test_which(Fake *fake, const void *data)
{
    begin(fake);
    g_autofree char *path = path_of("b.conf");
    g_autofree char *other = path_of("b.conf~");
    write_file("b.conf~", VALID, -1);
    write_file(".b.conf", VALID, -1);
    certd_requesters_load(fake->service, directory);
    assert_fine(fake);
    g_assert_false(may(fake, "mosquitto", "mqtt"));

    g_assert_cmpint(symlink(other, path), ==, 0);
    certd_requesters_load(fake->service, directory);
    assert_said(fake, "b.conf", "is a symbolic link");
    g_assert_cmpint(g_remove(path), ==, 0);

    g_assert_cmpint(mkfifo(path, 0644), ==, 0);
    certd_requesters_load(fake->service, directory);
    assert_said(fake, "b.conf", "is no regular file");
    g_assert_cmpint(g_remove(path), ==, 0);

    g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
    certd_requesters_load(fake->service, directory);
    assert_said(fake, "b.conf", "is no regular file");
    g_assert_cmpint(g_rmdir(path), ==, 0);

    g_assert_cmpint(g_rename(other, path), ==, 0);
    certd_requesters_load(fake->service, directory);
    assert_fine(fake);
    g_assert_true(may(fake, "mosquitto", "mqtt"));
    end();
}

static void test_owner(Fake *fake, const void *data)
{
    static const mode_t modes[] = {0664, 0646, 0666};
    begin(fake);
    g_autofree char *path = path_of("b.conf");
    write_file("b.conf", VALID, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_assert_cmpint(g_chmod(path, (int)modes[i]), ==, 0);
        certd_requesters_load(fake->service, directory);
        assert_said(fake, "b.conf", "can be written by others");
        g_assert_false(may(fake, "mosquitto", "mqtt"));
    }
    g_assert_cmpint(g_chmod(path, 0644), ==, 0);
    if (geteuid() == 0) {
        g_assert_cmpint(chown(path, NOBODY, NOBODY), ==, 0);
        certd_requesters_load(fake->service, directory);
        assert_said(fake, "b.conf", "belongs to another user");
        g_assert_cmpint(chown(path, 0, 0), ==, 0);
    }
    g_assert_cmpint(g_chmod(directory, 0777), ==, 0);
    certd_requesters_load(fake->service, directory);
    assert_said(fake, NULL, "can be written by others");
    g_assert_false(may(fake, "mosquitto", "mqtt"));
    g_assert_cmpint(g_chmod(directory, 0700), ==, 0);
    end();
}

/* None is fine; and each load forgets the one before. */
static void test_no_folder(Fake *fake, const void *data)
{
    begin(fake);
    write_file("b.conf", VALID, -1);
    certd_requesters_load(fake->service, directory);
    g_assert_true(may(fake, "mosquitto", "mqtt"));
    g_autofree char *nowhere = path_of("nothing");
    certd_requesters_load(fake->service, nowhere);
    assert_fine(fake);
    g_assert_false(may(fake, "mosquitto", "mqtt"));
    certd_requesters_load(fake->service, "/dev/null");
    g_autofree char *message = problem(fake);
    g_assert_true(g_str_has_prefix(message, "/dev/null can't be read"));
    end();
}

/* CERTD_LIMIT_REQUESTERS_FILE_BYTES: at it, and one beyond. */
static void test_bytes(Fake *fake, const void *data)
{
    begin(fake);
    for (guint more = 0; more <= 1; more++) {
        GString *text = g_string_new(VALID "#");
        while (text->len < CERTD_LIMIT_REQUESTERS_FILE_BYTES + more)
            g_string_append_c(text, 'x');
        write_file("b.conf", text->str, (gssize)text->len);
        g_string_free(text, TRUE);
        certd_requesters_load(fake->service, directory);
        g_assert_cmpint(may(fake, "mosquitto", "mqtt"), ==, more == 0);
        if (more == 1)
            assert_said(fake, "b.conf", "has more than 65536 bytes");
    }
    end();
}

/* CERTD_LIMIT_REQUESTERS: at it, and one beyond, in the order of their names. */
static void test_count(Fake *fake, const void *data)
{
    begin(fake);
    for (guint i = 0; i < CERTD_LIMIT_REQUESTERS; i++) {
        g_autofree char *name = g_strdup_printf("%02u.conf", i);
        g_autofree char *text =
            g_strdup_printf("[requester]\nuser=mosquitto\ncertificates=c%u\nnames=device\n", i);
        write_file(name, text, -1);
    }
    certd_requesters_load(fake->service, directory);
    assert_fine(fake);
    g_assert_true(may(fake, "mosquitto", "c63"));
    write_file("00-first.conf", VALID, -1);
    certd_requesters_load(fake->service, directory);
    assert_said(fake, "63.conf", "is beyond the 64 files");
    g_assert_true(may(fake, "mosquitto", "mqtt"));
    g_assert_true(may(fake, "mosquitto", "c62"));
    g_assert_false(may(fake, "mosquitto", "c63"));
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/requesters-file/files", test_files);
    fake_add("/requesters-file/zero-byte", test_zero_byte);
    fake_add("/requesters-file/which", test_which);
    fake_add("/requesters-file/owner", test_owner);
    fake_add("/requesters-file/no-folder", test_no_folder);
    fake_add("/requesters-file/bytes", test_bytes);
    fake_add("/requesters-file/count", test_count);
    return g_test_run();
}
