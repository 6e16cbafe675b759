"""FAQ entries from JSON: a list of `{title, questions: […], answer}` or `{title, question, answer}`."""

from typing import Any, BinaryIO

import msgspec

from chatbots.knowledge.encodings import decode_text
from chatbots.knowledge.faq import FaqCollector
from chatbots.knowledge.pieces import OnProgress, Parsed
from core.errors import Invalid

ROWS_PER_REPORT = 2000


def read_faq_json(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """Raises Invalid (not JSON, other shape, every entry at fault by its number), TooLarge."""
    collector = FaqCollector()
    entries = _read_list(opened)
    for number, entry in enumerate(entries, start=1):
        _add_entry(collector, entry, f"Entry {number}")
        if number % ROWS_PER_REPORT == 0:
            on_progress(number / len(entries))
    return collector.finish()


def _read_list(opened: BinaryIO) -> list[Any]:
    try:
        data = msgspec.json.decode(decode_text(opened))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(f"The file is not valid JSON: {error}.") from error
    if isinstance(data, dict):
        data = data.get("entries", data)
    if not isinstance(data, list):
        raise Invalid(
            "The file must hold a list of entries: [{“title”: …, “questions”: […], “answer”: …}, …]."
        )
    return data


def _add_entry(collector: FaqCollector, entry: Any, place: str) -> None:
    if not isinstance(entry, dict):
        collector.add_problem(f"{place}: it is no object with title, questions and answer.")
        return
    questions = entry.get("questions", entry.get("question", ""))
    questions = questions if isinstance(questions, list) and questions else [questions or ""]
    title, answer = entry.get("title", ""), entry.get("answer", "")
    if not all(isinstance(value, str) for value in (title, answer, *questions)):
        collector.add_problem(f"{place}: title, questions and answer must be texts.")
        return
    for question in questions:
        collector.add_row(title=title, question=question, answer=answer, place=place)
