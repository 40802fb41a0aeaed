# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which texts of a JavaScript module a reader sees untranslated: literals that no _(), N_(), ngettext() or
C_() is around. What else may be written out is told by where it stands, never by a list of texts."""

import re

MARKS = {"_", "N_", "ngettext", "C_"}
# Which of their arguments are messages.
MESSAGES = {"_": {0}, "N_": {0}, "ngettext": {0, 1}, "C_": {1}}
# Of functions that make elements or ask something: which arguments a reader sees, first and last.
SHOWN = {
    "h": (2, 99), "replace": (1, 99), "append": (1, 99), "box": (1, 99), "button": (0, 0), "card": (0, 0),
    "waiting": (0, 0), "announce": (0, 0), "field": (0, 0), "dialog": (0, 0), "confirm": (0, 2),
    "askPassword": (1, 1), "pairs": (0, 0), "title": (0, 0), "select": (0, 0),
}
# Functions that take attributes of an element.
MAKERS = {"h", "button", "input", "textarea", "tick", "select"}
# A method's result is shown where the call stands.
TRANSPARENT = {".map", ".flatMap", ".concat", ".filter"}
SHOWN_METHODS = {".append", ".prepend", ".replaceChildren", ".createTextNode", ".setCustomValidity"}
SHOWN_NAMES = {"title", "placeholder", "aria-label", "aria-description", "aria-valuetext",
               "aria-roledescription", "alt", "label", "help", "textContent", "innerText"}
# Their arguments are compared with, never shown: selectors and patterns.
QUIET = {".querySelector", ".querySelectorAll", ".closest", ".matches", ".includes", ".startsWith",
         ".endsWith", ".split", ".test", ".indexOf", "matchMedia", "RegExp"}
# Elements whose text is code, which HTML's translate attribute is "no" for by custom.
CODE = re.compile(r"^(code|pre|kbd|samp)\b")
# What commands lie in until they are shown in such an element.
CODE_NAMES = {"command", "commands", "check"}
# Capitals alone are codes (PEM, SHA, BEGIN CERTIFICATE), and so is what has no space but digits or signs
# within: host names, addresses, ids, types of keys; and a distinguished name, which may have spaces.
SELECTOR = re.compile(r"(?:(?:a|button|summary|input|select|textarea|label|dialog|\[[^\]]+\])(?:, |$))+")
WORD = re.compile(r"(?=[^\W\d_]*[^\W\d_A-Z])[^\W\d_]{2,}")
NAME = re.compile(r"\S*\w([.:/@=_#-]+\w|\d)\S*|[A-Z]+=\S.*")
TOKEN = re.compile(r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<number>\d[\w.]*)
  | (?P<sign>=>|\?\?=?|\?\.(?!\d)|[=!]==?|&&=?|\|\|=?|\.\.\.|[-+*%<>&|^]=|\+\+|--|.)
""", re.VERBOSE | re.DOTALL)
REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
BEFORE_VALUE = {"return", "typeof", "case", "in", "of", "await", "yield", "throw", "default", "else", "do"}


class Frame:
    """An open bracket: what is called, which argument this is, and the property it is the value of."""

    def __init__(self, sign, callee=None):
        self.sign, self.callee = sign, callee
        self.index, self.property, self.questions, self.first = 0, None, 0, None


def ends_value(token):
    """Whether a slash after it divides, and a bracket after it calls or looks up."""
    kind, text = token
    return kind in ("string", "number") or text in (")", "]", "}") or (
        kind == "name" and text not in BEFORE_VALUE)


def tokens(source):
    """(kind, text, line) of each; a template is the texts between its substitutions, and their tokens. Those
    of String.raw are patterns, and no more texts than numbers are."""
    at, last, line, depth, raw = 0, ("sign", ""), 1, [], []
    while at < len(source):
        regex = REGEX.match(source, at) if source[at] == "/" and not ends_value(last) else None
        if source[at] == "`" or (source[at] == "}" and depth and depth[-1] == 0):
            if source[at] == "}":
                depth.pop()
                yield "sign", "}$", line
            else:
                raw.append(last == ("name", "raw"))
            match = re.compile(r"[`}]((?:[^`\\$]|\\.|\$(?!\{))*)(`|\$\{)", re.DOTALL).match(source, at)
            kind, text = "number" if raw[-1] else "string", f'"{match.group(1)}"'
            yield kind, text, line
            if match.group(2) == "${":
                depth.append(0)
                yield "sign", "${", line
                kind, text = "sign", "${"
            else:
                raw.pop()
        elif regex:
            match, kind, text = regex, "number", regex.group()
            yield kind, text, line
        else:
            match = TOKEN.match(source, at)
            kind, text = match.lastgroup, match.group()
            if kind != "space":
                yield kind, text, line
            if depth and text in ("{", "}"):
                depth[-1] += 1 if text == "{" else -1
        if kind != "space":
            last = (kind, text)
        line += match.group().count("\n")
        at = match.end()


