"""The pages of the admin; Django finds them here."""

from operations.admin import bots, conversations, handoffs, people

__all__ = ["bots", "conversations", "handoffs", "people"]
