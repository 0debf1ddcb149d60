"""Mexico's nomenclature in Spanish: SAT's catalogue of fracciones with their NICO, and its small catalogues beside it.

Read from SQL dumps of SAT's catalogues (`INSERT INTO … VALUES(…);`: fracciones arancelarias, Incoterms, aduanas) and
from tables with the same columns (fraccion, texto, vigencia_desde, vigencia_hasta, unidad). The SQL is read as text,
never run. No rates stand in it. A passage holds the fracciones of one HS heading; each is found by its number.
Source: SAT, catálogos del Complemento de Comercio Exterior, http://omawww.sat.gob.mx/tramitesyservicios/Paginas/
complemento_comercio_exterior.htm
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from assistant.errors import InvalidInput
from ingestion.readers.files import UnknownKind, clean
from ingestion.readers.table import Table
from ingestion.report import Given, Outcome, Parsed, RowProblem
from retrieval.records import NewDocument, NewPassage

KIND: Final = "tigie"
URL: Final = "http://omawww.sat.gob.mx/tramitesyservicios/Paginas/complemento_comercio_exterior.htm"
COLUMNS: Final = frozenset(("fraccion", "texto"))
_INSERT: Final = re.compile(r"INSERT INTO\s+[\"`\[]?(\w+)[\"`\]]?\s*(?:\([^)]*\)\s*)?VALUES\s*\(", re.I)
_CREATE: Final = re.compile(r"CREATE TABLE\b", re.I)
_TARGET: Final = 1_000
_UNITS: Final = {
    "01": "kg", "02": "g", "03": "m", "04": "m²", "05": "m³", "06": "pieza", "07": "cabeza", "08": "litro", "09": "par",
    "10": "kW", "11": "millar", "12": "juego", "13": "kWh", "14": "tonelada", "15": "barril", "16": "gramo neto",
    "17": "decena", "18": "ciento", "19": "docena", "20": "caja", "21": "botella", "99": "servicio",
}  # fmt: skip
_SMALL: Final = {
    "incoterms": ("Incoterms del catálogo del SAT (Complemento de Comercio Exterior)", "Incoterm"),
    "aduanas": ("Aduanas y secciones aduaneras del catálogo del SAT (CFDI 4.0)", "Aduana"),
}


@dataclass(frozen=True)
class _Row:
    line: int
    values: tuple[str, ...]


def looks_like_sat_sql(text: str) -> bool:
    """Whether an SQL text inserts rows of one of SAT's catalogues."""
    found = _INSERT.search(text[:20_000])
    return bool(found and re.search(r"fracciones_arancelarias|incoterms|aduanas", found[1], re.I))


def read_sql(given: Given) -> Outcome:
    """A catalogue from an SQL dump. Raises InvalidInput when it holds none of the known ones."""
    text = clean(given.content.text)
    found = _INSERT.search(text)
    if found is None:
        what = "a table without rows" if _CREATE.search(text) else "no INSERT statement"
        raise InvalidInput(
            f"the SQL holds {what}", hint="give the dump with the data of SAT's catalogue, not its schema alone"
        )
    table = found[1].lower()
    rows, problems = _sql_rows(text)
    if "fracciones" in table:
        return _fracciones(given, [(row.line, *_padded(row.values)) for row in rows], problems)
    small = next((about for name, about in _SMALL.items() if name in table), None)
    if small is None:
        raise UnknownKind(
            f"the SQL fills the table {table!r}, which is none of SAT's catalogues read here",
            hint="fracciones arancelarias, Incoterms and aduanas are read",
        )
    return _catalogue(given, rows, problems, table, *small)


def read_table_of_fracciones(given: Given, table: Table) -> Outcome:
    """The nomenclature from CSV, TSV or XLSX with the columns fraccion and texto (nico may stand by itself)."""
    rows, problems = [], []
    for row in table.rows:
        if row.problem:
            problems.append(RowProblem(row.line, row.problem))
            continue
        v = row.values
        code = re.sub(r"\D", "", v.get("fraccion", "")) + re.sub(r"\D", "", v.get("nico", ""))
        rows.append((row.line, code, v.get("texto", v.get("descripcion", "")), v.get("vigencia_desde", ""),
                     v.get("vigencia_hasta", ""), v.get("unidad", "")))  # fmt: skip
    return _fracciones(given, rows, problems)


def _padded(values: tuple[str, ...]) -> tuple[str, str, str, str, str]:
    code, text, since, until, unit = (*values, "", "", "", "", "")[:5]
    return code, text, since, until, unit


