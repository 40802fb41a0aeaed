// SPDX-License-Identifier: LGPL-2.1-or-later
// The words of the API's enumerations in the reader's language: states, origins, issuers, keys, digests, usages.

import { N_ } from "./i18n.js";

/** States of a certificate's place: [word, colour]. */
export const STATES = {
    "empty": [N_("Nothing installed"), "plain"],
    "active": [N_("In use"), "good"],
    "expired": [N_("Expired"), "bad"],
    "not-yet-valid": [N_("Not valid yet"), "bad"],
    "unusable": [N_("Unusable"), "bad"],
};

/** States of a request, likewise. */
export const REQUEST_STATES = {
    "queued": [N_("Waiting for its key"), "plain"],
    "generating": [N_("Its key is made"), "plain"],
    "ready": [N_("Ready"), "good"],
    "issued": [N_("Issued"), "good"],
    "failed": [N_("Failed"), "bad"],
    "cancelled": [N_("Cancelled"), "plain"],
};

/** Those in which there may still be a certificate of it. */
export const OPEN_STATES = ["queued", "generating", "ready"];

export const ORIGINS = {
    "default": N_("Factory default"),
    "self": N_("Self-signed by the device"),
    "internal": N_("Issued by the device's authority"),
    "request": N_("Issued for a request"),
    "imported": N_("Imported with its key"),
    "emergency": N_("Emergency certificate"),
};

/** Origins of what the device's authority has issued, and of all that the device has: it renews that by itself. */
export const AUTHORITY_ORIGINS = ["default", "internal"];
export const OWN_ORIGINS = [...AUTHORITY_ORIGINS, "self"];

export const ISSUERS = {
    "external": N_("An authority outside"),
    "internal": N_("The device's authority"),
    "self": N_("Itself (self-signed)"),
};

/** What stands for itself in each language. */
export const KEY_TYPES = {
    "rsa:1024": "RSA 1024",
    "rsa:2048": "RSA 2048",
    "rsa:3072": "RSA 3072",
    "rsa:4096": "RSA 4096",
    "rsa:8192": "RSA 8192",
    "ec:secp256r1": "ECDSA P-256",
    "ec:secp384r1": "ECDSA P-384",
    "ec:secp521r1": "ECDSA P-521",
    "ed25519": "Ed25519",
};

export const DIGESTS = { "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512" };

/** Of RFC 5280 section 4.2.1.3. */
export const KEY_USAGES = {
    "digitalSignature": N_("Digital signature"),
    "nonRepudiation": N_("Non-repudiation"),
    "keyEncipherment": N_("Key encipherment"),
    "dataEncipherment": N_("Data encipherment"),
    "keyAgreement": N_("Key agreement"),
    "keyCertSign": N_("Signing of certificates"),
    "cRLSign": N_("Signing of revocation lists"),
    "encipherOnly": N_("Enciphering only"),
    "decipherOnly": N_("Deciphering only"),
};

/** Of RFC 5280 section 4.2.1.12. */
export const PURPOSES = {
    "serverAuth": N_("TLS servers"),
    "clientAuth": N_("TLS clients"),
    "codeSigning": N_("Signing of programs"),
    "emailProtection": N_("Protection of e-mail"),
    "timeStamping": N_("Time stamping"),
    "OCSPSigning": N_("Signing of OCSP answers"),
};

/** How the sealing key is kept: [word, colour]. */
export const SEALING_KEYS = {
    "wrapped": [N_("Wrapped: the disk alone does not open it"), "good"],
    "plain": [N_("In clear on the disk"), "warn"],
    "unusable": [N_("Unusable: stored private keys cannot be opened"), "bad"],
};

/** What the kinds of Features are; their values stand for themselves, but for those in words above. */
export const FEATURES = {
    "key": N_("Key types"),
    "digest": N_("Hashes of signatures"),
    "san": N_("Subject alternative names"),
    "subject": N_("Fields of the subject"),
    "issuer": N_("Issuers"),
    "import": N_("Formats of import"),
    "export": N_("Formats of export"),
    "policy": N_("Policy"),
};
