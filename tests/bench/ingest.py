"""How fast papers get in: against the bare encoder, against bare pypdf, and with how much memory."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared/data"
PDFS = ("us/general_notes/general_note_11.pdf", "us/notes/chapter_39.pdf", "us/measures/fr_2025-23316.pdf")
SENTENCE = (
    "The importer of record {n} keeps the entry, the invoice and the proof of payment of shipment {n} for five years."
)


def main() -> None:
    """Passages against the encoder, pages against pypdf, memory at two sizes of corpus."""
    _encoder()
    _pages()
    _memory()


def _papers(folder: Path, files: int, paragraphs: int = 40) -> Path:
    folder.mkdir()
    for number in range(files):
        texts = (" ".join(SENTENCE.format(n=number * 1000 + k * 10 + i) for i in range(5)) for k in range(paragraphs))
        body = "\n\n".join(f"## Rule {k}\n\n{text}" for k, text in enumerate(texts))
        (folder / f"{number}.md").write_text(f"# Paper {number}\n\n{body}\n", encoding="utf-8")
    return folder


def _encoder() -> None:
    from assistant.bootstrap import open_services
    from assistant.config import load_settings
    from retrieval.index import embedding_text

    with tempfile.TemporaryDirectory() as place:
        papers = _papers(Path(place) / "papers", 12)
        services = open_services(load_settings({"SOURCING_HOME": f"{place}/home"}))
        services.encoder.encode(["warm"])
        cpu, wall = time.process_time(), time.perf_counter()
        services.ingest([papers])
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        passages = [p for d in services.catalog.documents() for p in services.catalog.document_passages(d.id)]
        texts = [embedding_text(p) for p in passages]
        bare_cpu, bare_wall = time.process_time(), time.perf_counter()
        for start in range(0, len(texts), 128):
            services.encoder.encode(texts[start : start + 128])
        bare_cpu, bare_wall = time.process_time() - bare_cpu, time.perf_counter() - bare_wall
        share, cpu_share = bare_wall / wall, bare_cpu / cpu
        print(
            f"  {len(texts)} passages end to end: {len(texts) / wall:.0f}/s, bare encoder "
            f"{len(texts) / bare_wall:.0f}/s: {share:.2f} of it by the clock, {cpu_share:.2f} by processor time"
        )


def _pages() -> None:
    from pypdf import PdfReader

    from ingestion.readers.pdf import parse_pdf

    held = [(DATA / name).read_bytes() for name in PDFS if (DATA / name).exists()]
    if not held:
        print("  pages: skipped, put the official files in ../shared/data")
        return
    parse_pdf(held[0], 5000)
    start = time.process_time()
    pages = sum(len([page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]) for data in held)
    bare = time.process_time() - start
    start = time.process_time()
    for data in held:
        parse_pdf(data, 5000)
    ours = time.process_time() - start
    print(f"  {pages} pages: {pages / ours:.0f}/s, bare pypdf {pages / bare:.0f}/s: {bare / ours:.2f} of it")


def _memory() -> None:
    code = (
        "import resource, sys; from pathlib import Path; from ingestion.pipeline import Pipeline; "
        "from retrieval.catalog import Catalog; "
        "Pipeline(Catalog('sqlite:///' + sys.argv[2])).ingest([Path(sys.argv[1])]); "
        "high = [x for x in open('/proc/self/status') if x.startswith('VmHWM')] if sys.platform == 'linux' else []; "
        "print(int(high[0].split()[1]) // 1024 if high else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    peaks = []
    for files in (50, 400):
        with tempfile.TemporaryDirectory() as place:
            papers = _papers(Path(place) / "papers", files, 20)
            command = [sys.executable, "-c", code, str(papers), f"{place}/catalog.sqlite"]
            peaks.append(int(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout))
    print(f"  peak memory of loading: {peaks[0]} MiB for 50 files, {peaks[1]} MiB for 400")


def whole() -> None:
    """The whole folder of official files from nothing, as a user types it: time, memory, counts by kind."""
    if not DATA.is_dir():
        print("  skipped: put the official files in ../shared/data")
        return
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "SOURCING_HOME": home}
        command = [sys.executable, "-m", "assistant.cli", "ingest", str(DATA / "us"), "--json"]
        start = time.perf_counter()
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=ROOT)
        wall = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        files = json.loads(done.stdout)["files"]
        cpu = used.ru_utime + used.ru_stime
        print(
            f"  {len(files)} files in {wall:.0f} s ({cpu:.0f} s of processor time), peak {used.ru_maxrss // 1024} MiB"
        )
        for (status, kind), count in sorted(Counter((f["status"], f["kind"] or "-") for f in files).items()):
            print(f"  {count:6} {status:9} {kind}")
