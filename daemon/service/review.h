/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens by itself (R24, R25, R41, R55, R72): something changed, and every certificate is
 * looked at for what it needs now. The same look serves all causes, so that a cause that was missed
 * does no harm: the next look sees it too.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* The device's names may have changed. */
void certd_names_changed(CertdService *service);
/* The clock was set, or is synchronized now, or isn't any more. */
void certd_time_changed(CertdService *service);
/* Says whether the clock is trusted, and keeps the time that was seen. */
void certd_time_watch(CertdService *service);
/* The sealing key can be used again, or with @error can't. */
void certd_sealing_key_changed(CertdService *service, const GError *error);
/* It can be used, and its file is @wrapped or plain; @newly: it was wrapped just now, which the log says;
 * @failure (nullable): why it is plain though there is a wrapping key, which is a problem. */
void certd_sealing_key_found(CertdService *service, gboolean wrapped, gboolean newly,
                             const GError *failure);

/* Does a bounded part of what there is to do by itself. TRUE where there is more at once. */
gboolean certd_work(CertdService *service);
/* When certd_work(), which has nothing more to do now, is to be called next: seconds since the epoch,
 * always later than now; 0 for never. */
gint64 certd_work_next(CertdService *service);

G_END_DECLS
