"""Tools' responses as briefs: a shortlist, a comparison, a plan, a profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.exports.model import Brief, Cell, Language, Sheet, amount, day_of, text
from assistant.sourcing.vocabulary import Vocabulary
from assistant.sourcing.wording import unit_name

Response = Mapping[str, Any]
_BESIDE = ("implied", "suppliers", "destination", "compared_with")  # read, and no requirement
_FIGURES = ("pilot_volume", "monthly_volume", "order_volume", "max_lead_time_days", "max_pilot_lead_time_days")
_LAYERS = ("title", "heading", "rate", "amount", "state", "why")


def brief_of(tool: str, response: Response, language: Language) -> Brief:
    """The brief of a tool's JSON-able response. KeyError for a tool that has none (see BRIEFS)."""
    return BRIEFS[tool](response, language)


def _shortlist(found: Response, language: Language) -> Brief:
    matches = found["matches"]

    def word(key: str) -> str:
        return text("words", key, language)

    rows: list[list[Cell]] = []
    for rank, match in enumerate(matches, start=1):
        line = match["capacity"]
        rows.append(
            [
                rank, match["name"], word("yes") if match["sample"] else word("no"), _place(match["location"]),
                match["location"].get("country"), match["score"], _work(line.get("process"), language),
                line.get("free"), _unit(line.get("unit"), language), line.get("min_order"),
                line.get("pilot_min_order"), match["lead_time_days"],
                "; ".join(_certificate(c, language) for c in match["certifications"]), "; ".join(match["gaps"]),
                match["id"],
            ]
        )  # fmt: skip
    reasons: list[list[Cell]] = [
        [match["name"], text("criteria", name, language), part["score"], part["weight"], part["why"]]
        for match in matches
        for name, part in match["fit"].items()
    ]
    columns = (
        "rank", "name", "sample", "place", "country", "score", "process", "free", "unit", "minimum", "pilot_minimum",
        "lead", "certificates", "gaps", "id",
    )  # fmt: skip
    need = found["understood"]
    told = [_labels(rows) for field, rows in need.items() if field not in _BESIDE and _named(rows)]
    told += [
        text("words", field, language, volume=f"{row['value']:,g}", unit=_unit(row["unit"], language))
        for field, row in need.items()
        if field in _FIGURES
    ]
    sheets = [
        Sheet("matches", columns, rows),
        Sheet("reasons", ("name", "criterion", "score", "weight", "why"), reasons),
        _certificates([(m["name"], m["certifications"]) for m in matches], language),
        Sheet("near", ("name", "why", "id"), [[row["name"], row["why"], row["id"]] for row in found["excluded"]]),
        Sheet("relax", ("change", "matches"), [[row["change"], row["matches"]] for row in found["relaxations"]]),
    ]
    lines = [text("words", "need", language, need="; ".join(told))] if told else []
    if found["unmapped"]:
        lines.append(text("words", "unmapped", language, phrases="; ".join(found["unmapped"])))
    return _brief("find_manufacturers", found, language, lines, sheets, any(m["sample"] for m in matches))


