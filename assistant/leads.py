"""Lead-ins ("Gaps to close:", a heading, the head of a table) wait for what they lead in to, and go with it."""

from __future__ import annotations

import re

_LEAD = re.compile(r":[*_\s]*$|^\s*#{1,6}\s")


def is_lead(line: str) -> bool:
    """True for a line that says nothing of its own: it ends with a colon, or is a heading."""
    return bool(_LEAD.search(line))


class Leads:
    """Takes what was checked, in order, and gives back what may be shown now.

    Where everything that a lead-in led in to was dropped, it is not shown either. Text is never kept back longer than
    to the first thing shown after a lead-in."""

    def __init__(self) -> None:
        self._held = ""
        self._after = ""  # what is shown in place of the lead-in when it goes
        self._lost = False
        self._parted = False

    def hold(self, text: str, after: str = "") -> str:
        """A lead-in. One right after another is kept with it."""
        if self._held and not self._lost:
            self._held += text
            return ""
        out = self._after if self._held else ""
        self._held, self._after, self._lost, self._parted = text, after, False, False
        return out

    def show(self, text: str, *, item: bool) -> str:
        """Something that may be shown, of a list, quotation or table (`item`) or not; empty for what was dropped.

        After a dropped paragraph, the next paragraph is not what was led in to; the next item of a list is."""
        if not text:
            self._lost = self._lost or bool(self._held)
            return ""
        gone = self._lost and self._parted and not item
        out = (self._after if gone else self._held) + text
        self._held, self._after, self._lost, self._parted = "", "", False, False
        return out

    def blank(self, text: str) -> str:
        """An empty line."""
        self._parted = self._parted or self._lost
        if not self._held:
            return text
        self._held += text
        return ""

    def close(self) -> str:
        """What is still kept back at the end."""
        out = self._after if self._lost else self._held
        self._held = ""
        return out
