"""The trained address reader 地址识别模型: a linear-chain CRF over tokens, its gazetteer beside it.

Tags inside the model also mark the last token of a part, which tells the model where long names end. A model
is two byte strings (CRF and gazetteer); nothing in it is executable.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from .features import features_of, shape_of
from .gazetteer import Lookup, gazetteer, own_parts
from .tagged import Span, TaggedAddress, spans_of

#: Settings of the training, chosen on development addresses.
ITERATIONS = 80
_PENALTIES = {"c1": 0.3, "c2": 0.6}


@dataclass(frozen=True, slots=True)
class ReaderModel:
    """A trained reader as bytes 地址识别模型内容."""

    crf: bytes
    names: bytes


class TrainedReader:
    """Reads addresses with a trained model; not to be shared between threads."""

    def __init__(self, model: ReaderModel) -> None:
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model.crf)
        self._lookup = Lookup(json.loads(model.names))

    def read(self, tokens: Sequence[str]) -> list[Span]:
        """Parts of one address, given as tokens."""
        if not tokens:
            return []
        tokens = list(tokens)
        shape = shape_of(tokens)
        rows = features_of(tokens, shape)
        self._lookup.mark(shape, rows)
        return spans_of([_outer(tag) for tag in self._tagger.tag(rows)])


def train_reader(
    addresses: Sequence[TaggedAddress],
    *,
    known: Mapping[str, Mapping[str, int]] | None = None,
    iterations: int = ITERATIONS,
) -> ReaderModel:
    """Train a reader on tagged addresses; the same addresses give the same bytes.

    Args:
        known: further surfaces by tag, such as the names of a city's own divisions.

    Raises:
        ValueError: when there are no addresses.
    """
    if not addresses:
        raise ValueError("没有可训练的标注地址。")
    shapes = [shape_of(address.tokens) for address in addresses]
    spans = [address.spans for address in addresses]
    names = gazetteer(zip(shapes, spans, strict=True))
    for surface, tags in (known or {}).items():
        names.setdefault(surface, {}).update({tag: 1_000 + count for tag, count in tags.items()})
    lookup = Lookup(names)
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.select("lbfgs")
    trainer.set_params({**_PENALTIES, "max_iterations": iterations, "feature.possible_states": False})
    for address, shape, parts in zip(addresses, shapes, spans, strict=True):
        rows = features_of(address.tokens, shape)
        lookup.mark(shape, rows, own_parts(shape, parts))
        trainer.append(rows, _inner(address.tags, parts))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reader.crf"
        trainer.train(str(file))
        content = file.read_bytes()
    return ReaderModel(content, json.dumps(names, ensure_ascii=False, sort_keys=True).encode())


def _inner(tags: Sequence[str], parts: Sequence[Span]) -> list[str]:
    """Tags with `E-` at the last token of every longer part."""
    marked = list(tags)
    for start, end, tag in parts:
        marked[start] = "B-" + tag
        if end - start > 1:
            marked[end - 1] = "E-" + tag
    return marked


def _outer(tag: str) -> str:
    return "I" + tag[1:] if tag.startswith("E-") else tag
