"""Which manufacturers on file a question names: by name or id, or by the beginning of a name that only one has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Select, or_, select

from assistant.bootstrap import Services, store_errors
from assistant.offline.names import strange
from assistant.offline.text import fold, words
from assistant.toolbox.plants import suppliers_named
from retrieval.plant_models import Plant

_LONGEST = 4  # words of a beginning
_MOST = 60  # beginnings looked up of one question
_ROWS = 200  # plants looked at for all of them at once


def _plain(text: str) -> str:
    """Without the possessive endings that would hide a name: "Forja's IATF"."""
    return re.sub(r"['’]s\b", " ", text)


def _as_written(identity: str, name: str, text: str) -> str:
    """The name as the question has it: the name on file, the id, or the id with spaces."""
    folded = fold(text)
    return next((form for form in (name, identity, identity.replace("-", " ")) if fold(form) in folded), name)


def plants_asked(services: Services, question: str) -> list[tuple[str, str]]:
    """(id, the name as the question writes it) of the manufacturers that `question` names. Quick whatever their number:
    names are looked up by index. Raises Unavailable when the catalog cannot be read."""
    text = _plain(question[:2000])
    tokens = words(fold(text))
    # An id written as words ("cuatro palmas forja") is looked up as the id that it spells.
    spelled = ["-".join(tokens[i : i + size]) for size in range(2, 7) for i in range(len(tokens) - size + 1)]
    known = dict(suppliers_named(services, f"{text} {' '.join(spelled)}"))
    found = [(identity, _as_written(identity, name, text)) for identity, name in known.items()]
    runs = {
        tuple(tokens[i : i + size])
        for size in range(1, _LONGEST + 1)
        for i in range(len(tokens) - size + 1)
        if size > 1 or (len(tokens[i]) >= 5 and strange(tokens[i : i + 1]))  # one everyday word names nobody
    }
    beginnings = sorted((" ".join(run) for run in runs), key=len, reverse=True)[:_MOST]
    if not beginnings:
        return found
    with store_errors(), services.catalog.connect() as connection:
        rows = connection.execute(_holding(beginnings, services.tenants).limit(_ROWS)).all()
        if len(rows) == _ROWS:  # cut off: that one plant alone has a beginning is seen only by asking for each
            each = (_holding([key], services.tenants).limit(2) for key in beginnings)
            rows = [row for one in each for row in connection.execute(one).all()]
    named = {identity for identity, _ in found}
    for key in beginnings:
        holders = {row[0] for row in rows if row[1].startswith(f"{key} ")}
        if len(holders) == 1 and not holders & named:
            identity = holders.pop()
            named.add(identity)
            found.append((identity, key))
    return found


def _holding(beginnings: Sequence[str], tenants: Sequence[str]) -> Select[str, str]:
    """(id, name as compared) of the plants whose name goes on after one of `beginnings`."""
    ranges = [Plant.name_key.between(f"{key} ", f"{key} \U0010ffff") for key in beginnings]
    return select(Plant.manufacturer_id, Plant.name_key).where(Plant.tenant.in_(tenants), or_(*ranges))
