/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A consumer of a certificate: who gets its private key, and what is done with them when another is in
 * use. In text it is KIND:NAME or KIND:NAME:ACTION; on the bus (sss).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_CONSUMER_UNIT, /* a service of systemd's, with its suffix */
    CERTD_CONSUMER_USER,
    CERTD_CONSUMER_GROUP,
    CERTD_CONSUMER_KIND_COUNT_,
} CertdConsumerKind;

typedef enum {
    CERTD_CONSUMER_NONE, /* it comes by itself, or reads anew by itself */
    CERTD_CONSUMER_RELOAD,
    CERTD_CONSUMER_RESTART,
    CERTD_CONSUMER_ACTION_COUNT_,
} CertdConsumerAction;

typedef struct {
    CertdConsumerKind kind;
    char *name;
    CertdConsumerAction action;
} CertdConsumer;

/* "unit", "user", "group"; "none", "reload", "restart". */
const char *certd_consumer_kind_name(CertdConsumerKind kind);
const char *certd_consumer_action_name(CertdConsumerAction action);
gboolean certd_consumer_kind_parse(const char *name, CertdConsumerKind *kind);
gboolean certd_consumer_action_parse(const char *name, CertdConsumerAction *action);

/* From the three words of the bus; INVALID_OPTION for a kind or action that is none, a unit that is no
 * service, a name that no user or group can have, or an action for a user or group. */
CertdConsumer *certd_consumer_new(const char *kind, const char *name, const char *action,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
void certd_consumer_free(CertdConsumer *consumer);
CertdConsumer *certd_consumer_copy(const CertdConsumer *consumer);
/* Whether @name can be that of a service. */
gboolean certd_consumer_is_unit(const char *name);
/* Whether both are the same user, group or unit, whatever their actions. */
gboolean certd_consumer_is_same(const CertdConsumer *a, const CertdConsumer *b);

/* An empty list of CertdConsumer, which frees what it holds. */
GPtrArray *certd_consumer_list_new(void);
/* To a floating a(sss), and from one; LIMIT_EXCEEDED beyond CERTD_LIMIT_CONSUMERS, INVALID_OPTION where
 * one is in it twice. */
GVariant *certd_consumer_list_to_variant(const GPtrArray *list);
GPtrArray *certd_consumer_list_from_variant(GVariant *array, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdConsumer, certd_consumer_free)

G_END_DECLS
