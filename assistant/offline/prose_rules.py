"""`search_rules` to prose: the sentences or list items that answer, with their own legal citations, and the mark.

Extractive on purpose: the words are the document's. Text of a document is data; nothing in it is obeyed, links and
images in it are shown as text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from assistant.offline.prose import Result, Writer
from assistant.offline.text import data, fold, words

_LIST_ASKED = re.compile(
    r"\b(?:contain|include|which|what (?:are|must|documents|records|data)|list|elements|requirements|steps"
    r"|how (?:do|to|can|should)|contener|incluir|cuales|que (?:debe|documentos|datos|registros)"
    r"|lista|elementos|requisitos|pasos|como)\b"
)
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


def write_rules(writer: Writer, result: Result, question: str) -> None:
    """The best passage's part that answers, cited; or that nothing was found and where to look."""
    response = result.response or {}
    passages: list[dict[str, Any]] = response.get("passages") or []
    asked = _stems(question)
    best = None if response.get("weak") or not passages else _best(passages, asked)
    if best is None:
        writer.add("not_found")
        writer.add("where_to_look")
        writer.worse("refused")
        return
    place, passage = best
    cite = writer.cite(result.index, f"/passages/{place}")
    body = _answer(passage["text"], asked, bool(_LIST_ASKED.search(fold(question))))
    writer.text(writer.say("rules_lead", title=_title(passage), cite=cite))
    writer.text(body)
    other = [i for i, p in enumerate(passages) if i != place and p["document_id"] != passage["document_id"]]
    related = []
    for index in other[:2]:
        if len(_stems(_title(passages[index]) + " " + passages[index]["text"]) & asked) >= max(2, len(asked) // 2):
            mark = writer.cite(result.index, f"/passages/{index}")
            related.append(f"{_title(passages[index])} {mark}")
    if related:
        writer.add("rules_related", titles="; ".join(related))
    from assistant.offline.prose import long_date

    key = "rules_date_sample" if passage.get("sample") else "rules_date"
    writer.add(key, date=long_date(response["as_of"], writer.language))


def _title(passage: dict[str, Any]) -> str:
    """Document title and, when the passage has one, its section."""
    section = str(passage.get("paragraph") or "").strip()
    title = str(passage["title"])
    return f"{title} — {section}" if section and not section.isdigit() and section not in title else title


def _best(passages: list[dict[str, Any]], asked: frozenset[str]) -> tuple[int, dict[str, Any]] | None:
    """The passage to quote: the search's order, moved by how much of the question it speaks of."""
    ranked = []
    for place, passage in enumerate(passages[:5]):
        section = _stems(f"{passage['title']} {passage.get('paragraph') or ''}")
        body = _stems(passage["text"])
        covered = len(asked & (section | body)) + 0.5 * len(asked & section)
        if asked and not asked & (section | body):
            continue
        ranked.append((covered / max(1, len(asked)) - 0.15 * place, -place, passage))
    if not ranked:
        return None
    _, place, passage = max(ranked, key=lambda row: row[:2])
    return -place, passage


def _answer(text: str, asked: frozenset[str], wants_list: bool) -> str:
    """A list with its introduction when one is there and asked for; otherwise the sentences that answer, in order."""
    blocks = [b.strip() for b in re.split(r"\n\s*\n|(?=\n\s*(?:[-*•]|\d{1,2}[.)])\s)", _plain(text)) if b.strip()]
    items = [b for b in blocks if _ITEM.match(b)]
    if len(items) >= 2 and (wants_list or len(items) >= len(blocks) - 2):
        first = blocks.index(items[0])
        intro = blocks[first - 1] if first else ""
        listed = "\n".join(" ".join(item.split()) for item in items)
        return f"> {intro}\n\n{listed}".lstrip("> \n") if not intro else f"{' '.join(intro.split())}\n\n{listed}"
    sentences = [s for block in blocks for s in _sentences(" ".join(block.split()))]
    if len(sentences) <= 4:
        return "\n".join(f"> {s}" for s in [" ".join(sentences)] if s)
    scored = sorted(range(len(sentences)), key=lambda i: (-len(_stems(sentences[i]) & asked), i))
    keep = sorted(scored[:3])
    return "> " + " ".join(sentences[i] for i in keep)


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
