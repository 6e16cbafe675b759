"""From a message to a reply: rules, menu, search, decision, wording. No database, no loop: called on a turn's thread.

The same for a draft and what is published, for tests, visitors, the API and evaluations.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from chatbots.configuration import Configuration
from chatbots.engine.citing import cite
from chatbots.engine.decision import ANSWER_PREFIX, NONE, Decision, decide, make_choice_buttons
from chatbots.engine.phrases import say
from chatbots.engine.refusing import (
    OFFER_ID,
    REASON_ASKED,
    abstain,
    fall_back,
    fetch_person,
    follow_rule,
    weigh,
)
from chatbots.engine.shapes import Asked, Reply, State
from chatbots.engine.state import (
    after_answer,
    after_asking_back,
    after_menu,
    match_asked_back,
    remember_shown,
)
from chatbots.engine.trace import Findings, Stages, make_trace, note_passages
from chatbots.engine.wording import prepare_wording
from chatbots.llm.base import Offer
from chatbots.menus.walking import Step, match_typed, take_choice
from chatbots.retrieval.base import Candidate, Retriever
from chatbots.rules.rule import Rule

__all__ = ["Reply", "make_reply"]
SHOWN_CANDIDATES = 5
CHOSEN = "The visitor chose “{}”."
CHOSEN_NONE = "The visitor chose none of the entries that were offered."


def make_reply(
    *,
    question: str,
    configuration: Configuration,
    load_retriever: Callable[[], Retriever],
    choice: str = "",
    state: State | None = None,
    now: datetime | None = None,
    model: str = "",
    offer: Offer | None = None,
) -> Reply:
    """What the bot says to one message, with its trace and the conversation's new state.

    `question` is the text, `choice` the id of the button that was pressed, "" where the visitor typed. `state` is what
    the conversation's last reply left. `load_retriever` is called only when neither a rule nor a menu has an answer.
    `model` is what the message asked for, "" for the bot's own choice, and `offer` what that name stands for; with one, an
    answer carries a generation. A choice that is not there any more is taken for its title.
    """
    asked = Asked(question, choice, state or {}, configuration, now or timezone.now(), model)
    stages, found = Stages(), Findings()
    reply = _ask_rules(asked, found)
    stages.done("rules")
    if reply is None:
        reply, asked = _ask_menu(asked, found)
        stages.done("menu")
    passages: list[Candidate] = []
    if reply is None:
        reply, passages = _ask_knowledge(asked, found, load_retriever, stages)
        stages.done("decision")
    if reply.state is not None:
        reply.state = remember_shown(reply.state, reply.parts)
    reply.trace = make_trace(reply, asked, found, stages)
    if passages and (chosen := model or configuration.model):
        _prepare_wording(reply, asked, passages, chosen, offer)
        stages.done("wording")
    if reply.state == asked.state:
        reply.state = None
    return reply


def _ask_rules(asked: Asked, found: Findings) -> Reply | None:
    """The owner's rules are for what visitors write; of buttons, only the one that fetches a person is a rule's."""
    if asked.choice == OFFER_ID:
        found.why = REASON_ASKED
        state = after_answer(asked.state)
        return fetch_person(asked, name="asked_for_person", text="", why=REASON_ASKED, state=state)[0]
    if asked.choice:
        return None
    weighed = weigh(asked, "question", asked.state)
    found.rules += weighed.notes
    if weighed.rule is None:
        return None
    found.why = weighed.rule.why
    return follow_rule(asked, weighed.rule, _after_rule(asked, weighed.rule))


def _after_rule(asked: Asked, rule: Rule) -> State:
    """A greeting between two questions is no answer to either."""
    return asked.state if rule.name in ("greeting", "thanks") else after_answer(asked.state)


def _ask_menu(asked: Asked, found: Findings) -> tuple[Reply | None, Asked]:
    """The menu's next step, if it has one for this message; and the message as the knowledge is to be asked it."""
    choice = asked.choice or match_asked_back(asked.state, asked.question)
    if choice.startswith(ANSWER_PREFIX):
        return None, _replace_choice(asked, choice)
    menu, place = asked.configuration.menu, asked.state.get("menu")
    if not menu:
        return None, asked
    choice = choice or match_typed(menu, place, asked.question) or ""
    step = take_choice(menu, place, choice, languages=asked.configuration.languages) if choice else None
    if step is None:
        return None, asked
    if step.kind == "search":
        return None, _replace_choice(asked, choice, question=step.title, place=step.place)
    return _follow_step(_replace_choice(asked, choice), step, found), asked


