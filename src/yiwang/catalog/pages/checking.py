"""Page of the check of the responsibility list 权责清单检查."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...interface.public import Column, Crumb, staff
from ...kernel.actor import Actor
from ..forms import SchemeForm
from ..permissions import may_edit
from ..queries.checking import Gap, ListCheck, check_list
from ..queries.drafts import row_words
from ..queries.index import catalog_index
from ..queries.responsibility import responsibility_list
from ..rules.nodes import ClassNode
from ..rules.specificity import ResponsibilityNode

_SHADOW_COLUMNS = (
    Column(gettext_lazy("行")),
    Column(gettext_lazy("被哪些行遮蔽")),
    Column(gettext_lazy("何时还用得到")),
)
_GONE_COLUMNS = (Column(gettext_lazy("行")), Column(gettext_lazy("问题")))
#: Classes with the same gap that are named; the rest are counted.
_NAMED = 4


@dataclass(frozen=True, slots=True)
class RowLink:
    """A row of the list in words, with the page that changes it."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class GapLine:
    """A line of the table of gaps: classes that lack the same communities, and how many in each district.

    Attributes:
        classes: name and address of the first few classes.
        more: how many classes are not named.
        cells: (district, communities without an owner, communities) in the order of the columns.
    """

    classes: tuple[tuple[str, str], ...]
    more: int
    total: int
    cells: tuple[tuple[str, int, int], ...]


@require_GET
@staff()
def check(request: HttpRequest, actor: Actor) -> HttpResponse:
    """权责清单检查: rows that never win, gaps, and names that are gone, for one scheme."""
    at = timezone.now()
    schemes = catalog_index().schemes
    form = SchemeForm(request.GET or None, schemes=schemes.values())
    chosen = (
        form.cleaned_data["scheme"] if form.is_bound and form.is_valid() else next(iter(sorted(schemes)), "")
    )
    found = check_list(at, scheme_code=chosen)
    standing = responsibility_list(at)

    def link(row: ResponsibilityNode) -> RowLink:
        words = row_words(row, standing.index, standing.areas)
        return RowLink(words, reverse("catalog:responsibility", args=[row.id]))

    lines = _lines(found)
    context = {
        "form": form,
        "scheme": schemes.get(chosen),
        "found": found,
        "covered": found.classes - len(found.gaps),
        "shadowed": [
            {"row": link(one.row), "by": [link(by) for by in one.by], "vague": one.wins_when_vague}
            for one in found.shadowed
        ],
        "shadow_columns": _SHADOW_COLUMNS,
        "gone": [{"row": link(one.row), "words": one.words} for one in found.gone],
        "gone_columns": _GONE_COLUMNS,
        "lines": lines,
        "gap_columns": [
            Column(_("事项分类")),
            Column(_("全市"), numeric=True),
            *(Column(area.name, numeric=True) for area, _count in found.districts),
        ],
        "may_edit": may_edit(actor),
        "breadcrumbs": [Crumb(_("权责清单"), reverse("catalog:responsibilities")), Crumb(_("检查"))],
    }
    return render(request, "catalog/check.html", context)


def _lines(found: ListCheck) -> list[GapLine]:
    """The gaps, classes that lack the same communities in one line; the line with most classes first."""
    alike: dict[tuple[int, ...], list[Gap]] = defaultdict(list)
    for gap in found.gaps:
        alike[(gap.total, *(gap.missing.get(area.id, 0) for area, _count in found.districts))].append(gap)
    ordered = sorted(alike.items(), key=lambda entry: (-len(entry[1]), entry[1][0].node.code))
    return [
        GapLine(
            classes=tuple(_class_link(gap.node) for gap in gaps[:_NAMED]),
            more=len(gaps) - _NAMED,
            total=total,
            cells=tuple(
                (area.name, count, all_) for (area, all_), count in zip(found.districts, missing, strict=True)
            ),
        )
        for (total, *missing), gaps in ordered
    ]


def _class_link(node: ClassNode) -> tuple[str, str]:
    return f"{node.code} {node.name}", reverse("catalog:class", args=[node.scheme_code, node.code])
