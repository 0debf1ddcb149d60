"""The command line as a user meets it: real processes, exit codes, error objects, no tracebacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WIRE = {
    "hts": "8544.30.00.00",
    "origin": "MX",
    "entry_date": "2026-06-15",
    "customs_value": "25000",
    "transport_mode": "truck",
}


def sourcing(home: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assistant.cli", *arguments],
        env={**os.environ, "SOURCING_HOME": str(home)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def tool(home: Path, name: str, body: Any) -> tuple[int, dict[str, Any]]:
    done = sourcing(home, "tool", name, json.dumps(body))
    assert "Traceback" not in done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, answer


BAD = {
    "unknown number": ({**WIRE, "hts": "8544.30.99.99"}, "unknown_hts", "nearest"),
    "seven digits": ({**WIRE, "hts": "8544300"}, "invalid_input", "digits"),
    "not a number": ({**WIRE, "hts": "wire"}, "invalid_input", "digits"),
    "country misspelt": ({**WIRE, "origin": "Chinna"}, "invalid_input", "China"),
    "negative value": ({**WIRE, "customs_value": "-5"}, "invalid_input", "value"),
    "value in words": ({**WIRE, "customs_value": "many"}, "invalid_input", "tools"),
    "before the first revision": ({**WIRE, "entry_date": "1901-01-01"}, "not_in_force", "2025-01-01"),
    "not a date": ({**WIRE, "entry_date": "2026-13-01"}, "invalid_input", "tools"),
    "unknown field": ({**WIRE, "colour": "red"}, "invalid_input", "hts"),
    "missing field": ({"hts": "8544300000"}, "invalid_input", "origin"),
    "other currency": ({**WIRE, "currency": "MXN"}, "unsupported_currency", "USD"),
    "other destination": ({**WIRE, "destination": "MX"}, "invalid_input", "US"),
    "program of another country": (
        {**WIRE, "preference": {"program": "KR", "originating": True}},
        "invalid_input",
        "USMCA",
    ),
    "lapsed program": (
        {**WIRE, "origin": "TH", "preference": {"program": "GSP", "originating": True}},
        "not_in_force",
        "claim",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_request(filled_home: Path, name: str) -> None:
    """Each gives the contract's error with what to do next, and exit code 2."""
    body, code, hint = BAD[name]
    status, answer = tool(filled_home, "estimate_duty", body)
    assert (status, answer["error"]["code"]) == (2, code)
    assert hint in (answer["error"]["hint"] or ""), answer


def test_unknown_tool_and_unknown_manufacturer(filled_home: Path) -> None:
    status, answer = tool(filled_home, "estimate_dutty", WIRE)
    assert (status, answer["error"]["code"]) == (2, "not_found")
    status, answer = tool(filled_home, "manufacturer_profile", {"id": "tezontle-polimero"})
    assert (status, answer["error"]["code"]) == (2, "not_found")
    assert "tezontle-polimeros" in answer["error"]["hint"]


