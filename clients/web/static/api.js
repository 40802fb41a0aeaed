// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's Redfish API, as the page uses it. Whoever is signed out, or has to give the password again, is asked
// by the gate, and the request is sent once more: nothing that was typed is lost.

const WAIT_MSEC = 300;
const TRIES = 3;
export const ROOT = "/redfish/v1";
export const PLACES = `${ROOT}/CertificateService/Oem/Certd/Certificates`;
export const SERVICE = `${ROOT}/CertificateService`;
export const DEVICE = `${ROOT}/Managers/device`;

/** What the device has refused. status: of HTTP, 0 where it could not be reached; messages: [{id: "Certd.NotProven",
    text, args, remedy, severity, info: the message as the device has it}], the first is what was wrong. */
export class ApiError extends Error {
    constructor(status, messages) {
        super(messages.length > 0 ? messages[0].text : `HTTP ${status}`);
        this.status = status;
        this.messages = messages;
    }

    /** Whether it was refused for that: "Certd.NotProven". */
    is(id) {
        return this.messages.some((message) => message.id === id);
    }
}

let csrf = "";
let ahead = 0; // of this browser's clock is the device's, in milliseconds
let trusted = true; // whether the device trusts its own clock
let gate = { here: () => 0, signIn: async () => false, password: async () => false };

/** The token that what changes something has to bring. */
export function setToken(token) {
    csrf = token;
}

/** What the device's clock shows, as Date.now(), to the second. */
export function deviceNow() {
    return Date.now() + ahead;
}

/** What dates are judged by, as Date.now(): the device's clock, or the reader's where the device trusts it not. */
export function today() {
    return trusted ? deviceNow() : Date.now();
}

/** Whether the device trusts its clock, as readDevice() has read it. Where it does not, nothing is over, early or
    due. */
export function isClockTrusted() {
    return trusted;
}

/** Who asks: {signIn(), password(begun)}, which resolve to whether the request may be sent again; begun is what here()
    was when it was sent first. */
export function setGate(asks) {
    gate = asks;
}

function read(info) {
    const parts = (info.MessageId ?? "").split(".");
    return {
        id: `${parts[0]}.${parts[parts.length - 1]}`, text: info.Message ?? "", args: info.MessageArgs ?? [],
        remedy: info.Resolution ?? "", severity: info.MessageSeverity ?? "", info,
    };
}

/* The header tells whole seconds: half of one is added, the middle of what they can mean. */
function setClock(date) {
    const there = Date.parse(date ?? "");
    if (!Number.isNaN(there))
        ahead = there + 500 - Date.now();
}

/* A fetch, or the reading of its answer, that came to an end too early. */
function broken(error) {
    return error.name === "AbortError" ? error : new ApiError(0, []);
}

async function send(method, path, { body, etag, signal, bytes, last }) {
    const headers = { "X-Requested-With": "certd", "Accept": "application/json" };
    if (method !== "GET")
        headers["X-CSRF-Token"] = csrf;
    if (body !== undefined)
        headers["Content-Type"] = "application/json";
    if (etag)
        headers["If-Match"] = etag;
    if (last)
        headers["X-Connection"] = "close";
    const fail = (error) => { throw broken(error); };
    const answer = await fetch(path, { method, headers, signal, body: body === undefined ? undefined :
        JSON.stringify(body), credentials: "same-origin", redirect: "error" }).catch(fail);
    setClock(answer.headers.get("Date"));
    if (bytes && answer.ok)
        return { status: answer.status, bytes: await answer.arrayBuffer().catch(fail) };
    const text = await answer.text().catch(fail);
    const json = text !== "" && (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    return { status: answer.status, body: json ? JSON.parse(text) : null, etag: answer.headers.get("ETag"),
        location: answer.headers.get("Location") };
}

/* What changes nothing is sent again where a connection failed (RFC 9110, 9.2.2): some end with a swap of the
   certificate. */
async function sendAgain(method, path, how) {
    for (let tried = 1; ; tried++) {
        try {
            return await send(method, path, how);
        } catch (error) {
            if (method !== "GET" || error.status !== 0 || tried === TRIES)
                throw error;
        }
        await new Promise((done) => { setTimeout(done, WAIT_MSEC); });
        how.signal?.throwIfAborted();
    }
}

function errorOf(answer) {
    return new ApiError(answer.status, (answer.body?.error?.["@Message.ExtendedInfo"] ?? []).map(read));
}

/**
 * The answer {status, body, etag, location} to what succeeded, else an ApiError. What takes long is waited for.
 * how: body: JSON; etag: what it has to have still; signal: of an AbortController; bytes: the answer is
 * {status, bytes}; open: nobody has to have signed in, so nobody is asked; last: the connection ends with the answer;
 * later: what takes long is not waited for, and the answer's body is its task then.
 */
export async function request(method, path, how = {}) {
    const begun = gate.here();
    let answer = await sendAgain(method, path, how);
    for (let asked = 0; asked < 3 && answer.status >= 400 && !how.open && !how.signal?.aborted; asked++) {
        const again = errorOf(answer).is("Certd.SignInAgain");
        if (!again && answer.status !== 401 && !errorOf(answer).is("Certd.CsrfTokenWrong"))
            break;
        if (!await (again ? gate.password(begun) : gate.signIn()))
            break;
        answer = await sendAgain(method, path, how);
    }
    while (answer.status === 202 && answer.location && !how.later) {
        await new Promise((done) => { setTimeout(done, WAIT_MSEC); });
        answer = await sendAgain("GET", answer.location, { signal: how.signal });
    }
    if (answer.status >= 400)
        throw errorOf(answer);
    return answer;
}

/** The JSON of a resource. */
export async function get(path, how = {}) {
    return (await request("GET", path, how)).body;
}

/** The resource of the device. Who shows dates reads it along with them: it tells whether its clock is trusted. */
export async function readDevice(how = {}) {
    const body = await get(DEVICE, how);
    trusted = body.Oem.Certd.ClockTrusted;
    return body;
}

/** The JSON of an answer to a POST: null where it has none. */
export async function post(path, body = {}, how = {}) {
    return (await request("POST", path, { ...how, body })).body;
}

/** Removes a resource. */
export async function remove(path, how = {}) {
    await request("DELETE", path, how);
}

/** All of a collection's property, of all its pages: Members, unless another one is named. */
export async function all(path, property = "Members", how = {}) {
    const found = [];
    for (let next = path; next;) {
        const body = await get(next, how);
        found.push(...(body[property] ?? []));
        next = body["Members@odata.nextLink"];
    }
    return found;
}
