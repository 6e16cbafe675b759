"""When a bot answers: the curve of the Behaviour tab, asking back, and the questions not to answer."""

from collections.abc import Callable

import pytest
from django.test import Client

from chatbots.access import draft_brain
from chatbots.actions.out_of_scope import access_out_of_scope
from chatbots.evaluation.cases import parse_cases
from chatbots.evaluation.runs import run_evaluation, start_run
from chatbots.models import Chatbot
from chatbots.retrieval.ranking.evidence import Curve, CurvePoint
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PAGE, CURVE = "/bots/acme-shop/not-to-answer/", "/bots/acme-shop/curve/"
POINTS = [CurvePoint(step / 100, 0.5 - step / 200, step / 100, 0.0) for step in range(101)]


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def use_curve(monkeypatch: pytest.MonkeyPatch, curve: Curve | None) -> None:
    class Retriever:
        def curve(self) -> Curve | None:
            return curve

    monkeypatch.setattr("chatbots.evaluation.curves.load_index", lambda **_: Retriever())


def test_with_too_little_to_say_the_tab_says_so(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for curve in (None, Curve([], 0, 0), Curve([], 7, 0)):
        use_curve(monkeypatch, curve)
        page = sign_in(cast.acme.owner).get(CURVE).content.decode()
        assert "There is too little to say yet." in page
        assert "data-curve=" not in page


def test_the_curve_says_what_it_rests_on(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_curve(monkeypatch, Curve(POINTS, samples=12, outside=98))
    page = sign_in(cast.acme.supervisor).get(CURVE).content.decode()
    assert "12 questions, 98 without an answer" in page
    assert "General questions stand in" in page
    assert "[0.5, 0.25, 0.5]" in page
    use_curve(monkeypatch, Curve(POINTS, samples=12, outside=2))
    assert "That is few" in sign_in(cast.acme.owner).get(CURVE).content.decode()


def test_a_draft_that_was_evaluated_has_its_own_curve(cast: Cast, sign_in: SignIn, bot: Chatbot) -> None:
    cases = parse_cases("question,expect\nHow can I pay?,Payment\nVuvuzela?,abstain\n")
    run = start_run(brain=draft_brain(bot), cases=cases, name="<i>mine", author=None)
    run_evaluation.call_local(run.pk)  # type: ignore[attr-defined]
    page = sign_in(cast.acme.owner).get(CURVE).content.decode()
    assert f'data-curve="run-{run.pk}"' in page
    assert "&lt;i&gt;mine" in page


def test_asking_back_is_switched_in_the_draft(cast: Cast, sign_in: SignIn) -> None:
    owner, fields = sign_in(cast.acme.owner), {"name": "Acme Shop", "threshold": "50"}
    owner.post("/bots/acme-shop/", fields, headers={"HX-Request": "true"})
    assert Chatbot.objects.get(slug="acme-shop").clarify is False
    owner.post("/bots/acme-shop/", fields | {"clarify": "on"}, headers={"HX-Request": "true"})
    assert Chatbot.objects.get(slug="acme-shop").clarify is True


def test_questions_not_to_answer_are_added_found_and_removed(
    cast: Cast, sign_in: SignIn, bot: Chatbot
) -> None:
    owner = sign_in(cast.acme.owner)
    assert "None yet" in owner.get(PAGE).content.decode()
    page = owner.post(PAGE, {"questions": "Who won?\n\n<b>Sing</b>"}, follow=True).content.decode()
    assert "2 added." in page
    assert "&lt;b&gt;Sing" in page
    assert "Sing" not in owner.get(f"{PAGE}?q=won").content.decode()
    assert "Remove those ticked" not in sign_in(cast.acme.supervisor).get(PAGE).content.decode()
    bot.refresh_from_db()
    numbers = [chunk.pk for chunk in access_out_of_scope(bot)]
    page = owner.post(f"{PAGE}remove/", {"chunk": numbers}, follow=True).content.decode()
    assert "2 questions are gone" in page


def test_what_cannot_be_added_or_removed_is_said(cast: Cast, sign_in: SignIn) -> None:
    owner = sign_in(cast.acme.owner)
    answer = owner.post(PAGE, {"questions": "x" * 3_000})
    assert answer.status_code == 400
    assert "2,000 are allowed" in answer.content.decode()
    for chunk, status in (([], 400), (["x"], 400), (["987654"], 404)):
        assert owner.post(f"{PAGE}remove/", {"chunk": chunk}).status_code == status