def _fracciones(given: Given, rows: list[tuple[int, str, str, str, str, str]], problems: list[RowProblem]) -> Outcome:
    good: dict[str, list[tuple[str, str, str, str]]] = {}
    starts: list[date] = []
    for line, code, text, since, until, unit in rows:
        if not re.fullmatch(r"\d{8}(?:\d{2})?", code):
            problems.append(RowProblem(line, f"{code!r} is not a fracción of 8 digits or one of 10 with its NICO"))
            continue
        if not text.strip():
            problems.append(RowProblem(line, f"the fracción {code} has no text"))
            continue
        try:
            starts += [date.fromisoformat(since)] if since else []
            ended = date.fromisoformat(until) if until else None
        except ValueError:
            problems.append(RowProblem(line, f"a date of {code} is not written as YYYY-MM-DD: {since!r}, {until!r}"))
            continue
        closed = f", vigente hasta {ended.isoformat()}" if ended else ""
        good.setdefault(code[:4], []).append((code, " ".join(text.split()), _UNITS.get(unit, ""), closed))
    problems.sort(key=lambda problem: problem.line or 0)
    start = given.effective_from or (min(starts) if starts else None)
    count = sum(len(v) for v in good.values())
    passages = [p for heading, lines in sorted(good.items()) for p in _heading(heading, lines)]
    document = _document(
        given, "fracciones", "Fracciones arancelarias y NICO de México (LIGIE), catálogo del SAT", start
    )
    counts = {"fracciones": count, "headings": len(good)}
    return Outcome(KIND, [Parsed(document, passages)] if passages else [], problems, counts=counts)


def _heading(heading: str, lines: list[tuple[str, str, str, str]]) -> Iterator[NewPassage]:
    """Passages of one HS heading: a line a fracción, as SAT prints number and text."""
    held: list[str] = []
    codes: list[str] = []

    def passage() -> NewPassage:
        meta = {"hts": [heading, *codes], "countries": ["MX"], "addresses": [f"fracción {c}" for c in codes]}
        return NewPassage("\n".join(held), None, f"partida {heading[:2]}.{heading[2:]}", "es", True, meta)

    for code, text, unit, closed in lines:
        nico = f", NICO {code[8:]}" if len(code) == 10 else ""
        measured = f" ({unit})" if unit else ""
        line = f"Fracción {code[:4]}.{code[4:6]}.{code[6:8]}{nico}: {text}{measured}{closed}"
        if held and sum(len(x) + 1 for x in held) + len(line) > _TARGET:
            yield passage()
            held, codes = [], []
        held.append(line)
        codes.append(code)
    if held:
        yield passage()


def _catalogue(
    given: Given, rows: list[_Row], problems: list[RowProblem], table: str, title: str, what: str
) -> Outcome:
    lines = [f"{what} {row.values[0]}: {row.values[1]}" for row in rows if len(row.values) > 1]
    starts = [v for row in rows for v in row.values[2:3] if re.fullmatch(r"\d{4}-\d{2}-\d{2}", v)]
    passages, held = [], ""
    for line in [*lines, ""]:
        if held and (not line or len(held) + len(line) > _TARGET):
            passages.append(NewPassage(held, None, title, "es", True, {"countries": ["MX"]}))
            held = ""
        held = f"{held}\n{line}" if held else line
    start = given.effective_from or (date.fromisoformat(min(starts)) if starts else None)
    document = _document(given, table, title, start)
    return Outcome(KIND, [Parsed(document, passages)] if passages else [], problems, counts={"entries": len(lines)})


def _document(given: Given, key: str, title: str, start: date | None) -> NewDocument:
    return NewDocument(
        kind=KIND,
        key=f"mx-{key}",
        title=title,
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type="application/sql" if given.content.format == "sql" else "text/csv",
        language="es",
        legal_status="nomenclature",
        url=URL,
        effective_from=start,
        meta={"jurisdiction": ["MX"], "destination": "MX"},
    )


def _sql_rows(text: str) -> tuple[list[_Row], list[RowProblem]]:
    """Rows of the INSERT statements; the values of one stand in single quotes, a quote in them doubled."""
    rows, problems = [], []
    counted, line = 0, 1
    for found in _INSERT.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        at = found.end() - 1
        while at < len(text) and text[at] == "(":
            values, end = _tuple(text, at)
            if values is None:
                problems.append(RowProblem(line, "the values of this INSERT are cut off or not quoted"))
                break
            rows.append(_Row(line, values))
            more = re.compile(r"\s*,\s*(?=\()").match(text, end)
            if more is None:
                break
            at = more.end()
    return rows, problems


_VALUE: Final = re.compile(r"\s*(?:'((?:[^']|'')*)'|(NULL|-?[\d.]+))\s*([,)])", re.I)


def _tuple(text: str, at: int) -> tuple[tuple[str, ...] | None, int]:
    values: list[str] = []
    at += 1
    while found := _VALUE.match(text, at):
        value = found[1].replace("''", "'") if found[1] is not None else found[2]
        values.append("" if value.upper() == "NULL" else value)
        at = found.end()
        if found[3] == ")":
            return tuple(values), at
    return None, at
