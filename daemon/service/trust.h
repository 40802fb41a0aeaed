/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the device trusts as a client and of clients (R70, R71): a list of anchors, each with what it may
 * vouch for. Foreign bytes are read and chains are judged in parse workers; nothing but what they took
 * as a whole gets into the list, in one transaction.
 */
#pragma once

#include "service/service.h"
#include "store/anchor.h"

G_BEGIN_DECLS

/* @fingerprints (NULL-terminated, borrowed) of all anchors that were in the input; NULL on failure. */
typedef void (*CertdTrustAddDone)(char **fingerprints, const GError *error, void *userdata);
/* Adds all anchors in @data_fd (any format, dup()ed; @passphrase_fd -1 for none) or none. @options:
 * "purposes" as, of "server" (servers that the device talks to; the default) and "client" (clients
 * that sign in to it). One that is there gets these purposes. CERTD_ERROR_LIMIT_EXCEEDED beyond
 * CERTD_LIMIT_ANCHORS or CERTD_LIMIT_ANCHORS_BYTES. */
gboolean certd_trust_add(CertdService *service, const CertdCaller *caller, int data_fd,
                         int passphrase_fd, GVariant *options, CertdTrustAddDone done,
                         void *userdata, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes the anchor @fingerprint away: 64 hex digits in any case, with colons between the pairs or
 * without. CERTD_ERROR_INVALID_OPTION where it is no fingerprint or none of an anchor,
 * CERTD_ERROR_POLICY_FORBIDS for the last one for clients while the level of HTTPS is high, or would be
 * again without a confirmation: all clients would be locked out. */
gboolean certd_trust_remove(CertdService *service, const CertdCaller *caller,
                            const char *fingerprint, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As certd_store_anchor_page(), without those that can't be believed. @cursor: a fingerprint as it
 * stands in the list, or ""; CERTD_ERROR_INVALID_OPTION otherwise. */
GPtrArray *certd_trust_page(CertdService *service, const char *cursor, guint limit, gboolean *more,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many there are, and when that changed last (seconds since the epoch; 0: never). */
gboolean certd_trust_state(CertdService *service, guint *count, gint64 *changed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The words for @purposes, NULL-terminated; static. */
const char *const *certd_trust_purpose_names(CertdPurposes purposes);

/* @findings (borrowed): the chain is trusted where none is an error. NULL on failure. */
typedef void (*CertdTrustVerifyDone)(GPtrArray *findings, const GError *error, void *userdata);
/* Judges the chain in @data_fd (any format and order, dup()ed) for @name, a DNS name or an IP address,
 * "" for none. @options: "purpose" s, "server" (the default) or "client". */
gboolean certd_trust_verify(CertdService *service, int data_fd, const char *name, GVariant *options,
                            CertdTrustVerifyDone done, void *userdata, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A bundle, PEM with a comment before each: "pem" of the anchors that vouch for servers, "client-pem"
 * of those that vouch for clients. CERTD_ERROR_UNSUPPORTED_FORMAT for another format. */
GBytes *certd_trust_export(CertdService *service, const char *format, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