def _comparison(found: Response, language: Language) -> Brief:
    by_index = {row["index"]: row for row in found["ranking"]}
    order = sorted(range(len(found["scenarios"])), key=lambda i: (by_index[i]["rank"] or 99, i))
    rows: list[list[Cell]] = []
    for index in order:
        scenario, place = found["scenarios"][index], by_index[index]
        bounds = scenario["range"] or {}
        rows.append(
            [
                place["rank"], scenario["name"], scenario["origin"], scenario["incoterm"], scenario["transport_mode"],
                amount(scenario["unit_price"]), amount(scenario["landed_cost_per_unit"]),
                amount(scenario["landed_cost"]), amount(bounds.get("min")), amount(bounds.get("max")),
                amount(scenario["customs_value"]), amount(scenario["duty"]), amount(scenario["fees"]),
                amount(scenario["freight"]), amount(scenario["insurance"]), amount(scenario["carrying_cost"]),
                _range(scenario["transit_days"], language), _range(scenario["lead_time_days"], language),
                amount((scenario["co2e"] or {}).get("kg")),
            ]
        )  # fmt: skip
    columns = (
        "rank", "scenario", "origin", "incoterm", "mode", "unit_price", "per_unit", "total", "at_least", "at_most",
        "customs_value", "duty", "fees", "freight", "insurance", "carrying", "transit", "lead", "co2e",
    )  # fmt: skip
    scenarios = [found["scenarios"][index] for index in order]
    parts: list[list[Cell]] = [
        [s["name"], p["title"], text("words", p["paid_by"], language), amount(p["amount"]), p["calculation"]]
        for s in scenarios
        for p in s["parts"]
    ]
    duties: list[list[Cell]] = [
        [s["name"], *(_layer(layer, name) for name in _LAYERS)]
        for s in scenarios
        for layer in s["duty_response"].get("layers", ())
        if layer.get("status") != "not_applied"
    ]
    flips: list[list[Cell]] = [[row["scenario"], flip["text"]] for row in found["ranking"] for flip in row["flips"]]
    sheets = [
        Sheet("ranking", columns, rows),
        Sheet("flips", ("scenario", "text"), flips),
        Sheet("parts", ("scenario", "part", "paid_by", "amount", "calculation"), parts),
        Sheet("duties", ("scenario", *_LAYERS), duties),
        Sheet("assumptions", ("scenario", "text"), [[s["name"], t] for s in scenarios for t in s["assumptions"]]),
        _texts("questions", [row["question"] for row in found["needs_facts"]]),
    ]
    place = found["destination"].get("name") or found["destination"].get("place") or ""
    lot = text("words", "lot_of", language, quantity=found["quantity"], hts=found["hts"], place=place,
               date=found["entry_date"])  # fmt: skip
    own = [f"{s['name']}: {t}" for s in scenarios for t in s["not_covered"] if t not in found["not_covered"]]
    every = {**found, "not_covered": [*found["not_covered"], *own], "as_of": found["entry_date"],
             "sources": _distinct([*found["sources"], *(r for s in scenarios for r in s["sources"])])}  # fmt: skip
    return _brief("compare_landed_cost", every, language, (lot, found["summary"], found["disclaimer"]), sheets, False)


def _plan(found: Response, language: Language) -> Brief:
    def yes(value: bool | None) -> str:
        return text("words", "unknown" if value is None else "yes" if value else "no", language)

    stages = found["stages"]
    rows: list[list[Cell]] = []
    for stage in stages:
        use = max((m["use_of_free"] for m in stage["capacity"] if m["use_of_free"] is not None), default=None)
        rows.append(
            [
                stage["name"], day_of(stage["start"]), day_of(stage["end"]), stage["volume"],
                text("words", stage["per"], language), yes(stage["feasible"]), "; ".join(stage["reasons"]),
                None if use is None else round(100 * use, 1), stage["minimum_order"], stage["lead_time_days"],
                day_of(stage["order_by"]), amount(stage["cost_per_unit"]), stage["entry"]["why"],
                stage["inspection_note"],
            ]
        )  # fmt: skip
    columns = (
        "stage", "start", "end", "volume", "per", "feasible", "why", "use", "minimum", "lead", "order_by", "cost",
        "entry", "inspection",
    )  # fmt: skip
    plant = found["manufacturer"]
    sheets = [
        Sheet("stages", columns, rows),
        Sheet("risks", ("stage", "level", "text"), [[s["name"], r["level"], r["text"]] for s in stages
                                                    for r in s["risks"]]),
        _texts("negotiate", found["negotiate"]),
        Sheet("certificates", ("stage", "standard", "state", "expires", "why"),
              [[s["name"], c["standard"], text("states", c["state"], language), day_of(c["expires"]), c["why"]]
               for s in stages for c in s["certificates"]]),
        Sheet("second", ("stage", "name", "country", "free", "share", "lead", "id"),
              [[s["name"], o["name"], o["country"], o["free"], o["share"], o["lead_time_days"], o["id"]]
               for s in stages for o in s["second_sources"]]),
        _texts("questions", [row["question"] for row in found["needs_facts"]]),
        _texts("assumptions", found["assumptions"]),
    ]  # fmt: skip
    line = text("words", "at_plant", language, name=plant["name"], process=_work(found["process"], language),
                pieces=f"{found['total_pieces']:,.0f}", unit=_unit(found["unit"], language))  # fmt: skip
    samples = bool(plant.get("sample")) or any(o["sample"] for s in stages for o in s["second_sources"])
    return _brief("plan_scale_up", found, language, (line,), sheets, samples)


