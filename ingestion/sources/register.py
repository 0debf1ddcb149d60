"""Mexico's register of industrial sites (RETC) as a directory: names, activity, address, point, and nothing more.

A site of a register is no candidate: nobody has said what it can make. It is kept with `register_name`, found by text,
and left out of every match.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from assistant.errors import InvalidInput
from assistant.sourcing.types import Profile
from ingestion.readers.files import clean, fold
from ingestion.readers.table import read_table
from ingestion.report import Given, Outcome, Parsed, RowProblem
from retrieval.records import NewDocument, NewPassage

COLUMNS: Final = frozenset(("establecimiento", "nra", "descscian", "scian", "estado", "latitudnorte", "longitudoeste"))
_FILLERS: Final = ("atributo no considerado", "sn", "s/n", "n/a")
_ANGLE: Final = re.compile(r"(\d{1,3})\s*°\s*(\d{1,2})\s*'\s*(\d{1,2}(?:\.\d+)?)")
_BOX: Final = (14.0, 33.0, -119.0, -86.0)  # Mexico: south, north, west, east
_ADDRESS: Final = ("calle", "numexterior", "colonia", "parqueindustrial", "codigopostal")


def read_register(given: Given) -> Outcome:
    """One document a site; a row without name or registration number is a problem with its line."""
    outcome = Outcome("manufacturer", [])
    seen: dict[str, int] = {}
    for row in read_table(given.content).rows:
        try:
            if row.problem:
                raise InvalidInput(row.problem)
            profile = _site(row.values)
            if profile.id in seen:
                raise InvalidInput(f"the site {profile.id!r} already stands on line {seen[profile.id]}")
        except InvalidInput as error:
            outcome.problems.append(RowProblem(row.line, error.message))
            continue
        seen[profile.id] = row.line
        outcome.parsed.append(_parsed(profile, given))
    outcome.warnings.append(
        "these are sites of a public register: nothing is known of what they can make, so they are no candidates in a "
        "match; they are found by text"
    )
    return outcome


def _site(values: Mapping[str, str]) -> Profile:
    number = re.sub(r"[^A-Za-z0-9]", "", values.get("nra", ""))
    name = _told(values, "establecimiento").strip(" ,;")
    if not number or not name:
        raise InvalidInput("the site has no registration number or no name")
    year = _told(values, "anio")
    activity = " ".join(part for part in (_told(values, "scian"), _told(values, "descscian")) if part)
    latitude, longitude = _angle(values.get("latitudnorte")), _angle(values.get("longitudoeste"))
    point = (latitude, -longitude) if latitude is not None and longitude is not None else None
    if point is not None and not (_BOX[0] <= point[0] <= _BOX[1] and _BOX[2] <= point[1] <= _BOX[3]):
        point = None  # a slip of the register; the address stands
    return Profile(
        id=f"retc-{number.lower()}",
        name=name[:300],
        country="MX",
        region=_told(values, "estado") or None,
        city=_told(values, "municipio") or _told(values, "localidad") or None,
        latitude=None if point is None else round(point[0], 5),
        longitude=None if point is None else round(point[1], 5),
        register_name=f"RETC {year}".strip(),
        activity=activity or None,
        address=", ".join(part for name in _ADDRESS if (part := _told(values, name))) or None,
    )


def _told(values: Mapping[str, str], name: str) -> str:
    text = " ".join(clean(values.get(name, "")).split())
    return "" if fold(text).startswith(_FILLERS[0]) or fold(text) in _FILLERS else text


def _angle(text: str | None) -> float | None:
    """Degrees, minutes and seconds as decimal degrees."""
    found = _ANGLE.search(text or "")
    if found is None:
        return None
    degrees, minutes, seconds = (float(part) for part in found.groups())
    return degrees + minutes / 60 + seconds / 3600


def _parsed(profile: Profile, given: Given) -> Parsed:
    data: dict[str, Any] = profile.model_dump(mode="json", exclude={"tenant"})
    raw = json.dumps(data, ensure_ascii=False, sort_keys=True)
    document = NewDocument(
        kind="manufacturer",
        key=profile.id,
        title=profile.name,
        file=given.content.path.name,
        sha256=hashlib.sha256(raw.encode()).hexdigest(),
        tenant=given.tenant,
        media_type="application/json",
        language="es",
        meta={"manufacturer_id": profile.id, "form": "register"},
    )
    place = ", ".join(part for part in (profile.city, profile.region, "México") if part)
    lines = [
        f"{profile.name} ({place}). Establecimiento inscrito en el {profile.register_name}; capacidades desconocidas.",
        f"Actividad: {profile.activity}." if profile.activity else "",
        f"Domicilio: {profile.address}." if profile.address else "",
    ]
    meta: dict[str, Any] = {"manufacturer_id": profile.id, "countries": ["MX"]}
    passage = NewPassage("\n".join(line for line in lines if line), None, None, "es", False, meta)
    row = {k: data[k] for k in ("id", "name", "country", "region", "city", "latitude", "longitude", "sample")}
    return Parsed(document, [passage], manufacturers=[{**row, "profile": data, "unmapped": []}])
