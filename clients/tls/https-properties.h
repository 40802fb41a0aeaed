/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of org.certd1.Https, read from an answer to GetAll. */
#pragma once

#include <systemd/sd-bus.h>

#include "tls/settings.h"

G_BEGIN_DECLS

/* Reads a{sv} at @message into @https; FALSE where it has not all of them, with values that can be, and @https is as
 * it was. */
gboolean certd_https_properties_read(sd_bus_message *message, CertdHttps *https);

G_END_DECLS
