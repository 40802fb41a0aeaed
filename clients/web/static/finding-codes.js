// SPDX-License-Identifier: LGPL-2.1-or-later
// What is found at a certificate, by the codes of certd's table of findings: a few words that say what is so. The
// device's sentence, which names the values, stands below.

import { N_ } from "./i18n.js";

export const FINDINGS = {
    "key-mismatch": N_("The certificate is not for this key"),
    "expired": N_("The certificate has expired"),
    "not-yet-valid": N_("The certificate is not valid yet"),
    "no-san": N_("There is no subject alternative name"),
    "san-mismatch": N_("The certificate is for other names than this device's"),
    "weak-key": N_("The key is too weak"),
    "weak-digest": N_("The signature's hash is too weak"),
    "no-server-auth": N_("The certificate is not for servers"),
    "key-usage": N_("The key usage does not allow TLS"),
    "is-ca": N_("This is the certificate of an authority"),
    "chain-incomplete": N_("The chain is incomplete"),
    "chain-order": N_("The chain was in another order"),
    "root-included": N_("The chain includes its root"),
    "certificate-ignored": N_("A certificate was left out"),
    "self-signed": N_("The certificate is self-signed"),
    "lifetime-long": N_("The certificate is valid for longer than browsers accept"),
    "wildcard": N_("The certificate has a wildcard name"),
    "clock-untrusted": N_("The dates were not checked"),
    "damaged": N_("The certificate is damaged on the device"),
    "key-unreadable": N_("The private key cannot be opened"),
    "emergency": N_("An emergency certificate is in use"),
    "untrusted": N_("The device trusts nobody who vouches for it"),
    "bad-signature": N_("A signature is wrong"),
    "not-ca": N_("The issuer is no authority"),
    "path-length": N_("There are more authorities in the chain than one of them allows"),
    "name-constraints": N_("An authority may not issue for such a name"),
    "wrong-purpose": N_("The certificate is for another purpose"),
    "unknown-extension": N_("A critical extension is unknown"),
    "malformed": N_("The certificate is malformed"),
    "disputed": N_("Programs do not agree on the chain"),
    "trusted": N_("The device trusts it"),
};
