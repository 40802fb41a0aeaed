/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether this is a build with AddressSanitizer, which takes time and address space of its own. */
#pragma once

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define CERTD_SANITIZED 1
#else
#define CERTD_SANITIZED 0
#endif
