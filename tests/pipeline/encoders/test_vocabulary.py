"""A closed vocabulary that keeps trained words whole, and says which words it never met."""

from __future__ import annotations

from open_clip.tokenizer import SimpleTokenizer

from pipeline.encoders.vocabulary import CONTEXT_LENGTH, tokenizer
from pipeline.encoders.words import known_words


def test_trained_words_split_as_in_the_full_tokenizer() -> None:
    ours, full = tokenizer(), SimpleTokenizer()
    for kind in ("sight", "sound"):
        for word in known_words(kind):
            pieces = [ours.decoder[token] for token in ours.encode(word)]
            assert pieces == [full.decoder[token] for token in full.encode(word)], word
    assert ours.vocab_size < full.vocab_size / 10


def test_any_text_has_tokens_within_the_table() -> None:
    tokens = tokenizer()(["Übergrößenträger 37 zzz!", "word " * 90])
    assert tokens.shape == (2, CONTEXT_LENGTH)
    assert int(tokens.max()) < tokenizer().vocab_size
