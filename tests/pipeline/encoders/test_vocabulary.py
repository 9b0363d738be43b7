"""A closed vocabulary that keeps everyday words whole; any other word falls into pieces."""

from __future__ import annotations

from open_clip.tokenizer import SimpleTokenizer

from pipeline.encoders.vocabulary import CONTEXT_LENGTH, tokenizer
from pipeline.training.more_words import MORE_WORDS


def test_kept_words_split_as_in_the_full_tokenizer() -> None:
    ours, full = tokenizer(), SimpleTokenizer()
    for word in MORE_WORDS:
        pieces = [ours.decoder[token] for token in ours.encode(word)]
        assert pieces == [full.decoder[token] for token in full.encode(word)], word
    assert ours.vocab_size < full.vocab_size / 10


def test_any_text_has_tokens_within_the_table() -> None:
    tokens = tokenizer()(["Übergrößenträger 37 zzz!", "word " * 90])
    assert tokens.shape == (2, CONTEXT_LENGTH)
    assert int(tokens.max()) < tokenizer().vocab_size
