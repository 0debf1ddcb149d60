"""Labelled descriptions: the validation file of CBP-ruled products, our own products, subjects of loaded rulings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.bootstrap import Services

HERE = Path(__file__).parent
_ASKED = re.compile(r"^What is the HTS US Code for (.*?)\??$", re.S)
_GIVEN = re.compile(r"HTS US Code -> ([\d.]+)")
_LED_BY = re.compile(
    r"(?:classification|origin|status|Agreement|treatment|eligibility|marking|Act|FTA|USMCA|NAFTA)\s*,?\s+"
    r"(?:of|for|to) (?!origin|the United|tariff)"
)


@dataclass(frozen=True)
class Case:
    """A description and the digits it was given; `spanish` where the same product is described in both languages."""

    text: str
    code: str
    spanish: str | None = None


def validation(path: Path) -> list[Case]:
    """The questions of an ATLAS file (JSON Lines of messages): products and the number CBP gave each."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        asked, answered = (m["content"] for m in json.loads(line)["messages"])
        product, code = _ASKED.search(asked), _GIVEN.search(answered)
        if product and code:
            found.append(Case(product[1], code[1].replace(".", "")))
    return found


def products() -> list[Case]:
    """Our own invented products."""
    rows = yaml.safe_load((HERE / "products.yaml").read_text(encoding="utf-8"))
    return [Case(row[1], row[0], row[2] if len(row) > 2 else None) for row in rows]


def rulings(services: Services) -> Iterator[Case]:
    """Subjects of the loaded rulings on one subheading, without what is said of origin and programs."""
    for document in services.catalog.documents("ruling"):
        meta = document.meta or {}
        codes = [str(h) for h in meta.get("hts", []) if not str(h).startswith("99")]
        subject = str(meta.get("subject") or "").split(";")[0]
        subject = re.sub(r",? from [A-Z].*$", "", re.sub(r"\(“?[A-Z-]{3,}”?\)", "", " ".join(subject.split())))
        led = list(_LED_BY.finditer(subject))
        goods = re.sub(r"^(?:The )?tariff classification (?:of )?", "", subject[led[-1].end() :] if led else subject)
        if codes and len(goods.split()) > 1 and not re.search(r"Agreement|\bstatus\b|origin", goods):
            yield Case(goods.strip(" ."), codes[0])
