/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the clock is synchronized, where the kernel may not be asked: org.freedesktop.timedate1's
 * property NTPSynchronized (R72). A sandbox that keeps certd from setting the clock forbids
 * adjtimex() whole.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

typedef struct CertdTimedate CertdTimedate;

/* Asks over @bus, which is attached to an event loop and outlives it: in the next turn, and again
 * CERTD_TIMEDATE_ASK_SECONDS or CERTD_TIMEDATE_ASK_SYNCHRONIZED_SECONDS after each answer.
 * timedate1 is started for it where it can be. @answered is called from the loop with each answer:
 * an error, anything but a boolean, and none within CERTD_LIMIT_TIMEDATE_ANSWER_SECONDS count as
 * FALSE. It may not free what it is called from. */
CertdTimedate *certd_timedate_new(sd_bus *bus,
                                  void (*answered)(gboolean synchronized, void *userdata),
                                  void *userdata);
/* Forgets what is asked already, which may be answered from before, and asks again in the loop's
 * next turn. */
void certd_timedate_ask(CertdTimedate *timedate);
void certd_timedate_free(CertdTimedate *timedate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdTimedate, certd_timedate_free)

G_END_DECLS