def callee_of(before):
    """What a bracket after these tokens calls: "h", ".map"; None where it only groups."""
    if not before or before[-1][0] != "name" or before[-1][1] in BEFORE_VALUE:
        return None
    method = len(before) > 1 and before[-2][1] in (".", "?.")
    return "." * method + before[-1][1]


def is_shown(stack):
    """Whether a literal there is a child of an element, or such an attribute of one."""
    in_list = None  # which one of a list's: the first of select()'s pairs is a value
    for frame in reversed(stack):
        if frame.sign == "{":
            return frame.property in SHOWN_NAMES
        if frame.sign == "[":
            if frame.callee == "lookup":
                return False
            in_list = frame.index if in_list is None else in_list
        if frame.sign == "(" and frame.callee and frame.callee not in TRANSPARENT:
            first, last = SHOWN.get(frame.callee, (99, 0))
            code = frame.callee == "h" and CODE.match(frame.first or "")
            attribute = frame.callee == ".setAttribute" and frame.first in SHOWN_NAMES and frame.index == 1
            value = frame.callee == "select" and in_list == 0
            shown = first <= frame.index <= last and not code and not value
            return shown or attribute or frame.callee in SHOWN_METHODS
    return False


def is_quiet(stack):
    """Whether a literal there is no text whatever it looks like: an attribute's value, a selector, code."""
    for frame in reversed(stack):
        if frame.sign == "{" and frame.property is not None:
            if frame.property in CODE_NAMES:
                return True
            makes = any(outer.callee in MAKERS for outer in stack)
            return makes and frame.property not in SHOWN_NAMES
        if frame.sign == "(" and frame.callee:
            code = frame.callee == "h" and (frame.index == 0 or CODE.match(frame.first or ""))
            return code or frame.callee in QUIET or (
                frame.callee in (".setAttribute", ".toggleAttribute") and frame.first not in SHOWN_NAMES)
    return False


def open_bracket(text, before):
    if text == "[" and before and ends_value(before[-1][:2]):
        return Frame("[", "lookup")
    if text == "${":
        return Frame("(")  # a template's substitution only groups
    return Frame(text, callee_of(before) if text == "(" else None)


def step(stack, token, before):
    """Follows the brackets; stack[-1] is the innermost."""
    kind, text, _line = token
    frame = stack[-1]
    if text in ("(", "[", "{", "${") and kind == "sign":
        stack.append(open_bracket(text, before))
    elif text in (")", "]", "}", "}$") and kind == "sign" and len(stack) > 1:
        stack.pop()
    elif kind == "string" and frame.first is None and frame.index == 0:
        frame.first = text[1:-1]
    elif kind == "sign" and text in (",", ";"):
        frame.index += text == ","
        frame.property, frame.questions = None, 0
    elif kind == "sign" and text == "?":
        frame.questions += 1
    elif kind == "sign" and text == ":" and frame.questions:
        frame.questions -= 1
    elif kind == "sign" and text == ":" and frame.sign == "{" and before:
        frame.property = before[-1][1].strip("\"'")


def assigned_to(before):
    """The property that a literal is assigned to: "textContent"."""
    if len(before) > 2 and before[-1][1] == "=" and before[-3][1] == ".":
        return before[-2][1]
    return None


def judge(stack, text, before, after):
    """Whether this literal is a text that a reader sees, and no mark is around it."""
    content = text[1:-1]
    if stack[-1].callee in MARKS or not WORD.search(content):
        return False
    if {before[-1][1] if before else "", after} & {"===", "!==", "==", "!=", "case", "from", "import"}:
        return False
    if after == ":" and stack[-1].sign == "{" and not stack[-1].questions:
        return False
    if NAME.fullmatch(content) or SELECTOR.fullmatch(content) or assigned_to(before) == "className":
        return False
    if is_shown(stack) or assigned_to(before) in SHOWN_NAMES:
        return True
    return " " in content.strip() and not is_quiet(stack)


