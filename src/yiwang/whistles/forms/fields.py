"""Fields 字段 that the forms of whistles share: units to choose, areas, a point, limits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...cases.public import Picture
from ...kernel.actor import Actor
from ...kernel.limits import limit_problem
from ...kernel.working_time import SHANGHAI, UNIT_NAMES
from ...orgs.public import UnitKind, area_index, unit_index
from ..enums import AttendingPost, Direction
from ..models import Whistle, WhistleKind
from ..queries.rulebook import kinds_offered, rulebook
from ..states import DRAFTS

Choices = list[tuple[str, Any]]


def unit_choices(*, empty: bool = True) -> Choices:
    """Units that may be called, outside units first, then by kind; keys as text."""
    groups: dict[str, list[tuple[str, str]]] = {}
    outside = [(str(row.id), row.name) for row in rulebook().outside if row.ended_at is None]
    labels = dict(UnitKind.choices)
    for node in sorted(unit_index().by_code.values(), key=lambda unit: unit.code):
        groups.setdefault(str(labels.get(node.kind, node.kind)), []).append((str(node.id), node.name))
    found: Choices = [("", _("请选择"))] if empty else []
    if outside:
        found.append((_("外部单位（链接办理）"), outside))
    return found + list(groups.items())


def host_choices(whistle: Whistle) -> Choices:
    """Units that may lead a whistle: any, or those of the street that answers a community or a firm."""
    if rulebook().kind(whistle.kind_id).direction != Direction.TO_STREET or whistle.street is None:
        return unit_choices()
    own = unit_index().in_area(whistle.street)
    offices = sorted(own, key=lambda node: node.kind != UnitKind.STREET_OFFICE)
    return [(str(node.id), node.name) for node in offices] or unit_choices()


def area_choices() -> Choices:
    """Shared zones first, then districts, streets and communities in the order of their codes."""
    wanted = ("shared_zone", "functional_zone", "district", "street", "community")
    nodes = [node for node in area_index().by_code.values() if node.kind in wanted]
    ordered = sorted(nodes, key=lambda node: (wanted.index(node.kind) > 1, node.code))
    return [("", _("按地图点位")), *((str(node.id), _indented(node)) for node in ordered)]


def _indented(node: Any) -> str:
    depth = {"street": 1, "community": 2}.get(node.kind, 0)
    return "\u3000" * depth + str(node.name)


def kind_choices(at: datetime, actor: Actor | None = None, *, recurring: bool = False) -> Choices:
    """Kinds that may be blown now, by code.

    Args:
        actor: only kinds that the actor may blow, or draft for who may.
        recurring: only kinds that may be put on a schedule, and blown by the actor.
    """
    return [
        (row.code, row.name)
        for row in kinds_offered(at)
        if (not recurring or row.may_recur) and (actor is None or _may_use(actor, row, recurring))
    ]


def _may_use(actor: Actor, kind: WhistleKind, recurring: bool) -> bool:
    if actor.may_anywhere(kind.blow_act):
        return True
    return not recurring and actor.may_anywhere(DRAFTS)


def matter_choices(at: datetime) -> Choices:
    """Every matter that holds today, by field; those for one kind say so."""
    day = at.astimezone(SHANGHAI).date()
    names = {row.code: row.name for row in rulebook().kinds}
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in rulebook().matters:
        if row.valid_from <= day and (row.valid_to is None or day < row.valid_to):
            kind = f"（{names.get(row.kind_code, row.kind_code)}）" if row.kind_code else ""
            groups.setdefault(row.field or _("其他"), []).append((str(row.id), row.name + kind))
    return [("", _("请选择")), *groups.items()]


def keys(values: Iterable[str]) -> tuple[UUID, ...]:
    """Chosen keys as UUIDs, empty ones left out."""
    return tuple(UUID(value) for value in values if value)


def degrees(label: Any, *, most: int) -> forms.FloatField:
    """Longitude or latitude in WGS84 degrees, typed or filled in by a map or phone; may be left empty."""
    return forms.FloatField(
        label=label, required=False, min_value=-most, max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip


def attending_post() -> forms.ChoiceField:
    """The post of who came, from the list: nothing is typed, so no name can be."""
    return forms.ChoiceField(
        label=gettext_lazy("到场人员职务"),
        choices=[("", gettext_lazy("请选择")), *AttendingPost.choices],
        help_text=gettext_lazy("哨的页面显示单位和职务，不显示姓名。"),
    )


def uploads(files: Any, stage: str) -> list[Picture]:
    """Uploads of a form as pictures of a stage."""
    kept: list[UploadedFile] = files or []
    return [Picture(stage, cast("Any", upload.file), upload.name or "") for upload in kept]


def text_area(
    label: Any, *, required: bool = True, rows: int = 3, most: int = 4000, hint: Any = ""
) -> forms.CharField:
    """A text of several lines."""
    return forms.CharField(
        label=label, required=required, max_length=most, help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


def moment(label: Any, *, required: bool = False) -> forms.DateTimeField:
    """An instant in Shanghai time."""
    return forms.DateTimeField(
        label=label, required=required, widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip


def aware(value: datetime | None) -> datetime | None:
    """The instant, in Shanghai time when the form gave none."""
    if value is None or timezone.is_aware(value):
        return value
    return value.replace(tzinfo=SHANGHAI)


class LimitWidget(forms.MultiWidget):
    """A number and a unit of time side by side."""

    use_fieldset = False

    def __init__(self) -> None:
        units = [("", "—"), *((code, gettext_lazy(name)) for code, name in UNIT_NAMES.items())]
        super().__init__(
            [
                forms.TextInput(attrs={"inputmode": "decimal", "aria-label": gettext_lazy("数值")}),
                forms.Select(choices=units, attrs={"aria-label": gettext_lazy("单位")}),
            ]
        )

    def id_for_label(self, id_: str) -> str:
        """The label is that of the number."""
        return f"{id_}_0" if id_ else ""

    def decompress(self, value: Any) -> list[Any]:
        """Number and unit of a stored limit."""
        return [f"{value[0].normalize():f}", value[1]] if value else [None, ""]


class LimitField(forms.MultiValueField):
    """A limit 时限: amount and unit, or nothing."""

    def __init__(self, *, label: Any, required: bool = False) -> None:
        units = [("", "—"), *UNIT_NAMES.items()]
        super().__init__(
            fields=(
                forms.DecimalField(required=False, max_digits=8, decimal_places=4),
                forms.ChoiceField(choices=units, required=False),
            ),
            widget=LimitWidget(), label=label, required=required, require_all_fields=False,
        )  # fmt: skip

    def compress(self, data_list: list[Any]) -> tuple[Decimal, str] | None:
        """Amount and unit; None when no amount is given."""
        if not data_list or data_list[0] is None:
            return None
        amount, unit = data_list[0], data_list[1]
        problem = limit_problem(amount, unit)
        if problem is not None:
            raise forms.ValidationError(problem)
        return amount, unit
