"""Problems 错误应答: RFC 9457 problem+json for the API, and the same facts for the pages.

Every answer says what is wrong in words (`detail`), by a stable name (`code`), and for wrong input names the
field, the value given and the remedy. The words are Chinese; a program that sends `Accept-Language: en` gets
English ones. `install(api)` makes a django-ninja API answer so throughout.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, get_language_from_request, gettext, override
from django.utils.translation import gettext_noop as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, Throttled, ValidationError

from ..kernel.errors import FieldProblem, Invalid, StaleVersion, YiwangError
from ..kernel.outages import is_outage
from .changes import Change, changes_of
from .error_words import detail_words, error_words
from .requests import is_lost_race

_log = logging.getLogger("yiwang.interface.problem")

CONTENT_TYPE = "application/problem+json"
#: Seconds after which to come back: a lost race at once, a database out of reach a little later.
RETRY_AFTER_RACE, RETRY_AFTER_OUTAGE = 1, 5
PRECONDITION_FAILED = 412
#: Title of each status in Chinese; the title is for people, `code` is for programs.
TITLES = {
    400: _("请求有误"),
    401: _("需要登录"),
    403: _("没有权限"),
    404: _("没有找到"),
    405: _("不支持的请求方法"),
    409: _("与当前状态冲突"),
    412: _("内容已被改动"),
    413: _("内容过大"),
    415: _("不支持的内容类型"),
    422: _("填写有误"),
    428: _("缺少前提条件"),
    429: _("请求过于频繁"),
    500: _("服务器出错"),
    503: _("暂时繁忙"),
}
_DETAILS = {
    401: _("请先登录，或在请求头中提供有效的令牌。"),
    403: _("您没有执行此操作的权限。"),
    404: _("没有这项内容，或者您无权查看它。"),
    405: _("此地址不支持这种请求方法。"),
    429: _("请求过于频繁，请稍后再试。"),
    500: _("服务器出现了没有预料到的错误，已经记录。"),
    503: _("同一内容正在被多人修改，请稍后重试。"),
}


class ProblemOut(Schema):
    """A problem as RFC 9457 writes it, for the documentation of an API."""

    type: str
    title: str
    status: int
    detail: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong 错误, ready for the API or a page.

    Attributes:
        status: HTTP status.
        code: stable machine-readable name.
        detail: Chinese sentence.
        fields: each wrong field with its value and remedy.
        changes: what others changed meanwhile, for a stale version.
        extra: further members of the answer, plain values only.
    """

    status: int
    code: str
    detail: str
    fields: Sequence[FieldProblem] = ()
    changes: Sequence[Change] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in Chinese words."""
        return TITLES.get(self.status, "请求有误")

    @property
    def title_shown(self) -> str:
        """The title in the reader's language."""
        return gettext(self.title)

    @property
    def detail_shown(self) -> str:
        """The sentence in the reader's language, as far as the catalogue knows it."""
        return detail_words(self.detail, self.fields)

    def body(self) -> dict[str, Any]:
        """The members of problem+json, in the reader's language."""
        body: dict[str, Any] = {
            "type": f"urn:yiwang:problem:{self.code}",
            "title": self.title_shown,
            "status": self.status,
            "detail": self.detail_shown,
            "code": self.code,
        }
        if self.fields:
            body["errors"] = [
                {"field": error_words(p.field), "value": p.value, "remedy": error_words(p.remedy)}
                for p in self.fields
            ]
        if self.changes:
            body["changes"] = [{"at": c.at.isoformat(), "by": c.by, "what": c.what} for c in self.changes]
        return {**self.extra, **body}


def problem_for_status(status: int, detail: str = "") -> Problem:
    """The problem of a bare status."""
    codes = {400: "bad_request", 401: "login_required", 403: "refused", 404: "not_found"}
    codes |= {405: "method_not_allowed", 429: "too_many_requests", 500: "failure", 503: "busy"}
    return Problem(
        status, codes.get(status, f"status_{status}"), detail or _DETAILS.get(status, "请求有误。")
    )


def problem_of(error: BaseException, request: HttpRequest) -> Problem | None:
    """The problem that an error stands for, or None when it is none that anybody meant."""
    if isinstance(error, YiwangError):
        return _of_yiwang(error, request)
    if isinstance(error, Http404):
        return problem_for_status(404)
    if isinstance(error, PermissionDenied):
        return problem_for_status(403)
    if is_lost_race(error):
        return problem_for_status(503)
    return None


def _of_yiwang(error: YiwangError, request: HttpRequest) -> Problem:
    status = error.status
    changes: list[Change] = []
    if isinstance(error, StaleVersion):
        changes = changes_of(error.changes)
        if "If-Match" in request.headers:
            status = PRECONDITION_FAILED
    fields = error.problems if isinstance(error, Invalid) else ()
    extra = {name: value for name, value in error.details.items() if _is_plain(value)}
    return Problem(status, error.code, error.message, fields, changes, extra)


