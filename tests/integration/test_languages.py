# SPDX-License-Identifier: LGPL-2.1-or-later
"""certctl, the page's catalogs and polkit's dialogs speak each language of po/LINGUAS.

What glibc does without the locales of a language, as on a small device: LANGUAGE alone is not heard, nor is a
LANG that names a locale which is not there, for then the locale is C, which is English whatever else is set.
LANGUAGE=de with LC_ALL=C.UTF-8, which every Debian has, is heard, and that is what runs here.
"""

import gettext
import json
import os
import pathlib
import re
import subprocess

import pytest
from gi.repository import Gio, GLib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["CERTD_BUILD"])
LINGUAS = (SOURCE / "po/LINGUAS").read_text(encoding="utf-8")
LANGUAGES = [line for line in LINGUAS.splitlines() if not line.startswith("#")]
# The built catalogs, where certctl looks for the installed ones; in a mount namespace of its own.
WITH_CATALOGS = 'mount --bind "$0" /usr/share/locale && exec certctl "$@"'
# What stands in the second column, beside a verb or an option or below it.
SUMMARY = re.compile(r"^ {2}.* {2,}(\S.*)$", re.MULTILINE)


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def translated(language):
    """A message in that language, which is another text than the English one."""
    catalog = gettext.translation("certd", BUILD / "po", [language])

    def find(text):
        assert catalog.gettext(text) != text
        return catalog.gettext(text)
    return find


def certctl(bus, language, *arguments, locale="C.UTF-8"):
    return bus.run("env", f"LANGUAGE={language}", f"LC_ALL={locale}", "unshare", "--mount", "sh", "-c",
                   WITH_CATALOGS, BUILD / "po", *arguments)


def test_all_four_are_there():
    assert LANGUAGES == ["de", "fr", "ja", "zh_CN"]


def test_help(bus, language, translated):
    english = SUMMARY.findall(bus.certctl("--help", check=True).stdout)
    assert len(english) > 20
    text = certctl(bus, language, "--help").stdout
    assert text.startswith(translated("Usage:"))
    assert SUMMARY.findall(text) == [translated(summary) for summary in english]


def test_errors(bus, language, translated):
    done = certctl(bus, language, "frobnicate")
    words = translated("certctl: There is no verb %s; certctl --help lists them\n")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", words % '"frobnicate"')
    done = certctl(bus, language, "show", "nothing")
    remedy = translated("%s\nTo see what there is: certctl list\nTo make it: certctl create %s")
    assert done.stdout == ""
    assert done.stderr.endswith((remedy % ("", "nothing")) + "\n")


def test_status(bus, language, translated):
    done = certctl(bus, language, "status")
    assert (done.returncode, done.stderr) == (0, "")
    labels = re.findall(r"^  (\S[^:]*):", done.stdout, re.MULTILINE)
    for label in ("Clock", "Sealing key", "Authority", "Certificates", "Next renewal due"):
        assert translated(label) in labels
    until = translated("%s, valid until %s (%s)").split("%s")[1]
    assert until in done.stdout


def test_what_programs_read_stays(bus, language):
    """JSON has the same words in each language; and so has all where the locale is C."""
    for arguments in (("status", "--json=short"), ("show", "https", "--json=short")):
        assert certctl(bus, language, *arguments).stdout == bus.certctl(*arguments, check=True).stdout
    assert certctl(bus, language, "--help", locale="C").stdout == bus.certctl("--help", check=True).stdout


def test_the_page_has_its_messages_and_no_others(tmp_path, language):
    """certd-web holds /LANG.mo: what the page's modules say, translated, in the form that the page reads."""
    data = subprocess.run(["gresource", "extract", BUILD / "clients/web/certd-web",
                           f"/org/certd1/web/static/{language}.mo"], check=True, capture_output=True).stdout
    assert data[:4] == b"\xde\x12\x04\x95"  # little-endian
    (tmp_path / "page.mo").write_bytes(data)
    with open(tmp_path / "page.mo", "rb") as file:
        page = gettext.GNUTranslations(file)._catalog
    whole = gettext.translation("certd", BUILD / "po", [language])._catalog
    picked = subprocess.run(["msggrep", "--location=clients/web/static/*", "--no-wrap",
                             SOURCE / f"po/{language}.po"], check=True, capture_output=True, text=True).stdout
    assert len(re.findall("^msgid ", picked, re.MULTILINE)) - 1 > 100
    assert {key if isinstance(key, str) else key[0] for key in page} == {
        json.loads(f'"{text}"') for text in re.findall('^msgid "(.*)"$', picked, re.MULTILINE)}
    assert {key: whole[key] for key in page if key} == {key: text for key, text in page.items() if key}
    assert not set(page) & {"Verbs:", "Nothing was changed"}  # certctl's


def test_polkit_asks_in_the_language(bus, language):
    reply = bus.connection().call_sync(
        "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
        "org.freedesktop.PolicyKit1.Authority", "EnumerateActions", GLib.Variant("(s)", (language,)), None,
        Gio.DBusCallFlags.NONE, -1, None)
    own = {entry[0]: list(entry[1:3]) for entry in reply.unpack()[0]}
    catalog = gettext.translation("certd", BUILD / "po", [language])
    policy = (SOURCE / "policy/org.certd1.policy.in").read_text(encoding="utf-8")
    asked = re.findall(r'<action id="([^"]+)">\s*<description>(.*)</description>\s*<message>(.*)</message>',
                       policy)
    assert len(asked) > 10
    for action, *texts in asked:
        assert own[action] == [catalog.gettext(text) for text in texts]
        assert own[action] != texts
