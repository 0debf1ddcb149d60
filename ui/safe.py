"""Text from documents, suppliers and models made harmless before it is shown."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlsplit

_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(\s*([^()\s]*)([^()]*)\)")
# What is escaped already; links, images, code, formulas; :red[…], :material/…:, :smile:
_LIVE = re.compile(r"\\.|[\[\]`$]|:(?=[A-Za-z]|[\w+-]+[:\[/])", re.DOTALL)
_HOST = re.compile(r"[\w.:\-\[\]]+")


def web_link(url: str | None) -> str | None:
    """`url` when it is an http(s) address of a host, else None."""
    if not url or any(ord(c) < 33 for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc)  # no user:password@ in front
    return url if plain else None


def markdown(text: str) -> str:
    """Markdown without HTML, images, formulas, Streamlit's directives, and links other than http(s).

    Paragraphs, lists, tables and emphasis stay. What is taken out is shown as it was written."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        image, label, url = match.group(1), match.group(2), web_link(match.group(3))
        if image or url is None or match.group(4).strip():
            return match.group(0)
        kept.append(f"[{_inert(label)}]({url.replace('$', '%24')})")
        return f"\x00{len(kept) - 1}\x00"

    held = _LINK.sub(keep, text.replace("\x00", ""))
    return re.sub(r"\x00(\d+)\x00", lambda m: kept[int(m.group(1))], _inert(held))


def _inert(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return _LIVE.sub(lambda m: m.group() if m.group().startswith("\\") else "\\" + m.group(), text)


def html(text: object) -> str:
    """Text for the inside of an HTML element or a quoted attribute; empty for None."""
    return "" if text is None else escape(str(text), quote=True)


def title(text: str, most: int = 90) -> str:
    """One line of plain text for a button or heading, shortened, inert as Markdown."""
    line = " ".join(text.split())
    return (
        markdown(line if len(line) <= most else line[: most - 1].rstrip() + "…").replace("*", r"\*").replace("_", r"\_")
    )
