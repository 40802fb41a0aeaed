/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a session carries for certd-web: a table of all that certd offers. Whatever is not in it is not carried.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_ALLOW_NEVER,
    CERTD_ALLOW_ALWAYS,
    CERTD_ALLOW_FRESH, /* only soon after the password was given: it destroys, or gives a private key away */
} CertdAllow;

/* Whether @call, a method call, is carried. It is read, and rewound. */
CertdAllow certd_allow_call(sd_bus_message *call);
/* Whether @signal is: one of certd's interfaces or of the standard's properties, from one of its objects. */
gboolean certd_allow_signal(sd_bus_message *signal);
/* Whether the table says something of @member of @interface, be it never; for its test. */
gboolean certd_allow_knows(const char *interface, const char *member);
/* How many rows it has of interfaces whose names begin with @prefix; likewise. */
guint certd_allow_count(const char *prefix);
/* Whether it is at most CERTD_FRESH_SECONDS since @signed_in; both in microseconds of one clock. */
gboolean certd_allow_is_fresh(guint64 signed_in, guint64 now);

G_END_DECLS
