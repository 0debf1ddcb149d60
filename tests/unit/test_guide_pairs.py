"""The two languages of each embedded guide say the same: outline, citations, dates and figures, pair by pair."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from ingestion.pipeline import sample_corpus

GUIDES = sample_corpus() / "guides"
IDS = sorted({p.name.rsplit(".", 2)[0] for p in GUIDES.glob("*.md")})
SAME = ("id", "kind", "legal_status", "jurisdiction", "topics", "effective_from", "effective_to", "last_checked")
LEAST = 70
_MONTHS = {
    month: f"{number:02}"
    for number, pair in enumerate(
        """January enero|February febrero|March marzo|April abril|May mayo|June junio|July julio|August agosto
        |September septiembre|October octubre|November noviembre|December diciembre""".split("|"),  # noqa: SIM905
        start=1,
    )
    for month in pair.split()
}
_NAMES = "|".join(_MONTHS)
_ENGLISH = re.compile(rf"\b({_NAMES}) (\d{{1,2}}), (\d{{4}})\b")
_SPANISH = re.compile(rf"\b(\d{{1,2}})(?:\.º|º|o)? de ({_NAMES}) (?:de|del) (\d{{4}})\b")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_BRACKETS = re.compile(r"\[([^\]]+)\]")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def parts(path: Path) -> tuple[dict[str, object], str]:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def plain_dates(text: str) -> str:
    """Dates written out in either language become 2026-11-22."""
    text = _ENGLISH.sub(lambda m: f"{m[3]}-{_MONTHS[m[1]]}-{int(m[2]):02}", text)
    return _SPANISH.sub(lambda m: f"{m[3]}-{_MONTHS[m[2]]}-{int(m[1]):02}", text)


def facts(body: str) -> dict[str, Counter[str]]:
    """Citations in brackets, dates and other figures of a guide, each with how often it stands there."""
    text = plain_dates(body)
    citations = Counter(_BRACKETS.findall(text))
    text = _BRACKETS.sub(" ", text)
    dates = Counter(_DATE.findall(text))
    text = re.sub(r"^\d+\. ", "", _DATE.sub(" ", text), flags=re.MULTILINE)  # the numbers of a list are no figures
    return {"citations": citations, "dates": dates, "figures": Counter(_FIGURE.findall(text))}


@pytest.mark.parametrize("guide", IDS)
def test_both_languages_say_the_same(guide: str) -> None:
    (front_en, en), (front_es, es) = (parts(GUIDES / f"{guide}.{language}.md") for language in ("en", "es"))
    assert {k: front_en[k] for k in SAME} == {k: front_es[k] for k in SAME}
    assert [(c["cite"], c["url"]) for c in front_en["citations"]] == [  # type: ignore[attr-defined]
        (c["cite"], c["url"])
        for c in front_es["citations"]  # type: ignore[attr-defined]
    ]
    marks = [re.findall(r"^(#+|-|\d+\.) ", text, flags=re.MULTILINE) for text in (en, es)]
    assert marks[0] == marks[1], "sections and lists"
    for kind, counted in facts(en).items():
        other = facts(es)[kind]
        assert counted == other, (kind, "en only", counted - other, "es only", other - counted)


@pytest.mark.parametrize("guide", IDS)
def test_citations_of_the_text_are_listed_and_the_listed_are_used(guide: str) -> None:
    front, body = parts(GUIDES / f"{guide}.en.md")
    listed = [str(c["cite"]) for c in front["citations"]]  # type: ignore[attr-defined]
    used = _BRACKETS.findall(body)
    assert [u for u in used if not any(u.startswith(cite) for cite in listed)] == []
    assert [cite for cite in listed if not any(u.startswith(cite) for u in used)] == []


def test_the_number_of_guides() -> None:
    assert len(IDS) >= LEAST
    assert {p.name for p in GUIDES.glob("*.md")} == {f"{i}.{language}.md" for i in IDS for language in ("en", "es")}


def test_a_difference_is_seen() -> None:
    en = "Since May 18, 2023 the fee is 25% of US$1,200 [19 CFR 1.2]."
    assert facts(en) == facts("Desde el 18 de mayo de 2023 la cuota es de 25% de US$1,200 [19 CFR 1.2].")
    for wrong in (
        "Desde el 19 de mayo de 2023 la cuota es de 25% de US$1,200 [19 CFR 1.2].",
        "Desde el 18 de mayo de 2023 la cuota es de 2.5% de US$1,200 [19 CFR 1.2].",
        "Desde el 18 de mayo de 2023 la cuota es de 25% de US$1,200 [19 CFR 1.3].",
        "Desde el 18 de mayo de 2023 la cuota es de 25% de US$1,200.",
    ):
        assert facts(en) != facts(wrong)
