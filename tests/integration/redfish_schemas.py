# SPDX-License-Identifier: LGPL-2.1-or-later
"""Redfish's JSON schemas, DMTF's beside the project and our own, and what is held against them."""

import functools
import json
import pathlib
import re
import urllib.parse

import jsonschema

SOURCE = pathlib.Path(__file__).resolve().parents[2]
STANDARD = SOURCE.parent / "shared" / "redfish" / "json-schema"
OWN = SOURCE / "clients" / "web" / "redfish" / "schemas"
BASE = "http://redfish.dmtf.org/schemas/v1/"
# Of these there are no schemas beside the project; the basics of a resource are looked at alone.
ABSENT = {"LogEntry", "LogEntryCollection", "MetadataCollection"}
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI_REFERENCE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
TYPE = re.compile(r"#(\w+)\.(?:(v\d+_\d+_\d+)\.)?(\w+)")
OWN_PREFIX = "Certd"
# What Resource.json defines, of which the newest version that is beside the project has but the resource itself.
STATES = ("Absent", "Deferring", "Degraded", "Disabled", "Enabled", "InTest", "Qualified", "Quiesced",
          "StandbyOffline", "StandbySpare", "Starting", "UnavailableOffline", "Updating")
HEALTH = {"enum": ["OK", "Warning", "Critical", None]}
BASICS = {
    "Id": {"type": "string", "minLength": 1},
    "Name": {"type": "string", "minLength": 1},
    "Description": {"type": "string"},
    "UUID": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
    "Oem": {"type": "object", "additionalProperties": {"type": "object"}},
    "Health": HEALTH,
    "Status": {
        "type": "object",
        "properties": {"State": {"enum": [*STATES, None]}, "Health": HEALTH, "HealthRollup": HEALTH,
                       "Conditions": {"type": "array"}, "Oem": {"type": "object"}},
        "additionalProperties": False,
    },
}

formats = jsonschema.FormatChecker(formats=())
formats.checks("date-time")(lambda value: not isinstance(value, str) or bool(DATE_TIME.fullmatch(value)))
formats.checks("uri-reference")(
    lambda value: not isinstance(value, str) or bool(URI_REFERENCE.fullmatch(value)))


@functools.cache
def names():
    """The files of all schemas, by name."""
    if not STANDARD.is_dir():
        raise AssertionError(f"{STANDARD} is missing: put the DMTF's Redfish JSON schemas there, as json-schema of"
                             " its Redfish publications has them (https://redfish.dmtf.org/schemas/)")
    found = {path.name: path for path in STANDARD.glob("*.json")}
    return found | {path.name: path for path in OWN.glob("*.json")}


def version(name):
    return [int(number) for number in re.findall(r"\d+", name)]


@functools.cache
def newest(name):
    """The file name of the newest version of the schema name, "Session"; None without one."""
    if f"{name}.json" in names():
        return f"{name}.json"
    found = [one for one in names() if re.fullmatch(rf"{re.escape(name)}\.v\d+_\d+_\d+\.json", one)]
    return max(found, key=version, default=None)


@functools.cache
def schema(file_name):
    """A schema's content, by its file name or by that of no version; None where it is not here."""
    found = file_name if file_name in names() else newest(file_name.removesuffix(".json"))
    return json.loads(names()[found].read_text(encoding="utf-8")) if found else None


class Resolver(jsonschema.RefResolver):
    """Looks references up in the files that are here; what is not here may be anything."""

    def resolve(self, ref):
        url = urllib.parse.urljoin(self.resolution_scope, ref)
        document, fragment = urllib.parse.urldefrag(url)
        name = document.rpartition("/")[2]
        found = schema(name)
        place, _, definition = fragment.rpartition("/")
        if place == "/definitions" and definition not in (found or {}).get("definitions", {}):
            if name == "Resource.json" and definition in BASICS:
                return url, BASICS[definition]
            found = None
        versioned = newest(name.removesuffix(".json"))
        if found and versioned != name and definition == name.removesuffix(".json"):
            # As the schema without a version has it: a link, or the resource itself.
            return url, {"anyOf": [{"$ref": f"{BASE}odata-v4.json#/definitions/idRef"},
                                   {"$ref": f"{BASE}{versioned}#{fragment}"}]}
        return url, self.resolve_fragment(found, fragment) if found else True


def definition_errors(file_name, definition, value):
    """What a definition of a schema finds wrong with value, as text."""
    url = f"{BASE}{file_name}"
    wanted = {"$ref": f"{url}#/definitions/{definition}"}
    assert definition in schema(file_name)["definitions"], f"{file_name} has no definition {definition}"
    validator = jsonschema.Draft7Validator(wanted, resolver=Resolver(url, schema(file_name)), format_checker=formats)
    return [reason(error) for error in validator.iter_errors(value)]


def reason(error):
    """Why none of what an anyOf allows would do: of the last, for the first is mostly a mere link."""
    while error.context:
        last = max(one.schema_path[0] for one in error.context)
        error = next(one for one in error.context if one.schema_path[0] == last)
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:600]}"


def typed(value, place=""):
    """Each object with an @odata.type in value, but value itself, and its place."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        below = f"{place}/{key}"
        if isinstance(child, dict) and "@odata.type" in child:
            yield below, child
        yield from typed(child, below)


def own_errors(value):
    """OEM objects name a type of ours, and keep to it."""
    for place, child in typed(value):
        yield from (f"{place}: {text}" for text in type_errors(child))
    for place, child in members(value, "Oem"):
        # Below Actions there are actions.
        if "/Actions/" not in f"{place}/" and isinstance(child, dict) and "@odata.type" not in child.get("Certd", {}):
            yield f"{place}/Certd has no @odata.type"


def members(value, name, place=""):
    """Each member of that name within value, and its place."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        below = f"{place}/{key}"
        if key == name and isinstance(value, dict):
            yield below, child
        yield from members(child, name, below)


def type_errors(value):
    """What the schema of its @odata.type finds wrong with an object."""
    match = TYPE.fullmatch(value["@odata.type"])
    if match is None:
        return [f"@odata.type is {value['@odata.type']!r}"]
    name, number, definition = match.groups()
    if name in ABSENT:
        return [f"{member} is missing" for member in ("@odata.id", "Name") if member not in value]
    file_name = f"{name}.{number}.json" if number else f"{name}.json"
    if file_name not in names():
        return [f"@odata.type is {value['@odata.type']!r}, and there is no {file_name} in"
                f" {OWN if name.startswith(OWN_PREFIX) else STANDARD}"]
    return definition_errors(file_name, definition, value)


def resource_errors(value):
    """What is wrong with a resource, and with what is in it of types of its own."""
    return [*type_errors(value), *own_errors(value)]


def error_errors(value):
    """The same of an answer that says what is wrong: DSP0266 section 8.6."""
    return [*definition_errors("redfish-error.v1_0_2.json", "RedfishError", value), *own_errors(value)]


def action_errors(action, value):
    """The same of what an action answers, "CertificateService.GenerateCSR"."""
    name, _, verb = action.rpartition(".")
    file_name = newest(name)
    if file_name is None or f"{verb}Response" not in schema(file_name)["definitions"]:
        return [f"no schema says what {action} answers"]
    return [*definition_errors(file_name, f"{verb}Response", value), *own_errors(value)]
