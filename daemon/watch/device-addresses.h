/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses at which the device can be reached. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The addresses (char *, as inet_ntop() prints them) of the interfaces that are up, each once:
 * IPv4 before IPv6, link-local ones after the others, ascending. Left out are:
 * - loopback interfaces and addresses, addresses of host scope, multicast addresses;
 * - IPv6 addresses whose duplicate address detection is under way or failed (RFC 4862 5.4), but
 *   for optimistic ones (RFC 4429), which are in use already;
 * - temporary IPv6 addresses (RFC 8981): they are for connections the device makes, nobody calls
 *   it by them, and each day's new one would ask for a new certificate.
 * Empty where the kernel does not tell. Caller unrefs. */
GPtrArray *certd_device_addresses(void);

G_END_DECLS
