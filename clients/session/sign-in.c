/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PAM. Everything that is wrong before the password was right is one and the same answer. certd-web sees to it that
 * it takes the same time, too, so PAM's own delay is left out.
 */
#include "session/sign-in.h"

#include <errno.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <string.h>
#include <unistd.h>

#include "model/names.h"

/* The name of what stands for a terminal: some modules want one. */
#define TTY "certd-web"
/* An account's texts; sysconf() gives no upper limit. */
#define ACCOUNT_BYTES (64u * 1024u)

/* What PAM's code of a step means: a step ends the sign-in with it unless it succeeds. */
typedef struct {
    int code;
    CertdSignIn result;
} Meaning;

static const char *const words[] = {
    [CERTD_SIGN_IN_OK] = "ok",
    [CERTD_SIGN_IN_REFUSED] = "refused",
    [CERTD_SIGN_IN_ACCOUNT_EXPIRED] = "account-expired",
    [CERTD_SIGN_IN_PASSWORD_EXPIRED] = "password-expired",
    [CERTD_SIGN_IN_UNAVAILABLE] = "unavailable",
};
G_STATIC_ASSERT(G_N_ELEMENTS(words) == CERTD_SIGN_IN_COUNT_);

/* Before and after the password: PAM itself, or its configuration, is broken. */
static const Meaning broken[] = {
    {PAM_ABORT, CERTD_SIGN_IN_UNAVAILABLE},      {PAM_AUTHINFO_UNAVAIL, CERTD_SIGN_IN_UNAVAILABLE},
    {PAM_BUF_ERR, CERTD_SIGN_IN_UNAVAILABLE},    {PAM_MODULE_UNKNOWN, CERTD_SIGN_IN_UNAVAILABLE},
    {PAM_OPEN_ERR, CERTD_SIGN_IN_UNAVAILABLE},   {PAM_SERVICE_ERR, CERTD_SIGN_IN_UNAVAILABLE},
    {PAM_SYMBOL_ERR, CERTD_SIGN_IN_UNAVAILABLE}, {PAM_SYSTEM_ERR, CERTD_SIGN_IN_UNAVAILABLE},
};

/* After the right password alone. */
static const Meaning expired[] = {
    {PAM_ACCT_EXPIRED, CERTD_SIGN_IN_ACCOUNT_EXPIRED},
    {PAM_AUTHTOK_EXPIRED, CERTD_SIGN_IN_PASSWORD_EXPIRED},
    {PAM_CRED_EXPIRED, CERTD_SIGN_IN_PASSWORD_EXPIRED},
    {PAM_NEW_AUTHTOK_REQD, CERTD_SIGN_IN_PASSWORD_EXPIRED},
};

typedef struct {
    const char *password;
    gboolean answered;
} Conversation;

typedef int Step(pam_handle_t *pam, int flags);

static const struct {
    Step *step;
    int flags;
    gboolean after_password;
} steps[] = {
    {pam_authenticate, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK, FALSE},
    {pam_acct_mgmt, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK, TRUE},
    {pam_setcred, PAM_SILENT | PAM_ESTABLISH_CRED, TRUE},
};

const char *certd_sign_in_word(CertdSignIn result)
{
    return words[result];
}

void certd_account_clear(CertdAccount *account)
{
    g_clear_pointer(&account->name, g_free);
    g_clear_pointer(&account->reason, g_free);
}

/* PAM frees what it is given with free(). */
static void free_responses(struct pam_response *responses, int n)
{
    for (int i = 0; i < n; i++) {
        if (responses[i].resp != NULL)
            explicit_bzero(responses[i].resp, strlen(responses[i].resp));
        free(responses[i].resp);
    }
    free(responses);
}

/* The answer to @message into @answer: none to what is only told, the password to the one question for it. */
static gboolean answer_one(Conversation *conversation, const struct pam_message *message,
                           char **answer)
{
    if (message->msg_style == PAM_TEXT_INFO || message->msg_style == PAM_ERROR_MSG)
        return TRUE;
    if (message->msg_style != PAM_PROMPT_ECHO_OFF || conversation->answered)
        return FALSE;
    conversation->answered = TRUE;
    *answer = strdup(conversation->password);
    return *answer != NULL;
}

