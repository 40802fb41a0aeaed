/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIGHUP: what the administrator configures is read again. */

#include "reload.h"

#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "requesters-file.h"
#include "settings-file.h"

/* A setting that is not in the file any more is the default again. */
static gboolean read_again(const CertdReload *reload, GError **error)
{
    CertdPolicy policy = CERTD_POLICY_DEFAULT;
    if (!certd_settings_file_read(reload->config_file, &policy, error))
        return FALSE;
    certd_service_set_policy(reload->service, policy);
    certd_requesters_load(reload->service, reload->requesters);
    return TRUE;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
    g_autoptr(GError) error = NULL;
    sd_notifyf(FALSE, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
    if (!read_again(userdata, &error))
        fprintf(stderr, SD_ERR "certd: The configuration can't be used, and is as it was: %s\n",
                error->message);
    sd_notify(FALSE, "READY=1");
    return 0;
}

int certd_reload_listen(sd_event *event, CertdReload *reload)
{
    return sd_event_add_signal(event, NULL, SIGHUP, on_hangup, reload);
}
