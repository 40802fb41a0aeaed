# SPDX-License-Identifier: LGPL-2.1-or-later
"""The completion of bash: what is offered next, and that certctl takes it. What bash-completion brings along
stands here in a few lines, because not every device has it."""

import pathlib
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "data/completions/certctl.bash"
JSON = {"--json", "--json=short", "--json=pretty"}
# Takes the words from the script's arguments, the last of them unfinished; "--x=y" is split there.
AROUND = """
_init_completion() {
    words=("${typed[@]}") cword=$((${#typed[@]} - 1)) split=false
    cur=${words[cword]} prev=${words[cword - 1]}
    if [[ $cur == --*=* ]]; then
        prev=${cur%%=*} cur=${cur#*=} split=true
    fi
}
__ltrim_colon_completions() { :; }
_filedir() { COMPREPLY=(FILES); }
compopt() { :; }
source "$1"
shift
typed=("$@")
COMPREPLY=()
_certctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(*words):
    done = subprocess.run(["bash", "-c", AROUND, "bash", SCRIPT, "certctl", *words], check=True,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.parametrize("words, expected", (
    (("list", "--json", ""), set()),  # its value is never the next word
    (("list", "--json="), {"short", "pretty"}),
    (("list", "--json=p"), {"pretty"}),
    (("list", "--j"), JSON),
    (("show", "--json", ""), {"https"}),  # the name is the next word
    (("show", "--json=short", "ht"), {"https"}),
    (("show", "https", ""), set()),
    (("issue", "--days", "9", "--reuse-key", ""), {"https"}),
    (("issue", "--digest", ""), {"sha256", "sha384", "sha512", "sha1"}),
    (("issue", "--digest=sha1"), {"sha1"}),
    (("import", "https", "--accept", "no-s"), {"no-san", "no-server-auth"}),
    (("import", "https", ""), {"FILES"}),
    (("import", "https", "--key-file", "key.pem", ""), {"FILES"}),
    (("systemd-dropin", ""), {"https"}),
    (("systemd-dropin", "https", "--r"), {"--reload"}),
    (("ca", ""), {"show", "export", "regenerate", "sign"}),
    (("ca", "sign", ""), {"FILES"}),
    (("ca", "export", "--format", ""), {"pem", "der", "mobileconfig"}),
    (("trust", ""), {"list", "add", "remove", "verify", "export"}),
    (("trust", "verify", ""), {"FILES"}),
    (("trust", "export", "--format", ""), {"pem", "directory"}),
    (("trust", "add", "--purpose", ""), {"server", "client"}),
    (("https", ""), {"show", "level", "force", "ports", "confirm", "rollback"}),
    (("https", "level", ""), {"standard", "high"}),
    (("https", "force", ""), {"on", "off"}),
    (("https", "confirm", "--t"), {"--tested"}),
    (("log", "--object", ""), {"https"}),
    (("log", "--f"), {"--failed", "--follow"}),
    (("log", "--failed", ""), set()),
    (("san", "https", ""), {"list", "add", "remove", "clear"}),
    (("consumers", "https", ""), {"list", "add", "remove"}),
    (("get", "--key", ""), {"https"}),  # without a value, unlike that of other verbs
    (("get", "https", "--key", "--c"), {"--cert", "--chain", "--ca"}),
    (("issue", "--key", "ed"), {"ed25519"}),
    (("issue", "--key", "ed25519", ""), {"https"}),
))
def test_bash(bus, words, expected):
    assert offered(*words) == expected


@pytest.mark.parametrize("form", ["--json", "--json=short", "--json=pretty"])
def test_what_is_offered_is_taken(bus, form):
    assert bus.certctl("list", form).returncode == 0
    assert form in offered("list", "--")
