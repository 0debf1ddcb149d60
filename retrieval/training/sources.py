"""Text to learn from, read out of unpacked Debian packages, one wheel and the official files (see README.md).

`pairs` yields human translations as (Spanish, English), `english` and `spanish` yield text that is still to be
translated. All functions take the folder that the packages were unpacked in.
"""

from __future__ import annotations

import bz2
import csv
import gettext
import gzip
import html
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

Pair = tuple[str, str]
_TAG = re.compile(r"<[^>]*>")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+(?=[A-ZÁÉÍÓÚÑ¿¡\"«(])")


def pairs(root: Path, official: Path) -> Iterator[tuple[str, Pair]]:
    """Human translations as (source, (Spanish, English)); a pair may hold several sentences."""
    for name, found in (
        ("catalogs", catalogs(root)),
        ("skies", skies(root)),
        ("handbook", handbook(root)),
        ("scripture", scripture(root)),
        ("dictionary", dictionary(root)),
        ("nomenclature", nomenclature(official)),
    ):
        for pair in found:
            yield name, pair


def english(root: Path, official: Path) -> Iterator[tuple[str, str]]:
    """English sentences as (source, sentence)."""
    for name, found in (
        ("wikipedia", wikipedia(root)),
        ("wordnet", wordnet(root)),
        ("news", news(root)),
        ("law", law(official)),
        ("gcide", gcide(root)),
        ("foldoc", foldoc(root)),
    ):
        for text in found:
            yield name, text


def spanish(root: Path, official: Path) -> Iterator[tuple[str, str]]:
    """Spanish sentences as (source, sentence)."""
    for path in sorted((root / "usr/share/games/fortunes/es").glob("*.fortunes")):
        for saying in path.read_text(encoding="utf-8", errors="replace").split("\n%\n"):
            for sentence in sentences(saying.split("\n\t")[0]):
                yield "sayings", sentence
    listed = (official / "mx/cce_20_fracciones_arancelarias.sql").read_text(encoding="utf-8")
    for row in re.findall(r"VALUES\((.*)\);", listed):
        values = [v.replace("''", "'") for v in re.findall(r"'((?:[^']|'')*)'", row)]
        worded = [v for v in values if re.search("[a-z]", v)]
        if worded:
            yield "fracciones", max(worded, key=len)


def catalogs(root: Path) -> Iterator[Pair]:
    """Gettext catalogs: games with histories of nations, geography, astronomy, place and language names."""
    for path in sorted(root.rglob("es/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            entries = vars(gettext.GNUTranslations(file))["_catalog"]
        for key, said in entries.items():
            text = key[0] if isinstance(key, tuple) else key
            text = text.split("\x04")[-1].split("^")[-1]
            yield from together(clean(str(said)), clean(text))


def skies(root: Path) -> Iterator[Pair]:
    """Descriptions of sky cultures, paragraph by paragraph."""
    for path in sorted(root.rglob("description.es.utf8")):
        other = path.with_name("description.en.utf8")
        if other.exists():
            yield from _paragraphs(path, other)


def handbook(root: Path) -> Iterator[Pair]:
    """The Debian administrator's handbook and the help of LibreOffice and GIMP, paragraph by paragraph."""
    for here, there in (("es-ES", "en-US"), ("/es/", "/en-US/"), ("/es/", "/en/")):
        for path in sorted(root.rglob("*.html")):
            other = Path(str(path).replace(here, there))
            if here in str(path) and other != path and other.exists():
                yield from _paragraphs(path, other)


def _paragraphs(spanish_file: Path, english_file: Path) -> Iterator[Pair]:
    """Paragraphs of two pages that have the same number of them."""
    split = re.compile(r"<p\b[^>]*>|<li\b[^>]*>|<h\d\b[^>]*>|<td\b[^>]*>", re.IGNORECASE)
    one, two = (
        [clean(p) for p in split.split(f.read_text(encoding="utf-8", errors="replace"))[1:]]
        for f in (spanish_file, english_file)
    )
    if len(one) == len(two):
        for es, en in zip(one, two, strict=True):
            yield from together(es, en)


def scripture(root: Path) -> Iterator[Pair]:
    """The Reina-Valera of 1909 beside the World English Bible, verse by verse, by the program diatheke."""
    texts = []
    for module in ("spaRV1909eb", "engWEB2015eb"):
        told = subprocess.run(
            ["diatheke", "-b", module, "-f", "plain", "-k", "Gen-Rev"],
            env={**os.environ, "SWORD_PATH": str(root / "usr/share/sword")},
            capture_output=True,
            check=True,
        ).stdout.decode("utf-8", "replace")
        verses = re.findall(r"^([^\n:]+ \d+:\d+): (.*?)(?=^[^\n:]+ \d+:\d+: |\Z)", told, re.MULTILINE | re.DOTALL)
        texts.append({verse: clean(_TAG.sub("", text)) for verse, text in verses})
    for verse, es in texts[0].items():
        if en := texts[1].get(verse):
            yield es, en


def dictionary(root: Path) -> Iterator[Pair]:
    """Head words of FreeDict's dictionaries with their first translations."""
    for name, turned in (("freedict-spa-eng", False), ("freedict-eng-spa", True)):
        text = gzip.decompress((root / f"usr/share/dictd/{name}.dict.dz").read_bytes()).decode("utf-8")
        for entry in re.finditer(r"^(\w[\w ]*?) /.*?/.*\n((?!\w).*\n|\S.*\n)", text, re.MULTILINE):
            word, meaning = entry[1], re.split(r"[,;(]", re.sub(r"^\s*\d+\.\s*", "", entry[2]))[0].strip()
            if meaning:
                yield (meaning, word) if turned else (word, meaning)


def nomenclature(official: Path) -> Iterator[Pair]:
    """Headings of the Harmonized System in both languages."""
    with (official / "hs/hs6_en_es_joined.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for es, en in ((row["es_tigie2014"], row["en_hts2026_path"]), (row["es_tigie2014"], row["en_datasets_hs"])):
                if es and en:
                    yield es.replace(" | ", " "), en.replace(" > ", " ")


def wikipedia(root: Path) -> Iterator[str]:
    """Sentences of the two hundred articles that gensim's tests carry."""
    path = next(root.rglob("enwiki-latest-pages-articles1*.bz2"))
    text = html.unescape(bz2.decompress(path.read_bytes()).decode("utf-8"))
    for body in re.findall(r"<text[^>]*>(.*?)</text>", text, re.DOTALL):
        body = re.sub(r"<ref[^>]*/>|<ref.*?</ref>|<!--.*?-->", " ", html.unescape(body), flags=re.DOTALL)
        for _ in range(4):
            body = re.sub(r"\{\{[^{}]*\}\}|\{\|.*?\|\}", " ", body, flags=re.DOTALL)
        body = re.sub(r"\[\[(?:File|Image|Category)[^\[\]]*(?:\[\[[^\]]*\]\][^\[\]]*)*\]\]", " ", body)
        body = re.sub(r"\[\[(?:[^|\]]*\|)?([^\]]*)\]\]", r"\1", body)
        body = re.sub(r"\[\S+ ([^\]]*)\]|'{2,}|^[*#:;|!=].*$", r"\1", body, flags=re.MULTILINE)
        for line in body.split("\n"):
            yield from sentences(clean(line))


def wordnet(root: Path) -> Iterator[str]:
    """Glosses with their words, and the example sentences."""
    for part in ("noun", "verb", "adj", "adv"):
        for line in (root / f"usr/share/wordnet/data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith(" ") or "| " not in line:
                continue
            data, gloss = line.split("| ", 1)
            fields = data.split()
            words = [w.replace("_", " ") for w in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]
            meaning, *examples = re.split(r';\s*"', gloss.strip())
            yield f"{words[0]}: {meaning}" if part == "noun" else meaning
            yield from (e.strip('" ;') for e in examples)


def news(root: Path) -> Iterator[str]:
    for line in next(root.rglob("lee_background.cor")).read_text(encoding="utf-8").splitlines():
        yield from sentences(line)


def law(official: Path) -> Iterator[str]:
    """Statutes, rulings, notes."""
    files = [*(official / "us/usc_title_19").glob("*.md"), *(official / "us/rulings").glob("*.txt"),
             *(official / "us/notes").glob("*.md")]  # fmt: skip
    for path in sorted(files):
        for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8", errors="replace")):
            yield from sentences(clean(re.sub(r"[*#|_]+", " ", block)))


def gcide(root: Path) -> Iterator[str]:
    """Definitions and quotations of the Collaborative International Dictionary of English."""
    text = gzip.decompress((root / "usr/share/dictd/gcide.dict.dz").read_bytes()).decode("utf-8", "replace")
    text = re.sub(r"\[[^\]]*\]|--\s*[A-Z][\w. ]*\.?$|[{}]|\\[^\\\n]*\\", " ", text, flags=re.MULTILINE)
    for block in re.split(r"\n\s*\n", text):
        block = re.sub(r"^\s*(?:[A-Z]\w*\s*,.*|\d+\.|\([a-z]\))", " ", clean(block))
        yield from (s for s in sentences(block) if s.count(",") < 6 and "." in s)


def foldoc(root: Path) -> Iterator[str]:
    text = gzip.decompress((root / "usr/share/dictd/foldoc.dict.dz").read_bytes()).decode("utf-8", "replace")
    for block in re.split(r"\n\s*\n", re.sub(r"<[^>]*>|[{}]|\([^)]*\)", " ", text)):
        yield from sentences(clean(block))


def together(es: str, en: str) -> Iterator[Pair]:
    """A pair sentence by sentence where both have as many, else whole."""
    ours, theirs = sentences(es), sentences(en)
    if len(ours) == len(theirs):
        yield from zip(ours, theirs, strict=True)
    else:
        yield es, en


def sentences(text: str) -> list[str]:
    return [s.strip() for s in _SENTENCE.split(text.replace("\n", " ")) if s.strip()]


def clean(text: str) -> str:
    """Markup, menu marks and placeholders out, blanks one by one."""
    text = _TAG.sub(" ", html.unescape(text))
    text = re.sub(r"[​]|\\n|[_&](?=\w)", "", text)
    return re.sub(r"\s+", " ", re.sub(r"%\d*\$?[-\w]*|\$\w+|\{\w+\}", " ", text)).strip()
