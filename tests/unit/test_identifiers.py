"""Identifiers in every punctuation come first, and a number that counts something is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from retrieval.addresses import addresses
from retrieval.analysis import fold, identifiers
from retrieval.catalog import Catalog
from retrieval.records import NewDocument, NewPassage
from retrieval.search import Searcher

CASES: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("cases").joinpath("identifiers.yaml").read_text("utf-8")
)
DAY = dt.date(2026, 7, 1)
PASSAGES = {
    "harness": ("Wiring sets", "Classified in subheading 8544.30.00.00."),
    "connectors": ("Connectors", "Plugs and sockets go to 8536.69.40."),
    "range": ("A change of heading", "A change to headings 8537 through 8539 from any other heading."),
    "list3": ("List 3", "Heading 9903.88.03 adds 25 percent."),
    "nico": ("Tornillos", "Fracción 7318.15.99, NICO 01: los demás."),
    "n_ruling": ("CBP ruling N301234: a lamp", "The lamp is of plastics."),
    "h_ruling": ("CBP ruling H123456: a valve", "The valve is of brass."),
    "old_ruling": ("A thermometer", "As stated in HQ 735009, dated July 30, 1993."),
    "ny_ruling": ("A garment", "See New York ruling NY L83980."),
    "marking": ("Marking", "19 CFR 134.11 asks for the country of origin."),
    "penalties": ("19 U.S.C. § 1592. Penalties", "Fraud, gross negligence and negligence."),
    "note16c": ("Aluminum", "The rates of this subdivision.", ["99/III/note 16(c)"]),
    "note85": ("Chapter 85", "For the purposes of this heading.", ["85/note 5"]),
    "gn11c": ("Terms of the agreement", "An originating good is one of these.", ["GN 11(c)"]),
    "gri3b": ("Mixtures", "The material which gives them their essential character.", ["GRI 3(b)"]),
    "register": ("De minimis", "Published at 90 FR 9705."),
    "order14257": ("Reciprocal tariffs", "Executive Order 14257 of April 2, 2025."),
    "csms": ("Guidance", "CSMS # 64680374: how to file."),
    "certificate": ("A certificate", "Number MX/QMS-0815, by a registrar."),
    "order": ("An order", "PO-1031 of brackets."),
    "iso": ("Medical devices", "The plant holds ISO 13485."),
}  # fmt: skip
DISTRACTORS = (
    "Capacity of 8544 pieces, 8,536 units, 854430 units and 85,443,000 pesos; 8538 pcs a day, 7318159901 shots.",
    "A lot of 301234 units, 123456 pieces, 735009 kg and 83980 parts; 64680374 pesos; 9705 boxes; 1031 drums.",
    "We need 13485 units, 14257 pieces and 0815 samples. Heading 8501 and part 135; § 135.11; note 16 of chapter 12.",
)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    catalog = Catalog(f"sqlite:///{tmp_path_factory.mktemp('home') / 'c.sqlite'}")
    rows = {**PASSAGES, **{f"count{n}": ("Volumes", text) for n, text in enumerate(DISTRACTORS)}}
    for key, (title, text, *listed) in rows.items():
        meta = {"addresses": listed[0]} if listed else {}
        catalog.store(NewDocument("guide", key, title, key, key), [NewPassage(text, language="en", meta=meta)])
    yield Searcher(catalog, None, None)
    catalog.close()


@pytest.mark.parametrize("case", CASES["named"], ids=lambda case: case["ask"])
def test_an_identifier_comes_first_in_any_punctuation(searcher: Searcher, case: dict[str, str]) -> None:
    result = searcher.search(case["ask"], as_of=DAY)
    assert result.hits and result.hits[0].file == case["is"]
    assert not result.weak


@pytest.mark.parametrize("text", CASES["nothing"])
def test_a_quantity_is_no_identifier(text: str) -> None:
    assert identifiers(text) == [] and addresses(fold(text)) == []


@pytest.mark.parametrize("asked", ["ruling N999999", "19 CFR 999.99", "8888.88.88", "99/IX/note 99"])
def test_what_is_named_and_not_there_is_weak(searcher: Searcher, asked: str) -> None:
    assert searcher.search(asked, as_of=DAY).weak
