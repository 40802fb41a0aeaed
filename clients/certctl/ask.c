/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The echo is switched off around one read(), and an interrupt during it is remembered rather
 * than obeyed at once, so that no way out leaves the terminal mute.
 */
#include "certctl/ask.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/file.h"
#include "model/error.h"
#include "model/limits.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = 1;
}

gboolean certctl_ask_confirmation(const CertctlCall *call, const char *question, GError **error)
{
    if (call->options->yes)
        return TRUE;
    if (!isatty(STDIN_FILENO)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                    _("This needs a confirmation, and there is no terminal to ask; give --yes if "
                      "you mean it"));
        return FALSE;
    }
    fprintf(stderr, "%s [y/N] ", question);
    char answer[16] = "";
    if (fgets(answer, sizeof answer, stdin) && (g_ascii_strcasecmp(g_strstrip(answer), "y") == 0 ||
                                                g_ascii_strcasecmp(answer, "yes") == 0))
        return TRUE;
    g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_CANCELLED, _("Nothing was changed"));
    return FALSE;
}

gboolean certctl_ask_possible(void)
{
    return isatty(STDIN_FILENO) != 0;
}

/* Reads one line from the terminal without echo; -1 where it was interrupted. */
static ssize_t read_silently(char *line, size_t room)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction old[G_N_ELEMENTS(signals)];
    struct sigaction action = {.sa_handler = on_signal};
    struct termios before;
    gboolean known = tcgetattr(STDIN_FILENO, &before) == 0;
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;

    interrupted = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        sigaction(signals[i], &action, &old[i]);
    if (known)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    ssize_t n;
    do {
        n = read(STDIN_FILENO, line, room);
    } while (n < 0 && errno == EINTR && !interrupted);
    if (known)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        sigaction(signals[i], &old[i], NULL);
    return interrupted ? -1 : n;
}

GBytes *certctl_ask_passphrase(const char *prompt, GError **error)
{
    /* The line's end, and one byte more to tell too much from just enough. */
    const size_t room = CERTD_LIMIT_PASSPHRASE_BYTES + 2;
    char *line = g_malloc0(room);
    fputs(prompt, stderr);
    ssize_t n = read_silently(line, room);
    fputc('\n', stderr);
    size_t size = n > 0 ? (size_t)n : 0;
    if (size > 0 && line[size - 1] == '\n')
        size--;
    g_autoptr(GBytes) bytes = certd_file_wiped_bytes((guint8 *)line, size, room);
    if (size == 0) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                            _("No pass phrase was given; nothing was changed"));
        return NULL;
    }
    if (size > CERTD_LIMIT_PASSPHRASE_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    _("The pass phrase has more than %u bytes, which is the limit"),
                    CERTD_LIMIT_PASSPHRASE_BYTES);
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

GBytes *certctl_ask_new_passphrase(GError **error)
{
    g_autoptr(GBytes) first = certctl_ask_passphrase(_("New pass phrase for the file: "), error);
    if (!first)
        return NULL;
    g_autoptr(GBytes) second = certctl_ask_passphrase(_("The same once more: "), error);
    if (!second)
        return NULL;
    if (g_bytes_equal(first, second))
        return g_steal_pointer(&first);
    g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_PASSPHRASE_WRONG,
                        _("The two pass phrases differ; try again"));
    return NULL;
}
