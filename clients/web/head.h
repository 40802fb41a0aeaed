/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands before the body of a request, from the bytes as they came (RFC 9112 sections 2 to 6), and strictly: libsoup
 * joins duplicates, unfolds lines, takes a bare line feed, and passes over lines that are no header. So it never sees them:
 * it gets a head of ours.
 */
#pragma once

#include "web/messages.h"

G_BEGIN_DECLS

typedef struct CertdHead CertdHead;

/* Parses @length bytes up to and with the empty line. NULL: @fault says what is wrong, and @argument (the caller frees) is
 * that message's argument, or NULL. */
CertdHead *certd_head_parse(const char *bytes, gsize length, CertdMessage *fault, char **argument)
    G_GNUC_WARN_UNUSED_RESULT;
CertdHead *certd_head_ref(CertdHead *head);
void certd_head_unref(CertdHead *head);

/* "GET", as it came, and known. */
const char *certd_head_method(const CertdHead *head);
/* certd_target_parse()'s; lent. */
const char *certd_head_path(const CertdHead *head);
GHashTable *certd_head_query(const CertdHead *head);
/* As it came: path and query. */
const char *certd_head_target(const CertdHead *head);
/* The value of the header @name, which is there once at most if anybody asks for it; NULL: it is not. */
const char *certd_head_get(const CertdHead *head, const char *name);
/* Of the body; 0 without one. */
guint64 certd_head_length(const CertdHead *head);
/* Whether the connection ends with the answer: Connection: close, or X-Connection, which says the same for scripts of a
 * page. Browsers keep connections, and let no script end one; a page that wants to use another certificate has to. */
gboolean certd_head_is_last(const CertdHead *head);
/* The head that libsoup gets instead, with a body of @length; caller frees. */
char *certd_head_rewrite(const CertdHead *head, guint64 length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdHead, certd_head_unref)

G_END_DECLS
