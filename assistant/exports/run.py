"""One tool call as a file, for every face: which tools and formats there are, and the drafts for suppliers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.bootstrap import Services
from assistant.errors import InvalidInput, NotFound
from assistant.exports.model import Language
from assistant.exports.rfq import Draft, language_of, scenario_draft, shortlist_draft
from assistant.tools import call

TOOLS = ("find_manufacturers", "compare_landed_cost", "plan_scale_up", "manufacturer_profile")
FORMATS = ("csv", "xlsx", "pdf")
WITH_DRAFTS = ("find_manufacturers", "compare_landed_cost")


@dataclass(frozen=True)
class Exported:
    name: str
    media_type: str
    data: bytes


def export(services: Services, tool: str, arguments: Mapping[str, Any], form: str) -> Exported:
    """Run a tool and write its response as `form` (csv, xlsx, pdf), in the request's language."""
    from assistant.exports.briefs import brief_of
    from assistant.exports.files import WRITERS

    _known(tool, TOOLS, "export")
    if form not in FORMATS:
        raise InvalidInput(f"there is no format {form!r}", field="format", hint=f"use one of {', '.join(FORMATS)}")
    language = _language(arguments)
    response = call(services, tool, {**arguments, "language": language})
    brief = brief_of(tool, response, language)
    write, media_type = WRITERS[form]
    name = re.sub(r"\W+", "-", brief.title.lower()).strip("-")
    return Exported(f"{name}-{brief.day.isoformat()}.{form}", media_type, write(brief))


def drafts(services: Services, tool: str, arguments: Mapping[str, Any]) -> list[Draft]:
    """A request for quotation for each supplier of a shortlist or a comparison, in the supplier's own language."""
    _known(tool, WITH_DRAFTS, "draft a request for quotation from")
    if tool == "compare_landed_cost":
        return _scenario_drafts(services, arguments)
    found: dict[Language, dict[str, Any]] = {}
    for language in ("en", "es"):
        found[language] = call(services, tool, {**arguments, "language": language})
    written: list[Draft] = []
    for place, match in enumerate(found["en"]["matches"]):
        profile = call(services, "manufacturer_profile", {"id": match["id"]})["profile"]
        language = language_of(profile["country"], profile["languages"])
        theirs = found[language]
        same = next((m for m in theirs["matches"] if m["id"] == match["id"]), theirs["matches"][place])
        written.append(shortlist_draft(same, theirs["understood"], language))
    return written


def _scenario_drafts(services: Services, arguments: Mapping[str, Any]) -> list[Draft]:
    found = call(services, "compare_landed_cost", arguments)
    written: list[Draft] = []
    for scenario in found["scenarios"]:
        if scenario["manufacturer_id"]:
            profile = call(services, "manufacturer_profile", {"id": scenario["manufacturer_id"]})["profile"]
            language = language_of(profile["country"], profile["languages"])
            written.append(scenario_draft(profile, scenario, found, language))
    if not written:
        raise InvalidInput(
            "no scenario names a supplier",
            field="scenarios",
            hint="give a manufacturer_id, as find_manufacturers gives it, in the scenarios to draft requests for",
        )
    return written


def _known(tool: str, tools: tuple[str, ...], what: str) -> None:
    if tool not in tools:
        raise NotFound(f"cannot {what} {tool!r}", field="name", hint=f"tools: {', '.join(tools)}")


def _language(arguments: Mapping[str, Any]) -> Language:
    given = arguments.get("language", "en")
    if given not in ("en", "es"):
        raise InvalidInput(f"there is no language {given!r}", field="language", hint="use en or es")
    return "es" if given == "es" else "en"
