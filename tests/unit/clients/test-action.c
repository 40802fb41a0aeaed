/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs with several actions, and what is wrong usage of one. */
#include <glib.h>

#include "certctl/verb.h"

typedef struct {
    const char *name;
    const char *arguments;
} Row;

/* Wrong usage of a verb with actions is found before anybody is asked: there is no connection here. */
static const Row rows[] = {
    {"no-such-action", "ca renew"},
    {"consumers-no-such-action", "consumers https clear"},
    {"consumers-nothing-to-add", "consumers https add"},
    {"consumers-nothing-to-list", "consumers https list user:postfix"},
    {"consumers-no-kind", "consumers https add postfix"},
    {"consumers-not-utf8", "consumers https add user:\xff"},
    {"get-twice", "get https --chain --fullchain"},
    {"get-cert-twice", "get https --cert --fullchain"},
    {"option-of-another", "ca show --yes"},
    {"reuse-key-of-another", "ca sign request.pem --reuse-key"},
    {"argument-too-much", "ca export request.pem"},
    {"argument-missing", "ca sign"},
    {"format", "ca export --format p12"},
    {"trust-no-such-action", "trust show"},
    {"trust-nothing-to-remove", "trust remove"},
    {"trust-two-files", "trust add a.pem b.pem"},
    {"trust-option-of-another", "trust list --purpose server"},
    {"trust-no-purpose", "trust export --purpose email"},
    {"trust-two-purposes", "trust verify a.pem --purpose server --purpose client"},
    {"trust-format", "trust export --format der"},
    {"https-no-such-action", "https on"},
    {"https-no-switch", "https force yes"},
    {"https-force-nothing", "https force"},
    {"https-one-port", "https ports 443"},
    {"https-port-zero", "https ports 0 80"},
    {"https-port-beyond", "https ports 443 65536"},
    {"https-port-no-number", "https ports 443 80x"},
    {"https-option-of-another", "https ports 443 80 --tested"},
    {"trust-directory-without-out", "trust export --format directory"},
};

static void test_action(const void *data)
{
    const Row *row = data;
    g_auto(GStrv) argv = g_strsplit(row->arguments, " ", -1);
    const CertctlVerb *verb = certctl_verb_find(argv[0]);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertctlOptions) options =
        certctl_options_parse(verb->options, &argv, "", "", "", &error);
    g_assert_no_error(error);
    const CertctlCall call = {
        .options = options,
        .arguments = argv + 1,
        .n_arguments = g_strv_length(argv + 1),
    };
    g_assert_false(verb->run(&call, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/clients/action/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_action);
    }
    return g_test_run();
}
