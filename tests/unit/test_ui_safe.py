"""What comes from documents, suppliers and models cannot become markup, an image or a strange link."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ui import safe, tables
from ui.texts import LANGUAGES, Texts


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("pays $5 and $7", r"pays \$5 and \$7"),
        ("<b>x</b> & y", "&lt;b>x&lt;/b> &amp; y"),
        ("![p](http://e.example/p.png)", r"!\[p\](http://e.example/p.png)"),
        ("[a](javascript:alert(1))", r"\[a\](javascript\:alert(1))"),
        ("[a](data:text/html,x)", r"\[a\](data\:text/html,x)"),
        ("[a](https://ok.example/p)", "[a](https://ok.example/p)"),
        ("[a](https://user:pw@ok.example/)", r"\[a\](https://user\:pw@ok.example/)"),
        ("[1] [2]", r"\[1\] \[2\]"),
        ("[1](sample)", r"\[1\](sample)"),
        ("[`x`$](https://ok.example/)", r"[\`x\`\$](https://ok.example/)"),
        ("`code`", r"\`code\`"),
        (":red[x] :smile: 10:30", r"\:red\[x\] \:smile: 10:30"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("**bold** and - list", "**bold** and - list"),
        ("\x000\x00", "0"),
        (r"\[a] \\[a](javascript:x)", r"\[a\] \\\[a\](javascript\:x)"),
        (r"\\![p](http://e.example) \\:red", r"\\!\[p\](http://e.example) \\\:red"),
        (r"a \| b", r"a \| b"),
    ],
)
def test_markdown_keeps_prose_and_disarms_the_rest(given: str, shown: str) -> None:
    assert safe.markdown(given) == shown


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//e.example", "/local", "https:///x", "http://u@e.example/", None, "",
     "https://e.example/a b", "ftp://e.example", "https://[bad", "java\nscript:alert(1)"],
)  # fmt: skip
def test_only_web_addresses_are_links(url: str | None) -> None:
    assert safe.web_link(url) is None


def test_tables_escape_every_value() -> None:
    bad = '"><script>alert(1)</script>'
    match = {
        "name": bad, "sample": True, "score": 0.5, "fit": {bad: {"score": 1, "weight": 1, "why": bad}}, "gaps": [bad],
        "certifications": [{"standard": bad, "state": bad, "expires": bad}], "capacity": {"unit": bad, "free": 1},
        "location": {"city": bad, "region": bad, "country": bad}, "lead_time_days": bad,
    }  # fmt: skip
    source = {"title": bad, "url": "javascript:alert(1)", "page": bad}
    layer = {"kind": bad, "title": bad, "heading": bad, "rate": bad, "basis_amount": bad, "amount": bad,
             "calculation": bad, "status": bad, "reason": bad, "sources": [source]}  # fmt: skip
    duty = {"hts": bad, "origin": bad, "entry_date": bad, "layers": [layer, {**layer, "status": "not_modelled"}],
            "options": [{"name": bad, "duty": bad, "requires": [bad]}], "needs_facts": [{"question": bad}],
            "assumptions": [bad]}  # fmt: skip
    for language in LANGUAGES:
        drawn = "".join(
            tables.for_call({"name": "find_manufacturers", "response": {"matches": [match], "excluded": [match]}},
                            Texts(language))
            + tables.for_call({"name": "estimate_duty", "response": duty}, Texts(language))
        )  # fmt: skip
        assert "&lt;script&gt;" in drawn
        assert "<script" not in drawn and "javascript:" not in drawn


def test_a_failed_call_has_no_table() -> None:
    for name in ("find_manufacturers", "estimate_duty", "no_such_tool"):
        assert tables.for_call({"name": name, "response": None, "error": {"code": "internal"}}, Texts("en")) == []


def test_both_languages_have_the_same_words() -> None:
    words = yaml.safe_load(Path(tables.__file__).with_name("texts.yaml").read_text(encoding="utf-8"))

    def shape(node: object) -> object:
        if isinstance(node, dict):
            return {key: shape(value) for key, value in node.items()}
        if isinstance(node, list):
            return len(node)
        return sorted(part.split("}")[0] for part in str(node).split("{")[1:])

    assert shape(words["en"]) == shape(words["es"])


def test_a_table_of_the_prose_goes_only_when_it_is_shown_in_full() -> None:
    table, other = "| # | Name |\n|---|---|\n| 1 | Uno [1] |\n| 2 | Dos |", "| HTS | Rate |\n|---|---|\n| 8544 | 5% |"
    prose = f"Lead.\n\n{table}\n\nMiddle.\n\n{other}"
    found = [{"name": "find_manufacturers", "response": {"matches": [{"name": "Uno"}, {"name": "Dos"}]}}]
    assert tables.around_repeats(prose, found) == ("Lead.", f"Middle.\n\n{other}")
    assert tables.around_repeats(prose, [{"name": "find_manufacturers", "response": None}]) == (prose, "")
    assert tables.around_repeats(prose.replace("Dos", "Tres"), found) == (prose.replace("Dos", "Tres"), "")
    duty = {"name": "estimate_duty", "response": {"options": [{"name": "Uno"}, {"name": "Dos"}]}}
    assert tables.around_repeats(prose, [duty]) == ("Lead.", f"Middle.\n\n{other}")
    assert tables.around_repeats(prose, [duty, duty]) == (prose, "")  # a comparison of two estimates stays
