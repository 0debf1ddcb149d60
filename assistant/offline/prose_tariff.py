"""`estimate_duty` responses to prose: the result that follows from the facts stated first, then how it comes about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from assistant.customs.law import programs
from assistant.customs.law import say as engine_says
from assistant.customs.types import FEE_KINDS
from assistant.offline.countries import country_name
from assistant.offline.prose import Result, Writer, cell, dots, long_date, money, not_checked
from assistant.offline.prose_programs import label, named, option_name, program_of, question, spelt_out
from assistant.offline.state import Tariff

_BASE = ("mfn", "column_2", "preference")
_ROUTINE = ("assume.classification", "assume.extract", "assume.single_entry")  # said by the disclaimer, or always true


def write_duty(writer: Writer, results: Sequence[Result], slots: Tariff) -> None:
    """One estimate in full, or several side by side."""
    if len(results) == 1:
        _one(writer, results[0], slots)
        return
    first = results[0].response or {}
    writer.add(
        "duty_compare_lead",
        hts=dots(first["hts"]),
        value=money(first["customs_value"], writer),
        date=long_date(first["entry_date"], writer.language),
    )
    rows, warnings = [], []
    for result in results:
        response = result.response or {}
        country = country_name(response["origin"], writer.language)
        for option in _shown(response, _claim(result)):
            rows.append(
                writer.say(
                    "duty_compare_row",
                    country=country,
                    name=cell(option_name(option["name"], writer.language)),
                    duty=money(option["duty"], writer),
                    fees=_fees(writer, response, option["fees"]),
                    total=_fees(writer, response, option["total_import_charges"]),
                )
            )
        warnings += [text for text in response.get("warnings") or [] if text not in warnings]
    for text in warnings:
        writer.add("duty_warning", text=text)
    writer.text("\n".join([writer.say("duty_compare_head"), *rows]))
    writer.text(_edition(writer, results[0]))
    _questions(writer, results)
    _assumptions(writer, results)
    _limits(writer, [r.response or {} for r in results])
    writer.text(str(first["disclaimer"]))


def _one(writer: Writer, result: Result, slots: Tariff) -> None:
    response = result.response or {}
    options = _shown(response, _claim(result))
    for text in response.get("warnings") or []:
        writer.add("duty_warning", text=text)
    if response.get("prohibited"):
        writer.add("duty_prohibited", reason=str(response["prohibited"].get("reason", "")))
    writer.text(" ".join(_lead(writer, result, options, slots)))
    low, high = _range(response)
    if low is not None and low == high:
        writer.add("duty_either", total=money(low, writer))
    elif low is not None:
        writer.add("duty_range", min=money(low, writer), max=money(high, writer))
    if options:
        rows = [
            writer.say(
                "duty_option_row",
                name=cell(option_name(option["name"], writer.language)),
                duty=money(option["duty"], writer),
                fees=_fees(writer, response, option["fees"]),
                total=_fees(writer, response, option["total_import_charges"]),
            )
            for option in options
        ]
        writer.text("\n".join([writer.say("duty_options_head"), *rows]))
    layers = _layers(writer, result)
    if layers:
        writer.text("\n".join([writer.say("duty_how"), "", *layers]))
    writer.text(_edition(writer, result))
    _questions(writer, [result])
    _assumptions(writer, [result])
    _limits(writer, [response])
    writer.text(str(response["disclaimer"]))


def _lead(writer: Writer, result: Result, options: list[dict[str, Any]], slots: Tariff) -> list[str]:
    """The result under the facts as stated: the claim's when it is proven, the general one when it fails, both while
    that is open."""
    response, claim, lang = result.response or {}, _claim(result), writer.language
    country = country_name(response["origin"], lang)
    values = {
        "hts": dots(response["hts"]),
        "country": country,
        "value": money(response["customs_value"], writer),
        "date": long_date(response["entry_date"], lang),
    }
    general = options[0]["duty"] if options else response["duty"]
    preference = next((layer for layer in response["layers"] if layer["kind"] == "preference"), None)
    if claim and preference is not None and preference["status"] == "applied" and response["duty"] is not None:
        name = named(str(claim["program"]), lang)
        rows = [writer.say("duty_claimed", name=name, duty=money(response["duty"], writer), **values)]
        if general is not None:
            rows.append(writer.say("duty_general_beside", duty=money(general, writer)))
        return [*rows, *_requires(writer, options, claim)]
    base = _base_amount(response)
    if general is not None:
        rows = [writer.say("duty_result", duty=money(general, writer), **values)]
        if base is not None and Decimal(base) != Decimal(general):
            rows.append(writer.say("duty_of_which", rate=_base_rate(writer, response), duty=money(base, writer)))
    elif base is not None:
        rate = _base_rate(writer, response)
        rows = [writer.say("duty_more_open", rate=rate, duty=money(base, writer), **values)]
    elif any(layer["status"] == "needs_fact" and layer["kind"] not in FEE_KINDS for layer in response["layers"]):
        rows = [writer.say("duty_open", **values)]
    else:
        reasons = [str(layer["reason"]) for layer in response["layers"]
                   if layer["status"] == "not_modelled" and layer["kind"] in _BASE and layer.get("reason")]  # fmt: skip
        rows = [writer.say("duty_not_computed", reason="; ".join(reasons) or writer.say("open"), **values)]
        writer.worse("partial")
    settled = preference is not None and preference["status"] in ("not_applied", "not_modelled")
    if claim and settled and preference is not None and preference.get("reason"):
        name = named(str(claim["program"]), lang)
        reason = spelt_out(str(preference["reason"]), str(claim["program"]), lang)
        return [*rows, writer.say("duty_claim_fails", name=name, reason=reason)]
    for option in options[1:]:
        program = program_of(option["name"], lang)
        name = label(program, lang) if program else option["name"]
        if option["duty"] is None:
            rows.append(writer.say("duty_preference_open", name=name))
        else:
            rows.append(writer.say("duty_preference", name=name, duty=money(option["duty"], writer)))
        if option["requires"]:
            rows.append(writer.say("duty_claim", requires="; ".join(option["requires"])))
    if slots.program and not claim and len(options) < 2:
        rows.append(writer.say("program_none", program=named(slots.program, lang), country=country))
    return rows


def _base_amount(response: dict[str, Any]) -> str | None:
    """What the general rate (or column 2) alone comes to, where it is charged."""
    rows = [layer for layer in response["layers"] if layer["kind"] in ("mfn", "column_2")]
    return next((str(row["amount"]) for row in rows if row["status"] == "applied" and row.get("amount")), None)


def _base_rate(writer: Writer, response: dict[str, Any]) -> str:
    column_2 = any(layer["kind"] == "column_2" for layer in response["layers"])
    return writer.say("rate_column_2" if column_2 else "rate_general")


def _claim(result: Result) -> dict[str, Any] | None:
    """The preference that the call claims."""
    claim = result.call.arguments.get("preference")
    return claim if isinstance(claim, dict) and claim.get("program") else None


def _requires(writer: Writer, options: Sequence[dict[str, Any]], claim: dict[str, Any]) -> list[str]:
    program = programs().named(str(claim["program"]))
    for option in options[1:]:
        if program is not None and program_of(option["name"], writer.language) == program and option["requires"]:
            return [writer.say("duty_claim", requires="; ".join(option["requires"]))]
    return []


def _shown(response: dict[str, Any], claim: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The options to show: not the way that the facts stated rule out, goods that do not originate."""
    options: list[dict[str, Any]] = response["options"]
    if claim is None or claim.get("originating") is not False:
        return options
    program = programs().named(str(claim["program"]))
    both: list[Any] = [(program_of(o["name"], "en"), program_of(o["name"], "es")) for o in options]
    return [option for option, found in zip(options, both, strict=True) if program is None or program not in found]


