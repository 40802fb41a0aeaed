// SPDX-License-Identifier: LGPL-2.1-or-later
// Where in the form the device's refusals belong: to a field where they name one.

/* A value as the device quotes it. */
const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"`;

function unquote(text) {
    return text.replace(/\\(u\{([0-9A-F]+)\}|.)/g, (_whole, one, code) =>
        (code ? String.fromCodePoint(parseInt(code, 16)) : one));
}

/* [MessageId, pattern, function of (form's fields, the pattern's groups, text) that marks a control and gives it]. */
const RULES = [
    ["Certd.InvalidSubject", String.raw`^Country ${QUOTED}`, (fields, [value], text) =>
        fields.subject.fault("C", unquote(value), text)],
    ["Certd.InvalidSubject", String.raw`^([A-Za-z]+) ${QUOTED}`, (fields, [type, value], text) =>
        fields.subject.fault(type, unquote(value), text)],
    ["Certd.InvalidSubjectAltName", String.raw`^Subject alternative name ${QUOTED} of type ([A-Za-z]+)`,
        (fields, [value, type], text) => fields.names.fault(type, unquote(value), text)],
    ["Certd.PolicyForbids", String.raw`may not speak for ${QUOTED}`, (fields, [value], text) =>
        faultName(fields, unquote(value), text)],
    ["Certd.PolicyForbids", String.raw`^Common name ${QUOTED}`, (fields, [value], text) =>
        fields.subject.fault("CN", unquote(value), text)],
    ["Certd.PolicyForbids", String.raw`^Key type`, (fields, _groups, text) => mark(fields.parts.KeyType, text)],
    ["Certd.PolicyForbids", String.raw`^Digest`, (fields, _groups, text) => mark(fields.parts.Digest, text)],
    ["Certd.InvalidKeyType", String.raw`^Key type`, (fields, _groups, text) => mark(fields.parts.KeyType, text)],
    ["Certd.InvalidOption", String.raw`^Digest`, (fields, _groups, text) => mark(fields.parts.Digest, text)],
    ["Certd.InvalidOption", String.raw`^Option "days"`, (fields, _groups, text) => mark(fields.parts.Days, text)],
    ["Certd.InvalidOption", String.raw`option "challenge-password"`, (fields, _groups, text) =>
        mark(fields.parts.ChallengePassword, text)],
    ["Certd.InvalidOption", String.raw`option "unstructured-name"`, (fields, _groups, text) =>
        mark(fields.parts.UnstructuredName, text)],
    ["Certd.InvalidOption", String.raw`trial`, (fields, _groups, text) => mark(fields.parts.Trial, text)],
    ["Certd.LimitExceeded", String.raw`option "challenge-password"`, (fields, _groups, text) =>
        mark(fields.parts.ChallengePassword, text)],
    ["Certd.LimitExceeded", String.raw`option "unstructured-name"`, (fields, _groups, text) =>
        mark(fields.parts.UnstructuredName, text)],
];

function mark(part, text) {
    part.setError(text);
    return part.control;
}

/* "DNS:www.example.org", or the value alone. */
function faultName(fields, name, text) {
    const colon = name.indexOf(":");
    return fields.names.fault(name.slice(0, colon), name.slice(colon + 1), text) ??
        fields.names.fault("DNS", name, text) ?? fields.subject.fault("CN", name, text);
}

function byProperty(fields, message) {
    const pointer = message.info.RelatedProperties?.[0] ?? "";
    const part = fields.parts[pointer.split("/").pop()];
    return part ? mark(part, message.text) : null;
}

function byText(fields, message) {
    for (const [id, pattern, show] of RULES) {
        const found = message.id === id ? new RegExp(pattern).exec(message.text) : null;
        const control = found ? show(fields, found.slice(1), message.text) : null;
        if (control)
            return control;
    }
    return null;
}

/** Marks what an ApiError is about. fields: of requestForm(). The first control that was marked, or null. */
export function markErrors(fields, error) {
    let first = null;
    for (const message of error.messages ?? [])
        first ??= byProperty(fields, message) ?? byText(fields, message);
    return first;
}
