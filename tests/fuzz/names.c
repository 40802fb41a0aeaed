/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names as text: certificates' names, subjects, alternative names. What is taken prints as something
 * that is taken again and is the same. */

#include <string.h>

#include "fuzz.h"
#include "model/name.h"
#include "model/san.h"
#include "model/subject.h"
#include "model/text.h"

static void check_subject(const char *text)
{
    g_autoptr(CertdSubject) subject = certd_subject_parse(text, NULL);
    if (subject == NULL)
        return;
    g_autofree char *printed = certd_subject_print(subject);
    g_autoptr(CertdSubject) again = certd_subject_parse(printed, NULL);
    g_assert(again != NULL && certd_subject_equal(subject, again));
    g_autoptr(GVariant) pairs = g_variant_ref_sink(certd_subject_to_variant(subject));
    g_autoptr(CertdSubject) from_pairs = certd_subject_from_variant(pairs, NULL);
    g_assert(from_pairs != NULL && certd_subject_equal(subject, from_pairs));
}

static void check_san(const char *text)
{
    g_autoptr(CertdSan) san = certd_san_parse(text, NULL);
    if (san == NULL)
        return;
    g_autofree char *printed = certd_san_print(san);
    g_autoptr(CertdSan) again = certd_san_parse(printed, NULL);
    g_assert(again != NULL && certd_san_equal(san, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *escaped = certd_text_escape(text);
    g_autofree char *quoted = certd_text_quote(text);
    g_assert(certd_text_is_clean(escaped) && certd_text_is_clean(quoted));
    if (certd_name_validate(text, NULL))
        g_assert(strlen(text) <= 64);
    check_subject(text);
    check_san(text);
    g_autoptr(CertdSan) copied = certd_san_from_common_name(text);
    g_assert(copied == NULL || copied->type == CERTD_SAN_DNS || copied->type == CERTD_SAN_IP);
    return 0;
}
