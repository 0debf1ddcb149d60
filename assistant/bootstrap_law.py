"""Law that loaded documents change: rules of origin and goods lists, kept beside the catalog, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.bootstrap import ORIGIN_RULES, Services
from assistant.errors import InvalidInput
from assistant.toolbox import goods_lists
from ingestion.report import FileReport, Report


def keep_law(services: Services, report: Report) -> None:
    """Keep what the files just loaded by the operator say of rules of origin and of goods lists."""
    for file in report.files:
        if not file.document_id or file.status == "rejected":
            continue
        if file.kind == "notes":
            _keep_origin_rules(services, Path(file.file), file.document_id)
        elif file.kind == "chapter_99":
            _keep_goods_lists(services, file)


def forget_law(services: Services, document_id: str) -> None:
    """Drop what was taken from a document that is gone."""
    kept = services.home / ORIGIN_RULES
    if kept.exists() and services.origin_rules.document_id == document_id:
        kept.unlink()
        services.__dict__.pop("origin_rules", None)
    goods_lists.forget(services.home, document_id)


def _keep_goods_lists(services: Services, file: FileReport) -> None:
    """Keep the goods lists of an edition of the chapter 99 notes; one that can't be read leaves none behind."""
    from ingestion.goods_editions import read_edition

    document = services.catalog.document(str(file.document_id))
    if document is None:
        return
    if edition := read_edition(file, document.title, document.effective_from):
        goods_lists.keep(services.home, edition)
    else:
        goods_lists.forget(services.home, document.id)


def _keep_origin_rules(services: Services, path: Path, document_id: str) -> None:
    """When the document is General Note 11, keep its structured rules."""
    from ingestion.sources.general_note_11 import read_rules

    opening = " ".join(p.text for p in services.catalog.document_passages(document_id)[:3])
    if "Mexico-Canada Agreement" not in opening or not path.is_file():
        return
    document = services.catalog.document(document_id)
    if document is None or document.effective_to is not None:  # a newer edition is loaded: its rules stand
        return
    try:
        rules = read_rules(path, document_id=document_id)
    except InvalidInput:  # another note that names the agreement
        return
    part = services.home / f"{ORIGIN_RULES}.{os.getpid()}.part"
    part.write_text(rules.to_json(), encoding="utf-8")
    part.replace(services.home / ORIGIN_RULES)
    services.__dict__.pop("origin_rules", None)
