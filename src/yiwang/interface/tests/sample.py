"""A page that draws every component once, with plain values; used by the tests and by eye."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from yiwang.interface.components import Chart, Column, Crumb, Fact, Happening, MapLayer, MapView
from yiwang.interface.keyset import Page

AT = datetime(2026, 2, 15, 0, 30, tzinfo=UTC)
STATES = {"handling": "处置中", "closed": "已结案", "void": "已作废"}
SQUARE = [[118.70, 32.00], [118.80, 32.00], [118.80, 32.08], [118.70, 32.08], [118.70, 32.00]]
AREAS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": 1, "name": "建邺区 Jianye"},
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        }
    ],
}


class FilterForm(forms.Form):
    """Filters of the sample list."""

    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATES.items()])
    text = forms.CharField(label="关键词", required=False)
    late = forms.BooleanField(label="只看超时", required=False)


class ActForm(forms.Form):
    """An act with a required reason."""

    reason = forms.CharField(
        label="理由", help_text="不少于五个字", min_length=5, widget=forms.Textarea(attrs={"rows": 3})
    )
    kind = forms.ChoiceField(
        label="方式", choices=[("call", "电话"), ("visit", "上门")], widget=forms.RadioSelect
    )
    agreed = forms.BooleanField(label="已核对")


def rows() -> list[SimpleNamespace]:
    """Rows of the sample list."""
    due = [AT - timedelta(hours=30), AT + timedelta(minutes=40), AT + timedelta(days=3), None]
    places = ["江宁区东山街道", "鼓楼区湖南路街道", "浦口区泰山街道", "秦淮区夫子庙街道"]
    states = ["handling", "handling", "closed", "void"]
    return [
        SimpleNamespace(number=f"20260215-0000004{n}-7", place=places[n], state=states[n], due_at=due[n])
        for n in range(4)
    ]


def sample_values(request: HttpRequest) -> dict[str, Any]:
    """Everything the sample page draws."""
    bound = ActForm({"reason": "太短"})
    bound.is_valid()
    return {
        "now": AT,
        "states": STATES,
        "breadcrumbs": [Crumb("工作台", "/sample/"), Crumb("案件", "/sample/"), Crumb("20260215-00000042-7")],
        "filter_form": FilterForm(request.GET or None),
        "act_form": bound,
        "columns": [
            Column("编号"),
            Column("地点"),
            Column("状态", order="state"),
            Column("时限", order="due"),
        ],
        "order": "due",
        "page": Page(rows(), next="abc.def", previous="ghi.jkl"),
        "facts": [
            Fact("案件编号", "20260215-00000042-7"),
            Fact("事项", "市容环境 / 暴露垃圾", href="/sample/"),
            Fact("主办单位", None),
            Fact("时限", "4 工作时", hint="由立案条件“一般”确定"),
        ],
        "happenings": [
            Happening(AT, "受理", by="江宁区城运中心 坐席", icon="phone", tone="active"),
            Happening(
                AT + timedelta(minutes=7),
                "派遣",
                by="江宁区城运中心 派遣员",
                text="主办：东山街道综合执法局",
                icon="send",
            ),
            Happening(
                AT + timedelta(hours=3), "结案", by="江宁区城运中心 值班长", icon="circle-check", tone="good"
            ),
        ],
        "map": MapView(
            "sample",
            "案件位置",
            layers=[MapLayer("areas", "街道", geojson=AREAS, text="name")],
            point=(118.75, 32.04),
            bounds=(118.69, 31.99, 118.81, 32.09),
        ),
        "chart": Chart(
            "sample",
            "每小时受理量",
            {
                "xAxis": {"type": "category", "data": ["8", "9", "10"]},
                "yAxis": {},
                "series": [{"type": "bar", "data": [12, 31, 18]}],
            },
            columns=["时", "件"],
            rows=[["8", 12], ["9", 31], ["10", 18]],
        ),
        "owner": UUID(int=3),
        "label": _("提交"),
    }


def sample_page(request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """The sample page; `?frame=public` draws it in the frame of residents."""
    frame = "public" if request.GET.get("frame") == "public" else "base"
    return render(
        request, "interface_tests/sample.html", {"frame": f"interface/{frame}.html", **sample_values(request)}
    )


def sample_panel(request: HttpRequest, owner: UUID) -> HttpResponse:
    """The content of a panel: a few facts."""
    return render(
        request, "interface/components/facts.html", {"facts": [Fact("附近案件", 2), Fact("来源", str(owner))]}
    )
