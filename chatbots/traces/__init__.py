"""A turn's trace for people: what happened, why this answer and not another, and what to do about it."""
