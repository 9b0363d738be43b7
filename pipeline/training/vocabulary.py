"""Writes the list of words that the embedded pair is trained on.

Run ``python -m pipeline.training.vocabulary`` when both models were trained on changed phrases. The
merges stay as they are, and new words fall into their pieces; ``--merges`` makes them anew from the
phrases, which changes the token numbers: both models must then be trained from the start.
"""

from __future__ import annotations

import argparse
import gzip

from pipeline.encoders.vocabulary import MERGES_FILE, merges_for
from pipeline.encoders.words import WORDS_FILE
from pipeline.training.grammar import phrases_of, words_of
from pipeline.training.more_words import MORE_WORDS
from pipeline.training.sight_words import SIGHT_PATTERNS, SIGHT_TEMPLATES
from pipeline.training.sound_words import SOUND_PATTERNS, SOUND_TEMPLATES

#: Merges kept for words that were never trained, so that they split into few pieces.
COMMON_MERGES = 1500


def main(arguments: list[str] | None = None) -> None:
    """Write the word lists into the package, and the merges if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merges", action="store_true", help="new merges: new token numbers")
    options = parser.parse_args(arguments)
    kinds = {
        "sight": words_of(p.text for p in phrases_of(SIGHT_PATTERNS)) | words_of(SIGHT_TEMPLATES),
        "sound": words_of(p.text for p in phrases_of(SOUND_PATTERNS)) | words_of(SOUND_TEMPLATES),
    }
    for words in kinds.values():
        words |= {"and", "with", "while"}
    if options.merges:
        merges = merges_for(set.union(*kinds.values(), MORE_WORDS), COMMON_MERGES)
        # The tokenizer skips the first line.
        text = "#version: 0.2\n" + "\n".join(merges)
        MERGES_FILE.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
    WORDS_FILE.write_text(
        "".join(f"{kind}: {' '.join(sorted(words))}\n" for kind, words in kinds.items()), "utf-8"
    )


if __name__ == "__main__":
    main()
