/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * certctl, the command of certd: finds the verb, reads its options, runs it, and makes the exit
 * status from its error. What a user may do is decided by certd, for the user who calls.
 */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "certctl/verb.h"
#include "config.h"
#include "model/text.h"

#define EXIT_USAGE 2

/* GOption leaves a "--" in place where something that looks like an option follows. */
static void drop_separator(char **arguments)
{
    for (; *arguments; arguments++) {
        if (!g_str_equal(*arguments, "--"))
            continue;
        g_free(*arguments);
        for (; *arguments; arguments++)
            arguments[0] = arguments[1];
        return;
    }
}

static gboolean check_count(const CertctlVerb *verb, char **arguments, GError **error)
{
    unsigned int n = g_strv_length(arguments);
    if (n >= verb->n_min && n <= verb->n_max)
        return TRUE;
    g_autofree char *usage = g_strjoin(" ", "certctl", verb->name, verb->synopsis, NULL);
    g_strchomp(usage); /* where there are no arguments */
    if (n < verb->n_min) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                    _("Something is missing; usage: %s"), usage);
        return FALSE;
    }
    g_autofree char *quoted = certd_text_quote(arguments[verb->n_max]);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("%s is too much; usage: %s"),
                quoted, usage);
    return FALSE;
}

/* @argv is what followed the program's name: the verb and the rest. */
static gboolean run_verb(const CertctlVerb *verb, char ***argv, GError **error)
{
    g_autofree char *example = g_strdup_printf("%s\n  %s\n", _("Example:"), verb->example);
    g_autofree char *program = g_strconcat("certctl ", verb->name, NULL);
    g_set_prgname(program); /* the usage line of --help has it */
    g_autoptr(CertctlOptions) options = certctl_options_parse(verb->options, argv, verb->synopsis,
                                                              _(verb->summary), example, error);
    if (!options)
        return FALSE;
    char **arguments = *argv + 1;
    drop_separator(arguments);
    if (!check_count(verb, arguments, error))
        return FALSE;

    g_autoptr(GDBusConnection) connection = verb->is_offline ? NULL : certd_bus_connect(error);
    g_autoptr(CertdBusManager) manager =
        connection ? certd_bus_open_manager(connection, error) : NULL;
    if (!manager && !verb->is_offline)
        return FALSE;
    CertctlCall call = {
        .connection = connection,
        .manager = manager,
        .options = options,
        .arguments = arguments,
        .n_arguments = g_strv_length(arguments),
    };
    return verb->run(&call, error);
}

static int fail(const GError *error)
{
    g_autofree char *message = certd_bus_error_message(error);
    fflush(stdout);
    fprintf(stderr, "certctl: %s\n", message);
    return certd_bus_error_exit_status(error);
}

static int no_verb(const char *name)
{
    g_autofree char *quoted = certd_text_quote(name);
    if (name)
        fprintf(stderr, _("certctl: There is no verb %s; certctl --help lists them\n"), quoted);
    else
        fprintf(stderr, _("certctl: Say what to do; certctl --help lists the verbs\n"));
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, CERTD_LOCALE_DIRECTORY);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");

    const char *first = argc > 1 ? argv[1] : NULL;
    if (first && (g_str_equal(first, "--help") || g_str_equal(first, "-h"))) {
        g_autofree char *overview = certctl_verb_overview();
        fputs(overview, stdout);
        return 0;
    }
    if (first && g_str_equal(first, "--version")) {
        puts("certctl " CERTD_VERSION);
        return 0;
    }
    const CertctlVerb *verb = first ? certctl_verb_find(first) : NULL;
    if (!verb)
        return no_verb(first);

    g_autoptr(GError) error = NULL;
    g_auto(GStrv) rest = g_strdupv(argv + 1);
    if (!run_verb(verb, &rest, &error))
        return fail(error);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, _("certctl: Cannot write to standard output: %s\n"), g_strerror(errno));
    return 1;
}
