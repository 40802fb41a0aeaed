/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stream of requests between the socket and libsoup: each head is kept until it is whole, shown to who decides on it, and
 * another one goes on in its place; of the body goes on what was said, and no byte of what comes behind it.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CERTD_TYPE_SCREEN (certd_screen_get_type())
G_DECLARE_FINAL_TYPE(CertdScreen, certd_screen, CERTD, SCREEN, GInputStream)

typedef struct {
    /* The first byte of a head is there. */
    void (*started)(void *userdata);
    /* A head is whole, up to and with the empty line, or it is not and has become too long (@whole is FALSE). What comes next
     * waits until certd_screen_pass() or certd_screen_refuse(). */
    void (*head)(const char *bytes, gsize length, gboolean whole, void *userdata);
    /* The other side has ended, or is broken, where a head would be: what goes on, too, waits for certd_screen_refuse(). */
    void (*ended)(void *userdata);
    /* Something else of the request has come. */
    void (*active)(void *userdata);
    /* libsoup has done with the connection; nothing is called after that. */
    void (*closed)(void *userdata);
} CertdScreenWatcher;

/* @base can be polled; it stays the caller's. */
CertdScreen *certd_screen_new(GInputStream *base, const CertdScreenWatcher *watcher,
                              void *userdata);
/* @head goes on, and @body bytes of what comes. */
void certd_screen_pass(CertdScreen *screen, const char *head, guint64 body);
/* @head goes on, and nothing after it. */
void certd_screen_refuse(CertdScreen *screen, const char *head);

G_END_DECLS
