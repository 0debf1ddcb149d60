"""Does it qualify? USMCA origin from structured product-specific rules.

Entry points: `check`, `Rules`, `to_preference`.
"""

from assistant.customs.origin.engine import check, to_preference, verdict_of
from assistant.customs.origin.rules import Rules
from assistant.customs.origin.types import OriginMaterial, OriginRequest, OriginResponse

__all__ = ["OriginMaterial", "OriginRequest", "OriginResponse", "Rules", "check", "to_preference", "verdict_of"]
