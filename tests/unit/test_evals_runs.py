"""Question sets, runner, report, comparison and exit codes, over a scripted assistant."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from test_evals_scorers import answer

import evals.compare
import evals.runner
from assistant.errors import InvalidInput, NotFound
from assistant.schema import Answer, AskRequest
from evals.__main__ import main
from evals.compare import compare
from evals.questions import DEFAULT_SET, TOOLS, load_file, load_sets, select
from evals.report import THRESHOLDS, markdown, rate, summarise, thresholds, wilson
from evals.runner import run

SET = """
about: one pair
questions:
  - id: a.en
    pair: a
    language: en
    as_of: 2026-11-20
    tags: [first]
    because: worked out by hand
    turns:
      - ask: Duty on 8544.30.00.00 worth $25,000?
        expect: {status: answered, figures: ["1250.00"], tools: [{name: estimate_duty, arguments: {origin: MX}}]}
  - id: a.es
    pair: a
    language: es
    as_of: 2026-11-20
    because: worked out by hand
    turns:
      - ask: ¿Arancel de 8544.30.00.00 por 25,000 dólares?
        expect: {status: answered, figures: ["1250.00"]}
"""
SPANISH = "El arancel general es de 1,250.00 USD (5% de 25,000) para esta línea y se paga en la entrada."


class Scripted:
    """Answers in the language of the question; `faults` replace the answer to a question that contains the key."""

    def __init__(self, faults: dict[str, Callable[[], Answer]] | None = None) -> None:
        self.faults = faults or {}
        self.asked: list[AskRequest] = []

    def ask(self, request: AskRequest) -> Answer:
        self.asked.append(request)
        for part, make in self.faults.items():
            if part in request.question:
                return make()
        return answer(SPANISH, language="es") if "¿" in request.question else answer()


def broken() -> Answer:
    raise NotFound("no such thread")


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    file = tmp_path / "set.yaml"
    file.write_text(SET, encoding="utf-8")
    return file


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Scripted], None]:
    """Makes `eval run` ask the given assistant instead of the real one."""

    def use(target: Scripted) -> None:
        @contextmanager
        def opened(*_: Any) -> Iterator[Scripted]:
            yield target

        monkeypatch.setattr(evals.runner, "assistant", opened)

    return use


def test_shipped_questions_are_pairs_over_every_tool_in_both_languages() -> None:
    questions = load_sets([DEFAULT_SET])
    assert len(questions) >= 400
    pairs: dict[str, set[str]] = {}
    for question in questions:
        pairs.setdefault(question.pair, set()).add(question.language)
    assert all(languages == {"en", "es"} for languages in pairs.values())
    called = {tool for q in questions for tool in q.tools}
    assert called == set(TOOLS)
    assert sum("injection" in q.tags for q in questions) >= 10


def test_twins_expect_the_same(sets: Path) -> None:
    """A figure, a call or a document expected in one language is expected in the other."""
    twins: dict[str, list[Any]] = {}
    for question in load_sets([DEFAULT_SET]):
        facts = [(t.expect.tools, t.expect.figures, t.expect.citations, t.expect.matches) for t in question.turns]
        twins.setdefault(question.pair, []).append((question.as_of, facts))
    assert [pair for pair, (en, es) in twins.items() if en != es] == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("figures:", "figurs:", "a.en.turns.0.expect.figurs"),
        ('"1250.00"', '"a lot"', "not a number"),
        ("name: estimate_duty", "name: estimate_duties", "no tool is called"),
        ("status: answered", "status: ready", "Input should be"),
        ("language: en", "language: fr", "a.en.language"),
        ("id: a.es", "id: a.en", "two questions have the id"),
        ("language: es", "language: en", "has a language twice"),
        ("because: worked out by hand", "because: ''", "because"),
        ("tags: [first]", "id: again", "given twice"),
        ("as_of: 2026-11-20", "as_of: soon", "as_of"),
        ("about: one pair", "about: [", "is not a question set"),
        ("questions:", "question:", "question"),
    ],
)
def test_a_wrong_set_is_refused_by_name_and_place(
    sets: Path, before: str, after: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sets.write_text(SET.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InvalidInput, match=message):
        load_sets([sets])
    assert main(["run", str(sets), "--json"]) == 2
    printed = json.loads(capsys.readouterr().out)
    assert printed["error"]["code"] == "invalid_input" and printed["error"]["hint"]


def test_a_missing_file_an_empty_folder_and_an_unknown_selection_are_refused(sets: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["run", str(tmp_path / "none.yaml")]) == 2
    assert main(["run", str(tmp_path / "empty")]) == 2
    assert main(["run", str(sets), "--only", "nothing"]) == 2
    assert main(["run", str(sets), "--thresholds", str(tmp_path / "none.yaml")]) == 2


@pytest.mark.parametrize(
    "arguments", [[], ["walk"], ["run", "--colour", "red"], ["compare", "one"], ["bless"], ["run", "--out"]]
)
def test_wrong_arguments_are_reported_like_other_errors(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and "error: " in shown.err and "--help" in shown.err
    assert main([*arguments, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "invalid_input" and error["message"] and "--help" in error["hint"]


def test_words_stay_as_written(sets: Path) -> None:
    sets.write_text(SET.replace("origin: MX", "origin: NO, hts: 0101"), encoding="utf-8")
    call = (load_file(sets)[0].turns[0].expect.tools or ())[0]
    assert call.arguments == {"origin": "NO", "hts": "0101"}


def test_select_by_id_pair_language_tag_tool_and_slice(sets: Path) -> None:
    questions = load_sets([sets])
    for word, ids in {"a.en": 1, "a": 2, "es": 1, "first": 1, "estimate_duty": 1, "set": 2}.items():
        assert len(select(questions, [word])) == ids, word


def test_a_run_records_what_was_run(sets: Path) -> None:
    target = Scripted()
    record = run(load_sets([sets]), target, model="offline")
    assert [r["passed"] for r in record["results"]] == [True, True]
    assert record["pairs"] == [
        {"pair": "a", "slice": "set", "tools": ["estimate_duty"], "value": 1.0, "answer": "", "explanation": ""}
    ]
    assert record["model"] == "offline" and record["prompt_sha"] == "0" and record["versions"]["python"]
    assert len(record["questions_sha256"]) == 64 and record["started"] <= record["ended"]
    assert {r.as_of.isoformat() for r in target.asked if r.as_of} == {"2026-11-20"}
    assert len({r.thread_id for r in target.asked}) == 2
    json.dumps(record)


def test_an_exception_is_a_failure_of_its_question_and_not_of_the_run(sets: Path) -> None:
    record = run(load_sets([sets]), Scripted({"¿": broken}))
    english, spanish = record["results"]
    assert english["passed"] and not spanish["passed"]
    assert spanish["turns"][0]["error"] == {"code": "not_found", "message": "no such thread"}
    assert spanish["scores"]["figures"]["value"] is None and spanish["scores"]["error"]["value"] == 0.0
    assert record["pairs"][0]["value"] is None


def test_wilson_interval() -> None:
    low, high = wilson(8, 10)  # Wilson 1927; the textbook value of 8 out of 10
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(5, 5)[1] == 1.0 and 0.56 < wilson(5, 5)[0] < 0.57
    assert rate([1.0, None, 0.0, None]) | {"low": 0, "high": 0} == {
        "right": 1,
        "scored": 2,
        "rate": 0.5,
        "low": 0,
        "high": 0,
    }


def test_the_report_names_rates_failures_and_thresholds(sets: Path) -> None:
    record = run(load_sets([sets]), Scripted({"¿": lambda: answer(language="es")}))
    summary = summarise(record, thresholds(THRESHOLDS))
    assert summary["scorers"]["language"]["rate"] == 0.5
    assert summary["scorers"]["citations"] | {"low": 0, "high": 0} == {
        "right": 2,
        "scored": 2,
        "rate": 1.0,
        "low": 0,
        "high": 0,
    }
    assert summary["scorers"]["matches"]["rate"] is None
    assert summary["by"]["language"]["en"]["passed"]["rate"] == 1.0
    assert summary["by"]["language"]["es"]["passed"]["rate"] == 0.0
    assert summary["by"]["tool"]["estimate_duty"]["figures"]["scored"] == 1
    assert summary["thresholds_missed"] == ["language: 0.500 is below 0.950"]
    text = markdown(record, summary)
    assert "**a.es** · language: expected es" in text and "| matches | 0 | 0 | not scored |" in text
    assert "1 of 2 questions pass (50.0% [9.5%–90.5%] of 2)" in text


@pytest.mark.parametrize("text", ["figures: 2", "figurs: 0.9", "[]", "figures: high"])
def test_wrong_thresholds_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInput):
        thresholds(file)


def test_exit_codes_and_files_of_a_run(
    sets: Path, tmp_path: Path, scripted: Callable[[Scripted], None], capsys: pytest.CaptureFixture[str]
) -> None:
    scripted(Scripted())
    good = tmp_path / "good"
    assert main(["run", str(sets), "--out", str(good), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["summary"]["thresholds_missed"] == [] and printed["out"] == str(good)
    assert "2 of 2 questions pass" in (good / "report.md").read_text()

    scripted(Scripted({"¿": lambda: answer(SPANISH.replace("1,250.00", "1,300.00"), language="es")}))
    bad = tmp_path / "bad"
    assert main(["run", str(sets), "--out", str(bad)]) == 1
    assert "1,300.00" in capsys.readouterr().out

    assert main(["compare", str(good), str(bad)]) == 1
    assert "**a.es** · grounding" in capsys.readouterr().out
    assert main(["compare", str(bad), str(good), "--json"]) == 0
    assert {r["scorer"] for r in json.loads(capsys.readouterr().out)["better"]} == {"grounding"}
    assert main(["compare", str(good), str(tmp_path / "none")]) == 2
    (tmp_path / "x.json").write_text("{}")
    assert main(["compare", str(good), str(tmp_path / "x.json")]) == 2


def test_against_a_baseline_a_loss_fails_even_where_thresholds_hold(
    sets: Path, tmp_path: Path, scripted: Callable[[Scripted], None]
) -> None:
    lax = tmp_path / "lax.yaml"
    lax.write_text("\n".join(f"{name}: 0" for name in thresholds(THRESHOLDS)))
    scripted(Scripted())
    first = ["run", str(sets), "--thresholds", str(lax), "--out"]
    assert main([*first, str(tmp_path / "a")]) == 0
    scripted(Scripted({"Duty": broken}))
    assert main([*first, str(tmp_path / "b")]) == 0
    assert main([*first, str(tmp_path / "c"), "--against", str(tmp_path / "a")]) == 1
    assert "a.en" in (tmp_path / "c" / "comparison.md").read_text()


def test_a_question_that_breaks_counts_as_worse_and_new_ones_are_only_named(sets: Path) -> None:
    questions = load_sets([sets])
    before = run(questions[:1], Scripted())
    after = run(questions, Scripted({"Duty": broken}))
    diff = compare(before, after)
    assert {"figures", "error"} <= {r["scorer"] for r in diff["worse"]} and not diff["same_questions"]
    assert diff["added"] == ["a.es"] and diff["removed"] == []


def test_bless_keeps_what_a_comparison_reads(
    sets: Path, tmp_path: Path, scripted: Callable[[Scripted], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(Scripted())
    assert main(["run", str(sets), "--out", str(tmp_path / "a")]) == 0
    kept = tmp_path / "baseline.json"
    monkeypatch.setattr(evals.compare, "BASELINE", kept)
    assert main(["bless", str(tmp_path / "a")]) == 0
    assert main(["compare", str(kept), str(tmp_path / "a")]) == 0
    assert main(["compare", str(tmp_path / "a"), str(kept)]) == 0
    assert "turns" not in kept.read_text("utf-8")  # answers and calls stay with the run
    assert main(["bless", str(sets)]) == 2


def test_expected_fees_of_the_duty_questions_follow_from_the_regulation() -> None:
    """The processing fee expected for a value and a day is recomputed from 19 CFR 24.23 as the question cites it."""
    limits = {"2025": ("32.71", "634.62"), "2026": ("33.58", "651.50"), "2027": ("34.58", "670.86")}
    checked = 0
    for question in load_sets([DEFAULT_SET]):
        expect = question.turns[0].expect
        if question.slice != "duty" or "fiscal year" not in question.because or not expect.tools:
            continue
        arguments = expect.tools[0].arguments
        day = arguments.get("entry_date", question.as_of.isoformat())
        year = str(int(day[:4]) + (day[5:7] >= "10"))
        least, most = map(Decimal, limits[year])
        fee = (Decimal(arguments["customs_value"]) * Decimal("0.003464")).quantize(Decimal("0.01"))
        fee = min(max(fee, least), most)
        if question.pair == "duty-screws-euro-format":
            continue  # its fee is not among the figures asked for
        assert str(fee) in expect.figures, question.id
        checked += 1
    assert checked >= 16