def unmarked(source):
    """(line, literal) of each text in a module that should be marked and is not."""
    found = list(tokens(source))
    stack = [Frame("")]
    for at, token in enumerate(found):
        before = found[max(at - 3, 0):at]
        if token[0] == "string":
            after = found[at + 1][1] if at + 1 < len(found) else ""
            if judge(stack, token[1], before, after):
                yield token[2], token[1]
        step(stack, token, before)


def marked(source):
    """Each text of a module that is given to be translated, as gettext has it."""
    stack, before, found = [Frame("")], [], {}
    for token in tokens(source):
        frame = stack[-1]
        if token[0] == "string" and frame.callee in MARKS and frame.index in MESSAGES[frame.callee]:
            key = (id(frame), frame.index)
            found[key] = (frame, found.get(key, (frame, ""))[1] + token[1][1:-1])
        step(stack, token, before)
        before = [*before[-2:], token]
    for _frame, text in found.values():
        yield text.replace(r"\'", "'").replace(r"\"", '"').replace(r"\`", "`").replace(r"\n", "\n")


# The rule in both directions: what it has to find, and what it has to leave.
PLANTED = (
    ('h("p", {}, "The device does not answer");', 1),
    ('h("p", {}, "Cancel");', 1),
    ('h("p", {}, ok ? "Yes" : _("No"));', 1),
    ('h("ul", {}, rows.map((row) => h("li", {}, row, "days")));', 1),
    ('h("ul", {}, ["One", _("Two")]);', 1),
    ('h("p", {}, `${count} days`);', 1),
    ('h("p", {}, `${_("Valid until")} ${time} or later`);', 1),
    ('h("input", { placeholder: "example", type: "text" });', 1),
    ('h("a", { title: late ? "late" : null });', 1),
    ('h("a", { "aria-label": `Remove ${name}` });', 1),
    ('node.textContent = "Done";', 1),
    ('node.setAttribute("aria-label", "Close");', 1),
    ('button("Sign out", leave);', 1),
    ('select([["self", "Itself"], ["external", _("Another")]], kept);', 1),
    ('const table = { a: "It is expired" };', 1),
    ('return "Something is wrong";', 1),
    ('if (/"[/]/.test(x)) h("b", {}, "Gone");', 1),
    ('x = `${h("b", {}, "Gone")}`;', 1),
    ('h("p", {}, _("The device does not answer"));', 0),
    ('h("p", {}, ngettext("{count} day", "{count} days", n));', 0),
    ('h("p.mb-3", { class: "a wide one", id: "main" }, N_("Overview"), ": ", text);', 0),
    ('const lines = textarea({ rows: "8", class: "form-control font-monospace" });', 0),
    ('h("path", { d: "M 10 10 Lower left" });', 0),
    ('h("code", {}, "certctl ca export");', 0),
    ('const step = { commands: ["sudo cp ca.crt here"], text: N_("Run it") };', 0),
    ('input({ placeholder: "www.example.org" });', 0),
    ('textarea({ placeholder: "-----BEGIN CERTIFICATE-----" });', 0),
    ('const example = ["dirName", N_("Directory name"), "CN=dev1,OU=Example Unit,O=Example"];', 0),
    ('h("option", {}, "ed25519"); h("a", {}, "ca.crt"); h("span", {}, "PEM");', 0),
    ('const STOPS = "a, button, [tabindex]"; node.className = "one another";', 0),
    ('const pattern = [String.raw`^Key type ${QUOTED} of no kind`, new RegExp("of no type")];', 0),
    ('matchMedia("(prefers-color-scheme: dark) and (width)");', 0),
    ('page.querySelector("nav a").textContent = _("Home");', 0),
    ('const link = { href: `#/certificates/${name}` };', 0),
    ('import { h } from "./dom.js"; // says nothing to "the reader"', 0),
    ('box(kind === "danger" ? _("Bad") : null, text["@odata.id"]);', 0),
    ('h("p", {}, error.status === "Not found" ? _("It is gone") : null);', 0),
)


def misjudged():
    """The planted examples that the rule does not see as it should."""
    return [source for source, count in PLANTED if len(list(unmarked(source))) != count]
