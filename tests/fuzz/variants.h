/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of D-Bus types from any bytes. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* The bytes as a value of @type in normal form, whatever they are; to be unref'd. */
static inline GVariant *fuzz_variant(const char *type, const uint8_t *data, size_t size)
{
    /* Aligned for the largest of its members, and no longer than a message of ours. */
    g_autoptr(GBytes) bytes = g_bytes_new(data, MIN(size, 65536u));
    g_autoptr(GVariant) raw =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), bytes, FALSE));
    return g_variant_get_normal_form(raw);
}
