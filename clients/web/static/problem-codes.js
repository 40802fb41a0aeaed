// SPDX-License-Identifier: LGPL-2.1-or-later
// What is wrong with the device as a whole, by the codes of certd's table of problems, and the view where it is mended.

import { N_ } from "./i18n.js";

/** Code: [a few words, the address where it is mended, in which {} is the certificate that it is about;
    "" where it is mended on the device itself]. */
export const PROBLEMS = {
    "keystore-set-aside": [N_("The keystore was damaged, and a new one was begun"), "certificates"],
    "keystore-damaged": [N_("The entry of the certificate https was damaged, and made anew"), "certificates/https"],
    "log-damaged": [N_("The chain of the audit log was damaged, and begins anew"), "activity"],
    "sealing-key-unusable": [N_("No stored private key can be opened"), "certificates"],
    "sealing-key-plain": [N_("The sealing key lies in clear on the disk"), ""],
    "authority-unusable": [N_("The device's authority cannot be used"), "authority"],
    "authority-replaced": [N_("The device's authority has a new certificate"), "authority"],
    "authority-unpublished": [N_("The authority's certificate could not be written for all to read"), ""],
    "anchor-damaged": [N_("Some of what the device trusts is damaged, and not trusted any more"), "trust"],
    "trust-unpublished": [N_("What the device trusts could not be written for all to read"), ""],
    "certificate-expired": [N_("A certificate has expired"), "certificates/{}"],
    "certificate-not-yet-valid": [N_("A certificate is not valid yet"), "certificates/{}"],
    "certificate-damaged": [N_("A certificate is damaged"), "certificates/{}"],
    "key-unreadable": [N_("A certificate's private key cannot be opened"), "certificates/{}"],
    "certificate-missing": [N_("A certificate is missing"), "certificates/{}"],
    "certificate-expiring": [N_("A certificate expires soon"), "certificates/{}"],
    "consumer-failed": [N_("A unit could not take up its certificate"), "certificates/{}"],
    "consumer-unknown": [N_("A consumer does not exist"), "certificates/{}"],
    "export-failed": [N_("The files of a certificate could not be put in place"), "certificates/{}"],
    "export-refused": [N_("The files of a certificate are not written to a disk"), "certificates/{}"],
    "trial-unfinished": [N_("The end of a trial could not be written"), "certificates/{}"],
    "default-missing": [N_("The certificate https could not be made"), "certificates/https"],
    "factory-reset-unfinished": [N_("A reset of the device was begun and is not finished"), ""],
    "credential-socket": [N_("Units get no credentials"), ""],
    "https-not-served": [N_("HTTPS is not served as it is set"), "https"],
    "clock-untrusted": [N_("The clock is not to be trusted"), ""],
    "san-mismatch": [N_("The certificate of HTTPS is for none of the device's names"), "certificates/https/request"],
    "renewal-failed": [N_("A certificate could not be issued or renewed"), "certificates/{}"],
    "request-damaged": [N_("A request was damaged, and set aside"), "certificates"],
    "settings-invalid": [N_("The device's configuration has an error"), ""],
    "requesters-invalid": [N_("A file of who may request certificates has an error"), ""],
};
