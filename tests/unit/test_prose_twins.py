"""Tool calls to answers over the embedded corpus, in both languages: what is said, in which order, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from assistant import tools
from assistant.bootstrap import Services, open_services
from assistant.citations import Register
from assistant.config import load_settings
from assistant.errors import SourcingError
from assistant.facts import Facts
from assistant.grounding import Grounded, ground
from assistant.offline.answer import Turn, compose
from assistant.offline.plan import Call, Plan
from assistant.offline.prose import Result
from assistant.offline.reading import read
from assistant.offline.state import Request, State, Tariff

DAY = "2026-11-22"
CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "prose_twins.yaml").read_text("utf-8"))
ACTS = {
    "estimate_duty": "tariff",
    "tariff_line": "tariff",
    "search_rules": "rules",
    "find_manufacturers": "find",
    "manufacturer_profile": "profile",
}
Language = Literal["en", "es"]


@pytest.fixture(scope="module")
def services(filled_home: Path) -> Iterator[Services]:
    opened = open_services(load_settings({"SOURCING_HOME": str(filled_home)}))
    yield opened
    opened.catalog.close()


def answer(
    services: Services, name: str, arguments: dict[str, Any], language: Language, origins: tuple[str, ...] = ()
) -> tuple[Grounded, dict[str, Any], dict[str, Any] | None]:
    """The checked prose on one call, what the model says beside it, and the response."""
    response, error = None, None
    try:
        response = tools.call(services, name, arguments)
    except SourcingError as problem:
        error = problem.as_dict()
    call = Call(name, arguments)
    result = Result(0, call, response, error)
    query = str(arguments.get("query") or arguments.get("need") or "")
    claim = arguments.get("preference") or {}
    state = State(
        language=language,
        query=query,
        tariff=Tariff(origins=origins, program=claim.get("program"), originating=claim.get("originating")),
    )
    request = Request(ACTS[name], state, read(query, date.fromisoformat(DAY), language))
    prose, meta = compose(Turn((request,), ((Plan((call,)), (result,)),), (result,)))
    said = [str(arguments), *([str(error)] if error else [])]
    facts = Facts.of([response], said=said, day=date.fromisoformat(DAY))
    names = name in ("find_manufacturers", "manufacturer_profile")
    return ground(prose, facts, len(Register([response]).entries), names_expected=names), meta, response


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_an_answer_says(services: Services, case: dict[str, Any], language: Language) -> None:
    name, given = case["call"]
    if "defect" in case:
        pytest.xfail(case["defect"])
    day = "entry_date" if name == "estimate_duty" else "as_of"
    arguments = {day: DAY, "language": language, **given}
    for key, value in arguments.items():
        arguments[key] = value[language] if isinstance(value, dict) and language in value else value
    checked, meta, _ = answer(services, name, arguments, language, tuple(case.get("origins", ())))
    assert not checked.dropped, checked.dropped
    for wanted in (case.get("both", {}), case.get(language, {})):
        at = 0
        for phrases in wanted.get("has", ()):
            places = [checked.text.find(phrase, at) for phrase in phrases.split("|") if phrase] or [
                checked.text.find(phrases, at)
            ]
            assert max(places) >= 0, f"{phrases!r} is not said, or not here:\n{checked.text}"
            at = max(places)
        for phrase in wanted.get("not", ()):
            assert phrase not in checked.text, f"{phrase!r} is said:\n{checked.text}"
        if "status" in wanted:
            assert meta["status"] == wanted["status"]
        if "missing" in wanted:
            assert any(text.startswith(wanted["missing"]) for text in meta["lacking"]), meta["lacking"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_twins_state_the_same_figures(services: Services, case: dict[str, Any]) -> None:
    """The engine's figures do not hang on the language; quotations of documents may print theirs in another order."""
    name, given = case["call"]
    day = "entry_date" if name == "estimate_duty" else "as_of"
    figures = []
    for language in ("en", "es"):
        arguments = {day: DAY, "language": language, **given}
        for key, value in arguments.items():
            arguments[key] = value[language] if isinstance(value, dict) and language in value else value
        checked, _, response = answer(services, name, arguments, language, tuple(case.get("origins", ())))  # type: ignore[arg-type]
        for figure in checked.figures:
            leaf = _at(response, figure.path)
            assert figure.value == leaf or figure.value in leaf.replace(",", ""), (figure, leaf)
        figures.append({figure.value for figure in checked.figures if "/summary/" not in figure.path})
    assert figures[0] == figures[1]


def _at(document: Any, path: str) -> str:
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return str(document)
