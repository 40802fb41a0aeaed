# SPDX-License-Identifier: LGPL-2.1-or-later
"""lint's checks of what users read: catalogs are complete and agree with the sources; nothing is unmarked."""

import pathlib
import re
import subprocess
import tempfile

import lint_script

SOURCE = pathlib.Path(__file__).resolve().parents[1]
PO = SOURCE / "po"
STATIC = SOURCE / "clients" / "web" / "static"
# What readers of a catalog count on: i18n.js knows these and no others.
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ja": "nplurals=1; plural=0;",
    "zh_CN": "nplurals=1; plural=0;",
}
HEADER = {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8",
          "Content-Transfer-Encoding": "8bit"}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
MARKED_C = re.compile(r'\b(?:_|N_|C_|ngettext)\(\s*"')
MARKED_SCRIPT = re.compile(r"""(?<![\w.$])(?:_|N_|C_|ngettext)\(\s*["'`]""")
PLACEHOLDER = re.compile(r"\{\w+\}|\$\(\w+\)")
# A catalog's own texts, with "" where a line ends and the next begins taken away.
ENTRY = re.compile(r'^msgid ((?:".*"\n)+)(?:msgid_plural ((?:".*"\n)+))?((?:msgstr.* (?:".*"\n)+)+)',
                   re.MULTILINE)
FORM = re.compile(r'^msgstr(?:\[\d\])? ((?:".*"\n)+)', re.MULTILINE)

# Functions of C whose text a user reads, in certctl and in what it shares.
SHOWING = {"printf", "fprintf", "puts", "fputs", "g_print", "g_printerr", "g_set_error",
           "g_set_error_literal", "g_prefix_error", "g_strdup_printf", "g_string_append",
           "g_string_append_printf", "certctl_print_field"}
TOKEN_C = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|\S")
# Without these, a text of C that has words is one that users read: directives, escapes, options, files and
# paths, what systemd's files are written in, its block of commands in a comment, and the programs' names.
NO_WORDS = re.compile(r"\\[nt]|%[-0-9.*]*(?:l|ll|z|h)?[a-zA-Z]|--[a-z-]+|\S*[/=]\S*|\.\w+|\[\w+\]"
                      r"|\b(?:certctl|certd)\b")
COMMANDS = re.compile(r"(?:^|\\n)# {5}.*?(?=\\n|$)")
WORD = re.compile(r"(?=[A-Z]*[a-z])[A-Za-z]{2,}")  # capitals alone are codes: HTTPS


def languages():
    lines = (PO / "LINGUAS").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def text_of(quoted):
    return "".join(line[1:-1] for line in (quoted or "").splitlines())


