"""The recipe of the Spanish encoder where it needs no training packages: questions, filters, the learnt word list."""

from __future__ import annotations

import random

import pytest

from retrieval.lexicon import translations
from retrieval.query import understand
from retrieval.training import pairs as made
from retrieval.training.lexicon import learn, stems
from retrieval.training.sources import clean, sentences, together


def test_statements_become_questions() -> None:
    asked = list(made.questions(["The bridge was built in 1801 by two brothers."] * 40, random.Random(1)))
    assert asked
    assert all(q.endswith("?") and " was " in f" {q.lower()}" for q in asked)
    assert any("was the bridge built" in q for q in asked)


@pytest.mark.parametrize(
    ("es", "en", "kept"),
    [
        ("El puente mide 30 metros.", "The bridge is 30 metres long.", True),
        ("El puente mide 30 metros.", "The bridge is 40 metres long.", False),  # other numbers: another sentence
        ("Click here to open the file.", "Click here to open the file.", False),  # never translated
        ("", "nothing", False),
        ("Sí.", "This sentence says a great deal more than its translation does, so it is another.", False),
    ],
)
def test_pairs_that_are_no_translations_are_left_out(es: str, en: str, kept: bool) -> None:
    assert made._fits(es, en) is kept


def test_what_is_evaluated_is_left_out() -> None:
    seen = made._runs(made.words("the quick brown fox jumps over the lazy dog tonight"))
    assert made._overlaps(("x", "They saw that the quick brown fox jumps over the lazy one."), seen)
    assert not made._overlaps(("x", "The quick brown fox sleeps."), seen)


def test_words_are_learnt_from_sentences() -> None:
    seen = [
        ("el perro come", "the dog eats"),
        ("el gato come", "the cat eats"),
        ("el perro duerme", "the dog sleeps"),
        ("el gato duerme", "the cat sleeps"),
    ] * 3
    learnt = learn([(stems(es, "es"), stems(en, "en")) for es, en in seen])
    best = {es: max((p[0], en) for (other, en), p in learnt.items() if other == es)[1] for es, _ in learnt}
    assert best == {"perr": "dog", "gat": "cat", "com": "eat", "duerm": "sleep"}


def test_text_is_cleaned_and_parted() -> None:
    assert clean("<b>Sin  derechos</b>&nbsp;%d") == "Sin derechos"
    assert sentences("It ends. It begins again.") == ["It ends.", "It begins again."]
    assert list(together("Uno. Dos.", "One. Two.")) == [("Uno.", "One."), ("Dos.", "Two.")]
    assert list(together("Uno. Dos.", "One and two.")) == [("Uno. Dos.", "One and two.")]


def test_spanish_questions_are_looked_up_in_english_too() -> None:
    forms = {phrase for term in understand("¿qué ejército ganó la batalla?").terms for phrase in term.phrases}
    assert {("armi",), ("battl",)} <= forms
    english = {phrase for term in understand("which army won the battle?").terms for phrase in term.phrases}
    assert ("ejercit",) not in english
    assert translations("nosuchstem", "es") == ()
