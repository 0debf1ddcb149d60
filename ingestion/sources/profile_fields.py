"""One raw profile, from any format, to the contract's fields: types, ranges, dates and codes checked.

Every function raises InvalidInput whose message names the field; the caller rejects that row alone.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from assistant.errors import InvalidInput
from assistant.sourcing.types import Capability, Certification, Profile
from ingestion.dates import parse_date
from ingestion.language import detect_language
from ingestion.mentions import country_code, country_names
from ingestion.readers.files import clean, fold
from ingestion.readers.table import column_name
from ingestion.readers.text import load_json

FIELDS: Final = frozenset(Profile.model_fields) - {"tenant", "register_name", "activity", "address"}
LISTS: Final = (
    "processes", "materials", "industries", "programs", "innovation", "languages", "ownership", "exports_to",
)  # fmt: skip
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_STATES: Final = ("claimed", "document_seen", "issuer_verified", "expired", "revoked")
_LONG: Final = {"name": 300, "region": 200, "city": 200}
_AMOUNTS: Final = (
    "monthly_capacity", "utilization", "min_order", "pilot_min_order", "lead_time_days", "pilot_lead_time_days",
    "tolerance_mm",
)  # fmt: skip


def wrong(message: str, hint: str | None = None) -> InvalidInput:
    return InvalidInput(message, hint=hint)


def normalise(raw: Mapping[str, Any]) -> tuple[Profile, list[str]]:
    """The profile and what of it was left aside (unknown fields). Lists may be lists or text parted by `;`."""
    given = {column_name(str(k)): v for k, v in raw.items() if not _empty(v)}
    given = _summaries(given)
    profile: dict[str, Any] = {"id": _id(given), "name": _line(given, "name")}
    if not profile["name"]:
        raise wrong(f"profile {profile['id']!r} has no name", "add the manufacturer's name")
    profile["sample"] = _flag(given.get("sample", False), "sample")
    profile["country"] = _country(given.get("country"))
    profile["region"], profile["city"] = _line(given, "region"), _line(given, "city")
    profile["latitude"], profile["longitude"] = _place(given)
    profile |= {name: _words(given.get(name), name) for name in LISTS}
    profile["exports_to"] = [_country(c, "exports_to") for c in profile["exports_to"]]
    profile["languages"] = [w.lower() if len(w) == 2 else w for w in profile["languages"]]
    profile["capabilities"] = [_capability(c) for c in _records(given.get("capabilities"), "capabilities", "process")]
    found = _records(given.get("certifications"), "certifications", "standard")
    profile["certifications"] = [_certification(c) for c in found]
    profile["founded"] = _whole(given.get("founded"), "founded", 1500, 2100)
    profile["employees"] = _whole(given.get("employees"), "employees", 0, 10_000_000)
    profile["summary"] = given.get("summary", {})
    profile["contact"] = _contact(given.get("contact"))
    for process in dict.fromkeys(c.process for c in profile["capabilities"]):
        if process not in profile["processes"]:
            profile["processes"].append(process)
    unknown = sorted(set(given) - FIELDS)
    aside = [f"the field {name!r} is not one of a profile's and was left out" for name in unknown]
    return Profile(**profile), aside


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _id(given: Mapping[str, Any]) -> str:
    value = given.get("id")
    name = str(given.get("name") or "").strip()
    proposal = re.sub(r"[^a-z0-9]+", "-", fold(str(value or name or "")).strip()).strip("-")[:80] or "acme-querétaro"
    if value is None:
        who = f" for {name!r}" if name else ""
        raise wrong(f"there is no id{who}", f"add a unique id that never changes, such as {proposal!r}")
    if not isinstance(value, str | int) or isinstance(value, bool) or not _ID.fullmatch(str(value).strip()):
        raise wrong(f"the id {value!r} is not a slug", f"use letters, digits and hyphens, such as {proposal!r}")
    return str(value).strip()


def _line(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, list | dict):
        raise wrong(f"{name} must be one text, not a {'list' if isinstance(value, list) else 'mapping'}")
    text = " ".join(clean(str(value)).split())
    if len(text) > _LONG.get(name, 2_000):
        raise wrong(f"{name} has {len(text):,} characters, more than {_LONG.get(name, 2_000)}")
    return text or None


def _flag(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    word = fold(str(value))
    if word in ("true", "yes", "si", "1", "verdadero", "y", "x"):
        return True
    if word in ("false", "no", "0", "falso", "n"):
        return False
    raise wrong(f"{name} {value!r} is neither true nor false")


def _country(value: Any, name: str = "country") -> str:
    if value is None:
        raise wrong("there is no country", "add it as two letters (ISO 3166-1), such as MX")
    code = country_code(str(value))
    if code is None:
        near = difflib.get_close_matches(fold(str(value)), country_names(), n=1, cutoff=0.75)
        hint = f"did you mean {country_names()[near[0]]}? " if near else ""
        raise wrong(f"{name} {str(value)!r} is not a country", f"{hint}Write two letters (ISO 3166-1), such as MX")
    return code


def _place(given: Mapping[str, Any]) -> tuple[float | None, float | None]:
    latitude = _number(given.get("latitude"), "latitude", -90, 90)
    longitude = _number(given.get("longitude"), "longitude", -180, 180)
    if (latitude is None) != (longitude is None):
        missing = "longitude" if longitude is None else "latitude"
        raise wrong(f"{missing} is missing", "give both latitude and longitude in decimal degrees, or neither")
    return latitude, longitude


def _number(value: Any, name: str, low: float | None = None, high: float | None = None) -> float | None:
    if _empty(value):
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", value.strip()) if isinstance(value, str) else value)
    except (TypeError, ValueError):
        raise wrong(f"{name} {value!r} is not a number", "write digits with a decimal point") from None
    if not math.isfinite(number):
        raise wrong(f"{name} {value!r} is not a finite number")
    if low is not None and number < low:
        raise wrong(f"{name} {number:g} is {'negative' if low == 0 else f'below {low:g}'}", "correct or remove it")
    if high is not None and number > high:
        hint = "write a share between 0 and 1, such as 0.65" if name.endswith("utilization") else "correct or remove it"
        raise wrong(f"{name} {number:g} is above {high:g}", hint)
    return number


def _whole(value: Any, name: str, low: int, high: int) -> int | None:
    number = _number(value, name, low, high)
    if number is None:
        return None
    if number != int(number):
        raise wrong(f"{name} {number:g} is not a whole number")
    return int(number)


def _words(value: Any, name: str) -> list[str]:
    if _empty(value):
        return []
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _json_cell(value, name)
    items = value if isinstance(value, list) else str(value).split(";") if isinstance(value, str | int) else None
    if items is None or any(isinstance(item, list | dict) for item in items):
        raise wrong(f"{name} must be a list of words", "write a list, or words parted by semicolons")
    words = [" ".join(clean(str(item)).split()) for item in items if not _empty(item)]
    if any(len(word) > 200 for word in words):
        raise wrong(f"{name} holds a word of more than 200 characters", "part the words with semicolons")
    return list(dict.fromkeys(word for word in words if word))


def _json_cell(value: str, name: str) -> Any:
    try:
        return load_json(value)
    except InvalidInput as error:
        raise wrong(f"{name}: {error.message}", "write it as JSON, or as words parted by semicolons") from error


def _records(value: Any, name: str, main: str) -> list[dict[str, Any]]:
    """Mappings from a list of them, JSON text of one, or plain words, each of which becomes the `main` field."""
    if _empty(value):
        return []
    if isinstance(value, str):
        value = _json_cell(value, name) if value.lstrip().startswith(("[", "{")) else value.split(";")
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list):
        raise wrong(f"{name} must be a list")
    records = []
    for item in items:
        if isinstance(item, str) and item.strip():
            records.append({main: item.strip()})
        elif isinstance(item, dict):
            records.append({column_name(str(k)): v for k, v in item.items() if not _empty(v)})
        elif not _empty(item):
            raise wrong(f"{name} must hold mappings or words, not {item!r}")
    for record in records:
        if not isinstance(record.get(main), str | int | float) or isinstance(record.get(main), bool):
            raise wrong(f"one of the {name} has no {main}", f"give each its {main}")
        record[main] = " ".join(clean(str(record[main])).split())
    return records


def _capability(record: dict[str, Any]) -> Capability:
    label = f"capability {record['process']!r}:"
    numbers = {
        name: _number(record.get(name), f"{label} {name}", 0, 1 if name == "utilization" else None) for name in _AMOUNTS
    }
    for name in ("lead_time_days", "pilot_lead_time_days"):
        days = numbers[name]
        if days is not None and days != int(days):
            raise wrong(f"{label} {name} {days:g} is not a whole number of days")
    if numbers["tolerance_mm"] == 0:
        raise wrong(f"{label} tolerance_mm is 0", "leave it out when it is not known")
    size = record.get("max_size_mm")
    if isinstance(size, str) and re.fullmatch(r"[\d.]+", size.strip()):
        size = _number(size, f"{label} max_size_mm", 0)
    unit = str(record.get("unit") or "pieces").strip()
    return Capability(process=record["process"], unit=unit, max_size_mm=size, **numbers)  # type: ignore[arg-type]


def _certification(record: dict[str, Any]) -> Certification:
    label = f"certification {record['standard']!r}:"
    state = str(record.get("state") or "claimed").strip().lower()
    if state not in _STATES:
        raise wrong(f"{label} the state {state!r} is not one of {', '.join(_STATES)}", "use claimed when in doubt")
    dates = {}
    for name in ("issued", "expires"):
        value = record.get(name)
        try:
            dates[name] = None if value is None else parse_date(str(value))
        except ValueError as error:
            raise wrong(f"{label} {name}: {error}") from error
    if dates["issued"] and dates["expires"] and dates["expires"] < dates["issued"]:
        raise wrong(f"{label} it expires {dates['expires']}, before it was issued {dates['issued']}")
    texts = {
        name: " ".join(clean(str(record[name])).split()) if record.get(name) is not None else None
        for name in ("issuer", "number", "scope", "evidence")
    }
    return Certification(standard=record["standard"], state=state, **dates, **texts)  # type: ignore[arg-type]


def _summaries(given: dict[str, Any]) -> dict[str, Any]:
    """`summary` as {"en", "es"} from a mapping, JSON, text (by its language), or columns summary_en, summary.es."""
    value = given.get("summary")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _json_cell(value, "summary")
    if isinstance(value, str):
        value = {detect_language(value) or "en": value}
    if value is not None and not isinstance(value, dict):
        raise wrong("summary must be text, or a mapping of en and es to text")
    summary = {str(k).lower(): v for k, v in (value or {}).items() if not _empty(v)}
    rest = {k: v for k, v in given.items() if k != "summary"}
    for language in ("en", "es"):
        for column in (f"summary_{language}", f"summary.{language}"):
            if column in rest:
                summary.setdefault(language, rest.pop(column))
    texts = {}
    for language, text in summary.items():
        if not isinstance(text, str) or len(text) > 20_000:
            raise wrong(f"summary.{language} must be text of up to 20,000 characters")
        texts[language] = " ".join(clean(text).split())
    return rest | ({"summary": texts} if texts else {})


def _contact(value: Any) -> dict[str, Any]:
    if _empty(value):
        return {}
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _json_cell(value, "contact")
    if isinstance(value, str):
        return {"text": " ".join(clean(value).split())}
    if not isinstance(value, dict) or len(json.dumps(value, default=str)) > 10_000:
        raise wrong("contact must be text or a small mapping, such as name and email")
    return {str(k): v for k, v in value.items()}
