"""What the vocabulary is made of: entries, terms found in a text, and the data files they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from assistant.sourcing.inflect import english, spanish
from assistant.sourcing.phrases import How, words

Kind = Literal["process", "material", "program", "certification", "industry", "innovation", "unit"]
KINDS: dict[Kind, str] = {
    "process": "processes",
    "material": "materials",
    "program": "programs",
    "certification": "certifications",
    "industry": "industries",
    "innovation": "innovation",
    "unit": "units",
}  # in order of who wins a phrase that several kinds know
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Entry:
    """One concept of the vocabulary. `about` and the labels by language; `factor` and `measure` for units."""

    kind: Kind
    id: str
    labels: dict[str, str]
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    builds_on: str | None = None
    about: dict[str, str] = field(default_factory=dict)
    program: str | None = None
    service: bool = False
    uses: tuple[str, ...] = ()
    of: tuple[tuple[str, str], ...] = ()
    work: str | None = None
    names_work: bool = False
    narrowed_by: tuple[tuple[str, str], ...] = ()
    measure: str | None = None
    factor: float = 1.0


@dataclass(frozen=True)
class Term:
    """What a text means. `name` is the id, with the edition where one was given (ISO 13485:2016, AS9100D)."""

    kind: Kind
    id: str
    matched: str
    how: How
    edition: str | None = None

    @property
    def name(self) -> str:
        return with_edition(self.id, self.edition)


@dataclass(frozen=True)
class Found(Term):
    """A term at characters `span` of a text; `product` when the words name what is made rather than the work,
    `within` when it is named inside the phrase of a process ("cardboard" of "cardboard boxes")."""

    span: tuple[int, int] = (0, 0)
    product: bool = False
    within: bool = False


def with_edition(standard: str, edition: str | None) -> str:
    """ISO 13485 + 2016 -> ISO 13485:2016; AS9100 + D -> AS9100D; BRCGS Packaging + 6 -> BRCGS Packaging Issue 6."""
    if not edition:
        return standard
    if standard.startswith("BRCGS"):
        return f"{standard} Issue {edition}"
    if edition.isalpha():
        return f"{standard}{edition}"
    year = len(edition) == 4 and edition.isdigit()
    return f"{standard}{':' if year and ' ' in standard and not standard.startswith('AWS') else ' '}{edition}"


def load_yaml(name: str) -> dict[str, Any]:
    """A data file as plain values, read with the C parser where PyYAML has it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load((DATA / name).read_text(encoding="utf-8"), loader)
    return loaded


@lru_cache(maxsize=1)
def word_lists() -> dict[str, frozenset[str]]:
    """The groups of data/words.yaml, folded."""
    return {group: frozenset(words(listed)) for group, listed in load_yaml("words.yaml").items()}


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words that carry no requirement of their own."""
    return word_lists()["stop"] | word_lists()["sourcing"]


def verb_forms(row: dict[str, Any]) -> Iterator[tuple[str, bool, bool]]:
    """Forms of a row's verbs; whether each is finite, and whether it may be a noun as well, so that the words around it
    must decide."""
    listed: dict[str, str] = row.get("verbs", {})
    nouns, ordinary = word_lists()["also_nouns"], common_words()
    for verb in filter(None, map(str.strip, listed.get("en", "").split(";"))):
        yield from ((form, role != "other", role != "other") for form, role in english(verb))
    for verb in filter(None, map(str.strip, listed.get("es", "").split(";"))):
        infinitive, space, rest = verb.partition(" ")
        tail, _, odd = rest.partition("/")
        for form, role in spanish(f"{infinitive}/{odd}" if odd else infinitive):
            key = words(form)
            if key[0] not in ordinary:
                yield form + space + tail, role == "finite", key[0] in nouns


def read_entry(kind: Kind, identity: str, row: dict[str, Any]) -> Entry:
    """A row of a data file as an entry; the first phrase of each language is its label."""

    def listed(name: str) -> tuple[str, ...]:
        return tuple(str(row.get(name, "")).split())

    labels: dict[str, str] = {
        str(lang): str(row[lang]).split(";")[0].strip().lstrip("=~") for lang in ("en", "es") if lang in row
    }
    return Entry(
        kind=kind,
        id=identity,
        labels=labels or {"en": identity, "es": identity},
        broader=(row["broader"],) if kind == "certification" and "broader" in row else listed("broader"),
        related=listed("related"),
        editions=listed("editions"),
        supersedes=tuple(part.strip() for part in row.get("supersedes", "").split(";") if part.strip()),
        builds_on=row.get("builds_on"),
        about=row.get("about", {}),
        program=row.get("program"),
        service=bool(row.get("service", False)),
        uses=listed("uses"),
        of=tuple((material, process) for material, _, process in (p.partition("=") for p in listed("of"))),
        work=row.get("work"),
        names_work=row.get("names_work") == "yes",
        narrowed_by=tuple(
            (process.strip(), narrower.strip())
            for process, _, narrower in (part.partition("=") for part in row.get("narrowed_by", "").split(";"))
            if narrower
        ),
        measure=row.get("measure"),
        factor=float(row.get("factor", 1)),
    )