def _profile(found: Response, language: Language) -> Brief:
    profile = found["profile"]
    names = ("process", "monthly_capacity", "unit", "utilization", "min_order", "pilot_min_order", "lead_time_days")
    lines: list[list[Cell]] = [[line.get(name) for name in names] for line in profile["capabilities"]]
    free: list[list[Cell]] = [
        [_work(r[0], language), None if r[1] is None or r[3] is None
         else round(float(str(r[1])) * (1 - float(str(r[3]))), 2), _unit(r[2], language),
         r[4], r[5], r[6]]
        for r in lines
    ]  # fmt: skip
    sheets = [
        _certificates([(profile["name"], found["certifications"])], language),
        Sheet("lines", ("process", "free", "unit", "minimum", "pilot_minimum", "lead"), free),
        _texts("conflicts", found["conflicts"]),
        Sheet("trail", ("at", "standard", "number", "before", "after", "document"),
              [[day_of(r["at"]), r["standard"], r["number"], text("states", r["before"] or "", language),
                text("states", r["after"] or "", language), r["document_id"]] for r in found.get("trail", ())]),
    ]  # fmt: skip
    line = ", ".join(part for part in (profile["name"], _place(profile), profile["country"]) if part)
    return _brief("manufacturer_profile", found, language, (line,), sheets, bool(profile["sample"]))


BRIEFS: dict[str, Callable[[Response, Language], Brief]] = {
    "find_manufacturers": _shortlist,
    "compare_landed_cost": _comparison,
    "plan_scale_up": _plan,
    "manufacturer_profile": _profile,
}


def _brief(
    tool: str, found: Response, language: Language, lines: Sequence[str], sheets: Sequence[Sheet], samples: bool
) -> Brief:
    day = day_of(found["as_of"])
    assert day is not None  # every tool states its day
    tail = [_texts("not_covered", found["not_covered"]), _sources(found["sources"])]
    kept = (sheets[0], *(sheet for sheet in (*sheets[1:], *tail) if sheet.rows))
    return Brief(tool, language, day, tuple(line for line in lines if line), kept, samples)


def _texts(name: str, rows: Sequence[str]) -> Sheet:
    return Sheet(name, ("text",), [[row] for row in rows])


def _sources(rows: Sequence[Mapping[str, Any]]) -> Sheet:
    return Sheet(
        "sources",
        ("title", "link", "page", "from", "to"),
        [[r["title"], r.get("url") or r.get("document_id"), r.get("page"), day_of(r.get("effective_from")),
          day_of(r.get("effective_to"))] for r in rows],
    )  # fmt: skip


def _certificates(owners: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], language: Language) -> Sheet:
    return Sheet(
        "certificates",
        ("name", "standard", "state", "issuer", "number", "issued", "expires", "evidence"),
        [[name, c["standard"], text("states", c["state"], language), c["issuer"], c["number"], day_of(c["issued"]),
          day_of(c["expires"]), c["evidence"]] for name, listed in owners for c in listed],
    )  # fmt: skip


def _certificate(certificate: Mapping[str, Any], language: Language) -> str:
    end = f", {certificate['expires']}" if certificate["expires"] else ""
    return f"{certificate['standard']} ({text('states', certificate['state'], language)}{end})"


def _work(process: Any, language: Language) -> str | None:
    return None if process is None else Vocabulary.load().label("process", str(process), language)


def _unit(unit: Any, language: Language) -> str | None:
    return None if unit is None else unit_name(language, str(unit))


def _place(row: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(part for part in (row.get("city"), row.get("region")) if part))


def _range(days: Mapping[str, Any] | None, language: Language) -> str | None:
    if days is None:
        return None
    return str(days["min"]) if days["min"] == days["max"] else text("words", "to_range", language, **days)


def _layer(layer: Mapping[str, Any], name: str) -> Cell:
    if name == "amount":
        return amount(layer.get("amount"))
    value = layer.get({"state": "status", "why": "calculation"}.get(name, name))
    return None if value is None else str(value)


def _labels(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(str(row.get("label", row["id"])) for row in rows)


def _named(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) and "id" in row for row in rows)


def _distinct(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({(r["title"], r.get("url"), r.get("document_id"), r.get("page")): r for r in rows}.values())
