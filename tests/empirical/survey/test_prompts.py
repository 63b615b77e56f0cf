"""Prompts begin as the tokenizer would have it, and hold nothing that no text holds."""

import json
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from empirical.foreign.vocabulary import Vocabulary, tokenizer_of
from empirical.survey.documents import documents
from empirical.survey.prompts import KINDS, Prompts
from empirical.tasks.index_and_retrieval import IndexAndRetrieval
from tests.empirical import solvers
from theory.refusal import Refusal

WORDS = [*ascii_lowercase, *"0123456789"]
PAIRS = [a + b for a in ascii_lowercase for b in ascii_lowercase]
NAMES = ["<pad>", "<bos>", "<unused0>", "[unused1]", "<|reserved_special_token_0|>", *WORDS, *PAIRS]
SIZE = len(NAMES) + 5
"""The last ids have no name, as where a vocabulary is padded."""
NEVER = {0, 1, 2, 3, 4, *range(len(NAMES), SIZE)}


def write(path: Path, **changes: Any) -> Path:
    """A tokenizer's files."""
    tokenizer = {
        "added_tokens": [
            {"id": number, "content": NAMES[number], "special": True} for number in (0, 1)
        ],
        "post_processor": {
            "type": "Sequence",
            "processors": [
                {"type": "ByteLevel"},
                {
                    "type": "TemplateProcessing",
                    "single": [
                        {"SpecialToken": {"id": "<bos>", "type_id": 0}},
                        {"Sequence": {"id": "A", "type_id": 0}},
                        {"SpecialToken": {"id": "<pad>", "type_id": 0}},
                    ],
                    "special_tokens": {
                        "<bos>": {"id": "<bos>", "ids": [1], "tokens": ["<bos>"]},
                        "<pad>": {"id": "<pad>", "ids": [0], "tokens": ["<pad>"]},
                    },
                },
            ],
        },
        "model": {"type": "BPE", "vocab": {name: place for place, name in enumerate(NAMES)}},
    }
    (path / "tokenizer.json").write_text(json.dumps(tokenizer | changes))
    return path


@pytest.fixture
def vocabulary(tmp_path: Path) -> Vocabulary:
    return Vocabulary.of(write(tmp_path), SIZE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [48, 130])
