"""`python -m evals`: run question sets, compare two runs, bless one as baseline.

Exit codes: 0 all thresholds hold (and nothing got worse), 1 they don't, 2 the request was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from assistant.errors import InvalidInput, SourcingError
from evals import compare as comparing
from evals import report
from evals.questions import DEFAULT_SET, load_sets, select


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are ours; sub-parsers are of the same class."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInput(message, hint=f"see `{self.prog} --help`")


def parser() -> argparse.ArgumentParser:
    top = _Parser(prog="sourcing eval", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = top.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="ask and score question sets")
    run.add_argument(
        "sets", nargs="*", type=Path, metavar="SET", help="YAML files or folders (default: evals/questions)"
    )
    run.add_argument("--out", type=Path, help="folder for run.json and report.md (default: .sourcing/evals/TIME)")
    run.add_argument("--home", type=Path, help="data folder to ask (default: SOURCING_HOME, else a temporary one)")
    run.add_argument("--model", help="chat model (default: SOURCING_MODEL, else offline)")
    run.add_argument(
        "--only", action="append", default=[], metavar="WORD", help="id, pair, slice, language, tag or tool"
    )
    run.add_argument("--against", type=Path, metavar="BASELINE", help="also compare with this run; worse exits with 1")
    run.add_argument("--thresholds", type=Path, default=report.THRESHOLDS, help="YAML of least rates per scorer")
    run.add_argument("--json", action="store_true", help="print the summary as JSON")
    run.set_defaults(action=run_sets)
    both = commands.add_parser("compare", help="what got worse and better between two runs")
    both.add_argument("before", type=Path, metavar="A")
    both.add_argument("after", type=Path, metavar="B")
    both.add_argument("--json", action="store_true")
    both.set_defaults(action=compare_runs)
    bless = commands.add_parser("bless", help="keep a run as evals/baseline.json")
    bless.add_argument("run", type=Path, metavar="RUN")
    bless.add_argument("--json", action="store_true")
    bless.set_defaults(action=bless_run)
    return top


def run_sets(options: argparse.Namespace) -> int:
    least = _thresholds(options.thresholds)
    questions = select(load_sets(options.sets or [DEFAULT_SET]), options.only)
    before = comparing.read_run(options.against) if options.against else None
    out = options.out or Path(".sourcing") / "evals" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    if out.exists() and not out.is_dir():
        raise InvalidInput(f"{out} is a file", field="out", hint="name a folder")

    from evals.runner import assistant, run

    with assistant(options.home, options.model, lambda text: print(text, file=sys.stderr)) as services:
        record = run(questions, services, model=options.model, progress=_progress)
    summary = report.summarise(record, least)
    report.write(out, record, summary)
    failed = bool(summary["thresholds_missed"])
    printed: dict[str, Any] = {**{k: v for k, v in record.items() if k not in ("results", "pairs")}, "summary": summary}
    text = report.markdown(record, summary)
    if before is not None:
        diff = comparing.compare(before, record)
        failed = failed or bool(diff["worse"])
        printed["comparison"] = diff
        text += "\n" + comparing.markdown(diff)
        (out / "comparison.md").write_text(comparing.markdown(diff), encoding="utf-8")
    print(json.dumps({**printed, "out": str(out)}, ensure_ascii=False, indent=1) if options.json else text)
    if not options.json:
        print(f"Written to {out}/report.md and {out}/run.json")
    return int(failed)


def _thresholds(path: Path) -> dict[str, float]:
    try:
        return report.thresholds(path)
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror}", field="thresholds", hint="name a file"
        ) from error


def _progress(done: int, total: int, name: str) -> None:
    end = "\n" if done == total or not sys.stderr.isatty() else ""
    if sys.stderr.isatty() or done == total or done % 20 == 0:
        print(f"\r{done}/{total} {name:<48.48}", end=end, file=sys.stderr, flush=True)


def compare_runs(options: argparse.Namespace) -> int:
    diff = comparing.compare(comparing.read_run(options.before), comparing.read_run(options.after))
    print(json.dumps(diff, ensure_ascii=False, indent=1) if options.json else comparing.markdown(diff))
    return int(bool(diff["worse"]))


def bless_run(options: argparse.Namespace) -> int:
    record = comparing.read_run(options.run)
    comparing.bless(record, comparing.BASELINE)
    done = {"baseline": str(comparing.BASELINE), "run_id": record["run_id"]}
    print(json.dumps(done) if options.json else f"{record['run_id']} is now the baseline ({comparing.BASELINE})")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser().parse_args(given)
        return int(options.action(options))
    except SourcingError as error:
        print(f"error: {error.message}" + (f"\nhint: {error.hint}" if error.hint else ""), file=sys.stderr)
        if "--json" in given:
            print(json.dumps(error.as_dict(), ensure_ascii=False))
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
