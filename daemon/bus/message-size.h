/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How large a call is, before anything of it is made into values: a value of a few bytes in a message
 * takes a hundred once it has been read, and the bus lets everybody send messages of 32 MiB.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

/* About how many bytes @message keeps, into @size. CERTD_ERROR_TOO_LARGE beyond
 * CERTD_LIMIT_MESSAGE_VALUES or CERTD_LIMIT_MESSAGE_BYTES, CERTD_ERROR_MALFORMED where it is not what its
 * signature says. Costs no more for what is beyond. @message is read from its beginning afterwards. */
gboolean certd_message_size(sd_bus_message *message, size_t *size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
