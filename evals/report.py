"""A run's record → rates with intervals, thresholds, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from assistant.errors import InvalidInput
from evals.scorers import SCORERS

THRESHOLDS = Path(__file__).parent / "thresholds.yaml"
NAMES = (*SCORERS, "agreement", "error")
Z95 = 1.959963984540054


def wilson(right: int, scored: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) when nothing was scored."""
    if scored == 0:
        return 0.0, 1.0
    share, z2 = right / scored, Z95 * Z95
    middle = share + z2 / (2 * scored)
    spread = Z95 * sqrt(share * (1 - share) / scored + z2 / (4 * scored * scored))
    whole = 1 + z2 / scored
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def rate(values: Sequence[float | None]) -> dict[str, Any]:
    """Right, scored, share and interval; `rate` None when nothing was scored."""
    scored = [v for v in values if v is not None]
    right = sum(1 for v in scored if v == 1.0)
    low, high = wilson(right, len(scored))
    share = round(right / len(scored), 4) if scored else None
    return {"right": right, "scored": len(scored), "rate": share, "low": round(low, 6), "high": round(high, 6)}


def thresholds(path: Path = THRESHOLDS) -> dict[str, float]:
    """Least rate per scorer; InvalidInput for an unknown scorer or a number outside 0 to 1."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise InvalidInput(f"{path} must map scorers to rates", hint="for example `figures: 0.95`")
    for name, least in data.items():
        if name not in NAMES:
            raise InvalidInput(f"{path}: no scorer is called {name!r}", hint=f"scorers: {', '.join(NAMES)}")
        if not isinstance(least, int | float) or isinstance(least, bool) or not 0 <= least <= 1:
            raise InvalidInput(f"{path}: {name} must be a number from 0 to 1", hint="for example 0.95")
    return {str(name): float(least) for name, least in data.items()}


def summarise(run: Mapping[str, Any], least: Mapping[str, float]) -> dict[str, Any]:
    """Rates by scorer, and by scorer in every tool, language and slice; thresholds met or not; failures; timings."""
    rows, pairs = run["results"], run["pairs"]
    groups: dict[str, Callable[[Mapping[str, Any]], Sequence[str]]] = {
        "tool": lambda r: r["tools"],
        "language": lambda r: [r["language"]] if "language" in r else [],
        "slice": lambda r: [r["slice"]],
    }
    overall = {name: _rate(rows, pairs, name, None) for name in NAMES}
    by = {}
    for group, members in groups.items():
        keys = sorted({k for row in rows for k in members(row)})
        by[group] = {
            key: {"passed": rate([float(r["passed"]) for r in rows if key in members(r)])}
            | {name: _rate(rows, pairs, name, lambda r, k=key, m=members: k in m(r)) for name in NAMES}  # type: ignore[misc]
            for key in keys
        }
    missed = [
        f"{name}: {found['rate']:.3f} is below {least.get(name, 1.0):.3f}"
        for name, found in overall.items()
        if found["rate"] is not None and found["rate"] < least.get(name, 1.0)
    ]
    seconds = sorted(t["seconds"] for r in rows for t in r["turns"])
    return {
        "passed": rate([float(r["passed"]) for r in rows]),
        "scorers": overall,
        "by": by,
        "thresholds": dict(least),
        "thresholds_missed": missed,
        "seconds_per_turn": {"p50": _quantile(seconds, 0.5), "p95": _quantile(seconds, 0.95), "turns": len(seconds)},
        "failures": failures(rows, pairs),
    }


def _rate(
    rows: Sequence[Mapping[str, Any]],
    pairs: Sequence[Mapping[str, Any]],
    name: str,
    among: Callable[[Mapping[str, Any]], bool] | None,
) -> dict[str, Any]:
    if name == "agreement":
        return rate([p["value"] for p in pairs if among is None or among(p)])
    return rate([r["scores"][name]["value"] for r in rows if among is None or among(r)])


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(median(ordered) if share == 0.5 else ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4)


def failures(rows: Sequence[Mapping[str, Any]], pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every wrong score: question, scorer, what was asked and said, why it is wrong."""
    found = [
        {
            "id": row["id"],
            "slice": row["slice"],
            "scorer": name,
            "asked": [t["ask"] for t in row["turns"]],
            "said": mark["answer"],
            "why": mark["explanation"],
        }
        for row in rows
        for name, mark in row["scores"].items()
        if mark["value"] == 0.0
    ]
    return found + [
        {"id": p["pair"], "slice": p["slice"], "scorer": "agreement", "asked": [], "said": p["answer"],
         "why": p["explanation"]}
        for p in pairs
        if p["value"] == 0.0
    ]  # fmt: skip


