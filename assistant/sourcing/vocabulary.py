"""The shared words of buyers and plants: processes, materials, industries, certifications, programs, innovation, units.

Data: data/*.yaml (English and Spanish). Ids are stable; a certification's id is its designation without edition
("ISO 13485"), and a term found with an edition carries it ("2016").
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from assistant.sourcing.phrases import Hit, PhraseIndex, Token, tokens, words
from assistant.sourcing.terms import (
    KINDS,
    Entry,
    Found,
    Kind,
    Term,
    common_words,
    load_yaml,
    read_entry,
    verb_forms,
    word_lists,
)

__all__ = ["KINDS", "Entry", "Found", "Kind", "Term", "Vocabulary", "common_words", "load_yaml", "word_lists"]

_ALIASES: dict[str, Kind] = {plural: kind for kind, plural in KINDS.items()} | {
    "innovations": "innovation",
    "certificate": "certification",
    "standard": "certification",
}
_EDITION_WORDS = frozenset({"rev", "revision", "edition", "edicion", "ed", "version", "ver", "v", "issue", "level"})
_NAMED_INSIDE: tuple[Kind, ...] = ("material", "industry")
_MOST_REMEMBERED = 20_000


class Vocabulary:
    """All entries and the phrases that name them. `Vocabulary.load()` is cached."""

    def __init__(
        self,
        entries: Iterable[Entry],
        phrases: Iterable[tuple[Kind, str, str, bool]],
        verbs: Iterable[tuple[str, str, bool, bool]] = (),
        products: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.entries: dict[tuple[Kind, str], Entry] = {(entry.kind, entry.id): entry for entry in entries}
        self._index = PhraseIndex()
        self._by_kind: dict[Kind, PhraseIndex] = {kind: PhraseIndex() for kind in KINDS}
        objects = set(word_lists()["product"])
        for kind, identity, phrase, capitals in phrases:
            key, mark = words(phrase.lstrip("=~")), phrase[:1]
            self._by_kind[kind].add_key(key, identity, mark, capitals=capitals, comma="," in phrase)
            if kind != "unit":
                self._index.add_key(key, f"{kind}\t{identity}", mark, capitals=capitals, comma="," in phrase)
            if kind in ("material", "unit"):
                objects.add(key[0] if key else "")
        for identity, form, finite, noun in verbs:
            self._by_kind["process"].add_verb(words(form), identity, finite=finite, noun=noun)
            self._index.add_verb(words(form), f"process\t{identity}", finite=finite, noun=noun)
        self._products = PhraseIndex()
        for identity, phrase in products:
            self._products.add(phrase, identity)
        real = {word for group in word_lists().values() for word in group}
        ordinary = common_words() | word_lists()["not_typos"]
        for index in (self._index, *self._by_kind.values()):
            index.ignore(real)
            index.ordinary, index.before_verbs, index.objects = ordinary, word_lists()["does"], objects
        self._exactly: dict[tuple[Kind, str], Entry | None] = {}
        self._looked_up: dict[tuple[Kind, str], Term | None] = {}
        self._children: dict[tuple[Kind, str], set[str]] = {}
        self._above: dict[tuple[Kind, str], frozenset[str]] = {}
        for (kind, identity), _ in self.entries.items():
            self._above[(kind, identity)] = frozenset(self._ancestors(kind, identity))
            for ancestor in self._above[(kind, identity)]:
                self._children.setdefault((kind, ancestor), set()).add(identity)

    @staticmethod
    @lru_cache(maxsize=1)
    def load() -> Vocabulary:
        """The vocabulary shipped with the package."""
        entries: list[Entry] = []
        phrases: list[tuple[Kind, str, str, bool]] = []
        verbs: list[tuple[str, str, bool, bool]] = []
        products: list[tuple[str, str]] = []
        for kind, plural in KINDS.items():
            for identity, row in load_yaml(f"{plural}.yaml").items():
                entries.append(read_entry(kind, identity, row))
                verbs += [(identity, *form) for form in verb_forms(row)]
                for language in ("en", "es"):
                    made = filter(None, map(str.strip, row.get(f"makes_{language}", "").split(";")))
                    products += [(f"{identity}\t{language}", product) for product in made]
                capitals = {word.strip() for word in row.get("capitals", "").split(";")}
                phrases.append((kind, identity, f"={identity}", identity.upper() in capitals))
                for part in ("en", "es", "also", "supersedes"):
                    for phrase in row.get(part, "").split(";"):
                        word = phrase.strip()
                        phrases.append((kind, identity, word, word.lstrip("=~").upper() in capitals))
        return Vocabulary(entries, phrases, verbs, products)

    def entry(self, kind: str, identity: str) -> Entry | None:
        """The entry with this id."""
        return self.entries.get((self.kind(kind), identity))

    def ids(self, kind: str) -> list[str]:
        """All ids of a kind."""
        wanted = self.kind(kind)
        return [identity for k, identity in self.entries if k == wanted]

    @staticmethod
    def kind(kind: str) -> Kind:
        """A kind by its singular or plural name."""
        if kind in KINDS:
            return kind
        if kind not in _ALIASES:
            raise KeyError(f"no such kind of word: {kind}; known: {', '.join(KINDS)}")
        return _ALIASES[kind]

    def label(self, kind: str, identity: str, language: str = "en") -> str:
        """Readable name of an id (a certification's edition is kept); the id itself when nobody knows it."""
        entry = self.entry(kind, identity)
        if entry is None:
            return identity
        return entry.labels.get(language) or entry.labels["en"]

    def lookup(self, kind: str, text: str) -> Term | None:
        """The term that `text` as a whole names, or None (then it is kept as text and reported unmapped)."""
        wanted, text = self.kind(kind), text.strip()
        if not text or len(text) > 200:
            return None
        if (wanted, text) not in self._looked_up:
            if len(self._looked_up) > _MOST_REMEMBERED:
                self._looked_up.clear()
            self._looked_up[(wanted, text)] = self._lookup(wanted, text)
        return self._looked_up[(wanted, text)]

    def _lookup(self, wanted: Kind, text: str) -> Term | None:
        index = self._by_kind[wanted]
        if wanted == "certification":
            return self._certificate(text)
        hit = index.lookup(text, typos=False) or index.lookup(text)
        if hit is not None:
            return Term(wanted, hit.targets[0], text, hit.how)
        found = [f for f in self.find_all(text, kinds=(wanted,)) if f.how != "typo"]
        found = self.narrowest(found)
        if len({f.id for f in found}) == 1 and not self._leftover(text, [f.span for f in found]):
            return Term(wanted, found[0].id, found[0].matched, found[0].how)
        return None

    def exact(self, kind: str, text: str) -> Entry | None:
        """The entry that `text` names to the letter (case and accents aside); quicker and stricter than `lookup`."""
        key = (self.kind(kind), text)
        if key not in self._exactly:
            if len(self._exactly) > _MOST_REMEMBERED:
                self._exactly.clear()
            hit = self._by_kind[key[0]].lookup(text, typos=False)
            found = hit is not None and hit.how == "exact"
            self._exactly[key] = self.entries[(key[0], hit.targets[0])] if hit is not None and found else None
        return self._exactly[key]

    def find_all(
        self,
        text: str,
        *,
        kinds: Iterable[str] | None = None,
        taken: Iterable[tuple[int, int]] = (),
        typos: bool = True,
    ) -> list[Found]:
        """Every term named in free text, one kind a phrase (only a process may also be a material)."""
        wanted = None if kinds is None else {self.kind(kind) for kind in kinds}
        index = self._by_kind[next(iter(wanted))] if wanted is not None and len(wanted) == 1 else self._index
        single: Kind | None = next(iter(wanted)) if wanted is not None and len(wanted) == 1 else None
        found: list[Found] = []
        written = tokens(text)
        for hit in index.scan(text, taken, typos=typos):
            if single is not None:
                pairs: list[tuple[Kind, str]] = [(single, target) for target in hit.targets[:1]]
            else:
                pairs = _best([_pair(target) for target in hit.targets])
            for kind, identity in pairs:
                if wanted is not None and kind not in wanted:
                    continue
                span, edition = hit.span, None
                if kind == "certification":
                    span, edition = self._edition(identity, text, written, hit.span)
                found.append(Found(kind, identity, text[span[0] : span[1]], hit.how, edition, span, hit.product))
            if single is None and pairs and pairs[0][0] == "process" and hit.tokens[1] - hit.tokens[0] > 1:
                inside = self._inside(text, hit, {kind for kind, _ in pairs})
                found += [part for part in inside if wanted is None or part.kind in wanted]
        return found

    def products(self, text: str) -> list[tuple[Found, frozenset[str]]]:
        """The work behind each product named, for a need that names no work itself, and the languages of its name."""
        made: list[tuple[Found, frozenset[str]]] = []
        for hit in self._products.scan(text, typos=False):
            pairs = [target.split("\t") for target in hit.targets]
            name = Found("process", pairs[0][0], text[slice(*hit.span)], hit.how, None, hit.span, True)
            made.append((name, frozenset(language for identity, language in pairs if identity == pairs[0][0])))
        return made

    def _inside(self, text: str, hit: Hit, kinds: set[Kind]) -> list[Found]:
        """Materials and industries named inside the phrase of a process: cardboard boxes, medical device assembly.
        A product's phrase names no industry: empaques de hule are gaskets and no packaging."""
        start, end = hit.span
        found: list[Found] = []
        for kind in _NAMED_INSIDE:
            if kind not in kinds and not (kind == "industry" and hit.product):
                for part in self._by_kind[kind].scan(text[start:end], typos=False):
                    if part.how != "exact":
                        continue
                    span = (start + part.span[0], start + part.span[1])
                    matched = text[span[0] : span[1]]
                    found.append(Found(kind, part.targets[0], matched, part.how, None, span, hit.product, True))
        return found

    def knows(self, word: str) -> bool:
        """True for a folded word that some phrase or list has."""
        return self._index.knows(word)

    def narrowest(self, found: Iterable[Found]) -> list[Found]:
        """`found` without terms that another found term already implies (plastic beside ABS), each id once."""
        items = list({(item.kind, item.name): item for item in reversed(list(found))}.values())[::-1]
        return [
            item
            for item in items
            if not any(o.kind == item.kind and o.id != item.id and self.is_a(o.kind, o.id, item.id) for o in items)
        ]

    def is_a(self, kind: str, identity: str, wanted: str) -> bool:
        """True when `identity` is `wanted` or a particular case of it."""
        return identity == wanted or identity in self._children.get((self.kind(kind), wanted), ())

    def above(self, kind: str, identity: str) -> frozenset[str]:
        """Every id that `identity` is a particular case of, itself left out."""
        return self._above.get((self.kind(kind), identity), frozenset())

    def _ancestors(self, kind: Kind, identity: str) -> set[str]:
        above: set[str] = set()
        pending = [identity]
        while pending:
            entry = self.entries.get((kind, pending.pop()))
            for parent in entry.broader if entry else ():
                if parent not in above:
                    above.add(parent)
                    pending.append(parent)
        return above

    def _certificate(self, text: str) -> Term | None:
        for found in self.find_all(text, kinds=("certification",)):
            start, end = found.span
            if text[:start].strip(" -:(").lower() in ("", "certificado", "certificate", "certification", "norma", "en"):
                rest = text[end:].strip(" .:-)(").lower()
                if not rest or not self._leftover(rest, []) or rest.startswith(("(", ":", "/a", "+a")):
                    return Term("certification", found.id, text[start:end], found.how, found.edition)
        return None

    def _edition(
        self, identity: str, text: str, written: list[Token], span: tuple[int, int]
    ) -> tuple[tuple[int, int], str | None]:
        editions = self.entries[("certification", identity)].editions
        following = [word for word in written if word.start >= span[1]][:2]
        for word in following:
            candidate = text[word.start : word.end]
            if candidate in editions or (candidate.upper() in editions and word.start == span[1]):
                return (span[0], word.end), candidate.upper()
            if word.text not in _EDITION_WORDS:
                break
        inside = [w for w in written if span[0] <= w.start < span[1]]
        last = text[inside[-1].start : inside[-1].end] if inside else ""
        return span, last.upper() if len(inside) > 1 and last.upper() in editions and last.isalnum() else None

    def _leftover(self, text: str, spans: list[tuple[int, int]]) -> list[str]:
        generic = common_words()
        outside = [t for t in tokens(text) if not any(a <= t.start < b for a, b in spans)]
        return [token.text for token in outside if token.text not in generic and not token.text.isdigit()]


def _pair(target: str) -> tuple[Kind, str]:
    kind, _, identity = target.partition("\t")
    return kind, identity  # type: ignore[return-value]


def _best(pairs: list[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
    order = list(KINDS)
    ranked = sorted(pairs, key=lambda pair: order.index(pair[0]))
    first: dict[Kind, tuple[Kind, str]] = {}
    for pair in ranked:
        first.setdefault(pair[0], pair)
    chosen = list(first.values())
    return chosen[:2] if {kind for kind, _ in chosen[:2]} == {"process", "material"} else chosen[:1]
