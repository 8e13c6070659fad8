"""The measures of variety measure what they say."""

import math

import pytest

from bench.storyteller import distinct, measure, self_bleu, sentences, shared, table


def test_distinct_counts_different_pairs_of_words() -> None:
    assert distinct(["a b a b"]) == pytest.approx(2 / 3)
    assert distinct(["a b", "c d"]) == 1
    assert distinct(["a b", "A, b!"]) == 0.5
    assert distinct([""]) == 0


def test_self_bleu_is_one_for_copies_and_nothing_for_strangers() -> None:
    text = "the cat sat on the mat and looked at the moon"
    assert self_bleu([text, text]) == pytest.approx(1)
    assert self_bleu([text, "nobody ever asked why seven small owls slept"]) < 1e-3


def test_self_bleu_clips_counts_and_punishes_brevity() -> None:
    # One of the three words of "a a a" is in the other text: precision 1/3; three words are fewer than four.
    first = (1 / 3) * math.exp(1 - 4 / 3)
    second = 1 / 4  # and one of the four words of "a b c d" is in the first
    assert self_bleu(["a a a", "a b c d"], most=1) == pytest.approx((first + second) / 2)


def test_shared_sentences_are_counted_of_the_shorter_story() -> None:
    one = sentences("Mia sat down. “No.” It rained a lot!")
    assert one == {"mia sat down", "it rained a lot"}
    assert shared(one, sentences("It rained a lot. Then came the sun. Mia went home. All was well.")) == 0.5
    assert shared(set(), one) == 0


def test_a_small_measurement_is_complete() -> None:
    found = measure("en", "open", stories=4)
    assert found.stories == 4
    assert 1 <= found.plots <= 4
    assert 0 < found.distinct_2 < 1
    assert 0 <= found.shared_mean <= found.shared_most <= 1
    assert table([found]).count("\n") == 2