def markdown(run: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """The report for people."""
    done = summary["passed"]
    pace = summary["seconds_per_turn"]
    lines = [
        "# Evaluation",
        "",
        f"{done['right']} of {done['scored']} questions pass ({_percent(done)}). "
        + ("All thresholds hold." if not summary["thresholds_missed"] else "Thresholds missed:"),
        *[f"- {row}" for row in summary["thresholds_missed"]],
        "",
        f"- run {run['run_id']}, {run['started']} to {run['ended']} ({run['seconds']:.0f} s)",
        f"- commit {run['commit'] or 'unknown'}, model {run['model']}, prompts {str(run['prompt_sha'])[:12]}",
        f"- question set {run['questions_sha256'][:12]}, {run['questions']} questions, {len(run['pairs'])} pairs",
        f"- data: {'; '.join(f'{k}: {v}' for k, v in (run['data_vintage'] or {}).items()) or 'unknown'}",
        f"- versions: {', '.join(f'{k} {v}' for k, v in run['versions'].items())}",
        f"- seconds a turn: p50 {pace['p50']}, p95 {pace['p95']}, {pace['turns']} turns",
        "",
        "## By scorer",
        "",
        "| scorer | right | scored | rate | 95 % interval | least |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in summary["scorers"].items():
        least = summary["thresholds"].get(name, 1.0)
        share = "not scored" if found["rate"] is None else f"{found['rate']:.3f}"
        lines.append(
            f"| {name} | {found['right']} | {found['scored']} | {share} "
            f"| {found['low']:.3f}–{found['high']:.3f} | {least:.2f} |"
        )
    for group, keys in summary["by"].items():
        names = [n for n in NAMES if any(k[n]["scored"] for k in keys.values())]
        lines += ["", f"## By {group}", "", f"| {group} | passed | {' | '.join(names)} |"]
        lines.append("|---" * (len(names) + 2) + "|")
        for key, found in keys.items():
            cells = " | ".join(_cell(found[n]) for n in names)
            lines.append(f"| {key} | {_percent(found['passed'])} | {cells} |")
    lines += ["", "## Failures", ""]
    if not summary["failures"]:
        lines.append("None.")
    for row in summary["failures"]:
        asked = " ⏎ ".join(row["asked"])
        lines += [f"- **{row['id']}** · {row['scorer']}: {row['why']}"]
        lines += [f"  - asked: {asked}"] if asked else []
        lines += [f"  - said: {_short(row['said'])}"] if row["said"] else []
    return "\n".join(lines) + "\n"


def _percent(found: Mapping[str, Any]) -> str:
    if found["rate"] is None:
        return "–"
    return f"{found['rate']:.1%} [{found['low']:.1%}–{found['high']:.1%}] of {found['scored']}"


def _cell(found: Mapping[str, Any]) -> str:
    return "–" if found["rate"] is None else f"{found['right']}/{found['scored']}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 400 else flat[:400] + " …"


def write(folder: Path, run: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
    """run.json (everything) and report.md into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = json.dumps({**run, "summary": summary}, ensure_ascii=False, indent=1)
    (folder / "run.json").write_text(whole + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(run, summary), encoding="utf-8")