static int converse(int n, const struct pam_message **messages, struct pam_response **responses,
                    void *data)
{
    if (n <= 0 || n > PAM_MAX_NUM_MSG)
        return PAM_CONV_ERR;
    struct pam_response *answers = calloc((size_t)n, sizeof *answers);
    if (answers == NULL)
        return PAM_BUF_ERR;
    for (int i = 0; i < n; i++) {
        if (!answer_one(data, messages[i], &answers[i].resp)) {
            free_responses(answers, n);
            return PAM_CONV_ERR;
        }
    }
    *responses = answers;
    return PAM_SUCCESS;
}

static void no_delay(int status, unsigned int usec, void *data)
{
}

static CertdSignIn meaning(const Meaning *table, size_t n, int code, CertdSignIn otherwise)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].code == code)
            return table[i].result;
    }
    return otherwise;
}

static CertdSignIn judge(int code, gboolean after_password)
{
    CertdSignIn result = meaning(broken, G_N_ELEMENTS(broken), code, CERTD_SIGN_IN_REFUSED);
    return after_password ? meaning(expired, G_N_ELEMENTS(expired), code, result) : result;
}

/* The account of @name into @account; one that is not there is no failure, it has no name. */
static gboolean find_account(const char *name, CertdAccount *account)
{
    g_autofree char *buffer = g_malloc(ACCOUNT_BYTES);
    struct passwd entry, *found = NULL;
    int code = getpwnam_r(name, &entry, buffer, ACCOUNT_BYTES, &found);
    certd_account_clear(account);
    if (found == NULL)
        return code == 0 || code == ENOENT || code == ESRCH;
    account->name = g_strdup(entry.pw_name);
    account->uid = entry.pw_uid;
    account->gid = entry.pw_gid;
    return TRUE;
}

static int prepare(pam_handle_t *pam, const CertdSignInRequest *request)
{
    const void *delay = (const void *)no_delay;
    int code = pam_set_item(pam, PAM_RHOST, request->address);
    if (code == PAM_SUCCESS)
        code = pam_set_item(pam, PAM_TTY, TTY);
    return code == PAM_SUCCESS ? pam_set_item(pam, PAM_FAIL_DELAY, delay) : code;
}

static CertdSignIn run(pam_handle_t *pam, const CertdSignInRequest *request, int *code)
{
    *code = prepare(pam, request);
    if (*code != PAM_SUCCESS)
        return CERTD_SIGN_IN_UNAVAILABLE;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        *code = steps[i].step(pam, steps[i].flags);
        if (*code != PAM_SUCCESS)
            return judge(*code, steps[i].after_password);
    }
    return CERTD_SIGN_IN_OK;
}

/* Modules may say that the user has another name than the one that was given; that one's account is it. */
static CertdSignIn find_signed_in(pam_handle_t *pam, CertdAccount *account)
{
    const void *name = NULL;
    if (pam_get_item(pam, PAM_USER, &name) != PAM_SUCCESS || name == NULL ||
        !find_account(name, account)) {
        account->reason = g_strdup("the account can't be read");
        return CERTD_SIGN_IN_UNAVAILABLE;
    }
    if (account->name == NULL || account->uid == 0) {
        account->reason = g_strdup("there is no account to become, or it is root's");
        return CERTD_SIGN_IN_REFUSED;
    }
    return CERTD_SIGN_IN_OK;
}

CertdSignIn certd_sign_in(const CertdSignInRequest *request, CertdAccount *account)
{
    Conversation conversation = {.password = request->password};
    const struct pam_conv callbacks = {.conv = converse, .appdata_ptr = &conversation};
    pam_handle_t *pam = NULL;

    *account = (CertdAccount){0};
    if (!find_account(request->user, account)) {
        account->reason = g_strdup("the accounts can't be read");
        return CERTD_SIGN_IN_UNAVAILABLE;
    }
    /* Before PAM: nobody is to try root's password here. */
    if (account->name != NULL && account->uid == 0) {
        account->reason = g_strdup("root does not sign in here");
        return CERTD_SIGN_IN_REFUSED;
    }
    int code = pam_start(CERTD_PAM_SERVICE, request->user, &callbacks, &pam);
    CertdSignIn result = CERTD_SIGN_IN_UNAVAILABLE;
    if (code == PAM_SUCCESS)
        result = run(pam, request, &code);
    if (result == CERTD_SIGN_IN_OK)
        result = find_signed_in(pam, account);
    else
        account->reason = g_strdup(pam_strerror(pam, code));
    if (pam != NULL)
        (void)pam_end(pam, code);
    return result;
}
