"""Writes the sample PDFs: line cards and certificates of the fictional manufacturers.

Run ``python ingestion/sample/make_pdfs.py`` after editing a profile or ``make_pdfs.yaml``. Output depends on those
files alone (a fixed creation date, no compression), so running it again changes nothing.
Needs fpdf2, which comes with the test extras. Raises ``SystemExit`` with a reason when a profile names evidence
under another manufacturer's id, or when a line card names a profile that does not exist.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from fpdf import FPDF

HERE = Path(__file__).resolve().parent
STAMP = datetime(2026, 1, 1, tzinfo=UTC)
NOTICE = "Sample - fictional company / Muestra - empresa ficticia"
LABELS = {
    "en": ["Certificate of Registration (SAMPLE - fictional)", "Standard", "Certificate number", "Holder", "Site",
           "Scope", "Issuer", "Accreditation", "Issued", "Expires"],
    "es": ["Certificado de registro (MUESTRA - ficticio)", "Norma", "Número de certificado", "Titular", "Domicilio",
           "Alcance", "Organismo certificador", "Acreditación", "Fecha de emisión", "Vigencia hasta"],
}  # fmt: skip


def load_profiles(folder: Path = HERE / "manufacturers") -> dict[str, dict[str, Any]]:
    """Every sample profile by id, from all formats in ``folder``; a CSV cell that opens with a brace is JSON."""
    rows: list[dict[str, Any]] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".pdf"):
        text = path.read_text(encoding="utf-8")
        match path.suffix:
            case ".yaml":
                rows += yaml.safe_load(text)
            case ".json":
                rows += json.loads(text)
            case ".jsonl":
                rows += [json.loads(line) for line in text.splitlines() if line.strip()]
            case ".csv":
                rows += [{k: _cell(k, v) for k, v in row.items()} for row in csv.DictReader(text.splitlines())]
            case ".md":
                rows.append(yaml.safe_load(text.split("---\n")[1]))
    profiles = {row["id"]: row for row in rows}
    if len(profiles) != len(rows):
        raise SystemExit("two sample profiles share an id: make every id unique")
    return profiles


_LISTS = {"processes", "materials", "industries", "programs", "innovation", "languages", "ownership", "exports_to"}


def _cell(key: str, value: str) -> Any:
    if value[:1] in ("{", "["):
        return json.loads(value)
    if key in _LISTS:
        return [part for part in value.split(";") if part]
    return {"true": True, "false": False}.get(value, value)


def site(profile: dict[str, Any]) -> str:
    """A made-up street address in the profile's real city; the lot number follows from the id alone."""
    lot = sum(profile["id"].encode()) % 90 + 1
    street = "Lote {}, Parque Industrial de Muestra" if profile["country"] == "MX" else "Lot {}, Sample Industrial Park"
    return ", ".join([street.format(lot), profile["city"], profile["region"], profile["country"]])


def certificate_fields(profile: dict[str, Any], certificate: dict[str, Any], texts: dict[str, Any]) -> dict[str, str]:
    """The printed fields of one certificate, profile first, then what ``make_pdfs.yaml`` changes on purpose."""
    issuer = texts["issuers"].get(certificate["issuer"], texts["default_issuer"])
    fields = {key: certificate[key] for key in ("standard", "number", "scope", "issuer", "issued", "expires")}
    fields |= {"holder": profile["name"], "site": site(profile), **issuer}
    return {**fields, **texts["certificates"].get(Path(certificate["evidence"]).name, {})}


def certificate_pdf(profile_id: str, fields: dict[str, str]) -> bytes:
    """One A4 page of labelled lines, in the issuer's language."""
    pdf = _document(f"{fields['holder']}: {fields['standard']}")
    pdf.add_page()
    title, *labels = LABELS[fields["language"]]
    _line(pdf, title, size=16, style="B")
    pdf.ln(4)
    keys = ["standard", "number", "holder", "site", "scope", "issuer", "accreditation", "issued", "expires"]
    for key, label in zip(keys, labels, strict=True):
        _line(pdf, f"{label}: {fields[key]}")
        if key == "holder":
            _line(pdf, f"Made.in profile: {profile_id}")
    pdf.ln(6)
    _line(pdf, NOTICE, size=9, style="I")
    return bytes(pdf.output())


def linecard_pdf(profile: dict[str, Any], card: dict[str, dict[str, str]]) -> bytes:
    """Two A4 pages, English then Spanish, each with the profile id and the notice that it is fictional."""
    pdf = _document(f"{profile['name']}: line card")
    for language, heading in (("en", "Line card"), ("es", "Hoja de capacidades")):
        pdf.add_page()
        _line(pdf, f"{profile['name']} - {heading}", size=16, style="B")
        _line(pdf, f"Made.in profile: {profile['id']}")
        _line(pdf, f"{profile['city']}, {profile['region']}, {profile['country']}")
        _line(pdf, NOTICE, size=9, style="I")
        for title, text in card[language].items():
            pdf.ln(3)
            _line(pdf, title, size=12, style="B")
            _line(pdf, text)
    return bytes(pdf.output())


def build() -> dict[Path, bytes]:
    """Every PDF of the sample by its path."""
    texts = yaml.safe_load((HERE / "make_pdfs.yaml").read_text(encoding="utf-8"))
    profiles = load_profiles()
    files: dict[Path, bytes] = {}
    for profile in profiles.values():
        for certificate in profile["certifications"]:
            evidence = str(certificate.get("evidence", ""))
            if not evidence.endswith(".pdf"):
                continue
            if not evidence.startswith(f"certificates/{profile['id']}--"):
                raise SystemExit(f"{profile['id']}: evidence {evidence} should be certificates/{profile['id']}--*.pdf")
            fields = certificate_fields(profile, certificate, texts)
            files[HERE / evidence] = certificate_pdf(profile["id"], fields)
    for profile_id, card in texts["linecards"].items():
        if profile_id not in profiles:
            raise SystemExit(f"line card {profile_id} has no profile: correct its id in make_pdfs.yaml")
        files[HERE / "manufacturers" / "linecards" / f"{profile_id}.pdf"] = linecard_pdf(profiles[profile_id], card)
    return files


def _document(title: str) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_compression(False)  # zlib builds differ; plain streams are the same bytes everywhere
    pdf.set_creation_date(STAMP)
    pdf.set_producer("Made.in sample")
    pdf.set_title(f"{title} (sample, fictional)")
    pdf.set_margins(20, 20)
    return pdf


def _line(pdf: FPDF, text: str, size: int = 11, style: Literal["", "B", "I"] = "") -> None:
    pdf.set_font("Helvetica", style=style, size=size)
    pdf.multi_cell(0, size * 0.55, text, align="L", new_x="LMARGIN", new_y="NEXT")


def main() -> None:
    """Writes what changed and says so; a PDF that no profile names any more is reported, not deleted."""
    files = build()
    changed = [p for p, content in files.items() if not p.exists() or p.read_bytes() != content]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[path])
    stray = sorted(set(HERE.rglob("*.pdf")) - set(files))
    sys.stdout.write(f"{len(files)} PDFs, {len(changed)} written\n" + "".join(f"not named: {p}\n" for p in stray))


if __name__ == "__main__":
    main()
