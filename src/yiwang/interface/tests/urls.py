"""Addresses of the tests: one page that draws every component, and views that fail in every way."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from ninja import NinjaAPI, Schema
from pydantic import ConfigDict, Field

from yiwang.interface.problem import install
from yiwang.kernel.errors import Conflict, NotFound, Refused, StaleVersion, YiwangError, invalid

from .sample import AT, sample_page, sample_panel

POST = UUID(int=7)
ENTRIES = [SimpleNamespace(kind="cases.dispatched", at=AT, actor=UUID(int=1), post=POST, agent="")]
ERRORS: dict[str, YiwangError] = {
    "refused": Refused("您没有派遣的权限。", code="cases.refused"),
    "missing": NotFound("找不到这个案件。"),
    "conflict": Conflict("当前状态“已结案”不能“派遣”。", code="case.transition_refused", state="closed"),
    "stale": StaleVersion("您打开之后，别人已经改动了它。", changes=ENTRIES, version=4),
    "invalid": invalid("due_at", "昨天", "请填写将来的时间。"),
}


def raising(request: HttpRequest, name: str) -> HttpResponse:
    """Raise the error of that name."""
    raise ERRORS[name]


class Report(Schema):
    """Input of the test API."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=2, max_length=10)
    lon: float = Field(ge=-180, le=180)


api = NinjaAPI(urls_namespace="interface-tests", docs_url=None)
install(api)


@api.post("/reports")
def receive(request: HttpRequest, report: Report) -> dict[str, str]:
    """Accept a report."""
    return {"text": report.text}


@api.get("/errors/{name}")
def fail(request: HttpRequest, name: str) -> None:
    """Raise the error of that name, or one that nobody meant."""
    if name == "unexpected":
        raise RuntimeError("a secret inside")
    raise ERRORS[name]


def echo_policy(request: HttpRequest) -> JsonResponse:
    """Answer something."""
    return JsonResponse({})


urlpatterns = [
    path("", include("yiwang.interface.urls")),
    path("api/", api.urls),
    path("sample/", sample_page, name="sample"),
    path("sample/list/", sample_page, name="sample_list"),
    path("sample/panel/<uuid:owner>/", sample_panel, name="sample_panel"),
    path("raise/<str:name>/", raising, name="raising"),
    path("plain/", echo_policy, name="plain"),
]
handler400 = "yiwang.interface.failures.bad_request"
handler403 = "yiwang.interface.failures.refused"
handler404 = "yiwang.interface.failures.not_found"
handler500 = "yiwang.interface.failures.failure"
