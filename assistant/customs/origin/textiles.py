"""Textiles and apparel: yarn-forward facts, chapter rules of 61 to 63, rayon, tolerance by weight.

`yarn_spun_in`, `fabric_knit_in` and `fabric_woven_in` let a fabric whose own origin is not known be looked through:
spun and formed in the region, only its fiber can be foreign; spun outside, its yarn is the foreign input.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from assistant.customs.origin.facts import Facts
from assistant.customs.origin.goods import says
from assistant.customs.origin.outcome import NO, YES, Outcome, every, unknown
from assistant.customs.origin.rules import covers
from assistant.customs.origin.shift import Item

TOLERANCE, ELASTOMERIC = Decimal(10), Decimal(7)  # General Note 11(e)(iv)
_KNIT = ("60",)
_WOVEN = ("5007", "5111-5113", "5208-5212", "5309-5311", "5407-5408", "5512-5516", "5801-5803", "5809")
_YARN = ("5004-5006", "5106-5110", "5204-5207", "5306-5308", "5401-5406", "5508-5511")
_RAYON_SURE = ("540310", "540331", "540332", "540341", "550410")
_RAYON_NOT = ("540333", "540342", "550210")
_RAYON = ("5403", "5405", "5502", "5504", "5507")
_LISTED_SHELL = {
    "62": ("580123", "580122", "511111", "511119", "511230", "551311", "551321"),
    "6205": ("520821-520859", "551311", "551321", "521021", "521031", "540781-540783"),
    "620711": ("520841", "520842", "520851", "520852", "521011", "521041", "521051"),
}


def textile_good(code: str) -> bool:
    return 50 <= int(code[:2]) <= 63 or code.startswith("9619")


def apparel(code: str) -> bool:
    return code[:2] in ("61", "62", "63")


def _any(ranges: Sequence[str], item: Item) -> bool | None:
    answers = []
    for code in item.codes:
        for text in ranges:
            lo, _, hi = text.partition("-")
            answers.append(covers(lo, hi or lo, code))
    return True if True in answers else (None if None in answers else False)


def is_textile(item: Item) -> bool:
    return any(50 <= int(c[:2]) <= 60 for c in item.codes)


def is_fabric(item: Item) -> bool:
    return bool(_any((*_KNIT, *_WOVEN), item))


def made_abroad(codes: Sequence[str], facts: Facts) -> bool:
    """The facts say that this fabric or yarn, or the yarn in the fabric, was made outside the region."""
    item = Item(0, "", tuple(codes))
    if not codes or not (is_fabric(item) or _any(_YARN, item)):
        return False
    formed = _formed_here(item, facts).value is False if is_fabric(item) else False
    return formed or facts.in_region("yarn_spun_in").value is False


def look_through(item: Item, facts: Facts) -> tuple[tuple[str, ...] | None, Outcome]:
    """Numbers of what is truly foreign in a fabric or yarn, when the facts tell: fiber, yarn, or (None) the material
    itself. The outcome says whether the facts were there."""
    knit, woven, yarn = _any(_KNIT, item), _any(_WOVEN, item), _any(_YARN, item)
    if knit or woven:
        formed, spun = _formed_here(item, facts), facts.in_region("yarn_spun_in")
        if formed.value is False:
            return None, YES
        if formed.value is True and spun.value is False:
            return _yarns(item), YES
        both = every((formed, spun))
        return (_fibers(item), YES) if both.value else (None, both)
    if yarn:
        spun = facts.in_region("yarn_spun_in")
        return (_fibers(item), YES) if spun.value else (None, YES if spun.value is False else spun)
    return None, NO


def _fibers(item: Item) -> tuple[str, ...]:
    chapter = item.codes[0][:2]
    known = {"50": ("5002",), "51": ("5101",), "52": ("5201",), "53": ("5301",), "54": ("3907",), "55": ("5503",)}
    return known.get(chapter, ("5201", "5503"))


def _yarns(item: Item) -> tuple[str, ...]:
    chapter = item.codes[0][:2]
    known = {"50": ("5004",), "51": ("5107",), "52": ("5205",), "53": ("5306",), "54": ("5402",), "55": ("5509",)}
    return known.get(chapter, ("5205", "5509"))


def rayon(item: Item, good: str) -> Outcome:
    """Rayon filament and fiber other than lyocell or acetate never spoil origin ((n)(vii), heading 9619)."""
    if not textile_good(good) or _any(_RAYON, item) is not True:
        return NO
    if _any(_RAYON_SURE, item):
        return YES
    if _any(_RAYON_NOT, item):
        return NO
    return YES if says(item.name, "rayon") or says(item.name, "viscose") else NO


def component(items: Sequence[Item], facts: Facts) -> tuple[frozenset[int] | None, bool]:
    """Indexes of the materials of the component that determines classification (None: not told apart), and whether
    the question matters because several textile materials are listed."""
    named = facts.raw("component_determining_classification")
    textile = [i for i in items if is_textile(i)]
    if named is not None:
        names = named if isinstance(named, (list, tuple)) else [named]
        chosen = frozenset(
            i.index
            for i in items
            for n in names
            if (isinstance(n, int) and not isinstance(n, bool) and n == i.index)
            or (isinstance(n, str) and n and i.name and (says(i.name, n) or says(n, i.name)))
        )
        return (chosen or None), False
    told = "component_nonqualifying_yarn_weight_pct" in facts  # that share already speaks of the one component
    return None, len(textile) > 1 and not told


def chapter_rules(
    good: str, day: date, foreign: Sequence[Item], all_items: Sequence[Item], facts: Facts
) -> list[tuple[str, Outcome]]:
    """Chapter rules of 61, 62 and 63 on narrow elastics, sewing thread, pocket bags and coated fabrics, by day."""
    chapter = good[:2]
    found: list[tuple[str, Outcome]] = []
    if chapter in ("61", "62"):
        if day >= date(2022, 1, 1):
            outcome = _formed(("580620", "6002"), foreign, facts, "narrow_elastic_formed_and_finished_in")
            found.append(("elastic", outcome))
        if day >= date(2021, 7, 1):
            sewing = [i for i in foreign if _any(("5402",), i) is not True or says(i.name, "thread")]
            thread = _formed(("5204", "5401", "5508", "5402"), sewing, facts, "sewing_thread_formed_and_finished_in")
            found.append(("thread", thread))
        denim = chapter == "62" and any(_any(("520942", "521142", "521224", "551430"), i) for i in all_items)
        if day >= (date(2023, 1, 1) if denim else date(2022, 1, 1)) and not _pocketless(good, facts):
            found.append(("pockets", _pockets(facts)))
    excused = good[:4] == "6305" or good[:6] in ("630612", "630622")
    if chapter == "63" and day >= date(2022, 1, 1) and not excused:
        coated = _formed(("5903",), foreign, facts, "coated_fabric_formed_and_finished_in")
        if good.startswith("630790") and coated.value is not True:
            special = facts.yes("surgical_drape_or_national_flag")
            coated = coated if special.value else (YES if special.value is False else every((coated, special)))
        found.append(("coated", coated))
    return found


def _formed(ranges: Sequence[str], foreign: Sequence[Item], facts: Facts, key: str) -> Outcome:
    present = [i for i in foreign if _any(ranges, i)]
    if not present:
        return YES
    return facts.in_region(key) if key in facts else NO


def _pocketless(good: str, facts: Facts) -> bool:
    """Hosiery, gloves, shawls, ties and other accessories: no pocket unless the facts say so."""
    return "contains_pockets" not in facts and good[:4] in ("6115", "6116", "6117", *map(str, range(6212, 6218)))


def _pockets(facts: Facts) -> Outcome:
    has, bag = facts.yes("contains_pockets"), facts.in_region("pocket_bag_fabric_formed_and_finished_in")
    if has.value is False or bag.value is True:
        return YES
    return has if has.value is None else bag


def listed_shell(good: str, foreign: Sequence[Item], facts: Facts) -> Outcome | None:
    """Shell fabrics that chapter 62 lists by name: cut and sewn here is then enough. None when none is in sight."""
    ranges = [r for prefix, rows in _LISTED_SHELL.items() if good.startswith(prefix) for r in rows]
    if not ranges or not any(_any(ranges, i) for i in foreign):
        return None
    return every((facts.in_region("cut_and_sewn_in"), facts.yes("shell_fabric_listed_in_chapter_62")))


def weight_tolerance(
    good: str, failing: Sequence[Item], every_item: Sequence[Item], facts: Facts, shares: dict[int, Decimal] | None
) -> Outcome:
    """At most 10 percent of the weight (of the component, in chapters 61 to 63), elastomeric yarn at most 7."""
    if apparel(good) and any(is_fabric(i) and _formed_here(i, facts).value is False for i in failing):
        return NO  # the tolerance is for fibers and yarns of the component, not for a foreign-formed fabric
    key = "component_nonqualifying_yarn_weight_pct"
    share = facts.number(key)
    if share is None and shares is not None and not apparel(good):
        share = sum((shares[i.index] for i in failing if i.index in shares), Decimal(0))
    textile = [i for i in every_item if is_textile(i)]
    if share is None and textile and {i.index for i in textile} <= {i.index for i in failing}:
        share = Decimal(100)  # nothing textile in the good but what fails
    if share is None:
        return unknown(key)
    if share > TOLERANCE:
        return NO
    elastic = facts.number("component_elastomeric_yarn_weight_pct")
    if elastic is None:
        return YES if share <= ELASTOMERIC else unknown("component_elastomeric_yarn_weight_pct")
    return YES if elastic <= ELASTOMERIC else NO


def _formed_here(item: Item, facts: Facts) -> Outcome:
    formed = facts.in_region("fabric_knit_in" if _any(_KNIT, item) else "fabric_woven_in")
    if facts.in_region("fabric_finished_in").value is False:
        return NO  # finished abroad, it comes back as a foreign fabric
    return formed
