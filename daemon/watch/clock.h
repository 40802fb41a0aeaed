/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wall clock: whether it is worth judging dates by, when it is set, and deadlines on it (R72). */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

G_BEGIN_DECLS

/* How often the kernel is asked whether the clock is synchronized, while it is not and while it is
 * (CLOCK_BOOTTIME). The latter is also the longest time without a look at the clock, and the only
 * one where the kernel may not be asked. */
#define CERTD_CLOCK_POLL_USEC (10u * G_USEC_PER_SEC)
#define CERTD_CLOCK_POLL_SYNCHRONIZED_USEC ((guint64)3600u * G_USEC_PER_SEC)
/* Between two looks the clock was set when it differs by this much from what CLOCK_BOOTTIME says. */
#define CERTD_CLOCK_STEP_USEC (2 * G_USEC_PER_SEC)

typedef struct CertdClock CertdClock;

/* Whether dates may be judged by @now (seconds since the epoch): the clock is @synchronized, or
 * @now is neither before CERTD_RELEASE_TIME nor before @seen, the latest time that the keystore
 * knows to have been. */
gboolean certd_clock_judge(gint64 now, gboolean synchronized, gint64 seen);

/* Watches the clock on @event's loop, which calls both, never from within a function here:
 * @changed when the clock was set, by whoever and however little where the kernel says so and by
 * CERTD_CLOCK_STEP_USEC where it does not, or when it became synchronized or ceased to be so; @due
 * when what certd_clock_wake_at() armed is reached. Neither may free the clock's loop, both may
 * free the clock. CERTD_ERROR_WORKER_FAILED where the kernel has no timers for us. */
CertdClock *certd_clock_new(sd_event *event, void (*changed)(void *userdata),
                            void (*due)(void *userdata), void *userdata, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_clock_free(CertdClock *clock);
/* Where the kernel may not be asked whether the clock is synchronized, which shows once, in
 * certd_clock_new(): from now on timedate1 is asked over @bus, which is attached to the same loop
 * and outlives the clock, now, after each change, and as CERTD_TIMEDATE_ASK_SECONDS says. Until the
 * first answer, and from a change to the next one, the clock is not synchronized. */
void certd_clock_set_bus(CertdClock *clock, sd_bus *bus);

/* Seconds since the epoch. */
gint64 certd_clock_now(const CertdClock *clock);
/* Whether the kernel says now that the clock is synchronized, or timedate1 did when it was last
 * asked; when that is new, @changed follows. */
gboolean certd_clock_is_synchronized(CertdClock *clock);
/* Arms the deadline @when (seconds since the epoch) in place of the one before; 0 disarms. It is
 * reached once, when the wall clock shows @when or more, also by being set; at the loop's next turn
 * where it is past already. */
void certd_clock_wake_at(CertdClock *clock, gint64 when);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdClock, certd_clock_free)

G_END_DECLS
