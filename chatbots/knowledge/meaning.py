"""Reading the meaning of a bot's texts: what was embedded before is found again, the rest is embedded and kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chatbots.models import BotVersion, Chatbot, KnowledgeChunk
from chatbots.retrieval.embedding.base import Embedder, find_embedder, is_broken, name_embedder
from chatbots.retrieval.embedding.vectors import (
    Digest,
    Texts,
    embed_texts,
    join_rows,
    list_digests,
    split_rows,
)

STAGED = 2**31 - 1
READ_AT_ONCE = 200


class StoredTexts(NamedTuple):
    """A chunk's texts, as far as they are embedded."""

    kind: str
    title: str
    text: str
    questions: Sequence[str]


@dataclass(slots=True)
class Meaning:
    """The vectors of texts, as an import gathers them. Without an embedder it stays empty, and so do the chunks' columns."""

    embedder: Embedder | None = None
    rows: dict[Digest, bytes] = field(default_factory=dict)

    def embed(
        self, chunks: Sequence[KnowledgeChunk], *, on_text: Callable[[int], None] = lambda done: None
    ) -> None:
        """Fill the chunks' columns, without saving them; `on_text` hears how many texts are done. Raises EmbedderFailed."""
        if self.embedder is None:
            return
        embed_texts(self.embedder, chunks, self.rows, on_text=on_text)
        for chunk in chunks:
            chunk.vectors = join_rows(chunk, self.rows)
            chunk.embedded_by = self.embedder.name if chunk.vectors is not None else ""


def recall_meaning(*, chatbot_id: int, texts: Iterable[Texts]) -> Meaning:
    """What the bot's chunks, those of an import that broke off included, know already about these texts."""
    embedder = find_embedder()
    meaning = Meaning(embedder)
    if embedder is None:
        return meaning
    wanted = {digest for one in texts for digest in list_digests(one)}
    for stored in _read_stored(chatbot_id, embedder.name) if wanted else ():
        if len(meaning.rows) == len(wanted):
            break
        meaning.rows |= {digest: row for digest, row in stored.items() if digest in wanted}
    return meaning


def count_texts(texts: Iterable[Texts]) -> int:
    return sum(len(list_digests(one)) for one in texts)


def select_missing() -> QuerySet[KnowledgeChunk]:
    """Chunks that a draft or a version searches, without vectors of the embedder that is used here."""
    name = name_embedder()
    held = BotVersion.objects.filter(
        chatbot=OuterRef("chatbot"),
        knowledge_revision__gte=OuterRef("added_in"),
        knowledge_revision__lt=OuterRef("removed_in"),
    )
    other = Q(embedded_by__lt=name) | Q(embedded_by__gt=name)  # by the index, which != would not use
    return KnowledgeChunk.objects.filter(
        other & ~Q(added_in=STAGED) & (Q(removed_in__isnull=True) | Exists(held))
    )


@dataclass(frozen=True, slots=True)
class MeaningState:
    """How a bot is searched. `waiting`: chunks of the draft that are still to be embedded; until then words count alone.

    `embedder`: the name of the one in use, "" for none; `broken`: it is set, and cannot be loaded in this process.
    """

    embedder: str
    waiting: int
    broken: bool = False

    @property
    def by_words_alone(self) -> bool:
        return not self.embedder or self.broken or self.waiting > 0


def describe_meaning(chatbot: Chatbot) -> MeaningState:
    """For a bot's pages. One query; loads no embedder."""
    state = describe_embedder()
    if state.by_words_alone:
        return state
    rows = KnowledgeChunk.objects.filter(
        chatbot=chatbot, removed_in__isnull=True, added_in__lte=F("chatbot__knowledge_revision")
    )
    return replace(state, waiting=rows.exclude(embedded_by=state.embedder).count())


def describe_embedder() -> MeaningState:
    """For pages of no bot. No query; loads no embedder."""
    return MeaningState(name_embedder(), waiting=0, broken=is_broken())


def _read_stored(chatbot_id: int, name: str) -> Iterator[dict[Digest, bytes]]:
    """Newest first: what is imported again is most like what was imported last."""
    rows = KnowledgeChunk.objects.filter(chatbot=chatbot_id, embedded_by=name).order_by("-pk")
    columns = rows.values_list("kind", "title", "text", "questions", "vectors")
    for *texts, stored in columns.iterator(chunk_size=READ_AT_ONCE):
        yield split_rows(StoredTexts(*texts), stored)
