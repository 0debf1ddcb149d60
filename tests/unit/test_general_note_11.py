"""General Note 11 from the official text: how much becomes structure, the round trip, the traps of the print."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.customs.origin.printing import print_alternative, print_rule
from assistant.customs.origin.rules import Rule, Rules, Term
from assistant.errors import InvalidInput
from ingestion.sources.general_note_11 import coverage, embedded, read_pages, read_rules
from ingestion.sources.general_note_11_grammar import rule_of
from ingestion.sources.general_note_11_text import Paragraph, lines_of, pages_of, paragraphs

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "us" / "general_notes"
NOTE, PDF = FOLDER / "general_note_11_2025-04.txt", FOLDER / "general_note_11.pdf"


@pytest.fixture(scope="module")
def rules() -> Rules:
    if not NOTE.exists():
        pytest.skip("official General Note 11 is not here (../shared/data/us/general_notes)")
    return read_rules(NOTE)


def squeezed(text: str) -> str:
    return "".join(text.split())


def one(text: str, chapter: int = 84) -> Rule:
    """The rule that one paragraph states, checked to print back as it was."""
    paragraph = Paragraph(chapter, "1.", 1, 7, [(7, text)])
    (rule,) = rule_of(paragraph)
    assert squeezed(print_rule(rule)) == squeezed("1." + text)
    return rule


def find(rules: Rules, name: str) -> Rule:
    return next(r for r in rules.rules if r.id == name)


def test_share_of_structure(rules: Rules) -> None:
    found = coverage(rules)
    assert found.rules > 1100 and found.share >= 0.99
    assert found.structured_alternatives / found.alternatives >= 0.99
    # What is left is quoted: two rules that describe goods inside other goods, and five that ended in 2022.
    assert {name for name, _, _ in found.rest} == {
        "48.11",
        "56.2", "73.7308.10@2020-07-01", "73.7308.20@2020-07-01", "73.7308.30@2020-07-01", "73.7308.40@2020-07-01",
        "73.7308.90@2020-07-01",
    }  # fmt: skip


def test_structure_prints_back_as_the_note(rules: Rules) -> None:
    found, _ = paragraphs(lines_of(pages_of(NOTE.read_text(encoding="utf-8"))))
    compared = 0
    for paragraph in found:
        made = rule_of(paragraph)
        if not made:
            continue
        mark = paragraph.title + (":" if paragraph.number is None and paragraph.title else "")
        printed = " ".join(print_rule(rule) for rule in made)
        assert squeezed(printed) == squeezed(mark + paragraph.text), (paragraph.chapter, paragraph.title)
        compared += 1
    assert compared > 1100


def test_every_chapter_has_its_numbers_without_a_gap(rules: Rules) -> None:
    last: dict[int, int] = {}
    for rule in rules.rules:
        number = rule.id.split(".")[1]
        if number.isdigit() and len(number) < 4:
            assert int(number) - last.get(rule.chapter, 0) in (0, 1), rule.id
            last[rule.chapter] = int(number)
    assert set(last) == set(range(1, 98)) - {77}
    assert (last[84], last[85], last[87], last[90]) == (254, 120, 62, 82)


def test_pdf_and_text_read_alike(rules: Rules) -> None:
    if not PDF.exists():
        pytest.skip("the official PDF is not here")
    from_pdf = read_rules(PDF)
    assert [r.id for r in from_pdf.rules] == [r.id for r in rules.rules]
    assert [(r.ranges, r.page) for r in from_pdf.rules] == [(r.ranges, r.page) for r in rules.rules]
    assert [squeezed(print_rule(r)) for r in from_pdf.rules] == [squeezed(print_rule(r)) for r in rules.rules]


def test_json_keeps_everything(rules: Rules) -> None:
    again = Rules.from_json(rules.to_json())
    assert again.rules == rules.rules and again.notes == rules.notes and again.deemed == rules.deemed


def test_embedded_rules_are_what_the_reader_makes(rules: Rules) -> None:
    assert Rules.load().to_json() == embedded(rules).to_json()
    assert not any(note.text for note in Rules.load().notes)


def test_not_the_note() -> None:
    with pytest.raises(InvalidInput):
        read_pages([(1, "General Note 12. North American Free Trade Agreement.")])


def test_misprints_keep_their_print_and_get_their_meaning(rules: Rules) -> None:
    terms = [t for a in find(rules, "84.84").alternatives for t in a.excepts]
    assert [(t.lo, t.printed) for t in terms] == [("8431", "84.31")]
    assert "84.31" in print_rule(find(rules, "84.84"))
    steel = find(rules, "73.7305-7307@2023-07-01").alternatives[2].conditions[0]
    assert steel.percent("tv") == 75 and steel.percent("nc") is None and steel.values["again"] == "75"
    swapped = find(rules, "85.113").alternatives[2].conditions[0]
    assert (swapped.percent("tv"), swapped.percent("nc")) == (60, 50)


def test_dated_and_bilateral_rules_under_unnumbered_paragraphs(rules: Rules) -> None:
    old, new = (find(rules, f"85.8504.21-8504.34@{d}") for d in ("2020-07-01", "2025-07-01"))
    assert (old.start, old.end) == (date(2020, 7, 1), date(2025, 7, 1)) and (new.start, new.end) == (old.end, None)
    assert old.in_force(date(2025, 6, 30)) and not old.in_force(date(2025, 7, 1)) and new.page == 97
    assert {r.trade for r in rules.candidates("57049001")} == {"MX-US", "other"}
    both = [r.id for r in rules.candidates("73121030") if r.in_force(date(2023, 3, 1))]
    assert len(both) == 2  # until July 1, 2023 and from January 1, 2023
    assert not [r for r in rules.candidates("86079100") if r.in_force(date(2023, 3, 1))]
    until_june = find(rules, "73.7305-7307@2020-07-01")  # "until June 30, 2023" includes that day
    assert until_june.in_force(date(2023, 6, 30)) and not until_june.in_force(date(2023, 7, 1))


def test_underscored_designations_are_marked(rules: Rules) -> None:
    marked = {r.id for r in rules.rules if r.automotive}
    assert {"85.114", "84.244", "94.1", "40.13", "84.27", "85.53"} <= marked
    assert not marked & {"85.3", "84.245", "94.2", "64.1"}


def test_goods_deemed_originating(rules: Rules) -> None:
    named = {code: d for d in rules.deemed for code in d.codes}
    assert named["847170"].page == 136 and not named["847170"].narrowed
    assert named["852990" + "22"].goods == "Parts of monitors and projectors of subheading 8528.42, 8528.52 or 8528.62"
    assert len(rules.deemed) == 12


def test_rule_for_a_second_use_inside_one_number(rules: Rules) -> None:
    first, second = (find(rules, name) for name in ("87.42", "87.42.2"))
    assert first.use and second.use
    assert first.use.uses == ("passenger vehicle", "light truck", "heavy truck") and second.use.text == "any other"
    assert second.alternatives[1].conditions[0].percent("nc") == 50
    inherited = find(rules, "87.53")
    assert inherited.inherited_use and inherited.use == find(rules, "87.52").use


def test_today_without_a_rule_is_concorded_or_said(rules: Rules) -> None:
    import gzip
    import json

    from assistant.customs.origin.codes import older

    schedule = ROOT.parent / "shared" / "data" / "us" / "hts" / "hts_2026_rev_10.json.gz"
    if not schedule.exists():
        pytest.skip("the official schedule is not here")
    with gzip.open(schedule) as stream:
        rows = json.load(stream)
    six = {row["htsno"].replace(".", "")[:6] for row in rows if len(row["htsno"].replace(".", "")) >= 6}
    left = {c for c in six if c[:2] < "98" and not any(rules.candidates(o) for o in older(c))}
    # Electronic waste and monopods came from too many places; a system of units (8471.49) goes unit by unit.
    assert left == {"847149", "854921", "854929", "854931", "854939", "854991", "854999", "962000"}


@pytest.mark.parametrize(
    ("text", "froms", "excepts"),
    [
        ("A change to heading 7409 from any other heading.", [("any_other", "heading")], []),
        (
            "A change to heading 7411 from any other heading, except from tariff items 7407.10.15, 7407.21.15,"
            " 7407.29.16 or heading 7409.",
            [("any_other", "heading")],
            ["74071015", "74072115", "74072916", "7409"],
        ),
        (
            "A change to subheadings 8411.11 through 8411.82 from any subheading outside that group.",
            [("outside_group", "subheading")],
            [],
        ),
        (
            "A change to headings 8603 through 8606 from any other heading, including another heading within that"
            " group,except from heading 8607",
            [("any_other", "heading")],
            ["8607"],
        ),
        (
            "A change to heading 6001 from any other chapter, except from headings 5106 through 5113, chapter"
            " 52,headings 5310 through 5311 or chapters 54 through 55.",
            [("any_other", "chapter")],
            ["5106", "52", "5310", "54"],
        ),
    ],
)
def test_forms_of_the_change(text: str, froms: list[tuple[str, str]], excepts: list[str]) -> None:
    (a,) = one(text).alternatives
    assert a.structured
    assert [(t.kind, t.unit) for t in a.froms] == froms
    assert [t.lo for t in a.excepts] == excepts


def test_described_goods_keep_their_words_and_numbers() -> None:
    (a,) = one(
        "A change to heading 8537 from any other heading, except from printed circuit assemblies of subheading"
        " 8538.90 or moulded parts of subheading 8538.90."
    ).alternatives
    assert [(t.goods, t.lo) for t in a.excepts] == [
        ("printed circuit assemblies", "853890"),
        ("moulded parts", "853890"),
    ]


def test_more_than_one_of_the_following() -> None:
    (a,) = one(
        "A change to subheading 8456.10 from any other heading, except from more than one of the following:"
        " (A) tariff items 8466.93.15, 8466.93.30 or 8466.93.53, (B) subheading 8537.10, (C) subheading 9013.20."
    ).alternatives
    (several,) = a.excepts
    assert several.kind == "several"
    assert [[t.lo for t in terms] for _, terms in several.members] == [
        ["84669315", "84669330", "84669353"], ["853710"], ["901320"],
    ]  # fmt: skip


def test_value_content_figures() -> None:
    a, b = one(
        "(A) A change to subheading 8481.10 from any other heading; or (B) A change to subheading 8481.10 from"
        " subheading 8481.90, whether or not there is also a change from any other heading, provided there is a"
        " regional value content of not less than: (1) 62.5 percent where the transaction value method is used; or"
        " (2) 50 percent where the net cost method is used."
    ).alternatives
    assert (a.label, b.label) == ("(A)", "(B)") and not a.conditions
    assert (b.conditions[0].percent("tv"), b.conditions[0].percent("nc")) == (Decimal("62.5"), 50)
    assert b.also == (Term(kind="any_other", unit="heading", goods="any other"),)


def test_what_is_not_understood_stays_quoted() -> None:
    text = "A change to heading 8481 from whatever the parties shall agree, provided the moon is full."
    (a,) = one(text).alternatives
    assert not a.structured


def test_every_number_in_the_print_is_in_the_structure(rules: Rules) -> None:
    """Numbers inside descriptions of goods, and the three written "within heading 2707", are the only ones outside."""
    described = {"27.4", "27.5", "61.6103.23@MX-US", "61.6104.23@MX-US", "85.52", "87.33", "87.34"}

    def numbers(terms: tuple[Term, ...]) -> set[str]:
        found = {n for t in terms for n in (t.lo, t.hi) if n}
        return found.union(*(numbers(m) for t in terms for _, m in t.members))

    for rule in rules.rules:
        for a in rule.alternatives:
            if not a.structured or rule.id in described:
                continue
            bare = a.model_copy(update={"conditions": (), "scope_but": ""})
            known = numbers((*a.scope, *a.froms, *a.excepts, *a.also, *a.also_excepts))
            print_of = re.findall(r"\d{4}\.\d\d\.\d\d|\d{4}\.\d\d|\b\d{4}\b", print_alternative(bare))
            assert {n.replace(".", "") for n in print_of} - {"8483"} <= known | {"8483"}, (rule.id, a.label)
