"""From a model's pieces to what visitors may read: numbers of passages become citations, and "no answer" is none.

What is shown piece by piece and what is stored are the same to the letter.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from chatbots.engine.guarding import BEGUN, LEAKED, AddressGuard, RulesGuard
from chatbots.engine.prompt import NO_ANSWER
from chatbots.engine.reply import Reply
from chatbots.llm.base import Generation, ProviderFailed, Usage, stream_answer

# [1], [1, 3] and [^1]: models write all three.
MARK = re.compile(r" ?\[\^?(\d{1,2}(?:, ?\d{1,2})*)\]")
_BEGUN = "|".join(re.escape(NO_ANSWER[:length]) for length in range(len(NO_ANSWER) - 1, 0, -1))
# The end of a piece that may be the beginning of a mark, or of the word that is never shown.
PENDING = re.compile(rf"(?: ?\[\^?[\d, ]{{0,12}}|\b(?:{_BEGUN}))$")
UNSPOKEN = re.compile(rf"[\s*_\"'`]*(?:{_BEGUN})?")
SILENT = re.compile(rf"[\s*_\"'`]*{NO_ANSWER}")
# What a model says that does not know when to end; or its server does not know the words that it ends with.
OVER = re.compile(r"<\|[a-z_]{2,20}\|>|</s>|<end_of_turn>")
EMPTY_HINT = "The model said nothing at all: choose another model."
WHY_NO_ANSWER = "The model found no answer in the passages that it was given."
WHY_UNCITED = "The model cited none of the passages."
LEAK = "The language model began to recite the rules that it works under."
LEAK_HINT = "Somebody asked it to, or a page in the knowledge did: look at both. The rest was not shown."


async def speak(reply: Reply, generation: Generation) -> AsyncGenerator[str | Usage, None]:
    """Ask for the reply's words: the pieces to be shown, the first of them no blank, and a Usage as it becomes known,
    the last item one.

    `reply.generated_citations` are at any time those of the pieces so far. Where the model finds no answer in its
    passages, no piece comes, and `reply` becomes what the bot says when it does not know. Closing as in stream_answer.

    Raises:
        ProviderFailed: as stream_answer does, for an answer of blanks, and for one that recites the rules.
    """
    words = Words(reply.passages, generation)
    reply.generated_citations = words.citations
    usage = Usage()
    async with aclosing(stream_answer(generation)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Usage):
                usage = piece
                yield usage
            elif text := words.take(piece):
                yield text
            if words.silent or words.leaks or words.over:
                break
    if text := words.end():
        yield text
    if words.leaks:
        raise ProviderFailed(LEAK, hint=LEAK_HINT)
    if words.silent:
        _become_abstention(reply)
    elif not words.spoke:
        raise ProviderFailed("The language model gave no answer.", hint=EMPTY_HINT)
    elif not words.citations:
        reply.trace["why"] = f"{reply.trace.get('why', '')} {WHY_UNCITED}".strip()
    yield usage


class Words:
    """A model's words on their way to the visitor. `silent`: it has no answer; `leaks`: it recites its rules; `over`: it
    spoke on into a turn that is not its own.
    """

    def __init__(self, passages: list[dict[str, Any]], generation: Generation | None = None) -> None:
        self.citations: list[dict[str, Any]] = []
        self.silent = self.spoke = self.leaks = self.over = False
        self._passages = passages
        self._numbers: dict[int, int] = {}
        self._held = self._released = ""
        asked = generation.messages[-1]["content"] if generation is not None else ""
        urls = " ".join(str(passage.get("url", "")) for passage in passages)
        self._addresses = AddressGuard(f"{asked} {urls}")
        self._rules = RulesGuard(
            generation.system[: generation.rules_length] if generation is not None else ""
        )

    def take(self, piece: str) -> str:
        """What may be shown now; the rest is held until it is clear what it is."""
        if self.over:
            return ""
        self._held += piece
        if (end := OVER.search(self._held)) is not None:
            self._held, self.over = self._held[: end.start()].rstrip(), True
        if not self.spoke:
            self.silent = self.silent or bool(SILENT.match(self._held))
            if self.silent or UNSPOKEN.fullmatch(self._held):
                return ""
            self._held = self._held.lstrip()
        return self._show(self._release())

    def end(self) -> str:
        """What was held and turns out to be words."""
        rest, self._held = self._held, ""
        return "" if self.silent or self.leaks else self._show(rest if self.spoke else rest.strip())

    def _release(self) -> str:
        """What of the held words is no beginning of anything that is not shown as it stands."""
        recited = self._rules.count_recited(self._released + self._held)
        self.leaks = self.leaks or recited >= LEAKED
        if self.leaks:
            self._held = ""
            return ""
        ends = [begun.start() for pattern in (PENDING, BEGUN) if (begun := pattern.search(self._held))]
        # Marks and blanks that the count leaves out are held along with what they stand in.
        at = max(0, min([*ends, len(self._held) - 2 * recited]))
        ready, self._held = self._held[:at], self._held[at:]
        self._released = (self._released + ready)[-2 * LEAKED :]
        return ready

    def _show(self, text: str) -> str:
        text = MARK.sub(self._number, self._addresses.clean(text.replace(NO_ANSWER, "")))
        self.spoke = self.spoke or bool(text)
        return text

    def _number(self, mark: re.Match[str]) -> str:
        """The mark under the numbers that the visitor sees: 1, 2 … in the order of their citations. Unknown ones go."""
        known = [number for number in map(int, mark[1].split(",")) if 1 <= number <= len(self._passages)]
        for number in known:
            if number not in self._numbers:
                self.citations.append(self._passages[number - 1])
                self._numbers[number] = len(self.citations)
        shown = "".join(f"[{self._numbers[number]}]" for number in known)
        return f" {shown}" if shown and mark[0].startswith(" ") else shown


def _become_abstention(reply: Reply) -> None:
    """In place: whoever runs the turn holds on to this reply."""
    if reply.abstention is not None:
        reply.become(reply.abstention, why=WHY_NO_ANSWER)
