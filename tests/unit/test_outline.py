"""Numbered legal text: which subdivision each line belongs to."""

from __future__ import annotations

import pytest

from ingestion.sources.outline import Line, Node, outline, paragraphs_of, pieces


def marks(root: Node) -> list[str]:
    return ["".join(node.path) for node in root.walk() if node.path]


def tree(text: str, **options: tuple[str, ...]) -> Node:
    return outline([Line(line) for line in text.strip("\n").split("\n")], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected", "because"),
    [
        ("1. One.\n2. Two.\n(a) A.\n(b) B.\n3. Three.", ["1", "2", "2(a)", "2(b)", "3"], "two levels"),
        ("4. (a) (i) Both.\n(ii) Next.\n(b) Then.", ["4", "4(a)", "4(a)(i)", "4(a)(ii)", "4(b)"], "marks on one line"),
        ("(g) G.\n(h) H.\n(i) I.\n(j) J.", ["(g)", "(h)", "(i)", "(j)"], "(i) is a letter when (j) follows"),
        ("(g) G.\n(h) H:\n(i) One;\n(ii) two.", ["(g)", "(h)", "(h)(i)", "(h)(ii)"], "(i) is one when (ii) follows"),
        (
            "(u) U:\n(i) a;\n(ii) b;\n(iii) c;\n(iv) d;\n(v) e.\n(v) V.\n(w) W.",
            ["(u)", "(u)(i)", "(u)(ii)", "(u)(iii)", "(u)(iv)", "(u)(v)", "(v)", "(w)"],
            "the fifth, and then the letter",
        ),
        ("(z) Z.\n(aa) AA.\n(bb) BB.", ["(z)", "(aa)", "(bb)"], "after z come pairs"),
        ("6. (A) All:\n(a) one;\n(b) two.\n(B) Mixed.", ["6", "6(A)", "6(A)(a)", "6(A)(b)", "6(B)"], "capitals above"),
        ("(h) H;\n(ij) I and J;\n(k) K.", ["(h)", "(ij)", "(k)"], "the Harmonized System's (ij)"),
        ("9. Nine.\n10 Ten has no dot.\n11. Eleven.", ["9", "10", "11"], "a number without its dot, where it is due"),
        ("(a) As in subdivision\n(b) of this note.\n(b) B.", ["(a)", "(b)"], "a reference begins a line"),
        ("(a) The rate is that of\n(c) the first list.\n(b) B.", ["(a)", "(b)"], "a wrapped line begins like a mark"),
        ("1. A list:\n7601  7604\n7605\n2. Next.", ["1", "2"], "rows of numbers are no marks"),
        ("(a) A.\n[(b) Deleted.]\n(c) C.", ["(a)", "(b)", "(c)"], "a deleted subdivision in brackets"),
        (
            "11. N.\n(o) Rules.\nChapter 1\n1. One.\n2. Two.\nChapter 2\n1. One.",
            ["11", "11(o)", "11(o)/chapter 1/", "11(o)/chapter 1/1", "11(o)/chapter 1/2", "11(o)/chapter 2/",
             "11(o)/chapter 2/1"],
            "numbers begin anew in each chapter of a note",
        ),
    ],
)  # fmt: skip
def test_subdivisions(text: str, expected: list[str], because: str) -> None:
    assert marks(tree(text)) == expected, because


def test_the_code_has_a_fixed_order_of_levels() -> None:
    levels = ("alpha", "(number)", "ALPHA", "roman", "ROMAN")
    found = tree("(b) B.\n(1) One.\n(A) A:\n(i) one;\n(ii) two.\n(2) Two.\n(c) C.", ranks=levels)
    assert marks(found) == ["(b)", "(b)(1)", "(b)(1)(A)", "(b)(1)(A)(i)", "(b)(1)(A)(ii)", "(b)(2)", "(c)"]


def test_wrapped_lines_join_and_rows_of_numbers_do_not() -> None:
    lines = [Line(text) for text in ("The rate of", "duty is non-", "zero:", "7601  7604", "7605  7606", "and so on.")]
    assert paragraphs_of(lines) == "The rate of duty is non-zero:\n7601 7604\n7605 7606\nand so on."


def test_short_subdivisions_share_a_piece_and_every_address_is_kept() -> None:
    root = tree(f"1. Covered are:\n(a) one;\n(b) two;\n(c) {'long ' * 60}.\n2. Two.")
    found = list(pieces(root, 200, 60, "".join))
    assert [p.address for p in found] == ["1", "1(a)–(b)", "1(c)", "2"]
    assert [a for p in found for a in p.addresses] == ["1", "1(a)", "1(b)", "1(c)", "2"]
    assert found[1].above == "1. Covered are:"
    assert [p.address for p in pieces(root, 200, 60, "".join, own_until=2)] == ["1", "1(a)", "1(b)", "1(c)", "2"]
