"""`sourcing vetting`: what ends soon, who is one plant under two names, what papers contradict, a plant's trail."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assistant.bootstrap import open_services
from assistant.config import load_settings
from assistant.customs.types import Language
from assistant.errors import InvalidInput, NotFound
from assistant.schema import ManufacturerProfileRequest
from assistant.toolbox.manufacturers import manufacturer_profile
from assistant.toolbox.vetting import contradictions, duplicates, trail_kept, watch_list

_NOTHING = {
    "en": {"watch": "No confirmed certificate ends in that time.", "duplicates": "No two profiles look like one plant.",
           "conflicts": "No document contradicts a profile.", "trail": "Nothing is recorded of its certificates."},
    "es": {"watch": "Ningún certificado confirmado vence en ese lapso.",
           "duplicates": "Ningún par de perfiles parece la misma planta.",
           "conflicts": "Ningún documento contradice un perfil.", "trail": "No hay historial de sus certificados."},
}  # fmt: skip


def run(options: argparse.Namespace) -> int:
    services = open_services(load_settings())
    day = options.as_of or services.today()
    language: Language = options.lang
    rows: list[dict[str, Any]]
    if options.what == "watch":
        rows = watch_list(services, day, options.days)
        lines = [f"{r['expires']}  {r['days']:>3} d  {r['standard']} {r['number'] or ''}  {r['name']} ({r['id']})"
                 for r in rows]  # fmt: skip
    elif options.what == "duplicates":
        rows = duplicates(services, language)
        lines = []
        for row in rows:
            names = " = ".join(f"{p['name']} ({p['id']})" for p in row["plants"])
            lines.append(f"{names}: {' | '.join(row['why'])}")
    elif options.what == "conflicts":
        rows = contradictions(services, language)
        lines = [f"{r['name']} ({r['id']}): {r['conflict']}" for r in rows]
    else:
        if not options.id:
            raise InvalidInput("whose trail?", field="ID", hint="sourcing vetting trail MANUFACTURER_ID")
        asked = ManufacturerProfileRequest(id=options.id, as_of=day, language=language)
        try:
            rows = manufacturer_profile(services, asked).trail
        except NotFound:  # what was recorded outlives the profile
            rows = trail_kept(services, options.id)
            if not rows:
                raise
        lines = [f"{r['at']}  {r['standard']} {r['number'] or ''}: {r['before'] or '-'} -> {r['after'] or '-'}"
                 f"{'  ' + r['evidence'] if r['evidence'] else ''}" for r in rows]  # fmt: skip
    if options.json:
        print(json.dumps({"as_of": day, options.what: rows}, ensure_ascii=False, default=str))
    else:
        print("\n".join(lines) or _NOTHING[language][options.what])
    return 0
