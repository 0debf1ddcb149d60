"""Claims to have done something, in both languages, against sentences that only speak of it."""

from __future__ import annotations

import pytest

from assistant.deeds import claimed_deed

CLAIMED = [
    "I have filed the entry with CBP.",
    "I've just emailed the supplier for you.",
    "We submitted your request.",
    "I already booked the truck.",
    "Your order has been placed.",
    "The customs entry was successfully filed.",
    "He enviado la solicitud de cotización al proveedor.",
    "Ya le he presentado el pedimento.",
    "Su pedido ha sido enviado.",
    "La solicitud fue enviada.",
    "Tu pago quedó registrado.",
]
SPOKEN_OF = [
    "An entry must be filed within 15 days.",
    "Once the entry has been filed, the broker keeps the records.",
    "If your order has been placed already, ask the plant.",
    "I can't file entries; a licensed customs broker does.",
    "The importer has filed a claim when the box is ticked.",
    "I found three plants.",
    "I called that a claim because no document shows it.",
    "El pedimento se presenta ante la aduana.",
    "Una vez que el pedimento fue presentado, se conserva cinco años.",
    "No envío solicitudes ni reservo transporte.",
    "He encontrado tres plantas.",
    "PO-1042 shipped on time; the goods were sent by truck.",
]


@pytest.mark.parametrize("sentence", CLAIMED)
def test_a_deed_is_found(sentence: str) -> None:
    assert claimed_deed(sentence)


@pytest.mark.parametrize("sentence", SPOKEN_OF)
def test_speaking_of_it_is_none(sentence: str) -> None:
    assert claimed_deed(sentence) is None
