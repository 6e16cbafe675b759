"""Measuring a bot: cases whose right outcome is known, asked of the very pipeline that visitors get."""
