"""Incoterms 2020: which costs a price holds, where goods are delivered, and what the customs value leaves out."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.logistics.tables import load
from assistant.logistics.types import SourceRef

# Parts of a price that a US customs value leaves out when they are shown separately, in order of the journey.
DEDUCTIBLE = ("main_freight", "insurance", "destination_inland", "unloading", "import_clearance")


@dataclass(frozen=True)
class Terms:
    """A rule as applied. `seller`: costs inside the price; `delivered`: door, terminal or destination."""

    given: str
    rule: str
    seller: frozenset[str]
    delivered: str

    @property
    def seller_bears_risk(self) -> bool:
        """True when goods travel at the seller's risk, so that the buyer insures nothing."""
        return self.delivered == "destination"


def terms(incoterm: str, mode: str | None, named: str | None) -> Terms:
    """The rule for a mode and named place. A sea rule with another mode is read as its any-mode sister."""
    data = load("incoterms.yaml")
    rule = incoterm
    if data["rules"][incoterm]["modes"] == "sea" and mode not in (None, "ocean"):
        rule = data["instead"][incoterm]
        # FOB by truck means handed over at the border or terminal: what FOB would have the seller pay stays with him.
        named = named or ("terminal" if rule == "FCA" else None)
    seller = set(data["rules"][rule]["seller"].split())
    move = data["named"].get(rule, {}).get(named or "", "")
    for change in move.split():
        (seller.add if change[0] == "+" else seller.discard)(change[1:])
    return Terms(incoterm, rule, frozenset(seller), data["rules"][rule]["delivered"])


def rule_source() -> SourceRef:
    return SourceRef(**load("incoterms.yaml")["source"])


def valuation_source(cost: str) -> SourceRef:
    """The provision that leaves `cost` out of the customs value (or, for foreign inland freight, in it)."""
    return SourceRef(**load("incoterms.yaml")["valuation"][cost])
