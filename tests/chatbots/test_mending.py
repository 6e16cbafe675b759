"""One click: a question becomes a variant, an entry, or one not to be answered; the threshold moves."""

from collections.abc import Callable

import pytest
from django.test import Client

from chatbots.actions.mend_knowledge import add_variant
from chatbots.actions.out_of_scope import access_out_of_scope, add_out_of_scope, remove_out_of_scope
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource
from chatbots.retrieval.index import load_index, select_chunks
from core.errors import Conflict, Invalid, NotFound
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
QUESTION = "Wann kommt mein Paket?"
PARTIAL = {"HX-Request": "true"}


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def find(bot: Chatbot, question: str) -> tuple[str, float]:
    bot.refresh_from_db()
    best = load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision).search(question)[0]
    return best.title, best.confidence


def entry(bot: Chatbot, title: str = "Delivery time") -> KnowledgeChunk:
    bot.refresh_from_db()
    return select_chunks(chatbot_id=bot.pk, revision=bot.knowledge_revision).get(title=title)


def test_a_question_becomes_a_variant_and_is_found_while_what_is_published_stays(bot: Chatbot) -> None:
    before, revision = entry(bot), bot.knowledge_revision
    made = add_variant(chatbot=bot, chunk_id=before.pk, question=f"  {QUESTION}\n")
    assert made.questions == [*before.questions, QUESTION]
    assert (made.position, made.source_id, made.text) == (before.position, before.source_id, before.text)
    assert entry(bot).pk == made.pk
    assert find(bot, QUESTION)[0] == "Delivery time"
    old = select_chunks(chatbot_id=bot.pk, revision=revision)
    assert set(old.values_list("pk", flat=True)) >= {before.pk}
    assert bot.published is not None
    assert bot.published.knowledge_revision == revision


def test_a_trace_of_yesterday_mends_the_entry_of_today(bot: Chatbot) -> None:
    yesterday = entry(bot)
    add_variant(chatbot=bot, chunk_id=yesterday.pk, question="Where is it?")
    add_variant(chatbot=bot, chunk_id=yesterday.pk, question=QUESTION)
    assert entry(bot).questions[-2:] == ["Where is it?", QUESTION]


def test_a_passage_answers_as_a_written_entry(bot: Chatbot) -> None:
    passage = entry(bot)
    KnowledgeChunk.objects.filter(pk=passage.pk).update(kind="passage", questions=[])
    made = add_variant(chatbot=bot, chunk_id=passage.pk, question=QUESTION)
    assert (made.kind, made.questions, made.text) == ("faq", [QUESTION], passage.text)
    assert select_chunks(chatbot_id=bot.pk, revision=bot.knowledge_revision).filter(pk=passage.pk).exists()


def test_what_cannot_be_a_variant_is_refused_and_changes_nothing(cast: Cast, bot: Chatbot) -> None:
    chunk, revision = entry(bot), bot.knowledge_revision
    foreign = KnowledgeChunk.objects.filter(chatbot=cast.rival.bot)[0]
    for chunk_id, question, error in (
        (chunk.pk, "  ", Invalid),
        (chunk.pk, "a\x00b", Invalid),
        (chunk.pk, "how LONG does delivery take?", Invalid),
        (foreign.pk, QUESTION, NotFound),
        (987_654, QUESTION, NotFound),
    ):
        with pytest.raises(error):
            add_variant(chatbot=bot, chunk_id=chunk_id, question=question)
    bot.refresh_from_db()
    assert bot.knowledge_revision == revision


def test_an_entry_that_is_gone_cannot_be_mended(bot: Chatbot) -> None:
    chunk = entry(bot)
    KnowledgeChunk.objects.filter(pk=chunk.pk).update(removed_in=bot.knowledge_revision)
    with pytest.raises(NotFound, match="not in the draft any more"):
        add_variant(chatbot=bot, chunk_id=chunk.pk, question=QUESTION)