def _range(response: dict[str, Any]) -> tuple[str | None, str | None]:
    found = response.get("range") or {}
    return found.get("min"), found.get("max")


def settled(response: dict[str, Any]) -> bool:
    """True when the open facts move nothing: the least and the most that they can make are the same."""
    low, high = _range(response)
    try:
        return low is not None and high is not None and Decimal(low) == Decimal(high)
    except InvalidOperation:
        return False


def _fees(writer: Writer, response: dict[str, Any], amount: str | None) -> str:
    """An amount; when only the mode of transport is open, that is said instead of "open"."""
    names = {q["name"] for q in response.get("needs_facts") or []}
    return writer.say("open_mode") if amount is None and names == {"transport_mode"} else money(amount, writer)


def _limits(writer: Writer, responses: Sequence[dict[str, Any]]) -> None:
    """Measures that the totals leave out, by name, then the rest of what was not checked; bans and sanctions first."""
    layers = [layer for r in responses for layer in r["layers"] if layer["status"] == "not_modelled"]
    titles = list(dict.fromkeys(layer["title"] for layer in layers if layer["kind"] not in (*_BASE, "mpf", "hmf")))
    if titles:
        writer.add("duty_left_out", titles="; ".join(titles))
    subtotal = engine_says("not_covered.total", writer.language)
    every = list(dict.fromkeys(item for r in responses for item in r.get("not_covered") or [] if item != subtotal))
    rest = [item for item in every if not any(title in item for title in titles)]
    not_checked(writer, rest, limit=3)


