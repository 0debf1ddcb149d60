"""Files around two tools: `--bom` and `--certification` of check_origin, `--evidence` of estimate_duty."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from assistant.errors import InvalidInput

_OF = {"bom": "check_origin", "rate": "check_origin", "certification": "check_origin", "evidence": "estimate_duty"}


def with_files(options: argparse.Namespace, request: dict[str, Any]) -> dict[str, Any]:
    """The request with what the options' files hold. Raises InvalidInput for an option of another tool, or with
    `--batch`, and for files that cannot be read."""
    for name, tool in _OF.items():
        if getattr(options, name) and (options.name != tool or options.batch is not None):
            where = f"with {tool}, one request at a time"
            raise InvalidInput(f"--{name} goes {where}", field=f"--{name}", hint=f"sourcing tool {tool} --{name} …")
    request = dict(request)
    if options.rate:
        given = request.get("currency_rates") or {}
        request["currency_rates"] = {**given, **dict(_rate(text) for text in options.rate)}
    if options.bom:
        from ingestion.sources.bills import read_bill_lines

        if request.get("bill"):
            raise InvalidInput("a bill stands both in the request and in --bom", field="bill", hint="keep one of them")
        request["bill"] = read_bill_lines(options.bom)
    if options.evidence:
        preference = request.get("preference") or {"program": "USMCA"}
        request["preference"] = {**preference, "evidence": _evidence(options.evidence)}
    return request


def write_certification(path: Path, response: dict[str, Any], language: str) -> None:
    """The certification draft of the response as a PDF at `path`."""
    from assistant.toolbox.certification_pdf import certification_pdf

    data = certification_pdf(response, "es" if language == "es" else "en")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be written: {error.strerror}",
            field="--certification",
            hint="name a file in a folder you may write to",
        ) from error


def _rate(text: str) -> tuple[str, str]:
    code, sign, rate = text.partition("=")
    if not sign or len(code.strip()) != 3:
        raise InvalidInput(f"{text!r} is not a rate", field="--rate", hint="US dollars for one unit: MXN=0.0545")
    return code.strip().upper(), rate.strip()


def _evidence(path: Path) -> Any:
    try:
        return json.loads(sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(
            f"cannot read {path}: {error.strerror}", field="--evidence", hint="check the path"
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"{path} is not JSON",
            field="--evidence",
            hint="give the response that `sourcing tool check_origin` printed",
        ) from error
