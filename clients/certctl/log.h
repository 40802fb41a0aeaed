/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of `certctl log` share: which rows are wanted, and how a row is printed. */
#pragma once

#include "certctl/verb.h"
#include "common/table.h"

G_BEGIN_DECLS

/* Who did it, in the place of a user's name: certd by itself, and a caller who had gone before it was known
 * who that was, or users who are counted together. Both are taken for --user. */
#define CERTCTL_LOG_SELF "certd"
#define CERTCTL_LOG_UNKNOWN "unknown"
#define CERTCTL_LOG_SELF_UID G_MAXUINT32
#define CERTCTL_LOG_UNKNOWN_UID (G_MAXUINT32 - 1)

/* log-filter.c: the filter a{sv} of Log.List that the options say, full reference. G_OPTION_ERROR for
 * a time or a user that is none. */
GVariant *certctl_log_filter(const CertctlOptions *options, guint64 now, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Seconds since the epoch of @text: a date or a date and time of ISO 8601 (UTC where it names no zone),
 * or how long before @now: 90s, 30m, 2h, 3d, 1w. */
gboolean certctl_log_parse_time(const char *text, guint64 now, guint64 *seconds, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* One page of rows (ta{sv}) behind @cursor, appended to @rows; @next (taken over by the caller) is empty
 * after the last. */
gboolean certctl_log_read(CertdBusLog *log, GVariant *filter, const char *cursor, guint limit,
                          GDBusCallFlags flags, GPtrArray *rows, char **next, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The cells of @row, clean text: number, time, who, action, object, outcome, detail; NULL-terminated. */
char **certctl_log_cells(GVariant *row);
/* @row as an object, floating. */
GVariant *certctl_log_object(GVariant *row);
/* The number of @row. */
guint64 certctl_log_number(GVariant *row);
/* The hash of @row, empty where the row can't be read. Caller frees. */
char *certctl_log_hash(GVariant *row);

/* log-follow.c: prints each row that @filter wants and that comes after row @last, until interrupted. */
gboolean certctl_log_follow(const CertctlCall *call, CertdBusLog *log, GVariant *filter,
                            guint64 last, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
