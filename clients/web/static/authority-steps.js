// SPDX-License-Identifier: LGPL-2.1-or-later
// How each system and browser is made to trust the device's authority. What stands in a menu is quoted as its maker
// writes it, commands are as they are typed.

import { h } from "./dom.js";
import { N_, _ } from "./i18n.js";

/* {pem}, {der} and {profile} become links to the files. check: what shows the fingerprint; commands: the same. */
const SYSTEMS = [
    { key: "windows", name: N_("Windows (Edge, Chrome)"), steps: [
        N_("Download {der} and open it."),
        N_("Choose “Install Certificate…”, then “Local Machine”."),
        N_("Choose “Place all certificates in the following store”, “Browse…”, “Trusted Root Certification " +
            "Authorities”, and finish."),
        N_("Close all windows of the browser and open it again."),
    ], check: "certutil -hashfile ca.cer SHA256", commands: ["certutil -addstore Root ca.cer"],
    note: N_("The command needs a terminal that was opened “as administrator”. Firefox takes what Windows trusts, " +
        "too.") },
    { key: "macos", name: N_("macOS (Safari, Chrome)"), steps: [
        N_("Download {pem} and open it: Keychain Access asks where to add it. Choose “System”."),
        N_("Open the certificate in Keychain Access with a double click, and unfold “Trust”."),
        N_("Set “When using this certificate” to “Always Trust”, close the window and give your password."),
    ], check: "shasum -a 256 ca.cer",
    commands: ["sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.crt"] },
    { key: "ios", name: N_("iPhone and iPad"), steps: [
        N_("Open this page in Safari on the device, and download {profile}. It can also be sent there by mail or " +
            "AirDrop."),
        N_("Open Settings, “Profile Downloaded” (or General, “VPN & Device Management”). “More Details” shows the " +
            "certificate with its fingerprint. Choose “Install”."),
        N_("Open Settings, General, About, “Certificate Trust Settings”, and turn the authority on."),
    ], note: N_("Without the last step no browser there trusts it.") },
    { key: "android", name: N_("Android"), steps: [
        N_("Download {pem} on the device."),
        N_("Open Settings and search for “CA certificate”. It is below Security, “Encryption & credentials”, " +
            "“Install a certificate”."),
        N_("Choose “CA certificate”, “Install anyway”, and the file."),
        N_("“Trusted credentials”, “User” shows its fingerprint: compare it."),
    ], note: N_("Chrome trusts it then, other apps only where they were made to. Firefox for Android: Settings, " +
        "About Firefox, tap the logo five times; then Settings, “Secret Settings”, “Use third party CA " +
        "certificates”.") },
    { key: "debian", name: N_("Linux: Debian, Ubuntu and their kin"), steps: [
        N_("Download {pem}, and run these commands where it lies."),
    ], check: "sha256sum ca.cer",
    commands: ["sudo cp ca.crt /usr/local/share/ca-certificates/{file}.crt", "sudo update-ca-certificates"],
    note: N_("This is for programs such as curl. Browsers on Linux have stores of their own: see there.") },
    { key: "fedora", name: N_("Linux: Fedora, Red Hat and their kin"), steps: [
        N_("Download {pem}, and run these commands where it lies."),
    ], check: "sha256sum ca.cer",
    commands: ["sudo cp ca.crt /etc/pki/ca-trust/source/anchors/{file}.crt", "sudo update-ca-trust"],
    note: N_("Firefox and Chrome from these distributions' packages take it, too.") },
    { key: "chrome", name: N_("Chrome and Chromium on Linux"), steps: [
        N_("Download {pem}."),
        N_("Open the address chrome://certificate-manager and choose “Custom”, “Installed by you”, “Trusted " +
            "Certificates”, “Import”."),
        N_("Choose the file. In older versions it is Settings, Privacy and security, Security, “Manage " +
            "certificates”, “Authorities”, “Import”, with “Trust this certificate for identifying websites”."),
    ], commands: ["certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {file} -i ca.crt"],
    note: N_("certutil is in the package libnss3-tools or nss-tools.") },
    { key: "firefox", name: N_("Firefox on any computer"), steps: [
        N_("Download {pem}."),
        N_("Open Settings, “Privacy & Security”, “View Certificates…”, “Authorities”, “Import…”, and choose the file."),
        N_("“View” shows its fingerprint: compare it. Tick “Trust this CA to identify websites”, then “OK”."),
    ] },
];

/* What a user agent is recognized by, the browser with a store of its own first. */
const OWN = [
    ["ios", /iPhone|iPad|iPod/], ["android", /Android/], ["firefox", /Firefox\//], ["windows", /Windows/],
    ["macos", /Macintosh|Mac OS X|macOS/], ["chrome", /Linux|CrOS|X11/],
];

/* The key of the system that the reader's browser runs on. An iPad calls itself a Mac, but is touched. */
function ownSystem(agent = navigator.userAgent, touches = navigator.maxTouchPoints) {
    if (/Macintosh/.test(agent) && touches > 1)
        return "ios";
    return (OWN.find(([, pattern]) => pattern.test(agent)) ?? OWN[3])[0];
}

/* The step's text with links in the places of the files. */
function withFiles(text, downloads) {
    const files = { pem: ["ca.crt", downloads.PEM], der: ["ca.cer", downloads.DER],
        profile: ["ca.mobileconfig", downloads.AppleProfile] };
    return _(text).split(/(\{\w+\})/).map((part) => {
        const file = files[part.slice(1, -1)];
        return file && part.startsWith("{") ? h("a", { href: file[1] }, file[0]) : part;
    });
}

function commandBox(lines) {
    return h("pre.pem", { tabindex: "0", role: "group", "aria-label": _("Command") }, lines.join("\n"));
}

function describe(system, downloads, file, open) {
    const commands = (system.commands ?? []).map((line) => line.replace("{file}", file));
    return h("details.steps", { open, "data-system": system.key },
        h("summary", {}, h("h3.h6", {}, _(system.name)),
            open ? h("span.text-muted", {}, _("(this browser)")) : null),
        h("ol", {}, system.steps.map((step) => h("li", {}, withFiles(step, downloads)))),
        commands.length > 0 ? [h("p", {}, system.steps.length > 1 ? _("Or by a command:") : _("The commands:")),
            commandBox(commands)] : null,
        system.check ? [h("p", {}, _("This shows the fingerprint of the file {file} to compare:", { file: "ca.cer" })),
            commandBox([system.check])] : null,
        system.note ? h("p.text-muted", {}, _(system.note)) : null);
}

/** The steps for each system, the reader's own first. downloads: of the authority's resource; host: names the file. */
export function steps(downloads, host = location.hostname) {
    const own = ownSystem();
    const file = host.replace(/[^A-Za-z0-9.-]/g, "-");
    const ordered = [...SYSTEMS].sort((a, b) => Number(b.key === own) - Number(a.key === own));
    return h("div", {}, ordered.map((system) => describe(system, downloads, file, system.key === own)));
}
