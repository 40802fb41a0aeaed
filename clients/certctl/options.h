/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of all verbs, each once; a verb names those it takes, and any other is an error. Two may have
 * the same name where no verb takes both.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTCTL_OPTION_SUBJECT,
    CERTCTL_OPTION_SAN,
    CERTCTL_OPTION_KEY,
    CERTCTL_OPTION_DIGEST,
    CERTCTL_OPTION_DAYS,
    CERTCTL_OPTION_COPY_CN,
    CERTCTL_OPTION_NO_COPY_CN,
    CERTCTL_OPTION_ISSUER,
    CERTCTL_OPTION_REUSE_KEY,
    CERTCTL_OPTION_NO_REUSE_KEY,
    CERTCTL_OPTION_SCOPE,
    CERTCTL_OPTION_CHALLENGE_PASSWORD_FILE,
    CERTCTL_OPTION_UNSTRUCTURED_NAME,
    CERTCTL_OPTION_NO_WAIT,
    CERTCTL_OPTION_ID,
    CERTCTL_OPTION_OUT,
    CERTCTL_OPTION_FORMAT,
    CERTCTL_OPTION_KEY_FILE,
    CERTCTL_OPTION_PASSPHRASE_FILE,
    CERTCTL_OPTION_ACCEPT,
    CERTCTL_OPTION_EXPORTABLE,
    CERTCTL_OPTION_DRY_RUN,
    CERTCTL_OPTION_TRIAL,
    CERTCTL_OPTION_TESTED,
    CERTCTL_OPTION_CERTIFICATE,
    CERTCTL_OPTION_PURPOSE,
    CERTCTL_OPTION_NAME,
    CERTCTL_OPTION_VERIFY,
    CERTCTL_OPTION_FOLLOW,
    CERTCTL_OPTION_SINCE,
    CERTCTL_OPTION_UNTIL,
    CERTCTL_OPTION_OBJECT,
    CERTCTL_OPTION_ACTION,
    CERTCTL_OPTION_USER,
    CERTCTL_OPTION_FAILED,
    CERTCTL_OPTION_LINES,
    CERTCTL_OPTION_PART_KEY, /* of `get`, where --key takes no value */
    CERTCTL_OPTION_PART_CERT,
    CERTCTL_OPTION_PART_CHAIN,
    CERTCTL_OPTION_PART_FULLCHAIN,
    CERTCTL_OPTION_PART_CA,
    CERTCTL_OPTION_RELOAD,
    CERTCTL_OPTION_YES,
    CERTCTL_OPTION_JSON,
    CERTCTL_OPTION_COUNT_,
} CertctlOptionId;

#define CERTCTL_BIT(option) (G_GUINT64_CONSTANT(1) << CERTCTL_OPTION_##option)
/* What a request may change of the settings; `create` and `set` take the issuer too. */
#define CERTCTL_SETTINGS                                                                           \
    (CERTCTL_BIT(SUBJECT) | CERTCTL_BIT(SAN) | CERTCTL_BIT(KEY) | CERTCTL_BIT(DIGEST) |            \
     CERTCTL_BIT(DAYS) | CERTCTL_BIT(COPY_CN) | CERTCTL_BIT(NO_COPY_CN) | CERTCTL_BIT(REUSE_KEY) | \
     CERTCTL_BIT(NO_REUSE_KEY))

typedef enum {
    CERTCTL_JSON_NONE,
    CERTCTL_JSON_SHORT,
    CERTCTL_JSON_PRETTY,
} CertctlJson;

/* Of a number that was not given. */
#define CERTCTL_UNSET G_MININT64

typedef struct {
    char *subject;
    char **sans;
    char *key_type;
    char *digest;
    gint64 days; /* CERTCTL_UNSET */
    gboolean copy_cn;
    gboolean no_copy_cn;
    char *issuer;
    gboolean reuse_key;
    gboolean no_reuse_key;
    char *scope;
    char *challenge_password_file;
    char *unstructured_name;
    gboolean no_wait;
    char *id;
    char *out;
    char *format;
    char *key_file;
    char *passphrase_file;
    char **accept;
    gboolean exportable;
    gboolean dry_run;
    gint64 trial; /* seconds, CERTCTL_UNSET */
    gboolean tested;
    char *certificate;
    char **purposes;
    char *name;
    gboolean verify;
    gboolean follow;
    char *since;
    char *until;
    char *object;
    char *action;
    char *user;
    gboolean failed;
    gint64 lines; /* CERTCTL_UNSET */
    gboolean part_key;
    gboolean part_cert;
    gboolean part_chain;
    gboolean part_fullchain;
    gboolean part_ca;
    gboolean reload;
    gboolean yes;
    char *json_name;
    CertctlJson json;
} CertctlOptions;

/* The long name of @option, without dashes; static. */
const char *certctl_option_name(CertctlOptionId option);

/* Takes those options of @allowed that stand in @argv (argv[0] is skipped) out of it. @synopsis,
 * @summary and @description are for --help, which prints and exits. G_OPTION_ERROR for any other
 * option, a wrong value, two that exclude each other, or text that is not UTF-8. */
CertctlOptions *certctl_options_parse(guint64 allowed, char ***argv, const char *synopsis,
                                      const char *summary, const char *description, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* CERTCTL_BIT()s of those that were given: for a verb whose actions take different ones. */
guint64 certctl_options_given(const CertctlOptions *options);
void certctl_options_free(CertctlOptions *options);

/* Adds what --trial says to @dict, a builder of a{sv}. */
void certctl_options_add_trial(const CertctlOptions *options, GVariantBuilder *dict);
/* Adds the settings that were given to @dict, a builder of a{sv}, with the keys of
 * Manager.CreateCertificate. */
void certctl_options_add_settings(const CertctlOptions *options, GVariantBuilder *dict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertctlOptions, certctl_options_free)

G_END_DECLS