def test_questions_not_to_answer_are_added_once_and_removed(bot: Chatbot) -> None:
    assert add_out_of_scope(chatbot=bot, questions=["Who won?", " who WON? ", "", "Sing a song"]) == 2
    assert add_out_of_scope(chatbot=bot, questions=["WHO won?"]) == 0
    bot.refresh_from_db()
    examples = access_out_of_scope(bot)
    assert sorted(one.questions[0] for one in examples) == ["Sing a song", "who WON?"]
    assert KnowledgeSource.objects.get(chatbot=bot, kind="out_of_scope").chunk_count == 2
    assert remove_out_of_scope(chatbot=bot, chunk_ids=[examples[0].pk]) == 1
    with pytest.raises(NotFound):
        remove_out_of_scope(chatbot=bot, chunk_ids=[entry(bot).pk])
    bot.refresh_from_db()
    assert access_out_of_scope(bot).count() == 1
    assert find(bot, "How can I pay?")[0] == "Payment"


def test_questions_that_cannot_be_are_refused_all_together(bot: Chatbot) -> None:
    for questions in ([], ["  "], ["Good", "b\x00d"], ["x" * 3_000]):
        with pytest.raises(Invalid):
            add_out_of_scope(chatbot=bot, questions=questions)
    assert not KnowledgeSource.objects.filter(chatbot=bot, kind="out_of_scope").exists()
    KnowledgeSource.objects.create(
        organisation=bot.organisation, chatbot=bot, title="Questions not to answer", kind="text"
    )
    with pytest.raises(Conflict):
        add_out_of_scope(chatbot=bot, questions=["Who won?"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "add_variant"}, "“Delivery time” answers this question"),
        ({"kind": "raise_threshold", "to": "0.61"}, "answers from 61 % on"),
        ({"kind": "lower_threshold", "to": "0.3"}, "answers from 30 % on"),
        ({"kind": "out_of_scope"}, "among the questions not to answer now"),
        ({"kind": "add_knowledge", "title": "Parcel <b>", "answer": "Soon."}, "knows “Parcel &lt;b&gt;” now"),
    ],
)
def test_each_fix_is_one_click_with_a_sentence(
    cast: Cast, bot: Chatbot, sign_in: SignIn, data: dict[str, str], words: str
) -> None:
    data = {"question": QUESTION, "chunk_id": str(entry(bot).pk)} | data
    answer = sign_in(cast.acme.owner).post("/bots/acme-shop/mend/", data, headers=PARTIAL)
    assert answer.status_code == 200
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "delete_bot"},
        {"kind": "add_variant", "chunk_id": "x"},
        {"kind": "add_variant", "chunk_id": "1" * 30},
        {"kind": "raise_threshold", "to": "7"},
        {"kind": "add_knowledge", "title": "", "answer": ""},
        {"kind": "out_of_scope", "question": ""},
    ],
)
def test_a_fix_that_cannot_be_is_said_and_changes_nothing(
    cast: Cast, bot: Chatbot, sign_in: SignIn, data: dict[str, str]
) -> None:
    before = Chatbot.objects.filter(pk=bot.pk).values().get()
    answer = sign_in(cast.acme.owner).post(
        "/bots/acme-shop/mend/", {"question": QUESTION} | data, headers=PARTIAL
    )
    assert answer.status_code == 400
    assert "HX-Trigger" in answer
    assert Chatbot.objects.filter(pk=bot.pk).values().get() == before


def test_without_scripts_one_is_led_back_to_the_page_and_nowhere_else(cast: Cast, sign_in: SignIn) -> None:
    owner, data = sign_in(cast.acme.owner), {"kind": "raise_threshold", "to": "0.6"}
    for referer, way in (
        ("http://testserver/bots/acme-shop/insights/", "http://testserver/bots/acme-shop/insights/"),
        ("https://evil.test/", "/bots/acme-shop/"),
    ):
        answer = owner.post("/bots/acme-shop/mend/", data, headers={"Referer": referer})
        assert (answer.status_code, answer["Location"]) == (302, way)