def test_batch_keeps_order_and_goes_on_after_a_bad_line(filled_home: Path) -> None:
    settled = {**WIRE, "facts": {"vehicle_part": False, "metal_weight_share": "0.10"}}
    lines = [json.dumps(settled), "{not json", json.dumps({**WIRE, "hts": "0000000000"}), "[]", json.dumps(settled)]
    done = sourcing(filled_home, "tool", "estimate_duty", "--batch", "-", stdin="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(answers) == 5
    assert answers[0] == answers[4] and answers[0]["duty"]
    assert [a["error"]["code"] for a in answers[1:4]] == ["invalid_input", "unknown_hts", "invalid_input"]
    assert "3 of 5 lines failed" in done.stderr


def test_a_two_megabyte_question_is_refused(filled_home: Path) -> None:
    done = sourcing(filled_home, "ask", "-", "--json", stdin="why " * 500_000)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "invalid_input"
    assert len(done.stderr) < 2_000


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["ask"],
        ["ask", "hello", "--as-of", "tomorrow"],
        ["search", "x", "--limit", "0"],
        ["ingest", "/nowhere"],
    ],
)
def test_wrong_command_lines(tmp_path: Path, arguments: list[str]) -> None:
    done = sourcing(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("sourcing: ") and "Traceback" not in done.stderr


def test_unknown_setting_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "config"],
        env={**os.environ, "SOURCING_HOME": str(tmp_path), "SOURCING_MODLE": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "SOURCING_MODLE" in done.stderr


def test_secrets_are_masked(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "config", "--json"],
        env={**os.environ, "SOURCING_HOME": str(tmp_path), "SOURCING_MODEL_API_KEY": "sk-very-secret"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "very-secret" not in done.stdout
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["SOURCING_MODEL_API_KEY"]["source"] == "environment"


def test_engine_tools_and_help_load_nothing_heavy(filled_home: Path) -> None:
    """`--help` imports none of the libraries, a duty estimate neither torch nor Chroma nor LangChain."""
    script = (
        "import sys; from assistant.cli import main; code = main(sys.argv[1:]); "
        "print(sorted(m for m in ('torch','chromadb','langchain','langchain_core','sentence_transformers',"
        "'onnxruntime','streamlit','fastapi','sqlalchemy','pydantic') if m in sys.modules), file=sys.stderr)"
    )
    env = {**os.environ, "SOURCING_HOME": str(filled_home)}
    command = [sys.executable, "-c", script, "tool", "estimate_duty", json.dumps(WIRE)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "['pydantic', 'sqlalchemy']"
    done = subprocess.run([sys.executable, "-c", script, "config"], env=env, capture_output=True, text=True, check=True)
    heavy = "import sys; import assistant.cli; print([m for m in ('pydantic','sqlalchemy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SOURCING_API_PORT", "99999"),
        ("SOURCING_TENANT", "a/b"),
        ("SOURCING_DATABASE_URL", "nonsense"),
        ("SOURCING_ENCODER", "x"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, setting: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "tool", "tariff_line", '{"hts": "8544"}'],
        env={**os.environ, "SOURCING_HOME": str(tmp_path), setting: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and json.loads(done.stdout)["error"]["field"] == setting


def test_deeply_nested_arguments_are_refused(tmp_path: Path) -> None:
    done = sourcing(tmp_path, "tool", "tariff_line", "[" * 60_000)
    assert done.returncode == 2 and json.loads(done.stdout)["error"]["code"] == "invalid_input"


def test_passwords_inside_addresses_are_masked(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "config"],
        env={**os.environ, "SOURCING_HOME": str(tmp_path), "SOURCING_DATABASE_URL": "postgresql://me:hush@db/x"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hush" not in done.stdout and "postgresql://me:" in done.stdout


def test_threads_from_the_command_line(home: Path) -> None:
    asked = sourcing(
        home,
        "ask",
        "duty on 8544.30.00.00 from China worth 25,000 dollars",
        "--as-of",
        "2026-06-15",
        "--thread",
        "june",
    )
    assert asked.returncode == 0
    assert json.loads(sourcing(home, "threads", "--json").stdout)["threads"][0]["thread_id"] == "june"
    assert sourcing(home, "threads", "rename", "june", "--title", "Wire").stdout == "Wire\n"
    assert sourcing(home, "threads", "show", "june").stdout.startswith("# Wire\n")
    same = json.loads(sourcing(home, "threads", "check", "june", "--as-of", "2026-06-15", "--json").stdout)
    assert same["turns"][0]["same"] is True
    later = json.loads(sourcing(home, "threads", "check", "june", "--as-of", "2026-11-22", "--json").stdout)
    ended = [c for c in later["turns"][0]["changes"] if "section_122" in c["where"]]
    assert ended and ended[0]["after"] is None and ended[0]["because"] == "date", "section 122 ended on 2026-07-23"
    assert sourcing(home, "threads", "show").returncode == 2
    assert sourcing(home, "threads", "delete", "june").returncode == 0
    gone = sourcing(home, "threads", "show", "june", "--json")
    assert gone.returncode == 2 and json.loads(gone.stdout)["error"]["code"] == "not_found"
