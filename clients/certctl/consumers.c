/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl consumers NAME list|add|remove`: who gets the private key of a certificate. */
#include "certctl/consumers.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "model/consumer.h"
#include "model/text.h"

/* What KIND:NAME[:ACTION] stands for. */
typedef struct {
    char *kind;
    char *name;
    const char *action; /* static */
} Word;

static void word_clear(Word *word)
{
    g_free(word->kind);
    g_free(word->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Word, word_clear)

typedef gboolean (*ChangeOne)(CertdBusCertificate *certificate, const Word *word, GError **error);

static gboolean add(CertdBusCertificate *certificate, const Word *word, GError **error)
{
    return certd_bus_certificate_call_add_consumer_sync(certificate, word->kind, word->name,
                                                        word->action, CERTD_BUS_CALL_FLAGS,
                                                        CERTD_BUS_TIMEOUT, NULL, error);
}

static gboolean take_away(CertdBusCertificate *certificate, const Word *word, GError **error)
{
    return certd_bus_certificate_call_remove_consumer_sync(
        certificate, word->kind, word->name, CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL, error);
}

static const struct Action {
    const char *name;
    ChangeOne change; /* called for each consumer; NULL where it takes none */
} actions[] = {
    {"list", NULL},
    {"add", add},
    {"remove", take_away},
};
typedef struct Action Action;

static const Action *find_action(const char *name, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (g_str_equal(actions[i].name, name))
            return &actions[i];
    }
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("%s is nothing that can be done with consumers; it is list, add or remove"),
                quoted);
    return NULL;
}

/* Names of units may have colons: what stands behind the last one is an action only where it is one. */
static gboolean parse(const char *text, Word *word, GError **error)
{
    CertdConsumerAction action = CERTD_CONSUMER_NONE;
    const char *name = g_utf8_validate(text, -1, NULL) ? strchr(text, ':') : NULL;
    if (name == NULL) {
        g_autofree char *quoted = certd_text_quote(text);
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("%s is no KIND:NAME[:ACTION]; write for example unit:nginx.service:reload, "
                      "user:postfix or group:ssl-cert"),
                    quoted);
        return FALSE;
    }
    const char *last = strrchr(++name, ':');
    gboolean has_action = last != NULL && certd_consumer_action_parse(last + 1, &action);
    word->kind = g_strndup(text, (size_t)(name - text) - 1);
    word->name = has_action ? g_strndup(name, (size_t)(last - name)) : g_strdup(name);
    word->action = certd_consumer_action_name(action);
    return TRUE;
}

/* All of them are looked at before the first is sent. */
static gboolean check(const Action *action, char **texts, GError **error)
{
    if ((action->change == NULL) != (*texts == NULL)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    action->change != NULL
                        ? _("certctl consumers NAME %s needs KIND:NAME[:ACTION], once or more")
                        : _("certctl consumers NAME %s takes no KIND:NAME[:ACTION]"),
                    action->name);
        return FALSE;
    }
    for (; *texts != NULL; texts++) {
        g_auto(Word) word = {0};
        if (!parse(*texts, &word, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean change(CertdBusCertificate *certificate, const Action *action, char **texts,
                       GError **error)
{
    for (; *texts != NULL; texts++) {
        g_auto(Word) word = {0};
        if (!parse(*texts, &word, error) || !action->change(certificate, &word, error))
            return FALSE;
    }
    return TRUE;
}

char *certctl_consumers_print(GVariant *consumers, const char *separator)
{
    GString *text = g_string_new(NULL);
    GVariantIter iter;
    const char *kind, *name, *action;
    g_variant_iter_init(&iter, consumers);
    while (g_variant_iter_next(&iter, "(&s&s&s)", &kind, &name, &action)) {
        gboolean acts = !g_str_equal(action, certd_consumer_action_name(CERTD_CONSUMER_NONE));
        g_autofree char *one = g_strjoin(":", kind, name, acts ? action : NULL, NULL);
        g_autofree char *clean = certd_text_escape(one);
        g_string_append_printf(text, "%s%s", text->len > 0 ? separator : "", clean);
    }
    return g_string_free(text, FALSE);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    char **texts = call->arguments + 2;
    const Action *action = find_action(call->arguments[1], error);
    if (action == NULL || !check(action, texts, error))
        return FALSE;
    g_autoptr(CertdBusCertificate) certificate = certctl_find_certificate(call, name, error);
    if (certificate == NULL || !change(certificate, action, texts, error))
        return FALSE;
    return certctl_find_and_print(call, name, "Consumers", "a(sss)", certctl_consumers_print,
                                  error);
}

const CertctlVerb certctl_verb_consumers = {
    .name = "consumers",
    .synopsis = "NAME list|add|remove [KIND:NAME[:ACTION]…]",
    .n_min = 2,
    .n_max = CERTCTL_ARGUMENTS_ANY,
    .summary = N_("List or change who gets the private key of a certificate"),
    .example = "certctl consumers https add unit:nginx.service:reload user:postfix",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