def check_catalogs(_build):
    """Each catalog has a translation of each message there is, and of nothing else."""
    if languages() != sorted(PLURALS):
        yield f"po/LINGUAS has not the languages {' '.join(PLURALS)}"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([PO / "update", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        counts = dict(re.findall(r"^(\w+): (.*)$", done.stdout, re.MULTILINE))
        if done.returncode != 0:
            yield f"po/update fails: {done.stdout.strip()}"
    for language in languages():
        count = counts.get(language, "not read")
        if not re.fullmatch(r"\d+ translated messages?\.", count):
            yield f"po/{language}.po: {count}; run po/update and translate"
        text = (PO / f"{language}.po").read_text(encoding="utf-8")
        for sign, what in (("#~", "obsolete"), ("#, fuzzy", "fuzzy")):
            if re.search(f"^{sign}", text, re.MULTILINE):
                yield f"po/{language}.po has {what} messages; run po/update"


def check_extraction(_build):
    """xgettext, which reads JavaScript by halves, has found each message of the page."""
    known = set()
    for entry in ENTRY.finditer((PO / f"{languages()[0]}.po").read_text(encoding="utf-8")):
        texts = [text_of(part) for part in entry.group(1, 2) if part]
        known |= {text.replace(r"\"", '"').replace(r"\n", "\n") for text in texts}
    for path in sorted(STATIC.rglob("*.js")):
        missing = [text for text in lint_script.marked(path.read_text(encoding="utf-8")) if text not in known]
        if missing:
            yield (f"{path.relative_to(SOURCE)}: {len(missing)} messages are in no catalog, the first is"
                   f" \"{missing[0]}\"; run po/update")


def check_headers_of_catalogs(_build):
    offered = re.search(r"LANGUAGES = \{(.*?)\}", (STATIC / "i18n.js").read_text(encoding="utf-8"), re.DOTALL)
    for language in languages():
        text = (PO / f"{language}.po").read_text(encoding="utf-8")
        header = text_of(ENTRY.search(text).group(3).removeprefix("msgstr "))
        found = dict(line.split(": ", 1) for line in header.split(r"\n") if ": " in line)
        for name, value in {**HEADER, "Language": language, "Plural-Forms": PLURALS.get(language)}.items():
            if found.get(name) != value:
                yield f"po/{language}.po: {name} is {found.get(name)}, not {value}"
        if "POT-Creation-Date" in found or "@" in header:
            yield f"po/{language}.po: the header names a time of extraction or a person"
        if not re.search(rf"\b{language}:", offered.group(1)):
            yield f"po/{language}.po: clients/web/static/i18n.js does not offer it"


def misplaced(original, plural, forms):
    """The translations whose {placeholders} are not those of the original, or of its plural."""
    wanted = [sorted(PLACEHOLDER.findall(text)) for text in (original, plural) if text is not None]
    return [form for form in forms if form and sorted(PLACEHOLDER.findall(form)) not in wanted]


def check_placeholders(_build):
    for language in languages():
        for entry in ENTRY.finditer((PO / f"{language}.po").read_text(encoding="utf-8")):
            original = text_of(entry.group(1))
            plural = text_of(entry.group(2)) if entry.group(2) else None
            for form in misplaced(original, plural, map(text_of, FORM.findall(entry.group(3)))):
                if original:
                    yield f"po/{language}.po: \"{form}\" has not the placeholders of \"{original}\""
    if not misplaced("{a} of {b}", None, ["{a} von {c}"]) or misplaced("one", "{n} of them", ["un", "{n}"]):
        yield "the check of placeholders does not see the planted one, or sees one where there is none"


def check_sources(_build):
    """POTFILES.in names the files that have marked texts, and these alone."""
    marked = set()
    for path in (SOURCE / "clients").rglob("*.c"):
        if MARKED_C.search(COMMENT.sub("", path.read_text(encoding="utf-8"))):
            marked.add(str(path.relative_to(SOURCE)))
    for path in STATIC.rglob("*.js"):
        if MARKED_SCRIPT.search(path.read_text(encoding="utf-8")):
            marked.add(str(path.relative_to(SOURCE)))
    marked |= {str(path.relative_to(SOURCE)) for path in (SOURCE / "policy").glob("*.policy.in")}
    lines = (PO / "POTFILES.in").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if not line.startswith("#")]
    yield from (f"{name} has marked texts and is not in po/POTFILES.in; run po/update"
                for name in sorted(marked - set(named)))
    yield from (f"po/POTFILES.in: {name} has no marked texts" for name in sorted(set(named) - marked))
    if named != sorted(named):
        yield "po/POTFILES.in is not sorted"


def unmarked_c(source):
    """(line, literal) of each text that is an argument of a function of SHOWING itself, not of _() in it."""
    calls, before = [], ""
    source = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)
    for match in TOKEN_C.finditer(source):
        token = match.group()
        if token == "(":
            calls.append(before)
        elif token == ")" and calls:
            calls.pop()
        elif token[0] == '"' and calls and calls[-1] in SHOWING:
            if WORD.search(NO_WORDS.sub(" ", COMMANDS.sub(" ", token[1:-1]))):
                yield source.count("\n", 0, match.start()) + 1, token
        before = token


# The rule for C in both directions.
PLANTED_C = (
    (r'printf("There is nothing\n");', 1),
    (r'fprintf(stderr, "certctl: Cannot write: %s\n", why);', 1),
    ('certctl_print_field(stdout, "Level", level);', 1),
    ('g_strdup_printf("%s days", text);', 1),
    ('g_set_error(error, X, Y, "%s is gone", name);', 1),
    (r'fprintf(stderr, _("certctl: Cannot write: %s\n"), why);', 0),
    (r'printf("certd %s: %s\n", version, state);', 0),
    (r'printf("#     systemctl restart %s\n#\n", word);', 0),
    (r'printf("[Unit]\nWants=certd.service\n");', 0),
    ('certctl_print_field(stdout, "HTTPS", port);', 0),
    ('certctl_print_field(stdout, _("Level"), level); /* printf("a text") */', 0),
)


def check_unmarked(_build):
    """Nothing that a user reads is unmarked, in certctl and on the page; the rules see what is planted."""
    for example, count in PLANTED_C:
        if len(list(unmarked_c(example))) != count:
            yield f"the rule for C misjudges: {example}"
    yield from (f"the rule for the page misjudges: {example}" for example in lint_script.misjudged())
    sources = [(path, unmarked_c) for folder in ("certctl", "common")
               for path in sorted((SOURCE / "clients" / folder).glob("*.c"))]
    sources += [(path, lint_script.unmarked) for path in sorted(STATIC.rglob("*.js"))]
    for path, rule in sources:
        for line, text in rule(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(SOURCE)}:{line}: {text} is not marked for translation"


CHECKS = {
    "the catalogs are complete": check_catalogs,
    "the catalogs know each message of the page": check_extraction,
    "the catalogs' headers are as their readers take them": check_headers_of_catalogs,
    "translations have the placeholders of the original": check_placeholders,
    "po/POTFILES.in names what has marked texts": check_sources,
    "what users read is marked for translation": check_unmarked,
}
