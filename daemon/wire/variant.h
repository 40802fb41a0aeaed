/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between sd-bus messages and GVariants: the daemon's and the worker's bus code carries
 * dictionaries through without looking into them. Handles ("h") are not taken.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

/* Reads one complete value of @type ("a{sv}", "a(ss)" …) from @message at its current place.
 * NULL with CERTD_ERROR_MALFORMED where it is not of that type, nests deeper than 16 levels
 * of containers, or holds a handle. Full reference; normal form. */
GVariant *certd_variant_read(sd_bus_message *message, const char *type, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Appends @value (floating is sunk) to @message; 0 or a negative errno. Strings that D-Bus would
 * refuse are -EINVAL. */
int certd_variant_append(sd_bus_message *message, GVariant *value);

/* The same as one array of bytes, GVariant's own form, which is not taken apart on the way: for what
 * certd and its workers say to each other alone, on one machine. What is read is checked as strictly:
 * normal form, valid UTF-8. */
GVariant *certd_variant_read_packed(sd_bus_message *message, const char *type, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
int certd_variant_append_packed(sd_bus_message *message, GVariant *value);

G_END_DECLS
