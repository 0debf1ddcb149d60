"""`sourcing export`: a shortlist, comparison, plan or profile as a file, or drafts of requests for quotation."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from assistant.bootstrap import open_services
from assistant.commands.tool import read_object
from assistant.config import load_settings
from assistant.errors import InvalidInput
from assistant.exports.run import FORMATS, drafts, export


def run(options: argparse.Namespace) -> int:
    if (options.to is None) == (options.rfq is None):
        raise InvalidInput("give either --to FILE or --rfq FOLDER", hint="sourcing export find_manufacturers '{…}' "
                           "--to shortlist.pdf")  # fmt: skip
    services = open_services(load_settings())
    arguments = read_object(options.arguments)
    if options.lang:
        arguments["language"] = options.lang
    written: list[Path] = []
    if options.to is not None:
        form = options.to.suffix.lstrip(".").lower()
        if form not in FORMATS:
            raise InvalidInput(f"{options.to.name} ends in no known format", field="--to",
                               hint=f"end the name in {', '.join(f'.{name}' for name in FORMATS)}")  # fmt: skip
        written.append(_write(options.to, export(services, options.name, arguments, form).data))
    else:
        for draft in drafts(services, options.name, arguments):
            page = f"{draft.subject}\n\n{draft.body}".encode()
            written.append(_write(options.rfq / f"{draft.manufacturer_id}.{draft.language}.md", page))
    if options.json:
        print(json.dumps({"files": [str(path) for path in written]}, ensure_ascii=False))
    else:
        for path in written:
            print(path)
    return 0


def _write(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(
            f"cannot write {path}: {error.strerror}", field="--to", hint="name a file in a folder you may write to"
        ) from error
    return path
