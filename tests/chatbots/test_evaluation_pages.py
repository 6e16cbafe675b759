"""/bots/<slug>/evaluation/ and its API: start, follow, look, mend, run again, compare, export; by role."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from chatbots.access import draft_brain
from chatbots.evaluation.cases import Case, parse_cases
from chatbots.evaluation.runs import run_evaluation, start_run
from chatbots.models import EvaluationRun
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PAGE, API = "/bots/acme-shop/evaluation/", "/api/v1/evaluations/"
TEXT = "question,expect\nHow long does delivery take?,Delivery time\n<script>alert(1)</script>,Returns\n"


@pytest.fixture
def run(cast: Cast) -> EvaluationRun:
    return make_run(cast)


def make_run(cast: Cast, text: str = TEXT) -> EvaluationRun:
    run = start_run(
        brain=draft_brain(cast.acme.bot), cases=parse_cases(text), name="my <b>.csv", author=cast.acme.owner
    )
    return ask(run)


def ask(run: EvaluationRun) -> EvaluationRun:
    run_evaluation.call_local(run.pk)  # type: ignore[attr-defined]
    return EvaluationRun.objects.get(pk=run.pk)


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


def test_cases_are_uploaded_or_pasted_and_lead_to_the_runs_page(cast: Cast, sign_in: SignIn) -> None:
    owner, file = sign_in(cast.acme.owner), io.BytesIO(TEXT.encode())
    file.name = "mine.csv"
    for data in ({"run-document": file}, {"run-text": TEXT}):
        answer = owner.post(PAGE, data | {"run-version": "published"})
        run = EvaluationRun.objects.order_by("-pk")[0]
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}{run.pk}/")
        assert (run.total, run.author, run.version) == (2, cast.acme.owner, cast.acme.bot.published)
    assert set(EvaluationRun.objects.values_list("name", flat=True)) == {"mine.csv", "Pasted cases"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose a file, or paste cases below."),
        ({"run-text": "a,b\n"}, "The columns question and expect cannot be found"),
        ({"run-text": "question,expect\n<i>,\n"}, "Row 2: expect is empty."),
        ({"run-text": TEXT, "run-version": "9"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field_and_kept(
    cast: Cast, sign_in: SignIn, data: dict[str, str], words: str
) -> None:
    answer = sign_in(cast.acme.owner).post(PAGE, {"run-version": "draft"} | data)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert escape(data.get("run-text", "").strip()) in answer.content.decode()
    assert not EvaluationRun.objects.exists()


def test_the_page_shows_figures_failures_and_their_traces_escaped(
    cast: Cast, sign_in: SignIn, run: EvaluationRun
) -> None:
    owner = sign_in(cast.acme.owner)
    page = owner.get(f"{PAGE}{run.pk}/").content.decode()
    for words in (
        "50.0 %",
        "1 of 2",
        "Best source right",
        "my &lt;b&gt;.csv",
        "&lt;script&gt;alert(1)",
        "Run again",
    ):
        assert words in page
    assert "<script>alert(1)" not in page
    failure = run.results.get(ok=False)
    part = owner.get(f"{PAGE}{run.pk}/results/{failure.pk}/").content.decode()
    assert escape(failure.why) in part
    assert "It is right: the bot is not to answer this" in part
    assert 'name="question" value="&lt;script&gt;alert(1)' in part
    everything = owner.get(f"{PAGE}{run.pk}/?show=all&q=delivery").content.decode()
    assert "How long does delivery take?" in everything
    assert "<b>.csv" not in owner.get(PAGE).content.decode()


def test_while_it_runs_the_page_asks_for_progress_until_it_has_ended(
    cast: Cast, sign_in: SignIn, run: EvaluationRun
) -> None:
    owner, address = sign_in(cast.acme.owner), f"{PAGE}{run.pk}/progress/"
    assert owner.get(address)["HX-Refresh"] == "true"
    EvaluationRun.objects.filter(pk=run.pk).update(state="running", done=1)
    answer = owner.get(address)
    assert "HX-Refresh" not in answer
    assert "1 of 2 questions asked." in answer.content.decode()
    assert 'hx-trigger="every 1s"' in answer.content.decode()


def test_owners_repeat_cancel_and_delete(cast: Cast, sign_in: SignIn, run: EvaluationRun) -> None:
    owner = sign_in(cast.acme.owner)
    assert post(owner, f"{PAGE}{run.pk}/cancel/").status_code == 409
    post(owner, f"{PAGE}{run.pk}/repeat/")
    again = EvaluationRun.objects.order_by("-pk")[0]
    assert (again.total, again.name, again.state) == (2, run.name, "pending")
    post(owner, f"{PAGE}{again.pk}/cancel/")
    post(owner, f"{PAGE}{run.pk}/delete/")
    assert list(EvaluationRun.objects.values_list("pk", "state")) == [(again.pk, "cancelled")]


def test_two_runs_are_compared_side_by_side(cast: Cast, sign_in: SignIn, run: EvaluationRun) -> None:
    cast.acme.bot.threshold = 1.0
    cast.acme.bot.save()
    other = make_run(cast, TEXT.replace("How long does delivery take?", "How long is delivery"))
    page = sign_in(cast.acme.supervisor).get(f"{PAGE}compare/?before={run.pk}&after={other.pk}")
    assert "0 of 1 answers changed" in page.content.decode()
    for broken in (
        "",
        "?before=1",
        f"?before=x&after={run.pk}",
        f"?before={run.pk}&after=99999999999999999999999",
    ):
        assert sign_in(cast.acme.owner).get(f"{PAGE}compare/{broken}").status_code == 404


def test_the_export_is_a_file_without_formulas(cast: Cast, sign_in: SignIn) -> None:
    run = make_run(cast, "question,expect\n=1+1,Returns\n")
    answer = sign_in(cast.acme.supervisor).get(f"{PAGE}{run.pk}/export/")
    assert answer["Content-Disposition"] == f'attachment; filename="my-bcsv-{run.pk}.csv"'
    assert b"2,'=1+1,Returns," in b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_supervisors_look_and_change_nothing(cast: Cast, sign_in: SignIn, run: EvaluationRun) -> None:
    supervisor = sign_in(cast.acme.supervisor)
    for address in (PAGE, f"{PAGE}{run.pk}/", f"{PAGE}{run.pk}/results/{run.results.all()[0].pk}/"):
        page = supervisor.get(address).content.decode()
        assert "Run again" not in page
        assert "Make it better" not in page
        assert 'name="run-text"' not in page
    for act in ("repeat/", "cancel/", "delete/"):
        assert post(supervisor, f"{PAGE}{run.pk}/{act}").status_code == 403
    assert post(supervisor, PAGE, **{"run-text": TEXT}).status_code == 403
    assert EvaluationRun.objects.count() == 1


def call(client: Client, **data: Any) -> Any:
    return client.post(API, data, content_type="application/json")


def test_a_program_starts_follows_and_reads_a_run(cast: Cast, sign_in: SignIn) -> None:
    owner = sign_in(cast.acme.owner)
    cases = [{"question": "How can I pay?", "expect": "Payment"}, {"question": "Vuvuzela?", "expect": "Nope"}]
    answer = call(owner, chatbot="acme-shop", cases=cases, name="nightly")
    assert answer.status_code == 201
    started = answer.json()
    assert (started["state"], started["version"], started["total"]) == ("pending", "draft", 2)
    assert started["warnings"] == ["Nothing in the knowledge is called “Nope”."]
    ask(EvaluationRun.objects.get(pk=started["id"]))
    shown = owner.get(f"{API}{started['id']}/").json()
    assert (shown["state"], shown["metrics"]["correct"]) == ("done", 1)
    results = owner.get(f"{API}{started['id']}/results/?show=failures&limit=1").json()
    assert [one["question"] for one in results["results"]] == ["Vuvuzela?"]
    assert results["results"][0]["trace"]["stages"]
    assert [one["name"] for one in owner.get(f"{API}?chatbot=acme-shop").json()["results"]] == ["nightly"]
    assert owner.get(f"{API}{started['id']}/compare/?with={started['id']}").json()["changed"] == 0
    assert owner.post(f"{API}{started['id']}/cancel/").status_code == 409
    assert owner.delete(f"{API}{started['id']}/").status_code == 204


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"cases": []},
        {"cases": [7]},
        {"text": "a,b"},
        {"text": "\x00"},
        {"version": "latest", "text": TEXT},
        {"cases": "x"},
    ],
)
def test_a_call_that_cannot_run_is_invalid_and_stores_nothing(
    cast: Cast, sign_in: SignIn, data: dict[str, Any]
) -> None:
    answer = call(sign_in(cast.acme.owner), chatbot="acme-shop", **data)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert not EvaluationRun.objects.exists()


def test_a_run_of_another_bot_is_not_compared(cast: Cast, sign_in: SignIn, run: EvaluationRun) -> None:
    assert sign_in(cast.acme.owner).get(f"{API}{run.pk}/results/?show=nonsense").status_code == 400
    foreign = start_run(
        brain=draft_brain(cast.rival.bot), cases=[Case("?", "abstain")], name="theirs", author=None
    )
    assert sign_in(cast.acme.owner).get(f"{API}{run.pk}/compare/?with={foreign.pk}").status_code == 404
