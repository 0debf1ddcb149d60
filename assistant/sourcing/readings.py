"""What words mean beside each other: the material decides the kind of molding, some work implies its material."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from assistant.sourcing.phrases import Token, fold, tokens, words
from assistant.sourcing.places import Places
from assistant.sourcing.preferences import signals
from assistant.sourcing.vocabulary import Found, Vocabulary, common_words, word_lists

_EITHER = frozenset({"or", "o", "u"})
_PARTING_WORDS = "and y e with con but pero not no sin without plus mas also tambien then luego"
_COMPANY_WORDS = "sa de cv s a c v rl srl sapi inc llc ltd limited corp corporation co company ltda"
_PARTING, COMPANY_WORDS = frozenset(words(_PARTING_WORDS)), frozenset(words(_COMPANY_WORDS))
_FARTHEST = 6  # words between the work and its material


def in_context(found: Sequence[Found], text: str, vocabulary: Vocabulary) -> list[Found]:
    """`found` with each kind of work named by the material that the same phrase names: molded silicone parts."""
    written = tokens(text)
    materials = [term for term in found if term.kind == "material"]
    read: list[Found] = []
    for term in found:
        entry = vocabulary.entry("process", term.id) if term.kind == "process" else None
        special = entry.of if entry is not None else ()
        names = {
            narrower
            for material in materials
            if special and _together(term, material, found, text, written)
            for narrower in _narrower(special, material, vocabulary)
        }
        if _unlike(term, materials, vocabulary):
            continue
        if not names or "" in names:
            read.append(term)
        read += [replace(term, id=name) for name in sorted(names - {""})]
    read = _accredited(read, text, vocabulary)
    if not any(term.kind == "process" for term in read):
        read += _made(text, found, vocabulary) or _of_material(read, vocabulary)
    return sorted(read, key=lambda term: term.span)


def _accredited(found: Sequence[Found], text: str, vocabulary: Vocabulary) -> list[Found]:
    """`found` with the work that an accreditation names ("Nadcap brazing" asks for brazing as well), and a general
    accreditation narrowed by the work beside it ("brazing, Nadcap accredited" asks for that of brazing)."""
    read: list[Found] = []
    for term in found:
        entry = vocabulary.entry("certification", term.id) if term.kind == "certification" else None
        if entry is None or (not entry.narrowed_by and not entry.names_work):
            read.append(term)
            continue
        if entry.names_work:
            start = term.span[0]
            for work in vocabulary.find_all(term.matched, kinds=("process",), typos=False):
                span = (start + work.span[0], start + work.span[1])
                read.append(replace(work, span=span, product=False))
        works = [work.id for work in found if work.kind == "process" and _beside(work, term, text)]
        fitting = [
            (process in works, narrower)
            for process, narrower in entry.narrowed_by
            if any(vocabulary.is_a("process", work, process) for work in works)
        ]
        narrow = {narrower for exact, narrower in fitting if exact == max(exact for exact, _ in fitting)}
        read.append(replace(term, id=narrow.pop()) if len(narrow) == 1 else term)
    return read


def _beside(one: Found, other: Found, text: str) -> bool:
    """True when at most a few words without meaning stand between the two."""
    first, second = sorted((one, other), key=lambda term: term.span)
    between = text[first.span[1] : second.span[0]]
    written = tokens(between)
    return len(written) <= 3 and "." not in between and all(token.text in common_words() for token in written)


def _of_material(found: Sequence[Found], vocabulary: Vocabulary) -> list[Found]:
    """Where no work is named: the work that a material is made for (liquid silicone is molded)."""
    made = [(term, vocabulary.entry("material", term.id)) for term in found if term.kind == "material"]
    return [replace(t, kind="process", id=e.work, product=True) for t, e in made if e is not None and e.work]


def _made(text: str, found: Sequence[Found], vocabulary: Vocabulary) -> list[Found]:
    """Where no work is named: the work behind the product that is to be made, whether somebody is said to make it ("who
    makes cotton shirts") or it is what the phrase is about ("cotton shirts, 2,000 a month", not "shirt labels")."""
    making, applied = word_lists()["making"], signals()["application"]
    materials = [term for term in found if term.kind == "material"]
    others = [term.span for term in found if term.kind != "material"]
    named = [term.span for term in found if term.kind in ("material", "certification", "program")]
    made: list[Found] = []
    for start, end in ((part.start(), part.end()) for part in re.finditer(r"[^.;:!?\n]+", text)):
        written = tokens(text[start:end])
        told = any(token.text in making for token in written)
        for term, languages in vocabulary.products(text[start:end]):
            span = (start + term.span[0], start + term.span[1])
            if applied.search(fold(text[start : span[0]]).rstrip()[-30:]):
                continue
            ends = {a - start for a, _ in named}
            if not told and not _head(written, term.span, text[start:end], "es" in languages, ends):
                continue
            if any(a <= span[0] and span[1] <= b and b - a > span[1] - span[0] for a, b in others):
                continue  # the furniture of "furniture industry"
            entry = vocabulary.entry("process", term.id)
            special = entry.of if entry is not None else ()
            names = {n for m in materials if special for n in _narrower(special, m, vocabulary)} - {""}
            if names or not _unlike(term, materials, vocabulary):
                made += [replace(term, id=name, span=span) for name in sorted(names or {term.id})]
    return made


def _head(written: Sequence[Token], span: tuple[int, int], text: str, spanish: bool, ends: Container[int]) -> bool:
    """True when a product is what its phrase is about: it is not what another thing is of ("bags of snacks") nor, in
    English, goes a noun on behind it ("snack bags"); in Spanish what goes on tells more of it ("tornillos largos").
    `ends`: where terms begin that may follow in any language ("shirts GOTS")."""
    lists = word_lists()
    before = [token for token in written if token.end <= span[0]]
    following = [token for token in written if token.start >= span[1]]
    after = following[0] if following else None
    if after is not None and not re.search(r"[,;()]", text[span[1] : after.start]):
        graded = len(following) > 1 and following[1].text[0].isdigit()  # bolts grade 8
        if after.text in lists["not_head"] and not graded:
            return False
        open_end = spanish or after.text[0].isdigit() or after.capitals or after.start in ends
        if not open_end and after.text not in common_words():
            return False
    if not before or before[-1].text not in lists["of"] or "," in text[before[-1].end : span[0]]:
        return True
    thing = before[-2].text if len(before) > 1 else ""
    return not thing or thing in common_words() or thing.isdigit()


def _unlike(term: Found, materials: Sequence[Found], vocabulary: Vocabulary) -> bool:
    """True for work told by its product alone that never takes the material named: steel furniture, no woodworking."""
    entry = vocabulary.entry("process", term.id) if term.kind == "process" else None
    if entry is None or not entry.uses or not materials or not (term.product or vocabulary.products(term.matched)):
        return False
    return not any(vocabulary.is_a("material", material.id, use) for material in materials for use in entry.uses)


def _narrower(special: Iterable[tuple[str, str]], material: Found, vocabulary: Vocabulary) -> set[str]:
    """The work's name in this material; empty text when the general name stays."""
    return {process for of, process in special if vocabulary.is_a("material", material.id, of)} or {""}


def _together(work: Found, material: Found, found: Sequence[Found], text: str, written: Sequence[Token]) -> bool:
    """True when nothing but parts, prepositions and adjectives stands between the two."""
    if work.span[0] <= material.span[0] < work.span[1]:
        return True
    first, second = sorted((work, material), key=lambda term: term.span)
    start, end = first.span[1], second.span[0]
    if re.search(r"[,;.!?:\n]", text[start:end]):
        return False
    covered = [term.span for term in found if term.kind in ("industry", "innovation", "material")]
    between = [t for t in written if start <= t.start < end]
    open_words = common_words() | word_lists()["product"]
    if any(t.text in _EITHER for t in between):
        return False
    if any(t.text in _PARTING for t in between) and not any(
        term.kind == "material" and start <= term.span[0] < end for term in found
    ):
        return False
    return len(between) <= _FARTHEST and all(
        t.text in open_words or any(a <= t.start < b for a, b in covered) for t in between
    )


def implied(names: Sequence[str], processes: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Those of the material `names` that one of `processes` takes anyway, so that they ask for nothing more."""
    taken: set[str] = set()
    for process in processes:
        for identity in vocabulary.ids("process"):
            entry = vocabulary.entry("process", identity)
            if entry is not None and vocabulary.is_a("process", process, identity):
                taken.update(entry.uses)
    return [name for name in names if any(vocabulary.is_a("material", use, name) for use in taken)]


@lru_cache(maxsize=50_000)
def _words_of(name: str) -> tuple[str, ...]:
    key = words(name)
    while key and key[-1] in COMPANY_WORDS:
        key = key[:-1]
    return key


def named_suppliers(
    text: str, suppliers: Sequence[tuple[str, str]], vocabulary: Vocabulary, places: Places
) -> list[tuple[str, tuple[int, int]]]:
    """Ids of the `suppliers` (id, name) that `text` names, with the characters where. A name made of nothing but words
    of the trade and of places (Precision Machining) counts only when it is written as the id."""
    written, folded = tokens(text), fold(text)
    forms = [token.text for token in written]
    seen = set(forms)
    found: list[tuple[str, tuple[int, int]]] = []
    for identity, name in suppliers:
        for key, as_id in ((_words_of(identity), True), (_words_of(name), False)):
            if not key or key[0] not in seen or (as_id and ("-" not in identity or identity.lower() not in folded)):
                continue
            if not as_id and all(vocabulary.knows(word) or places.knows(word) for word in key):
                continue
            for i in range(len(forms) - len(key) + 1):
                if tuple(forms[i : i + len(key)]) == key:
                    found.append((identity, (written[i].start, written[i + len(key) - 1].end)))
    return list(dict.fromkeys(found))
