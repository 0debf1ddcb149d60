"""Which of English and Spanish a text is in, by its commonest words."""

from __future__ import annotations

import re
from typing import Final, Literal

_EN: Final = re.compile(
    r"the|of|and|to|in|is|that|for|it|as|with|be|by|on|not|are|this|which|or|an|from|at"
    r"|will|shall|must|may|any|such|has|have|when|where|under|other|than|your|you|we|our|its|all|who|what"
)
_ES: Final = re.compile(
    r"el|la|los|las|de|del|y|en|que|es|se|un|una|por|con|para|no|al|lo|su|sus|más"
    r"|como|cuando|debe|deben|o|son|está|este|esta|ser|si|entre|sobre|sin|hasta|donde|también|puede|cada|así|qué|quién"
    r"|cuyo|ante"
)


def detect_language(text: str) -> Literal["en", "es"] | None:
    """Language of a text, None when the text is too short or mixed to tell, or is in neither."""
    words = re.findall(r"[^\W\d_]+", text.lower())[:4000]
    english, spanish = (sum(1 for w in words if r.fullmatch(w)) for r in (_EN, _ES))
    spanish += sum(1 for c in text[:4000] if c in "ñ¿¡")
    if max(english, spanish) < max(2, len(words) * 0.05):
        return None
    if english > spanish * 1.5:
        return "en"
    return "es" if spanish > english * 1.5 else None
