/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl wrapping-key`: the commands that make certd's wrapping key, for an administrator to read and
 * to run. The key goes from the kernel to systemd-creds by a pipe, and is in no argument and no file. */
#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "certctl/verb.h"
#include "model/names.h"

/* One that is there stays: a second one would not open what the first has wrapped. What was made is
 * decrypted again before anything relies on it, which also shows that the pipe gave all of it. */
static const char script[] =
    "#!/bin/sh\n"
    "# Makes certd's wrapping key as an encrypted credential of systemd. Run it as root:\n"
    "#     certctl wrapping-key | sh\n"
    "set -eu\n"
    "umask 077\n"
    "name=" CERTD_WRAPPING_CREDENTIAL "\n"
    "store=/etc/credstore.encrypted\n"
    "new=$store/.$name.new\n"
    "\n"
    "if [ \"$(id -u)\" -ne 0 ]; then\n"
    "    echo 'Only root can make the wrapping key; run this as root' >&2\n"
    "    exit 1\n"
    "fi\n"
    "if [ -e \"$store/$name\" ] || [ -L \"$store/$name\" ]; then\n"
    "    echo \"$store/$name is there already; it stays as it is\" >&2\n"
    "    exit 0\n"
    "fi\n"
    "[ -d \"$store\" ] || mkdir -m 0700 \"$store\"\n"
    "rm -f \"$new\"\n"
    "trap 'rm -f \"$new\"' EXIT\n"
    "# With the TPM where there is one, and the host's key; systemd-creds(1) chooses.\n"
    "head -c 32 /dev/urandom | systemd-creds encrypt --name=\"$name\" - \"$new\"\n"
    "chmod 0600 \"$new\"\n"
    "if [ \"$(systemd-creds decrypt --name=\"$name\" \"$new\" - | wc -c)\" -ne 32 ]; then\n"
    "    echo 'The credential does not decrypt again; nothing was changed' >&2\n"
    "    exit 1\n"
    "fi\n"
    "sync \"$new\"\n"
    "# Unlike mv, this replaces nothing.\n"
    "ln \"$new\" \"$store/$name\"\n"
    "sync \"$store\"\n"
    "systemctl restart certd.service\n"
    "echo \"$store/$name is made; certctl status shows whether it is used\" >&2\n";

static gboolean run(const CertctlCall *call, GError **error)
{
    fputs(script, stdout);
    return TRUE;
}

const CertctlVerb certctl_verb_wrapping_key = {
    .name = "wrapping-key",
    .synopsis = "",
    .summary = N_("Print the commands that protect the keys by this machine's TPM or host key"),
    .example = "certctl wrapping-key | sh",
    .is_offline = TRUE,
    .run = run,
};
