"""Reading of wording 措辞研判: which named rules speak in a text, and what they say together.

Source: 北京市接诉即办工作条例 §2 (the five kinds of request), §11 (urgent matters are passed on at once).
Worked example: 「小区从昨晚停水到现在，请问什么时候恢复」 is `prompt` by the rule `water` and `consult` by
`names_question` (3), which outweighs `broken` (1).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from ....kernel.yaml_files import parse_yaml
from ..classing.texts import normalised
from ..proposals import Reason

#: Urgencies, strongest first; what no rule calls urgent is ordinary.
URGENCIES = ("urgent", "prompt")
ORDINARY = "ordinary"
#: Weight from which the reporter is taken to name the kind himself.
NAMED = 3
#: Characters that `…` stands for at most, and before a phrase in which a negation silences it.
_GAP, _BEFORE = 10, 3
_CLAUSES = re.compile(r"[,。!?;:\n、…~]+|\.{2,}")
_FIELDS = frozenset({"name", "answer", "phrases", "unless", "weight", "basis", "reason"})


class RulesWrong(ValueError):
    """The file of rules says something that cannot be read; the message names the rule and the field."""


@dataclass(frozen=True, slots=True)
class WordingRule:
    """One named rule 措辞规则; see the head of `rules.yaml` for its fields."""

    name: str
    answer: str
    phrases: re.Pattern[str]
    unless: tuple[str, ...]
    weight: int
    basis: str
    reason: str


@dataclass(frozen=True, slots=True)
class WordingRules:
    """All rules 措辞规则集: those of urgency, those of kind, the order of kinds and the kind otherwise."""

    urgency: tuple[WordingRule, ...]
    kind: tuple[WordingRule, ...]
    kinds: tuple[str, ...]
    otherwise: str
    negations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """How urgent a report is and what its reporter wants 措辞研判结果.

    Attributes:
        urgency: `urgent`, `prompt` or `ordinary`.
        kind: a request kind, such as `consult`.
        kind_named: whether the reporter names the kind himself (a rule of weight 3) and no other kind has as
            much.
        urgency_reasons, kind_reasons: a reason a rule that spoke, strongest first; code
            `wording.<rule>`, words with the phrase that was read and the basis.
    """

    urgency: str
    kind: str
    kind_named: bool = False
    urgency_reasons: tuple[Reason, ...] = ()
    kind_reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: WordingRule
    phrase: str


def read_rules(text: str) -> WordingRules:
    """Rules from their YAML.

    Raises:
        RulesWrong: a field is missing, unknown or says nothing; names rule and field.
    """
    content = parse_yaml(text)
    if not isinstance(content, Mapping):
        raise RulesWrong("规则文件应为键值结构。")
    kinds = tuple(content.get("kinds") or ())
    rules = WordingRules(
        urgency=tuple(_rule(row, URGENCIES) for row in content.get("urgency") or ()),
        kind=tuple(_rule(row, kinds) for row in content.get("kind") or ()),
        kinds=kinds,
        otherwise=str(content.get("otherwise", "")),
        negations=tuple(content.get("negations") or ()),
    )
    names = [rule.name for rule in (*rules.urgency, *rules.kind)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RulesWrong(f"规则 {twice[0]} 出现两次，请改名。")
    if rules.otherwise not in kinds:
        raise RulesWrong("otherwise 应为 kinds 中的一个诉求类型。")
    return rules


def _rule(row: Mapping[str, object], answers: Sequence[str]) -> WordingRule:
    name = str(row.get("name", ""))
    unknown = sorted(set(row) - _FIELDS)
    if unknown:
        raise RulesWrong(f"规则 {name}：不认识字段 {unknown[0]}。")
    for needed in ("name", "answer", "phrases", "basis", "reason"):
        if not row.get(needed):
            raise RulesWrong(f"规则 {name}：缺少字段 {needed}。")
    if row["answer"] not in answers:
        raise RulesWrong(f"规则 {name}：answer 应为 {'、'.join(answers)} 之一。")
    return WordingRule(
        name=name,
        answer=str(row["answer"]),
        phrases=_pattern(_words(row["phrases"])),
        unless=tuple(normalised(word) for word in _words(row.get("unless") or ())),
        weight=int(str(row.get("weight", 1))),
        basis=str(row["basis"]),
        reason=str(row["reason"]),
    )


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, Iterable) else []


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Longest phrase first, so that the reason shows the fullest one."""
    gap = f".{{0,{_GAP}}}?"
    parts = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(gap.join(map(re.escape, map(normalised, p.split("…")))) for p in parts))


@functools.cache
def shipped_rules() -> WordingRules:
    """The rules of the package."""
    return read_rules(files(__package__).joinpath("rules.yaml").read_text(encoding="utf-8"))


def wording_of(text: str, rules: WordingRules | None = None) -> Wording:
    """What the words of one report say of urgency and kind."""
    rules = rules or shipped_rules()
    clauses = [clause for clause in _CLAUSES.split(normalised(text)) if clause]
    urgent = _spoken(rules.urgency, clauses, rules.negations)
    urgent.sort(key=lambda hit: URGENCIES.index(hit.rule.answer))
    wanted = _spoken(rules.kind, clauses, rules.negations)
    wanted.sort(key=lambda hit: -hit.rule.weight)
    sums = {kind: sum(hit.rule.weight for hit in wanted if hit.rule.answer == kind) for kind in rules.kinds}
    kind = max(rules.kinds, key=lambda one: sums[one]) if wanted else rules.otherwise
    rivals = [total for other, total in sums.items() if other != kind]
    named = any(hit.rule.weight >= NAMED for hit in wanted if hit.rule.answer == kind)
    return Wording(
        urgency=urgent[0].rule.answer if urgent else ORDINARY,
        kind=kind,
        kind_named=named and sums[kind] > max(rivals, default=0),
        urgency_reasons=tuple(map(_reason, urgent)),
        kind_reasons=tuple(_reason(hit) for hit in wanted if hit.rule.answer == kind),
    )


def wordings_of(texts: Sequence[str], rules: WordingRules | None = None) -> list[Wording]:
    """`wording_of` for many texts."""
    return [wording_of(text, rules) for text in texts]


def _spoken(rules: Sequence[WordingRule], clauses: Sequence[str], negations: Sequence[str]) -> list[_Hit]:
    """Each rule that speaks, with the first phrase that made it."""
    return [_Hit(rule, phrase) for rule in rules if (phrase := _first(rule, clauses, negations)) is not None]


def _first(rule: WordingRule, clauses: Sequence[str], negations: Sequence[str]) -> str | None:
    for clause in clauses:
        for found in rule.phrases.finditer(clause):
            before = clause[max(0, found.start() - _BEFORE) : found.start()]
            if before.endswith(tuple(negations)):
                continue
            if not any(word in clause for word in rule.unless):
                return found.group()
    return None


def _reason(hit: _Hit) -> Reason:
    words = f"“{hit.phrase}”：{hit.rule.reason}（{hit.rule.basis}）"
    return Reason(f"wording.{hit.rule.name}", words, float(hit.rule.weight))
