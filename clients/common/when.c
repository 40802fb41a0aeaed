/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seconds since the epoch are unsigned on the wire; differences are taken with care for that. */
#include "common/when.h"

#include <glib/gi18n-lib.h>

#define DAY G_GUINT64_CONSTANT(86400)
#define DUE_DAYS 30u

char *certd_when_print(guint64 seconds)
{
    if (seconds == 0)
        return g_strdup("-");
    g_autoptr(GDateTime) time =
        seconds <= G_MAXINT64 ? g_date_time_new_from_unix_utc((gint64)seconds) : NULL;
    if (!time)
        return g_strdup_printf("@%" G_GUINT64_FORMAT, seconds);
    return g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC");
}

char *certd_when_distance(guint64 seconds, guint64 now)
{
    guint64 days = (seconds > now ? seconds - now : now - seconds) / DAY;
    unsigned long shown = (unsigned long)days;
    if (seconds > now && days == 0)
        return g_strdup(_("in less than a day"));
    if (seconds > now)
        return g_strdup_printf(ngettext("in %lu day", "in %lu days", shown), shown);
    if (days == 0)
        return g_strdup(_("less than a day ago"));
    return g_strdup_printf(ngettext("%lu day ago", "%lu days ago", shown), shown);
}

char *certd_when_left(guint64 seconds, guint64 now)
{
    guint64 left = seconds > now ? seconds - now : 0;
    unsigned long hours = (unsigned long)(left / 3600), minutes = (unsigned long)(left % 3600 / 60);
    if (left >= 3600)
        return g_strdup_printf(_("%lu h %lu min"), hours, minutes);
    unsigned long rest = (unsigned long)(left % 60);
    return left >= 60 ? g_strdup_printf(_("%lu min %lu s"), minutes, rest)
                      : g_strdup_printf(_("%lu s"), rest);
}

gboolean certd_when_is_late(guint64 not_before, guint64 not_after, guint64 now)
{
    if (not_after <= now)
        return TRUE;
    guint64 lifetime = not_after > not_before ? not_after - not_before : 0;
    return not_after - now <= lifetime / 3;
}

gboolean certd_when_is_due(guint64 not_before, guint64 not_after, guint64 now)
{
    return certd_when_is_late(not_before, not_after, now) || not_after - now <= DUE_DAYS * DAY;
}