def test_a_prompt_begins_with_the_start_token_and_holds_ordinary_ones(
    vocabulary: Vocabulary, kind: str, length: int
) -> None:
    drawn = Prompts(kind).draw(0, 20, length, vocabulary, None)
    assert drawn.shape == (20, length)
    assert (drawn[:, 0] == 1).all()
    assert not NEVER & set(drawn[:, 1:].ravel().tolist())
    without = Vocabulary.unknown(SIZE)
    if kind in ("repeats", "blocks"):  # the false variant: without a tokenizer anything is drawn
        assert NEVER & set(Prompts(kind).draw(0, 20, length, without, None).ravel().tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_come_from_their_seed(vocabulary: Vocabulary, kind: str) -> None:
    one = Prompts(kind).draw(0, 3, 48, vocabulary, None)
    assert np.array_equal(one, Prompts(kind).draw(0, 3, 48, vocabulary, None))
    assert np.array_equal(one[2:], Prompts(kind).draw(2, 1, 48, vocabulary, None))
    for other in (Prompts(kind, 1), Prompts(kind)):
        first = 0 if other.seed else 3
        assert not np.array_equal(one, other.draw(first, 3, 48, vocabulary, None))


def test_the_start_is_what_the_settings_say_or_else_the_template(tmp_path: Path) -> None:
    settings = tmp_path / "tokenizer_config.json"
    write(tmp_path)
    for fields, start in (
        ({}, (1,)),
        ({"add_bos_token": False}, ()),
        ({"add_bos_token": True, "bos_token": "<pad>"}, (0,)),
        ({"add_bos_token": True, "bos_token": {"content": "<bos>"}}, (1,)),
    ):
        settings.write_text(json.dumps(fields))
        assert Vocabulary.of(tmp_path, SIZE).start == start
    settings.unlink()
    for processor, start in (
        (None, ()),
        ({"type": "ByteLevel"}, ()),
        ({"type": "BertProcessing", "cls": ["<bos>", 1], "sep": ["<pad>", 0]}, (1,)),
    ):
        write(tmp_path, post_processor=processor)
        assert Vocabulary.of(tmp_path, SIZE).start == start


def test_a_vocabulary_says_what_prompts_are_made_of(vocabulary: Vocabulary, tmp_path: Path) -> None:
    ordinary = len(WORDS) + len(PAIRS)
    assert vocabulary.ordinary.size == ordinary
    sentence = Prompts("repeats").sentence(48, vocabulary, None)
    assert sentence == (
        "48 tokens: a random segment again and again after gaps that vary; start token 1, then "
        f"ordinary tokens ({ordinary} of {SIZE})"
    )
    (tmp_path / "none").mkdir()
    unknown = Vocabulary.of(tmp_path / "none", SIZE)
    assert not unknown.known
    assert "no tokenizer says which are special" in unknown.sentence


@pytest.mark.parametrize(
    "change",
    [
        {"model": {"vocab": {"a": SIZE}}},
        {"model": {"vocab": {"a": -1}}},
        {"model": {"vocab": {}}},
        {"model": {"vocab": "abc"}},
        {"model": None},
        {"added_tokens": [{"id": 1}]},
        {"added_tokens": 3},
        {"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {}}]}},
        {"post_processor": ["x"]},
    ],
)
def test_a_damaged_tokenizer_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    write(tmp_path, **change)
    with pytest.raises(Refusal, match=r"tokenizer\.json"):
        Vocabulary.of(tmp_path, SIZE)


def test_a_unigram_vocabulary_is_a_list(tmp_path: Path) -> None:
    write(tmp_path, model={"vocab": [[name, 0.0] for name in NAMES]})
    assert Vocabulary.of(tmp_path, SIZE).token("ab", spaced=False) == NAMES.index("ab")


@pytest.mark.parametrize("kind", ["number", "letter"])
def test_one_hop_prompts_are_letters_and_digits_of_the_model(
    vocabulary: Vocabulary, kind: str
) -> None:
    drawn = Prompts(kind).draw(0, 30, 20, vocabulary, None)
    places = Prompts(kind).answers(drawn, vocabulary, None)
    assert places is not None
    for ids, place in zip(drawn.tolist(), places.tolist(), strict=True):
        text = [NAMES[token] for token in ids]
        if kind == "number":
            assert set(text[1:]) <= set("abcdefgh12345678")
            assert place == 19 - int(text[-1])
            assert text[place].isalpha()
        else:
            assert text[-1][1] == text[place][0]
            assert sum(pair[0] == text[-1][1] for pair in text[1:-1]) == 1
    with pytest.raises(Refusal, match="no tokenizer says"):
        Prompts(kind).draw(0, 1, 20, Vocabulary.unknown(SIZE), None)


def test_letters_with_a_space_before_them_come_first(tmp_path: Path) -> None:
    spaced = [f"Ġ{letter}" for letter in ascii_lowercase]
    names = [*NAMES[:5], *WORDS, *spaced]
    write(tmp_path, model={"vocab": {name: place for place, name in enumerate(names)}})
    vocabulary = Vocabulary.of(tmp_path, SIZE)
    text = {names[token] for token in Prompts("number").draw(0, 9, 20, vocabulary, None).ravel()}
    assert text <= {"<bos>", *spaced[:8], *"12345678"}
    with pytest.raises(Refusal, match="pairs of letters are no tokens"):
        Prompts("letter").draw(0, 1, 20, vocabulary, None)


@pytest.mark.parametrize("kind", ["number", "letter"])
def test_answers_stand_where_looking_finds_them(vocabulary: Vocabulary, kind: str) -> None:
    both = IndexAndRetrieval(("a", 2, ("c", "d"), ("d", 1), "b", ("d", "c"), 3, ("c", 2)))
    alone = both.index if kind == "number" else both.retrieval
    solve = solvers.index if kind == "number" else solvers.retrieval
    prompts, tokens = Prompts(kind), Vocabulary.unknown(8)
    for task in (both, alone):
        drawn = prompts.draw(0, 20, 9, tokens, task)
        places = prompts.answers(drawn, tokens, task)
        assert places is not None
        for ids, place in zip(drawn.tolist(), places.tolist(), strict=True):
            assert solve(both.entries, ids) == [ids[place]]
            assert kind == "letter" or place == 8 - int(str(both.entries[ids[-1]]))
    assert Prompts("repeats").answers(drawn, vocabulary, None) is None
    assert Prompts("own", 0, ((1, 2, 3),)).answers(drawn, vocabulary, None) is None


def test_blocks_have_tokens_of_their_own(vocabulary: Vocabulary) -> None:
    ids = Prompts("blocks").draw(0, 1, 66, vocabulary, None)[0, 1:]
    parts = [set(part.tolist()) for part in np.array_split(ids, 16)]
    parts[-1] = set(np.array_split(ids, 16)[-1][:-1].tolist())
    assert sum(len(part) for part in parts) == len(set.union(*parts))


def test_documents_are_whole_from_the_start_token_on(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    file = tmp_path / "ids.json"
    file.write_text(json.dumps([[5, 6, 7, 8], [9, 10], [11, 12, 13]]))
    own = documents(file, None, SIZE, 2, 3)
    assert own == ((5, 6, 7), (11, 12, 13))
    drawn = Prompts("own", 0, own).draw(0, 2, 4, vocabulary, None)
    assert drawn.tolist() == [[1, 5, 6, 7], [1, 11, 12, 13]]
    with pytest.raises(Refusal, match="2 documents of 3 tokens"):
        Prompts("own", 0, own).draw(2, 1, 4, vocabulary, None)
    with pytest.raises(Refusal, match="holds 2 documents or paragraphs with 3 tokens"):
        documents(file, None, SIZE, 3, 3)
    with pytest.raises(Refusal, match="token ids below 9"):
        documents(file, None, 9, 1, 2)
    file.write_text("[5, true]")
    with pytest.raises(Refusal, match="does not hold token ids"):
        documents(file, None, SIZE, 1, 1)


def test_documents_of_text_are_files_first_and_then_paragraphs(tmp_path: Path) -> None:
    words: Any = Tokenizer(models.WordLevel({"a": 3, "b": 1, "c": 2}, unk_token="a"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    (tmp_path / "model").mkdir()
    words.save(str(tmp_path / "model" / "tokenizer.json"))
    encode = tokenizer_of(tmp_path / "model")
    assert tokenizer_of(tmp_path) is None
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "1.txt").write_text("a b\n\n\nc c c\n\nb b\n")
    (texts / "2.txt").write_text("c a b\n")
    (texts / ".hidden").write_text("b b b b")
    assert documents(texts, encode, 4, 4, 2) == ((3, 1), (2, 3), (2, 2), (1, 1))
    with pytest.raises(Refusal, match="4 documents or paragraphs"):
        documents(texts, encode, 4, 5, 2)
    with pytest.raises(Refusal, match="has no tokenizer"):
        documents(texts, None, 4, 1, 2)
    (texts / "3.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(Refusal, match="UTF-8"):
        documents(texts, encode, 4, 9, 2)
    (tmp_path / "model" / "tokenizer.json").write_text("{}")
    with pytest.raises(Refusal, match="not readable"):
        tokenizer_of(tmp_path / "model")
