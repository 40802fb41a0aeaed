/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an a{sv} of certd says. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The value of @key in the a{sv} @dict; "", 0, FALSE where it is not there or of another type. Strings are lent. */
const char *certd_dict_string(GVariant *dict, const char *key);
/* Of the type t or u. */
guint64 certd_dict_number(GVariant *dict, const char *key);
gboolean certd_dict_boolean(GVariant *dict, const char *key);
/* Its value of the type @type, an empty one where it is not there. The caller unrefs. */
GVariant *certd_dict_array(GVariant *dict, const char *key, const char *type);

G_END_DECLS
