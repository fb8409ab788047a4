"""Words 词表: the lists of `words.yaml`, read once."""

from __future__ import annotations

from ....kernel.yaml_files import shipped_yaml

#: Sets of words by the name of their list.
WORDS: dict[str, frozenset[str]] = {
    name: frozenset(str(words).split())
    for name, words in shipped_yaml("yiwang.triage.rules.issues", "words.yaml").items()
}
