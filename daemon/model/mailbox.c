/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mail addresses: local part and domain are judged each on its own, as RFC 5321 does. */
#include "model/mailbox.h"

#include <arpa/inet.h>
#include <string.h>

#include "model/host-name.h"

/* RFC 5321 4.5.3.1: a path has 256 octets, angle brackets included. */
#define LOCAL_BYTES_MAX 64u
#define MAILBOX_BYTES_MAX 254u

static gboolean dot_string_is_valid(const char *local, size_t length)
{
    if (length == 0 || local[0] == '.' || local[length - 1] == '.')
        return FALSE;
    for (size_t i = 0; i < length; i++) {
        if (local[i] == '.'
                ? local[i + 1] == '.'
                : !g_ascii_isalnum(local[i]) && strchr("!#$%&'*+-/=?^_`{|}~", local[i]) == NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean quoted_string_is_valid(const char *local, size_t length)
{
    if (length < 2 || local[0] != '"' || local[length - 1] != '"')
        return FALSE;
    for (size_t i = 1; i < length - 1; i++) {
        if (local[i] == '"')
            return FALSE;
        if (local[i] == '\\' && ++i == length - 1)
            return FALSE; /* escapes the closing quotation mark */
    }
    return TRUE;
}

static gboolean address_literal_is_valid(const char *domain)
{
    static const char *ipv6_tag = "IPv6:";
    size_t length = strlen(domain);
    if (length < 2 || domain[length - 1] != ']')
        return FALSE;
    g_autofree char *address = g_strndup(domain + 1, length - 2);
    unsigned char bytes[sizeof(struct in6_addr)];
    if (g_ascii_strncasecmp(address, ipv6_tag, strlen(ipv6_tag)) == 0)
        return inet_pton(AF_INET6, address + strlen(ipv6_tag), bytes) == 1;
    return inet_pton(AF_INET, address, bytes) == 1;
}

const char *certd_mailbox_at(const char *mailbox)
{
    return strrchr(mailbox, '@');
}

const char *certd_mailbox_problem(const char *mailbox)
{
    if (strnlen(mailbox, MAILBOX_BYTES_MAX + 1) > MAILBOX_BYTES_MAX)
        return "it is longer than 254 bytes";
    for (const char *c = mailbox; *c != '\0'; c++) {
        if (!g_ascii_isprint(*c))
            return "it has characters outside ASCII; write the domain as A-labels (xn--)";
    }
    const char *at = certd_mailbox_at(mailbox);
    if (at == NULL)
        return "it has no \"@\"";
    size_t length = (size_t)(at - mailbox);
    if (length > LOCAL_BYTES_MAX)
        return "the part before \"@\" is longer than 64 bytes";
    if (!dot_string_is_valid(mailbox, length) && !quoted_string_is_valid(mailbox, length))
        return "the part before \"@\" is not valid";
    const char *domain = at + 1;
    if (*domain == '[' ? !address_literal_is_valid(domain) : !certd_host_name_is_valid(domain))
        return "the part after \"@\" is no host name";
    return NULL;
}
