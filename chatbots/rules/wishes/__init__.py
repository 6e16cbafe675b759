"""How visitors ask for a person, a file for each language."""