def _follow_step(asked: Asked, step: Step, found: Findings) -> Reply:
    found.why = CHOSEN.format(step.title)
    state = after_menu(asked.state, step.place)
    if step.kind == "agent_mode":
        why = f"The visitor chose: {step.reason}" if step.reason else REASON_ASKED
        reply, rule = fetch_person(asked, name="agent_mode", text=step.text, why=why, state=state)
        found.why = rule.why
        return reply
    return Reply("answered", step.text, parts=step.parts, state=state)


def _ask_knowledge(
    asked: Asked, found: Findings, load_retriever: Callable[[], Retriever], stages: Stages
) -> tuple[Reply, list[Candidate]]:
    """The knowledge's answer, what to ask back, or what the bot does that does not know; and what to word an answer from."""
    retriever = load_retriever()
    found.has_meaning = retriever.has_meaning
    if asked.choice == NONE:
        found.why = CHOSEN_NONE
        return _abstain(asked, found), []
    chosen = _find_chosen(asked, retriever)
    if chosen is not None:
        stages.done("search")
        found.candidates, found.why = [chosen], CHOSEN.format(chosen.title)
        return _answer(asked, chosen), [chosen]
    found.candidates = retriever.search(asked.question, limit=SHOWN_CANDIDATES)
    stages.done("search")
    decision = decide(found.candidates, asked.configuration, asked_back=asked.state.get("asked_back", ()))
    found.decision, found.why = decision, decision.why
    if decision.outcome == "answered":
        threshold = asked.configuration.threshold
        passages = [one for one in found.candidates if one.confidence >= threshold]
        return _answer(asked, found.candidates[0]), passages
    if decision.outcome == "clarified":
        return _ask_back(asked, decision), []
    return _abstain(asked, found), []


def _find_chosen(asked: Asked, retriever: Retriever) -> Candidate | None:
    number = asked.choice.removeprefix(ANSWER_PREFIX)
    is_entry = asked.choice.startswith(ANSWER_PREFIX) and number.isdecimal()
    return retriever.find(int(number)) if is_entry else None


def _answer(asked: Asked, best: Candidate) -> Reply:
    return Reply("answered", best.text, citations=[cite(best)], state=after_answer(asked.state))


def _ask_back(asked: Asked, decision: Decision) -> Reply:
    part = make_choice_buttons(decision.choices, none_title=say(asked.configuration, "none_of_these"))
    state = after_asking_back(asked.state, decision.choices)
    return Reply("clarified", say(asked.configuration, "clarify"), parts=[part], state=state)


def _abstain(asked: Asked, found: Findings) -> Reply:
    reply, weighed = abstain(asked)
    found.rules += weighed.notes
    if weighed.rule is not None and weighed.rule.name != "cannot_help":
        found.why = f"{found.why} {weighed.rule.why}".strip()
    return reply


def _prepare_wording(
    reply: Reply, asked: Asked, passages: list[Candidate], model: str, offer: Offer | None
) -> None:
    reply.abstention, _ = abstain(asked)
    reply.fallback = fall_back(asked)
    prepare_wording(
        reply,
        question=asked.question,
        configuration=asked.configuration,
        model=model,
        passages=passages,
        offer=offer,
    )
    if reply.generation is not None:
        note_passages(reply.trace, passages)


def _replace_choice(
    asked: Asked, choice: str, *, question: str = "", place: dict[str, object] | None = None
) -> Asked:
    state = asked.state if place is None else after_menu(asked.state, place)
    return Asked(question or asked.question, choice, state, asked.configuration, asked.now, asked.model)