def words_for(request: HttpRequest, text: str) -> str:
    """A stored sentence, such as the explanation of a deadline, in the language that a program accepts."""
    with override(get_language_from_request(request)):
        return error_words(text)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def json_answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The problem as an HTTP answer of type `application/problem+json`, in the language that is asked for.

    A page of ours asks in its own language, which is active; a program by `Accept-Language`, else in Chinese.
    """
    is_page = "Sec-Fetch-Site" in request.headers or settings.SESSION_COOKIE_NAME in request.COOKIES
    language = (get_language() if is_page else None) or get_language_from_request(request)
    with override(language):
        body = problem.body()
    answer = JsonResponse(body, status=problem.status, json_dumps_params={"ensure_ascii": False})
    answer["Content-Type"] = CONTENT_TYPE
    answer["Content-Language"] = language
    patch_vary_headers(answer, ["Accept-Language", "Cookie"])
    if problem.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    if problem.status == 503:
        answer["Retry-After"] = str(RETRY_AFTER_RACE)
    return answer


def install(api: NinjaAPI) -> None:
    """Let a django-ninja API answer every error as problem+json."""

    _keep_what_was_given(api)

    def known(request: HttpRequest, error: Any) -> HttpResponse:
        found = problem_of(error, request)
        if found is None:
            raise error
        return json_answer(found, request)

    def refused(status: int) -> Callable[[HttpRequest, Any], HttpResponse]:
        return lambda request, error: json_answer(problem_for_status(status), request)

    for kind in (YiwangError, Http404, PermissionDenied):
        api.add_exception_handler(kind, known)
    api.add_exception_handler(ValidationError, _wrong_input)
    api.add_exception_handler(AuthenticationError, refused(401))
    api.add_exception_handler(AuthorizationError, refused(403))
    api.add_exception_handler(Throttled, _throttled)
    api.add_exception_handler(HttpError, _bare_status)
    api.add_exception_handler(Exception, _unexpected)


def _keep_what_was_given(api: NinjaAPI) -> None:
    """Let validation errors carry the value given and the field's name as the client wrote it.

    django-ninja drops the value, and puts the name of the function's argument before the field.
    """
    original = api.validation_error_from_error_contexts

    def with_values(contexts: list[Any]) -> ValidationError:
        error = original(contexts)
        given = [
            (found["input"], getattr(context.model, "__read_from_single_attr__", None))
            for context in contexts
            for found in context.pydantic_validation_error.errors(include_url=False)
        ]
        for kept, (value, argument) in zip(error.errors, given, strict=True):
            kept["input"] = value
            if argument is not None and kept["loc"][1:2] == (argument,):
                kept["loc"] = (kept["loc"][0], *kept["loc"][2:])
        return error

    vars(api)["validation_error_from_error_contexts"] = with_values


def _bare_status(request: HttpRequest, error: Any) -> HttpResponse:
    return json_answer(problem_for_status(error.status_code, str(error)), request)


def _throttled(request: HttpRequest, error: Any) -> HttpResponse:
    answer = json_answer(problem_for_status(429), request)
    if error.wait is not None:
        answer["Retry-After"] = str(int(error.wait) + 1)
    return answer


def _unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    if is_lost_race(error) or is_outage(error):
        raise error  # the middleware tries the whole request again, or says that the database is away
    _log.error("unexpected error in %s %s", request.method, request.path, exc_info=error)
    return json_answer(problem_for_status(500), request)


def _wrong_input(request: HttpRequest, error: Any) -> HttpResponse:
    fields = [_field_problem(found) for found in error.errors]
    return json_answer(Problem(422, "invalid", "请求的内容有误，请按提示修改。", fields), request)


#: Remedies for pydantic's error types, by the beginning of the type; `{…}` come from the error's context.
_REMEDIES = {
    "missing": "必须填写。",
    "extra_forbidden": "没有这个字段，请删去。",
    "string_too_short": "至少 {min_length} 个字符。",
    "string_too_long": "至多 {max_length} 个字符。",
    "string_pattern_mismatch": "格式须符合 {pattern}。",
    "string": "请填写文字。",
    "int": "请填写整数。",
    "float": "请填写数字。",
    "decimal": "请填写数字。",
    "bool": "请填写 true 或 false。",
    "uuid": "请填写 UUID。",
    "datetime": "请填写带时区的时间，例如 2026-02-15T08:30:00+08:00。",
    "timezone": "时间须带时区，例如 2026-02-15T08:30:00+08:00。",
    "date": "请填写日期，例如 2026-02-15。",
    "enum": "可选的值有：{expected}。",
    "literal_error": "可选的值有：{expected}。",
    "greater_than_equal": "不得小于 {ge}。",
    "greater_than": "须大于 {gt}。",
    "less_than_equal": "不得大于 {le}。",
    "less_than": "须小于 {lt}。",
    "too_short": "至少 {min_length} 项。",
    "too_long": "至多 {max_length} 项。",
    "json": "请求体不是有效的 JSON。",
    "list": "请填写数组。",
    "dict": "请填写对象。",
    "model": "请填写对象。",
}


def _field_problem(error: dict[str, Any]) -> FieldProblem:
    location = [str(part) for part in error.get("loc", ())]
    name = ".".join(location[1:] if len(location) > 1 else location) or "body"
    given = error.get("input", "")
    shown = "" if given is None or isinstance(given, (dict, list)) else str(given)[:200]
    return FieldProblem(name, "" if error.get("type") == "missing" else shown, _remedy(error))


def _remedy(error: dict[str, Any]) -> str:
    kind = str(error.get("type", ""))
    context = {name: _whole(value) for name, value in error.get("ctx", {}).items()}
    for beginning in sorted(_REMEDIES, key=len, reverse=True):
        if kind.startswith(beginning):
            try:
                return _REMEDIES[beginning].format(**context)
            except KeyError:
                break
    return str(error.get("msg", "填写有误。"))


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
