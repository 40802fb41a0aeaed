/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd.conf: what it may say, and that anything else is named with its file and line. */
#include "settings-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "config.h"
#include "model/error.h"

/* A value that no row expects: what a file doesn't say stays as it was. */
#define UNTOUCHED ((CertdPolicy)77)

typedef struct {
    const char *row;
    const char *contents;
    CertdPolicy policy;
    guint line;        /* in the message; 0 where all is well */
    const char *shown; /* in the message; NULL where the file is valid */
} Row;

static const Row rows[] = {
    {"empty", "", UNTOUCHED, 0, NULL},
    {"group-only", "[certd]\n", UNTOUCHED, 0, NULL},
    {"default", "[certd]\npolicy=default\n", CERTD_POLICY_DEFAULT, 0, NULL},
    {"legacy", "[certd]\npolicy=legacy\n", CERTD_POLICY_LEGACY, 0, NULL},
    {"spaces", "[certd]\npolicy =  legacy  \n", CERTD_POLICY_LEGACY, 0, NULL},
    {"comments", "# one\n\n[certd]\n# two\npolicy=legacy\n#policy=default\n", CERTD_POLICY_LEGACY,
     0, NULL},
    {"key-twice", "[certd]\npolicy=legacy\npolicy=default\n", UNTOUCHED, 3,
     "\"policy\" stands above already"},
    {"group-twice", "[certd]\npolicy=legacy\n[certd]\n", UNTOUCHED, 3,
     "\"[certd]\" stands above already"},
    {"no-line-feed", "[certd]\npolicy=legacy", CERTD_POLICY_LEGACY, 0, NULL},
    {"wrong-value", "[certd]\n\npolicy=modern\n", UNTOUCHED, 3,
     "\"policy\" takes default or legacy"},
    {"capital-value", "[certd]\npolicy=Legacy\n", UNTOUCHED, 2, "takes default or legacy"},
    {"empty-value", "[certd]\npolicy=\n", UNTOUCHED, 2, "takes default or legacy"},
    {"two-values", "[certd]\npolicy=legacy;default\n", UNTOUCHED, 2, "takes default or legacy"},
    {"unknown-key", "[certd]\npolicy=legacy\nport=443\n", UNTOUCHED, 3, "\"port\" is not a key"},
    /* Beginnings of what stands above are not it. */
    {"shorter-key", "[certd]\npolicy=legacy\npol=1\n", UNTOUCHED, 3, "\"pol\" is not a key"},
    {"longer-key", "[certd]\npolicys=1\npolicy=modern\n", UNTOUCHED, 2, "\"policys\" is not a key"},
    {"capital-key", "[certd]\nPolicy=legacy\n", UNTOUCHED, 2, "\"Policy\" is not a key"},
    {"translated-key", "[certd]\npolicy[de]=legacy\n", UNTOUCHED, 2, "\"policy[de]\" is not a key"},
    {"unknown-group", "[certd]\npolicy=legacy\n[web]\n", UNTOUCHED, 3, "\"[web]\" begins a group"},
    {"shorter-group", "[certd]\n\n[cert]\n", UNTOUCHED, 3, "\"[cert]\" begins a group"},
    {"group-with-sign", "[certd]\n[a=b]\n", UNTOUCHED, 2, "\"[a=b]\" begins a group"},
    {"key-above-group", "\npolicy=legacy\n[certd]\n", UNTOUCHED, 2, "stands above its group"},
    {"no-key-file", "[certd]\npolicy legacy\n", UNTOUCHED, 2, "\"policy legacy\" is no KEY=VALUE"},
    {"no-escape", "[certd]\npolicy=\\q\n", UNTOUCHED, 2, "takes default or legacy"},
    {"no-utf8", "[certd]\npolicy=\xFF\n", UNTOUCHED, 2, "takes default or legacy"},
};

static char *write_file(const char *contents)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL;
    int fd = g_file_open_tmp("certd-conf-XXXXXX", &path, &error);
    g_assert_no_error(error);
    g_close(fd, NULL);
    g_file_set_contents(path, contents, -1, &error);
    g_assert_no_error(error);
    return path;
}

static void test_row(gconstpointer data)
{
    const Row *row = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = write_file(row->contents);
    CertdPolicy policy = UNTOUCHED;
    gboolean read = certd_settings_file_read(path, &policy, &error);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint((int)policy, ==, (int)row->policy);
    if (row->shown == NULL) {
        g_assert_no_error(error);
        g_assert_true(read);
        return;
    }
    g_assert_false(read);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_autofree char *place =
        row->line != 0 ? g_strdup_printf("%s, line %u: ", path, row->line) : g_strdup(path);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, place));
    g_assert_nonnull(strstr(error->message, row->shown));
}

/* A file that was asked for has to be there; a folder is none. */
static void test_unreadable(void)
{
    static const struct {
        const char *path;
        int code;
    } files[] = {{"/nonexistent/certd.conf", G_FILE_ERROR_NOENT}, {"/", G_FILE_ERROR_ISDIR}};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        CertdPolicy policy = UNTOUCHED;
        g_assert_false(certd_settings_file_read(files[i].path, &policy, &error));
        g_assert_error(error, G_FILE_ERROR, files[i].code);
        g_assert_cmpint((int)policy, ==, (int)UNTOUCHED);
    }
}

/* The standard file: may be missing, is read where it is there, and is then as strict. */
static void test_standard(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_path_get_dirname(CERTD_CONFIG_FILE);
    g_autofree char *above = g_path_get_dirname(folder);
    CertdPolicy policy = UNTOUCHED;

    g_assert_cmpint(unshare(CLONE_NEWNS), ==, 0);
    g_assert_cmpint(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), ==, 0);
    g_assert_cmpint(mount("tmpfs", above, "tmpfs", 0, NULL), ==, 0);
    g_assert_true(certd_settings_file_read(NULL, &policy, &error));
    g_assert_no_error(error);
    g_assert_cmpint((int)policy, ==, (int)UNTOUCHED);

    g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
    g_assert_true(g_file_set_contents(CERTD_CONFIG_FILE, "[certd]\npolicy=legacy\n", -1, NULL));
    g_assert_true(certd_settings_file_read(NULL, &policy, &error));
    g_assert_no_error(error);
    g_assert_cmpint(policy, ==, CERTD_POLICY_LEGACY);

    g_assert_true(g_file_set_contents(CERTD_CONFIG_FILE, "[certd]\npolicy=x\n", -1, NULL));
    g_assert_false(certd_settings_file_read(NULL, &policy, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_assert_true(g_str_has_prefix(error->message, CERTD_CONFIG_FILE ", line 2: "));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/settings-file/", rows[i].row, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/settings-file/unreadable", test_unreadable);
    g_test_add_func("/settings-file/standard", test_standard);
    return g_test_run();
}
