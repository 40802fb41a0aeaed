// SPDX-License-Identifier: LGPL-2.1-or-later
// The page's texts in the reader's language: gettext's catalogs as msgfmt writes them, which the device serves.

/** What there are catalogs of, and how each calls itself. English is what the page is written in. */
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français", ja: "日本語", zh_CN: "简体中文" };

const CHOICE = "certd:language";
const MAGIC = 0x950412de;
// The plural forms of LANGUAGES, by what their catalogs' headers say: no text from outside is evaluated.
const PLURALS = {
    "nplurals=2; plural=(n != 1);": (n) => (n !== 1 ? 1 : 0),
    "nplurals=2; plural=(n > 1);": (n) => (n > 1 ? 1 : 0),
    "nplurals=1; plural=0;": () => 0,
};

let current = "en";
let catalog = new Map();
let plural = (n) => (n !== 1 ? 1 : 0);

/* The messages of a catalog, a .mo file of gettext: a Map from what is translated to its forms. */
function readCatalog(buffer) {
    const view = new DataView(buffer);
    const little = view.getUint32(0, true) === MAGIC;
    const number = (at) => view.getUint32(at, little);
    const decoder = new TextDecoder();
    const text = (table, i) => {
        const at = table + 8 * i;
        return decoder.decode(new Uint8Array(buffer, number(at + 4), number(at)));
    };
    const [count, originals, translations] = [number(8), number(12), number(16)];
    const found = new Map();
    for (let i = 0; i < count; i++)
        found.set(text(originals, i).split("\0")[0], text(translations, i).split("\0"));
    return found;
}

/** The language of the catalogs that suits the wishes ("de-AT", "zh-Hans"), best first. */
export function choose(wishes) {
    for (const wish of wishes) {
        const [language, ...rest] = wish.toLowerCase().split(/[-_]/);
        if (language === "zh" && !rest.some((part) => ["tw", "hk", "mo", "hant"].includes(part)))
            return "zh_CN";
        if (language !== "zh" && language in LANGUAGES)
            return language;
    }
    return "en";
}

/** The language in use: a key of LANGUAGES. */
export function language() {
    return current;
}

/** The same as HTML and Intl write it. */
export function languageTag() {
    return current.replace("_", "-");
}

/** How the reader writes numbers and times: the language in use, as the browser has it for a country (en-GB). */
export function localeTag() {
    return navigator.languages.find((wish) => wish.includes("-") && choose([wish]) === current &&
        wish.split("-")[0] === current.split("_")[0]) ?? languageTag();
}

/** Remembers a key of LANGUAGES for this browser; the page has to be loaded again. */
export function remember(key) {
    localStorage.setItem(CHOICE, key);
}

/** Reads the catalog of the language that was chosen, or that the browser asks for. Without one the page is English. */
export async function load() {
    const chosen = localStorage.getItem(CHOICE);
    const wanted = chosen in LANGUAGES ? chosen : choose(navigator.languages);
    if (wanted !== "en") {
        const answer = await fetch(`/${wanted}.mo`);
        if (answer.ok) {
            catalog = readCatalog(await answer.arrayBuffer());
            const header = catalog.get("")[0];
            plural = PLURALS[/^Plural-Forms: (.*)$/m.exec(header)[1]];
            current = wanted;
        }
    }
    document.documentElement.lang = languageTag();
}

/* What is written from right to left, or turns what is around it. */
const TURNS = new RegExp("[\\u0590-\\u08ff\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufb1d-\\ufdff\\ufe70-\\ufefc" +
    "\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}]", "u");

/** The text as a part of another: where it is written from right to left, it leaves the words around it in their
    order. */
export function isolated(text) {
    return TURNS.test(text) ? `\u2068${text}\u2069` : text;
}

/* The text with {name} replaced by values.name. */
function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(String(values[name])) : whole));
}

/** The translation of text, with values filled in. */
export function _(text, values = {}) {
    const forms = catalog.get(text);
    return fill(forms && forms[0] !== "" ? forms[0] : text, values);
}

/** Marks a text that is translated later, by _(). */
export function N_(text) {
    return text;
}

/** The form for count, which is filled in as {count} beside values. */
export function ngettext(one, many, count, values = {}) {
    const forms = catalog.get(one);
    const text = forms && forms[0] !== "" ? forms[plural(count)] : (count === 1 ? one : many);
    return fill(text, { count: new Intl.NumberFormat(localeTag()).format(count), ...values });
}
