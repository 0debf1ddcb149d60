"""The evaluator against the assistant itself, on a few shipped questions in a filled home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.__main__ import main
from evals.questions import DEFAULT_SET


def test_a_run_asks_the_assistant_and_leaves_its_threads_clean(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.bootstrap import open_services
    from assistant.config import load_settings
    from assistant.errors import NotFound

    monkeypatch.setenv("SOURCING_HOME", str(home))
    out = tmp_path / "run"
    assert main(["run", str(DEFAULT_SET / "line.yaml"), "--only", "line-valve-general", "--out", str(out)]) == 0
    run = json.loads((out / "run.json").read_text())
    assert [row["passed"] for row in run["results"]] == [True, True] and run["pairs"][0]["value"] == 1.0
    assert run["model"] == "offline" and run["prompt_sha"] and run["data_vintage"]
    services = open_services(load_settings())
    with pytest.raises(NotFound):
        services.agent.thread(f"eval-{run['run_id']}-line-valve-general.en")
    services.agent.close()
    services.catalog.close()
