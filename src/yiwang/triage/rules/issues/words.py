"""Words 词表: the lists of `words.yaml`, read once."""

from __future__ import annotations

from pathlib import Path

import yaml

#: Sets of words by the name of their list.
WORDS: dict[str, frozenset[str]] = {
    name: frozenset(str(words).split())
    for name, words in yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8")).items()
}
