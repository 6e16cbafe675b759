"""Guided menus: their shape, where a visitor stands in them, and what a choice leads to. For owners: docs/menus.md."""
