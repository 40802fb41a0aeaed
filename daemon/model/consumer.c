/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Consumers. A name is a key of the keystore and an argument to systemd, and never a part of a path. */
#include "model/consumer.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

#define SERVICE ".service"
/* What systemd takes in the name of a unit (systemd.unit(5)), but for the @ of an instance. */
#define UNIT_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\"
/* What useradd and directories of users take; the first is no digit, hyphen or dot. */
#define USER_FIRST "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define USER_CHARACTERS USER_FIRST "0123456789-."
#define USER_BYTES_MAX 32u

static const char *const kinds[CERTD_CONSUMER_KIND_COUNT_] = {
    [CERTD_CONSUMER_UNIT] = "unit",
    [CERTD_CONSUMER_USER] = "user",
    [CERTD_CONSUMER_GROUP] = "group",
};

static const char *const actions[CERTD_CONSUMER_ACTION_COUNT_] = {
    [CERTD_CONSUMER_NONE] = "none",
    [CERTD_CONSUMER_RELOAD] = "reload",
    [CERTD_CONSUMER_RESTART] = "restart",
};

const char *certd_consumer_kind_name(CertdConsumerKind kind)
{
    g_return_val_if_fail((unsigned int)kind < CERTD_CONSUMER_KIND_COUNT_, NULL);
    return kinds[kind];
}

const char *certd_consumer_action_name(CertdConsumerAction action)
{
    g_return_val_if_fail((unsigned int)action < CERTD_CONSUMER_ACTION_COUNT_, NULL);
    return actions[action];
}

gboolean certd_consumer_kind_parse(const char *name, CertdConsumerKind *kind)
{
    for (size_t i = 0; i < CERTD_CONSUMER_KIND_COUNT_; i++) {
        if (g_str_equal(name, kinds[i])) {
            *kind = (CertdConsumerKind)i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean certd_consumer_action_parse(const char *name, CertdConsumerAction *action)
{
    for (size_t i = 0; i < CERTD_CONSUMER_ACTION_COUNT_; i++) {
        if (g_str_equal(name, actions[i])) {
            *action = (CertdConsumerAction)i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean certd_consumer_is_unit(const char *name)
{
    size_t length = strlen(name);
    if (length > CERTD_LIMIT_CONSUMER_NAME_BYTES || length <= strlen(SERVICE) ||
        !g_str_has_suffix(name, SERVICE))
        return FALSE;
    g_autofree char *stem = g_strndup(name, length - strlen(SERVICE));
    char *at = strchr(stem, '@');
    /* The template itself is never started. */
    if (at == stem || (at != NULL && at[1] == '\0'))
        return FALSE;
    return strspn(stem, UNIT_CHARACTERS "@") == strlen(stem);
}

static gboolean is_user(const char *name)
{
    return strlen(name) <= USER_BYTES_MAX && *name != '\0' && strchr(USER_FIRST, *name) != NULL &&
           strspn(name, USER_CHARACTERS) == strlen(name);
}

static gboolean refuse(GError **error, const char *value, const char *remedy)
{
    g_autofree char *quoted = certd_text_quote(value);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION, "%s %s", quoted, remedy);
    return FALSE;
}

static gboolean check_name(CertdConsumerKind kind, const char *name, GError **error)
{
    if (kind == CERTD_CONSUMER_UNIT)
        return certd_consumer_is_unit(name) ||
               refuse(error, name,
                      "is no service that systemd could start; write for example nginx.service");
    return is_user(name) ||
           refuse(error, name,
                  kind == CERTD_CONSUMER_USER
                      ? "can't be the name of a user; write for example postfix"
                      : "can't be the name of a group; write for example ssl-cert");
}

CertdConsumer *certd_consumer_new(const char *kind, const char *name, const char *action,
                                  GError **error)
{
    CertdConsumerKind of;
    CertdConsumerAction then;
    if (!certd_consumer_kind_parse(kind, &of)) {
        refuse(error, kind, "is no kind of consumer; there are unit, user and group");
        return NULL;
    }
    if (!certd_consumer_action_parse(action, &then)) {
        refuse(error, action,
               "is nothing to do with a consumer; there are reload, restart and none");
        return NULL;
    }
    if (!check_name(of, name, error))
        return NULL;
    if (of != CERTD_CONSUMER_UNIT && then != CERTD_CONSUMER_NONE) {
        refuse(error, action, "is for units alone; write none for a user or group");
        return NULL;
    }
    CertdConsumer *consumer = g_new0(CertdConsumer, 1);
    consumer->kind = of;
    consumer->name = g_strdup(name);
    consumer->action = then;
    return consumer;
}

void certd_consumer_free(CertdConsumer *consumer)
{
    if (consumer == NULL)
        return;
    g_free(consumer->name);
    g_free(consumer);
}

CertdConsumer *certd_consumer_copy(const CertdConsumer *consumer)
{
    CertdConsumer *copy = g_memdup2(consumer, sizeof *consumer);
    copy->name = g_strdup(consumer->name);
    return copy;
}

gboolean certd_consumer_is_same(const CertdConsumer *a, const CertdConsumer *b)
{
    return a->kind == b->kind && g_str_equal(a->name, b->name);
}

static void free_element(void *consumer)
{
    certd_consumer_free(consumer);
}

GPtrArray *certd_consumer_list_new(void)
{
    return g_ptr_array_new_with_free_func(free_element);
}

GVariant *certd_consumer_list_to_variant(const GPtrArray *list)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sss)"));
    for (guint i = 0; i < list->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(list, i);
        g_variant_builder_add(&builder, "(sss)", kinds[consumer->kind], consumer->name,
                              actions[consumer->action]);
    }
    return g_variant_builder_end(&builder);
}

static gboolean append(GPtrArray *list, CertdConsumer *consumer, GError **error)
{
    g_autoptr(CertdConsumer) owned = consumer;
    if (owned == NULL)
        return FALSE;
    for (guint i = 0; i < list->len; i++) {
        if (certd_consumer_is_same(g_ptr_array_index(list, i), owned))
            return refuse(error, owned->name, "is in the list twice; name each consumer once");
    }
    g_ptr_array_add(list, g_steal_pointer(&owned));
    return TRUE;
}

GPtrArray *certd_consumer_list_from_variant(GVariant *array, GError **error)
{
    g_autoptr(GPtrArray) list = certd_consumer_list_new();
    const char *kind, *name, *action;
    GVariantIter iter;
    size_t count = g_variant_iter_init(&iter, array);
    if (count > CERTD_LIMIT_CONSUMERS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "There are %zu consumers and the limit is %u; use a group for several users",
                    count, CERTD_LIMIT_CONSUMERS);
        return NULL;
    }
    while (g_variant_iter_next(&iter, "(&s&s&s)", &kind, &name, &action)) {
        if (!append(list, certd_consumer_new(kind, name, action, error), error))
            return NULL;
    }
    return g_steal_pointer(&list);
}
