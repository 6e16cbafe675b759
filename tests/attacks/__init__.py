"""Attacks by people who have an account, a token or nothing at all; each finds nothing and changes nothing."""
