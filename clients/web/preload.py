# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the page with one modulepreload for each module that main.js imports, at any depth: the browser
learns of them at once, instead of from one after another. What is imported with import() comes when it is
wanted. preload.py index.html.in main.js"""

import pathlib
import re
import sys

IMPORT = re.compile(r'^(?:import|export|\}) .*?from "\./([^"]+)";$', re.MULTILINE)


def needed(main):
    """The names of the modules that main imports, and itself."""
    names, waiting = set(), [main.name]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += IMPORT.findall((main.parent / name).read_text(encoding="utf-8"))
    return sorted(names)


page, script = map(pathlib.Path, sys.argv[1:])
links = "\n".join(f'<link rel="modulepreload" href="/{name}">' for name in needed(script))
print(page.read_text(encoding="utf-8").replace("@MODULES@", links), end="")
