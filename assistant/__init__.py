"""What the Made.in sourcing assistant can do and say."""

__version__ = "0.1.0"
