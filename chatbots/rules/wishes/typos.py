"""Forgives one slip of the finger in the words by which a wish is known: "humn", "represenative", "Mitarbieter"."""

from functools import lru_cache

# Shorter words have too many neighbours that mean something else; of four letters, two that are swapped are forgiven.
SHORTEST, LONGEST = 4, 30


def correct_words(text: str, spelling: frozenset[str]) -> str:
    """`text` with each unknown word replaced by the one of `spelling` that is one slip away, if there is one."""
    return " ".join(_correct(word, spelling) for word in text.split())


@lru_cache(maxsize=32_768)
def _correct(word: str, spelling: frozenset[str]) -> str:
    if not SHORTEST <= len(word) <= LONGEST or word in spelling:
        return word
    neighbours = _list_neighbours(spelling)
    near = {known for form in _shorten(word) for known in neighbours.get(form, ())}
    return next((known for known in sorted(near) if is_one_slip(word, known)), word)


def is_one_slip(word: str, known: str) -> bool:
    """Whether one letter is missing, added, wrong, or swapped with the next; in four letters, only swapped."""
    if max(len(word), len(known)) <= SHORTEST and sorted(word) != sorted(known):
        return False
    if len(word) > len(known):
        word, known = known, word
    start = next((place for place, letter in enumerate(word) if letter != known[place]), len(word))
    if len(word) < len(known):
        return len(known) - len(word) == 1 and word[start:] == known[start + 1 :]
    swapped = word[start : start + 2] == known[start : start + 2][::-1]
    return word[start + 1 :] == known[start + 1 :] or (swapped and word[start + 2 :] == known[start + 2 :])


@lru_cache(maxsize=16)
def _list_neighbours(spelling: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Every known word under itself and under itself less one letter: what is one slip away shares one of these."""
    forms: dict[str, list[str]] = {}
    for known in sorted(spelling):
        if len(known) >= SHORTEST:
            for form in _shorten(known):
                forms.setdefault(form, []).append(known)
    return {form: tuple(words) for form, words in forms.items()}


def _shorten(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}
