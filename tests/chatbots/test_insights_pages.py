"""/bots/<slug>/insights/: turns with their traces; every word in them is a stranger's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chatbots.models import Chatbot
from chatbots.traces.describing import tell_story
from conversations.models import Conversation, Message, Turn
from tests.cast import Cast, make_conversation, make_visitor
from tests.house.world import make_turn

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PAGE = "/bots/acme-shop/insights/"
EVIL = "<img src=x onerror=alert(1)>"
TRACE: dict[str, Any] = {
    "stages": [{"name": "rules", "ms": 1.0}, {"name": "search", "ms": 3.0}],
    "rules": [{"name": "keywords", "on": False, "matched": False, "why": EVIL}],
    "candidates": [
        {"chunk_id": 1, "title": EVIL, "source": EVIL, "kind": "faq", "word_score": 2.5, "meaning_score": 0.4,
         "score": 0.3, "confidence": 0.31, "text": EVIL, "used": False, "why_not": EVIL},
    ],
    "threshold": 0.5,
    "has_meaning": True,
    "decision": "abstained",
    "why": EVIL,
    "model": EVIL,
    "tokens_in": 3,
    "tokens_out": 4,
    "estimated": True,
    "uncited": [EVIL],
    "errors": [{"detail": EVIL, "hint": EVIL}],
    "fixes": [
        {"kind": "add_variant", "label": EVIL, "chunk_id": 1, "title": EVIL},
        {"kind": "lower_threshold", "label": "Lower it", "to": 0.31},
        {"kind": "add_knowledge", "label": "Write it"},
        {"kind": "raise_threshold", "label": "Broken: nothing to raise to"},
        {"kind": "unheard_of", "label": "Unheard of"},
    ],
}  # fmt: skip


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def make_asked(bot: Chatbot, question: str, *, kind: str = "live", **fields: Any) -> Turn:
    conversation = make_conversation(make_visitor(bot), question)
    Conversation.objects.filter(pk=conversation.pk).update(kind=kind)
    turn = make_turn(conversation, secret="")
    Turn.objects.filter(pk=turn.pk).update(**fields)
    return Turn.objects.get(pk=turn.pk)


def list_questions(page: str, *questions: str) -> list[str]:
    return [question for question in questions if question in page]


def test_a_turn_shows_everything_that_happened_and_lets_no_stranger_write_the_page(
    cast: Cast, sign_in: SignIn, bot: Chatbot
) -> None:
    turn = make_asked(bot, EVIL, trace=TRACE, outcome="abstained")
    for person in (cast.acme.owner, cast.acme.supervisor):
        for address in (PAGE, f"{PAGE}{turn.pk}/", f"{PAGE}{turn.pk}/trace/"):
            page = sign_in(person).get(address).content.decode()
            assert "<img src=x" not in page
            assert "&lt;img src=x" in page
    page = sign_in(cast.acme.owner).get(f"{PAGE}{turn.pk}/").content.decode()
    for words in (
        "Did not know",
        "31 %",
        "Why not this:",
        "about 3 tokens in, 4 out",
        "Search",
        "Lower it",
        "Write it",
    ):
        assert words in page
    assert "Broken" not in page
    assert "Unheard of" not in page


def test_supervisors_see_the_trace_and_no_button(cast: Cast, sign_in: SignIn, bot: Chatbot) -> None:
    turn = make_asked(bot, "Hello?", trace=TRACE)
    assert "Make it better" in sign_in(cast.acme.owner).get(f"{PAGE}{turn.pk}/").content.decode()
    assert "Make it better" not in sign_in(cast.acme.supervisor).get(f"{PAGE}{turn.pk}/").content.decode()


def test_the_list_is_narrowed_by_what_became_of_a_question(cast: Cast, sign_in: SignIn, bot: Chatbot) -> None:
    def sure(confidence: float) -> dict[str, Any]:
        return {"candidates": [{"confidence": confidence}], "errors": []}

    make_asked(bot, "Answered well?", outcome="answered", trace=sure(0.95))
    make_asked(bot, "Answered hardly?", outcome="answered", trace=sure(0.55))
    make_asked(bot, "Unknown?", outcome="abstained", kind="test", trace=sure(0.1))
    make_asked(bot, "Broken?", outcome="failed", trace={"errors": [{"detail": "No.", "hint": ""}]})
    disliked = make_asked(bot, "Disliked?", outcome="answered", trace=sure(0.9))
    Message.objects.filter(conversation=disliked.conversation).update(turn_id=disliked.pk, feedback=-1)
    all_of_them = ["Answered well?", "Answered hardly?", "Unknown?", "Broken?", "Disliked?"]
    owner = sign_in(cast.acme.owner)
    for query, expected in (
        ("", all_of_them),
        ("?show=unsure", ["Answered hardly?"]),
        ("?show=abstained", ["Unknown?"]),
        ("?show=errors", ["Broken?"]),
        ("?show=disliked", ["Disliked?"]),
        ("?kind=test", ["Unknown?"]),
        ("?kind=live&show=answered", ["Answered well?", "Answered hardly?", "Disliked?"]),
        ("?show=nonsense&kind=x&page=0", all_of_them),
        ("?page=7", []),
    ):
        assert list_questions(owner.get(PAGE + query).content.decode(), *all_of_them) == expected, query


def test_the_page_costs_the_same_for_many_turns(
    cast: Cast, sign_in: SignIn, bot: Chatbot, django_assert_max_num_queries: Any
) -> None:
    owner = sign_in(cast.acme.owner)
    for number in range(35):
        make_asked(bot, f"Question {number}?", trace=TRACE)
    owner.get(PAGE)
    with django_assert_max_num_queries(10):
        page = owner.get(PAGE).content.decode()
    assert "Older" in page
    assert "Question 4?" in owner.get(f"{PAGE}?page=2").content.decode()


def test_a_reply_leads_to_its_trace(cast: Cast, sign_in: SignIn, bot: Chatbot) -> None:
    turn = make_asked(bot, "Hello?")
    message = Message.objects.get(conversation=turn.conversation)
    owner = sign_in(cast.acme.owner)
    assert owner.get(f"/replies/{message.pk}/why/").status_code == 404
    Message.objects.filter(pk=message.pk).update(turn_id=turn.pk)
    assert owner.get(f"/replies/{message.pk}/why/")["Location"] == f"{PAGE}{turn.pk}/"


@pytest.mark.parametrize(
    "trace",
    [
        None,
        [],
        "text",
        {"stages": None, "candidates": "x", "errors": "y", "fixes": [1], "rules": {}},
        {"stages": [{"name": None, "ms": "x"}], "candidates": [{}], "threshold": "high", "tokens_in": None},
        {"errors": ["just words", None], "uncited": [7], "candidates": [{"confidence": 7}], "threshold": 0.5},
    ],
)
def test_an_odd_trace_is_told_as_far_as_it_goes(trace: Any) -> None:
    story = tell_story(trace, question="?", outcome="failed")
    assert story.words == "Failed"
    assert all(0 <= hit.percent <= 100 for hit in story.hits)


def test_the_timeline_lays_stages_end_to_end() -> None:
    story = tell_story(TRACE, question="?")
    assert [(stage.name, stage.start, stage.share) for stage in story.stages] == [
        ("Rules", 0.0, 25.0),
        ("Search", 25.0, 75.0),
    ]
    assert story.total_ms == 4.0


def test_after_an_abstention_that_was_right_the_question_can_be_kept_out() -> None:
    kinds = [fix.kind for fix in tell_story(TRACE, question="?").fixes]
    assert kinds == ["add_variant", "lower_threshold", "add_knowledge", "out_of_scope"]
    assert "out_of_scope" not in [fix.kind for fix in tell_story({"rule": "greeting"}, question="?").fixes]
