/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIGHUP: what the administrator configures is read again. */

#include "reload.h"

#include <signal.h>
#include <systemd/sd-daemon.h>

#include "model/problem.h"
#include "requesters-file.h"
#include "settings-file.h"

/* A setting that is not in the file any more is the default again. */
static void read_settings(const CertdReload *reload)
{
    g_autoptr(GError) error = NULL;
    CertdPolicy policy = CERTD_POLICY_DEFAULT;
    if (certd_settings_file_read(reload->config_file, &policy, &error))
        certd_service_set_policy(reload->service, policy);
    certd_service_set_problem(reload->service,
                              certd_problem_code_name(CERTD_PROBLEM_SETTINGS_INVALID),
                              error != NULL ? error->message : NULL,
                              "The settings are as they were. Mend the file, then reload certd "
                              "(systemctl reload certd).");
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
    const CertdReload *reload = userdata;
    sd_notifyf(FALSE, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
    read_settings(reload);
    certd_requesters_load(reload->service, reload->requesters);
    sd_notify(FALSE, "READY=1");
    return 0;
}

int certd_reload_listen(sd_event *event, CertdReload *reload)
{
    return sd_event_add_signal(event, NULL, SIGHUP, on_hangup, reload);
}
