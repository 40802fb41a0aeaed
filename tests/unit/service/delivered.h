/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Consumers of the tests' own: units that note what they are told, and a runtime directory in memory. */
#pragma once

#include "fake.h"

G_BEGIN_DECLS

typedef struct {
    Fake fake;      /* first */
    GString *told;  /* "nginx.service:reload ", for each */
    CertdDone done; /* of who is being told; NULL: nobody is */
    void *userdata;
} Delivered;

#define delivered_add(path, function)                                                              \
    g_test_add(path, Delivered, NULL, delivered_set_up, function, delivered_tear_down)

/* A started service with the certificate "web", which has something in use. */
void delivered_set_up(Delivered *delivered, const void *data);
void delivered_tear_down(Delivered *delivered, const void *data);
/* Ends the service and begins another on the same store, without starting it. */
void delivered_restart(Delivered *delivered);
/* Makes certificate @name, with something in use. */
void delivered_make(Delivered *delivered, const char *name);
/* Has another certificate issued in @name; what is to be done of it is not done yet. */
void delivered_change(Delivered *delivered, const char *name);
/* Adds a consumer of @name, in the form "unit:nginx.service:reload", and delivers. */
void delivered_consume(Delivered *delivered, const char *name, const char *consumer);
void delivered_remove(Delivered *delivered, const char *name, const char *kind,
                      const char *consumer);
/* Who was told so far; it is forgotten with it. */
void delivered_expect(Delivered *delivered, const char *told);
/* The unit that is being told has done it, or failed for @reason; and all that follows. */
void delivered_answer(Delivered *delivered, const char *reason);
/* @seconds pass by both clocks. */
void delivered_pass(Delivered *delivered, gint64 seconds);
/* Does all there is to do but opening keys. */
void delivered_settle_without_keys(Delivered *delivered);
/* Runs @sql on the keystore while it is in use. */
void delivered_sql(Delivered *delivered, const char *sql);
/* The path of export/@name. Caller frees. */
char *delivered_path(Delivered *delivered, const char *name);
gboolean delivered_exists(Delivered *delivered, const char *name);
/* What is in the file export/@name. Caller frees. */
char *delivered_read(Delivered *delivered, const char *name);
/* How many rows the log has with deliver in certificate "web" and @outcome; the last one's detail, which the
 * caller frees. */
guint delivered_rows(Delivered *delivered, const char *outcome, char **detail);

G_END_DECLS
