"""XML to a tree of elements, with nothing fetched, expanded or nested without end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from assistant.errors import InvalidInput
from ingestion.readers.files import clean

MAX_DEPTH: Final = 200
MAX_XML: Final = 64_000_000
_BLOCKS: Final = frozenset(("p", "para", "paragraph", "title", "subject", "hd", "head", "heading", "li", "item", "row"))


@dataclass(frozen=True)
class Block:
    """A paragraph of XML text: `level` 0 for running text, 1 to 6 for a heading."""

    text: str
    level: int = 0


def read_xml(data: bytes) -> Element:
    """The root element. Raises InvalidInput for text that is not well-formed, is nested too deeply, or declares
    entities or an external definition."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    if len(data) > MAX_XML:
        raise InvalidInput(f"the XML has more than {MAX_XML / 1e6:,.0f} MB", hint="split it")
    _check_depth(data)
    parser = DefusedXMLParser(forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise InvalidInput(
            "the XML declares entities or refers to another file, which is not followed", hint="save it without them"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidInput(f"the XML is wrong: {error}", hint="download or export it again") from error
    return root


def _check_depth(data: bytes) -> None:
    """Refuse deep nesting before a tree is built of it: expat itself has no limit, recursion over the tree has."""
    from xml.parsers import expat

    depth = 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise InvalidInput("the XML is nested too deeply", hint="flatten it")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.EntityDeclHandler = _no_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InvalidInput(f"the XML is wrong: {error}", hint="download or export it again") from error
    except (ValueError, LookupError) as error:
        raise InvalidInput(f"the XML names an encoding that can't be read: {error}", hint="save it as UTF-8") from error


def _no_entity(*_declaration: object) -> None:
    raise InvalidInput(
        "the XML declares entities or refers to another file, which is not followed", hint="save it without them"
    )


def local(element: Element) -> str:
    """The element's name without its namespace, lower case."""
    return str(element.tag).rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def inline(element: Element) -> str:
    """All text of an element on one line, cleaned."""
    return " ".join(clean("".join(element.itertext())).split())


def plain_blocks(root: Element) -> Iterator[Block]:
    """Text of any XML in its order: a block for each paragraph-like element, and for text that stands outside one."""
    for element in [root, *root]:
        if element is not root:
            yield from _blocks(element)
        elif (element.text or "").strip():
            yield Block(" ".join(clean(element.text or "").split()))


def _blocks(element: Element) -> Iterator[Block]:
    name = local(element)
    if name in _BLOCKS or len(element) == 0:
        if text := inline(element):
            heading = name in ("title", "subject", "hd", "head", "heading")
            yield Block(text, 2 if heading else 0)
    else:
        if text := " ".join(clean(element.text or "").split()):
            yield Block(text)
        for child in element:
            yield from _blocks(child)
            if text := " ".join(clean(child.tail or "").split()):
                yield Block(text)
