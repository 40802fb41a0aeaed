/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which boot this is. The kernel says so, but in a container it may speak of the host's, which outlives the
 * container's: so a file in the runtime directory, which each boot begins without, counts too.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 32 hex digits that are others after each boot, and the same until then. @runtime_directory (nullable)
 * exists; where nothing can be kept there it is the kernel's word alone. "" where nobody knows. Caller
 * frees. */
char *certd_boot_id(const char *runtime_directory);

G_END_DECLS
