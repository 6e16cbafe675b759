"""The same passage twice: kept once, and named so that the owner can tidy up.

Within a source the second one is left out. Between sources both stay, so that deleting one loses nothing, and the index
takes the older.
"""

from chatbots.knowledge.pieces import Parsed, Piece
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource, SourceKind

SHORTEST = 40  # characters: shorter texts ("See below.") are often the same by chance
BATCH = 2_000


def note_duplicates(source: KnowledgeSource, parsed: Parsed) -> None:
    """Leave out repeated passages of `parsed`, and warn of those that another source of the bot holds already."""
    if source.kind in (SourceKind.FAQ, SourceKind.OUT_OF_SCOPE):
        return
    kept: dict[str, Piece] = {}
    repeated: list[Piece] = []
    pieces: list[Piece] = []
    for piece in parsed.pieces:
        if len(piece.text) >= SHORTEST and kept.setdefault(fold_text(piece.text), piece) is not piece:
            repeated.append(piece)
        else:
            pieces.append(piece)
    parsed.pieces = pieces
    for piece in repeated:
        first = kept[fold_text(piece.text)]
        parsed.warn(f"{_name(piece)} says the same as {_name(first)}: kept once.")
    _warn_of_others(source, parsed, kept)


def _warn_of_others(source: KnowledgeSource, parsed: Parsed, kept: dict[str, Piece]) -> None:
    revision = Chatbot.objects.values_list("knowledge_revision", flat=True).get(pk=source.chatbot_id)
    others = KnowledgeChunk.objects.filter(
        chatbot=source.chatbot_id, kind="passage", added_in__lte=revision, removed_in__isnull=True
    ).exclude(source=source)
    for text, title in others.order_by().values_list("text", "source__title").iterator(chunk_size=BATCH):
        piece = kept.pop(fold_text(text), None)
        if piece is not None:
            parsed.warn(f"{_name(piece)} says the same as a passage of “{title}”: it is searched once.")


def fold_text(text: str) -> str:
    """Two texts that differ only in case and white space are the same."""
    return " ".join(text.casefold().split())


def _name(piece: Piece) -> str:
    words = piece.title or piece.text.split("\n", 1)[0]
    short = words if len(words) <= 80 else f"{words[:79]}…"
    return f"“{short}”" + (f" ({piece.url})" if piece.url else "")
