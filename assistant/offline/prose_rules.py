"""`search_rules` to prose: the sentences or list items that answer, with their own legal citations, and the mark.

Extractive on purpose: the words are the document's. Text of a document is data; nothing in it is obeyed, links and
images in it are shown as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from assistant.offline.prose import Result, Writer, long_date
from assistant.offline.text import data, fold, words

_LIST_ASKED = re.compile(
    r"\b(?:contain|include|which|what (?:are|must|documents|records|data)|list|elements|requirements|steps"
    r"|how (?:do|to|can|should)|contener|incluir|cuales|que (?:debe|documentos|datos|registros)"
    r"|lista|elementos|requisitos|pasos|como)\b"
)
# How near to the best a passage must score to be quoted too; of another document, also in the search's own score.
_ALSO, _EVEN = 0.9, 0.97
_SENTENCES = 3
_QUANTITY_ASKED = re.compile(
    r"\b(?:how (?:much|many|long|big|large|soon|late)|what (?:rate|amount|limit|deadline|percentage)|when|maximum"
    r"|minimum|limit|deadline|cuant[oa]s?|que (?:tasa|monto|limite|plazo|porcentaje|valor)|cuando|maximo|minimo"
    r"|limite|plazo|what value)\b"
)
_NUMBER = re.compile(r"\d")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


def write_rules(writer: Writer, result: Result, question: str, subjects: Sequence[str] = ()) -> None:
    """The parts of the best one or two passages that answer, cited; or that nothing was found and where to look.

    `subjects` are the legal subjects that the question names ("isf", "assist"): a passage whose title or heading names
    one is about it, even where the search as a whole was weak."""
    response = result.response or {}
    passages: list[dict[str, Any]] = response.get("passages") or []
    asked = _stems(question)
    about = [i for i, p in enumerate(passages) if _names(p, subjects)]
    ranked = _ranked(passages, asked, fold(question), about)
    if response.get("weak"):
        ranked = [row for row in ranked if row[1] in about]
    if not ranked:
        writer.add("not_found")
        writer.add("where_to_look")
        writer.worse("refused")
        return
    best, place = ranked[0]
    wants_list = bool(_LIST_ASKED.search(fold(question)))
    quantity = bool(_QUANTITY_ASKED.search(fold(question)))
    body, listed = _answer(passages[place]["text"], asked, wants_list, quantity)
    group = [place]
    if listed:
        group += [i for i, p in enumerate(passages) if i != place and _section(p) == _section(passages[place])]
        body = _merged([passages[i]["text"] for i in group])
    chosen = [(group, body)]
    for score, other in [] if listed else ranked[1:2]:
        same = passages[other]["document_id"] == passages[place]["document_id"]
        tie = float(passages[other]["score"]) >= _EVEN * float(passages[place]["score"])
        if score >= _ALSO * best and (same or tie):
            chosen.append(([other], _answer(passages[other]["text"], asked, False, quantity)[0]))
    for indexes, text in chosen:
        index = indexes[0]
        cite = " ".join(writer.cite(result.index, f"/passages/{i}") for i in indexes)
        writer.text(writer.say("rules_lead", title=_title(passages[index]), cite=cite))
        writer.text(text)
    key = "rules_date_sample" if any(passages[indexes[0]].get("sample") for indexes, _ in chosen) else "rules_date"
    writer.add(key, date=long_date(response["as_of"], writer.language))


def _title(passage: dict[str, Any]) -> str:
    """Document title and, when the passage has one, its section."""
    section = str(passage.get("paragraph") or "").strip()
    title = str(passage["title"])
    return f"{title} — {section}" if section and not section.isdigit() and section not in title else title


def _names(passage: dict[str, Any], subjects: Sequence[str]) -> bool:
    own = _stems(f"{passage['title']} {passage.get('paragraph') or ''}")
    return any(_stems(subject) and _stems(subject) <= own for subject in subjects)


def _ranked(
    passages: list[dict[str, Any]], asked: frozenset[str], question: str, about: Sequence[int]
) -> list[tuple[float, int]]:
    """(score, place) best first: the search's score, moved by how much of the question the passage speaks of and,
    for a question of what something is or must be, by a section that says so."""
    general = re.search(r"\b(?:what (?:is|are|must|happens)|que (?:es|son|debe|deben|pasa))\b", question)
    heads = data("extract")["general_sections"].split(";")
    wants_number = bool(_QUANTITY_ASKED.search(question))
    ranked = []
    for place, passage in enumerate(passages):
        section, body = _stems(str(passage.get("paragraph") or "")), _stems(passage["text"])
        common = asked & (section | body | _stems(passage["title"]))
        if asked and not common:
            continue
        # A number of the question ("800") tells more than a word.
        weight = sum(2.0 if word.isdigit() else 1.0 for word in asked) or 1.0
        covered = sum(2.0 if w.isdigit() else 1.0 for w in asked & (section | body)) + len(asked & section)
        covered += 0.5 * len(asked & _stems(passage["title"]))
        score = float(passage["score"]) + 0.3 * covered / weight + (0.2 if place in about else 0.0)
        heading = fold(str(passage.get("paragraph") or ""))
        if wants_number and any(head.strip() in heading for head in data("extract")["quantity_sections"].split(";")):
            score += 0.3
        if general and any(head.strip() in heading for head in heads):
            score += 0.15
        if wants_number and _NUMBER.search(_without_law(passage["text"])):
            score += 0.15
        ranked.append((score, place))
    return sorted(ranked, key=lambda row: (-row[0], row[1]))


def _answer(text: str, asked: frozenset[str], wants_list: bool, quantity: bool) -> tuple[str, bool]:
    """A list with its introduction when one is there and asked for; otherwise the sentences that answer, in order."""
    blocks = _blocks(text)
    items = [b for b in blocks if _ITEM.match(b)]
    if len(items) >= 2 and (wants_list or len(items) >= len(blocks) - 2):
        return _merged([text]), True
    sentences = [s for block in blocks for s in _sentences(" ".join(block.split()))]
    if len(sentences) > _SENTENCES:

        def worth(place: int) -> float:
            number = quantity and _NUMBER.search(_without_law(sentences[place]))
            return len(_stems(sentences[place]) & asked) + (1.5 if number else 0)

        scored = sorted(range(len(sentences)), key=lambda i: (-worth(i), i))
        sentences = [sentences[i] for i in sorted(scored[:_SENTENCES])]
    return "> " + " ".join(sentences), False


def _without_law(text: str) -> str:
    """Text without its bracketed legal citations, whose numbers answer nothing."""
    return re.sub(r"\[[^\]]*\]", " ", text)


def _section(passage: dict[str, Any]) -> tuple[str, str]:
    return passage["document_id"], str(passage.get("paragraph") or passage["id"])


def _merged(texts: list[str]) -> str:
    """A list that was stored in several passages, whole again: one introduction, numbered items by their number."""
    rows = [(block, text) for text in texts for block in _blocks(text)]
    items = list(dict.fromkeys(" ".join(block.split()) for block, _ in rows if _ITEM.match(block)))
    if all(re.match(r"\d", item) for item in items):
        items.sort(key=lambda item: int(re.match(r"\d+", item)[0]))  # type: ignore[index]  # matched just above
    first = next(i for i, (block, _) in enumerate(rows) if _ITEM.match(block))
    intro = [" ".join(rows[first - 1][0].split())] if first else []
    return "\n\n".join([*intro, "\n".join(items)])


def _blocks(text: str) -> list[str]:
    """Paragraphs and list items of a passage."""
    parts = re.split(r"\n\s*\n|(?=\n\s*(?:[-*•]|\d{1,2}[.)])\s)", _plain(text))
    return [part.strip() for part in parts if part.strip()]


def _plain(text: str) -> str:
    """Outside text without headings, images, link targets or raw HTML."""
    text = re.sub(r"(?m)^#{1,6}\s.*$", "", text)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<[^>\n]{1,200}>", "", text)


def _sentences(text: str) -> list[str]:
    """Sentences; abbreviations of law (U.S.C., Art., No.) do not end one."""
    parts = re.split(r"(?<=[.!?])(?:\s+|(?<=\])\s+)(?=[\"“(¿¡A-ZÁÉÍÓÚÑ])", text)
    out: list[str] = []
    for part in parts:
        if out and re.search(
            r"(?:\b(?:Art|art|No|Nos|Sec|sec|U\.S|U\.S\.C|C\.F\.R|Fed|Reg|Inc|Núm|núm|p|pp)|\b[A-Z])\.$", out[-1]
        ):
            out[-1] += " " + part
        else:
            out.append(part)
    return [part.strip() for part in out if part.strip()]


@lru_cache(maxsize=1)
def _reading() -> tuple[frozenset[str], tuple[str, ...]]:
    table = data("extract")
    return frozenset(table["stop"].split()), tuple(table["endings"].split())


def _stems(text: str) -> frozenset[str]:
    """Content words of `text`, cut to a stem that both numbers and genders share."""
    return frozenset(_stem(w) for w in words(fold(text)) if w not in _reading()[0] and len(w) > 1)


def _stem(word: str) -> str:
    for ending in _reading()[1]:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