def _layers(writer: Writer, result: Result) -> list[str]:
    """The charges that were computed, those that hang on an open fact, then those not due with the reason. What is not
    modelled stands further down."""
    rows = []
    claimed = (_claim(result) or {}).get("program")
    for place, layer in enumerate((result.response or {})["layers"]):
        if layer["status"] == "not_modelled" and layer["kind"] not in (*_BASE, "mpf", "hmf"):
            continue
        cite = writer.cite(result.index, f"/layers/{place}/sources/0")
        title, reason = layer["title"], spelt_out(_spoken(layer.get("reason") or ""), claimed, writer.language)
        if layer["status"] == "needs_fact":
            text = "; ".join(part for part in (layer.get("calculation"), reason) if part)
            if layer.get("rate") and str(layer["rate"]) not in text:
                key = "duty_layer_open" if text else "duty_layer_hangs"
                extra = {"reason": text} if text else {}
                rows.append(writer.say(key, title=title, rate=layer["rate"], cite=cite, **extra))
            elif text:
                rows.append(writer.say("duty_layer_reason", title=title, reason=text, cite=cite))
        elif layer["status"] == "applied" and layer.get("calculation"):
            rows.append(writer.say("duty_layer", title=title, calculation=layer["calculation"], cite=cite))
        elif reason:
            rows.append(writer.say("duty_layer_reason", title=title, reason=reason, cite=cite))
    return rows


def _edition(writer: Writer, result: Result) -> str:
    response = result.response or {}
    path = [part.rstrip(" :") for part in response["description"]]
    return writer.say("duty_edition", description=cell(" › ".join(path)), revision=response["revision"])


def _questions(writer: Writer, results: Sequence[Result]) -> None:
    """What moves the result and nobody said. Facts that move nothing are not asked."""
    asked: dict[str, str] = {}
    for result in results:
        response, claim = result.response or {}, _claim(result) or {}
        if not settled(response):
            for fact in response.get("needs_facts") or []:
                asked.setdefault(question(fact, claim.get("program"), writer.language), fact["name"])
    if not asked:
        return
    for text, name in asked.items():
        writer.lacks(name, text)
    writer.add("duty_questions", questions=" ".join(asked))
    if any((r.response or {}).get("duty") is None for r in results):
        writer.worse("partial")


def _assumptions(writer: Writer, results: Sequence[Result]) -> None:
    """Assumptions that may move this result; those that every estimate makes are left to the disclaimer."""
    routine = {engine_says(key, writer.language) for key in _ROUTINE}
    rows: list[str] = []
    for result in results:
        response = result.response or {}
        if any(_bounded(layer) for layer in response["layers"] if layer["kind"] == "mpf"):
            routine.discard(engine_says("assume.single_entry", writer.language))
        # The edition is named beside the result.
        edition = engine_says("assume.latest_revision", writer.language, revision=response["revision"], start="\0")
        given = response.get("assumptions") or []
        rows += [text for text in given if text not in rows and not text.startswith(edition.partition("\0")[0])]
    items = [_spoken(text).rstrip(". ") for text in rows if text not in routine]
    if items:
        writer.add("duty_assumed", items=f"{'; '.join(items)}.")


def _spoken(text: object) -> str:
    """An engine's text without the names of request fields; nothing when it says no more than such a name."""
    bare = re.sub(r"\s*\(facts\.\w+\)", "", str(text))
    return "" if "facts." in bare else bare


def _bounded(layer: dict[str, Any]) -> bool:
    """True when the fee's minimum or maximum took the place of its percentage."""
    try:
        exact = Decimal(str(layer["rate"]).rstrip("%")) / 100 * Decimal(layer["basis_amount"])
        return Decimal(layer["amount"]) != exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    except (InvalidOperation, TypeError):
        return False
