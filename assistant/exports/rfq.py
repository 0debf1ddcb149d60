"""Drafts of requests for quotation, each in its supplier's language, from a shortlist or a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.exports.model import Language
from assistant.sourcing.phrases import words
from assistant.sourcing.wording import number, unit_name

_SPANISH = frozenset(words("MX AR BO CL CO CR CU DO EC ES GT HN NI PA PE PR PY SV UY VE"))
_TREATY = ("US", "MX", "CA")
_LISTED = ("processes", "materials", "certifications", "programs", "industries")
_VOLUMES = ("pilot_volume", "monthly_volume", "order_volume")
_TIMES = ("max_lead_time_days", "max_pilot_lead_time_days")


@dataclass(frozen=True)
class Draft:
    """A message to one supplier. `body` is Markdown that also reads as plain text."""

    manufacturer_id: str
    name: str
    language: Language
    subject: str
    body: str


def language_of(country: str, languages: Sequence[str]) -> Language:
    """The language to write a supplier in: its country's where it says it speaks it or says nothing, else English."""
    home: Language = "es" if country.lower() in _SPANISH else "en"
    spoken = [code for code in languages if code in ("en", "es")]
    if not spoken or home in spoken:
        return home
    return "es" if spoken == ["es"] else "en"


def shortlist_draft(match: Mapping[str, Any], understood: Mapping[str, Any], language: Language) -> Draft:
    """A draft for one match of `find_manufacturers`; `understood` and its gaps already in the supplier's language."""
    lines = [_field("product", language, value=", ".join(understood["product"])) if understood.get("product")
             else _field("product_open", language)]  # fmt: skip
    for name in _LISTED:
        labels = [str(row.get("label") or row["id"]).replace("|", " / ") for row in understood.get(name, ())]
        if labels:
            lines.append(_field(name, language, value=", ".join(labels)))
    for name in _VOLUMES:
        row = understood.get(name)
        if row:
            lines.append(_field(name, language, value=number(row["value"]), unit=unit_name(language, row["unit"])))
    for name in _TIMES:
        if understood.get(name):
            lines.append(_field(name, language, value=number(understood[name]["value"])))
    places = [row["label"] for row in understood.get("destination", ())]
    if places:
        lines.append(_field("destination", language, value=", ".join(places)))
    standards = [row["id"].replace("|", " / ") for row in understood.get("certifications", ())]
    work = [str(row.get("label") or row["id"]) for row in understood.get("processes", ())]
    return _draft(match["id"], match["name"], language, lines, match["gaps"], standards, ", ".join(work), None,
                  bool(match["sample"]), match["location"]["country"] in _TREATY)  # fmt: skip


def scenario_draft(
    profile: Mapping[str, Any], scenario: Mapping[str, Any], found: Mapping[str, Any], language: Language
) -> Draft:
    """A draft for one supplier of `compare_landed_cost`."""
    place = found["destination"].get("name") or found["destination"].get("place") or ""
    lines = [
        _field("product_open", language),
        _field("hts", language, value=found["hts"]),
        _field("lot", language, value=number(float(found["quantity"]))),
        _field("destination", language, value=place),
    ]
    standards = [c["standard"] for c in profile["certifications"]]
    return _draft(profile["id"], profile["name"], language, lines, [], standards, "", scenario["incoterm"],
                  bool(profile["sample"]), profile["country"] in _TREATY)  # fmt: skip


def _draft(
    identity: str, name: str, language: Language, lines: Sequence[str], gaps: Sequence[str], standards: Sequence[str],
    what: str, incoterm: str | None, sample: bool, treaty: bool,
) -> Draft:  # fmt: skip
    texts = _words()

    def say(key: str, **values: Any) -> str:
        return str(texts[key][language]).format(**values)

    def head(key: str) -> str:
        return f"**{texts['heads'][key][language]}**"

    terms = incoterm or texts["incoterm_open"][language]
    quote = [row[language].format(incoterm=terms) for row in texts["quote"]]
    settle = [gap[:1].lower() + gap[1:] if gap[1:2].islower() else gap for gap in gaps]
    if treaty:
        settle.append(texts["settle"]["origin"][language])
    papers = texts["documents"]
    attach = [papers["certificates"][language].format(value=", ".join(standards)) if standards
              else papers["certificates_any"][language], papers["sample"][language]]  # fmt: skip
    sections = [(head("need"), lines), (head("quote"), quote), (head("settle"), settle), (head("documents"), attach)]
    sections = [(title, rows) for title, rows in sections if rows]
    body = [say("greeting", name=name), "", say("opening"), ""]
    for title, rows in sections:
        body += [title, "", *(f"- {row}" for row in rows), ""]
    body += [say("closing"), "", say("regards"), say("signature")]
    if sample:
        body += ["", say("sample")]
    subject = say("subject", what=what) if what else say("subject_plain")
    return Draft(identity, name, language, subject, "\n".join(body) + "\n")


def _field(key: str, language: Language, **values: Any) -> str:
    return str(_words()["fields"][key][language]).format(**values)


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("rfq.yaml").read_text(encoding="utf-8"))
    return loaded
