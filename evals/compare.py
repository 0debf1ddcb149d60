"""Two runs side by side: what passed and now fails, what failed and now passes, what was added or left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.errors import InvalidInput
from evals.runner import FORMAT

BASELINE = Path(__file__).parent / "baseline.json"


def read_run(path: Path) -> dict[str, Any]:
    """A run's record from its folder or file; InvalidInput when it is none."""
    file = path / "run.json" if path.is_dir() else path
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(
            f"{file} cannot be read: {error.strerror}", hint="name a run's folder or JSON file"
        ) from error
    except ValueError as error:
        raise InvalidInput(f"{file} is not JSON: {error}", hint="name the run.json that `eval run` wrote") from error
    if not isinstance(data, dict) or "results" not in data or data.get("format") != FORMAT:
        raise InvalidInput(f"{file} is not a run of format {FORMAT}", hint="run the questions again and compare anew")
    return data


def outcomes(run: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Scored values by question (and pair) and scorer."""
    found = {
        row["id"]: {name: mark["value"] for name, mark in row["scores"].items() if mark["value"] is not None}
        for row in run["results"]
    }
    for pair in run["pairs"]:
        if pair["value"] is not None:
            found[f"pair {pair['pair']}"] = {"agreement": pair["value"]}
    return found


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Differences per question and scorer. A scorer that was right and is no longer scored because the question
    broke counts as worse."""
    old, new = outcomes(before), outcomes(after)
    worse, better = [], []
    for name in sorted(old.keys() & new.keys()):
        for scorer in sorted(old[name].keys() | new[name].keys()):
            was, now = old[name].get(scorer), new[name].get(scorer)
            broke = now is None and new[name].get("error") == 0.0
            if was == 1.0 and (now == 0.0 or broke):
                worse.append({"id": name, "scorer": scorer, "why": _why(after, name, scorer)})
            elif was == 0.0 and now == 1.0:
                better.append({"id": name, "scorer": scorer})
            elif was is None and now == 0.0:
                worse.append({"id": name, "scorer": scorer, "why": _why(after, name, scorer)})
    return {
        "before": _label(before),
        "after": _label(after),
        "same_questions": before["questions_sha256"] == after["questions_sha256"],
        "worse": worse,
        "better": better,
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "seconds": [before["seconds"], after["seconds"]],
    }


def _why(run: Mapping[str, Any], name: str, scorer: str) -> str:
    for row in run["results"]:
        if row["id"] == name:
            mark = row["scores"].get(scorer) or {}
            mark = mark if mark.get("value") is not None else row["scores"].get("error") or {}
            return str(mark.get("explanation") or "")
    return next((str(p.get("explanation") or "") for p in run["pairs"] if f"pair {p['pair']}" == name), "")


def _label(run: Mapping[str, Any]) -> str:
    return f"{run['run_id']} ({run['started']}, commit {str(run['commit'] or 'unknown')[:12]}, model {run['model']})"


def markdown(diff: Mapping[str, Any]) -> str:
    lines = ["# Comparison", "", f"- before: {diff['before']}", f"- after: {diff['after']}"]
    if not diff["same_questions"]:
        lines.append("- the question sets differ; only questions in both are compared")
    lines += ["", f"## Worse ({len(diff['worse'])})", ""]
    lines += [f"- **{r['id']}** · {r['scorer']}: {r['why']}" for r in diff["worse"]] or ["None."]
    lines += ["", f"## Better ({len(diff['better'])})", ""]
    lines += [f"- **{r['id']}** · {r['scorer']}" for r in diff["better"]] or ["None."]
    for name in ("added", "removed"):
        if diff[name]:
            lines += ["", f"## {name.capitalize()} ({len(diff[name])})", "", ", ".join(diff[name])]
    return "\n".join(lines) + "\n"


def brief(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run with no more than a comparison reads: which commit, model and questions, and what was right."""
    kept = ("format", "run_id", "started", "ended", "seconds", "commit", "model", "questions", "questions_sha256",
            "prompt_sha", "data_vintage")  # fmt: skip
    marks = [
        {
            "id": row["id"],
            "scores": {n: {"value": m["value"]} for n, m in row["scores"].items() if m["value"] is not None},
        }
        for row in run["results"]
    ]
    pairs = [{"pair": p["pair"], "value": p["value"]} for p in run["pairs"]]
    return {**{name: run[name] for name in kept if name in run}, "results": marks, "pairs": pairs}


def bless(run: Mapping[str, Any], baseline: Path) -> None:
    """Keeps a run, in brief and a question a line, as the baseline, written whole or not at all."""
    record = brief(run)
    lines = [f" {json.dumps(name)}: {json.dumps(record[name], ensure_ascii=False, sort_keys=True)}," for name in record
             if name not in ("results", "pairs")]  # fmt: skip
    for name in ("results", "pairs"):
        rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False, sort_keys=True)}" for row in record[name])
        lines.append(f" {json.dumps(name)}: [\n{rows}\n ]" + ("," if name == "results" else ""))
    temporary = baseline.with_suffix(".tmp")
    temporary.write_text("{\n" + "\n".join(lines) + "\n}\n", encoding="utf-8")
    temporary.replace(baseline)
