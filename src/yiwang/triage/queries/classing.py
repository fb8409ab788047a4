"""Class models in use 使用中的分类模型, cold starts by scheme, and a city's own history to train on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from ...cases.public import ReportLink
from ...catalog.public import CatalogIndex
from ...ledger.public import VersionedCache
from ..enums import TriageStage, Verdict
from ..models import ClassModelContent, ClassModelVersion, ProposalVerdict
from ..rules.classing.cold import ClassWords, ColdStart
from ..rules.classing.model import ClassModel, model_from_bytes
from ..rules.classing.texts import Message
from ..rules.encoding import sentence_vectors

#: What `bump` is called with when a version is put in use or taken out.
MODELS = "triage.class_models"
#: Models of wording: not a scheme of the catalog, but trained and kept in the same way.
WORDING_KIND, WORDING_URGENCY = "wording.kind", "wording.urgency"
WORDINGS = (WORDING_KIND, WORDING_URGENCY)
#: Cases that one training reads at most, the newest.
MOST_CASES = 60_000
#: States in which nobody has decided on the class yet, or the case was no case.
_UNDECIDED = ("received", "verifying", "rejected", "voided", "merged", "withdrawn")


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in use, by the name of its version 使用中的模型."""

    name: str
    model: ClassModel


@dataclass(frozen=True, slots=True)
class History:
    """Reports whose class people decided 本市历史案件.

    Attributes:
        corrections: how many of them a person changed from what was proposed.
    """

    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    corrections: int


def _build() -> dict[str, LoadedModel]:
    rows = ClassModelContent.objects.filter(
        version__published_at__isnull=False, version__retired_at=None
    ).select_related("version")
    return {
        row.version.scheme: LoadedModel(row.version.name, model_from_bytes(bytes(row.content)))
        for row in rows.order_by("version__scheme")
    }


_models: VersionedCache[dict[str, LoadedModel]] = VersionedCache(MODELS, _build)
_cold: WeakKeyDictionary[CatalogIndex, dict[str, ColdStart]] = WeakKeyDictionary()


def models_in_use() -> dict[str, LoadedModel]:
    """The model in use of each scheme that has one; loaded once a process."""
    return _models.get()


def schemes_in_use(index: CatalogIndex) -> list[str]:
    """Codes of the schemes that reports are classed by: those of the day, but not one that leads to another.

    A scheme whose classes have crosswalks into another is an older one, kept to read old cases.
    """
    codes = sorted(index.schemes)
    return [code for code in codes if not _leads_elsewhere(index, code, codes)]


def _leads_elsewhere(index: CatalogIndex, code: str, codes: Sequence[str]) -> bool:
    others = [other for other in codes if other != code]
    return any(index.crosswalk(node.id, other) for node in index.classes(code) for other in others)


def cold_start(index: CatalogIndex, scheme: str) -> ColdStart:
    """The cold start of a scheme, made once for each state of the catalog."""
    kept = _cold.setdefault(index, {})
    if scheme not in kept:
        kept[scheme] = ColdStart(list(_words(index, scheme)), sentence_vectors)
    return kept[scheme]


def _words(index: CatalogIndex, scheme: str) -> Iterator[ClassWords]:
    for node in index.classes(scheme):
        if not index.children(node.id):
            conditions = " ".join(condition.text for condition in index.conditions(node.id))
            names = index.full_name(node.id).replace(" / ", " ")
            yield ClassWords(node.code, node.name, f"{names} {conditions}")


def city_history(index: CatalogIndex, scheme: str) -> History:
    """The city's own cases of a scheme with the words of their first report, newest first.

    A class that the platform gave by itself, and that nobody looked at, is left out: a model must not learn
    from itself. A correction counts as the class that the person chose.
    """
    if scheme in WORDINGS:
        return _history(scheme.removeprefix("wording."), {})
    codes = {node.id: node.code for node in index.classes(scheme)}
    return _history("matter_class", codes)


def _history(field: str, codes: dict) -> History:
    verdicts = ProposalVerdict.objects.filter(proposal__case=OuterRef("case"), stage=TriageStage.CLASS)
    links = (
        ReportLink.objects.filter(until=None, cause="origin", report__erased_at=None)
        .exclude(case__state__in=_UNDECIDED)
        .exclude(report__text="")
        .annotate(
            by_itself=Exists(verdicts.filter(verdict=Verdict.AUTOMATIC)),
            by_person=Exists(verdicts.filter(verdict__in=(Verdict.ACCEPTED, Verdict.CHANGED))),
            changed=Exists(verdicts.filter(verdict=Verdict.CHANGED)),
        )
    )
    if codes:
        links = links.filter(case__matter_class__in=list(codes))
    rows = links.order_by("-case__created_at", "-case__id").values_list(
        "report__text", f"case__{field}", "by_itself", "by_person", "changed"
    )[:MOST_CASES]
    messages, labels, corrections = [], [], 0
    for text, value, by_itself, by_person, changed in rows:
        if by_itself and not by_person:
            continue
        messages.append(Message(text))
        labels.append(codes[value] if codes else str(value))
        corrections += changed
    return History(tuple(messages), tuple(labels), corrections)


def name_of_scheme(index: CatalogIndex, scheme: str) -> str:
    """What a scheme, or a model of wording, is called."""
    if scheme == WORDING_KIND:
        return _("诉求类型（措辞）")
    if scheme == WORDING_URGENCY:
        return _("紧急程度（措辞）")
    found = index.schemes.get(scheme)
    return found.name if found else scheme


def model_version(version_id: UUID) -> ClassModelVersion | None:
    """One version by its key, without its content."""
    return ClassModelVersion.objects.filter(id=version_id).first()


def versions_of(scheme: str = "", *, most: int = 50) -> list[ClassModelVersion]:
    """The newest versions, of one scheme or of all."""
    rows = ClassModelVersion.objects.order_by("-trained_at", "-number")
    return list((rows.filter(scheme=scheme) if scheme else rows)[:most])
