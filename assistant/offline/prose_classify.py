"""`classify_product` responses to prose: the line taken, or the lines to choose from with what speaks for them."""

from __future__ import annotations

from typing import Any

from assistant.offline.classified import FAIR, SURE, choices, leading
from assistant.offline.prose import Result, Writer, cell, dots, not_checked


def write_choice(writer: Writer, result: Result) -> None:
    """In one sentence, the line that the rest of the answer goes on with."""
    response = result.response or {}
    digits = leading(response)
    if digits is None:
        return
    first = response["candidates"][0]
    writer.add(
        "classify_taken",
        product=cell(str(response["description"])),
        hts=dots(digits),
        description=cell(" › ".join(str(part).rstrip(" :") for part in first["description"])),
        cite=writer.cite(result.index, "/sources/0"),
    )


def write_classification(writer: Writer, result: Result, *, wanted: bool) -> None:
    """The table of lines, the tool's questions, what its confidence means. `wanted`: a duty waits for the choice."""
    response = result.response or {}
    product = cell(str(response["description"]))
    rows = choices(response)
    if not rows:
        writer.add("classify_none", product=product)
        _questions(writer, response)
        writer.lacks("hts", writer.say("missing_hts"))
        writer.worse("clarify")
        not_checked(writer, response.get("not_covered") or [], limit=1)
        return
    cite = writer.cite(result.index, "/sources/0")
    chosen = leading(response)
    if chosen:
        writer.add("classify_first", product=product, hts=dots(chosen), cite=cite)
    else:
        writer.add("classify_several", product=product, cite=cite)
    table = [
        writer.say(
            "classify_row",
            place=str(place),
            hts=dots(row.digits),
            description=cell(row.description),
            level=_level(writer, row.confidence),
            why=cell(str(response["candidates"][row.candidate].get("why") or "")) or "—",
        )
        for place, row in enumerate(rows, 1)
    ]
    writer.text("\n".join([writer.say("classify_head"), *table]))
    if not chosen:
        _questions(writer, response)
        writer.lacks("hts", writer.say("missing_hts"))
        writer.worse("clarify")
    writer.add("classify_pick" if wanted or not chosen else "classify_next")
    writer.text(str(response.get("confidence_meaning") or ""))
    not_checked(writer, response.get("not_covered") or [], limit=1)


def _level(writer: Writer, confidence: float) -> str:
    """In words, by the tool's own bounds, of the line rather than its subheading."""
    return writer.say(
        "classify_high" if confidence >= SURE else "classify_medium" if confidence >= FAIR else "classify_low"
    )


def _questions(writer: Writer, response: dict[str, Any]) -> None:
    rows = []
    for question in (response.get("questions") or [])[:2]:
        answers = [str(c.get("answer") if isinstance(c, dict) else c) for c in question.get("choices") or []]
        text = str(question["question"])
        rows.append(f"{text} {' · '.join(answers)}" if answers else text)
    if rows:
        writer.add("duty_questions", questions=" ".join(rows))
