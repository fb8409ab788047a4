"""Server 服务端: the seven resources of GeoReport v2 under `/open311/v2/`, in JSON and XML.

Errors keep the specification's form and codes whatever goes wrong: 403 for a missing or wrong key, 404 for
what does not exist, 400 for everything else that cannot be answered, and 429 over a quota.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from ....interface.public import retrying
from ....kernel.errors import YiwangError
from ....ledger.public import JournalEntry
from ...errors import TooMany
from ...queries.transfers import settings_of
from ...rules.open311.documents import MEDIA_TYPES, SPECIFICATION, Tree, document, error_list
from ...rules.open311.filters import read_filter
from ...rules.open311.submission import value_of
from ...rules.open311.w3c import w3c
from .asking import Asker, Query, Unanswerable, asker_of, refuse, serving_channels
from .listing import check_may_list, requests_of
from .offering import offer_of, service_definition, service_list
from .taking import accept_form, taken_by

Answer = Callable[..., tuple[str, Tree]]
_LONGEST_KEY = 200
#: What Django raises for a body that is broken, too large, or ends too early.
_UNREADABLE = (BadRequest, MultiPartParserError, SuspiciousOperation, RequestDataTooBig, UnreadablePostError)


def endpoint(*methods: str) -> Callable[[Answer], Callable[..., HttpResponse]]:
    """Decorator: the view returns a root and a tree; this writes them in the form of the address.

    The body is read here, not by the middleware, so that a broken one is answered in the same form.
    """

    def wrap(view: Answer) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, form: str = "xml", **given: str) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise refuse(400, _("此地址不支持 %(method)s。") % {"method": request.method})
                root, tree = retrying(view)(request, **given)
            except (Unanswerable, YiwangError) as error:
                problem = _problem_of(error)
                return _written("errors", error_list(problem.problems), form, problem)
            return _written(root, tree, form)

        answered.reads_body_itself = True  # type: ignore[attr-defined]
        return answered

    return wrap


def _problem_of(error: Unanswerable | YiwangError) -> Unanswerable:
    if isinstance(error, Unanswerable):
        return error
    if isinstance(error, TooMany):
        return Unanswerable(429, [(429, error.message)], error.retry_after)
    return refuse(error.status if error.status in {403, 404} else 400, error.message)


def _written(root: str, tree: Tree, form: str, problem: Unanswerable | None = None) -> HttpResponse:
    answer = HttpResponse(
        document(root, tree, form), content_type=MEDIA_TYPES[form], status=problem.status if problem else 200
    )
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "no-store"
    if problem is not None and problem.retry_after:
        answer["Retry-After"] = str(problem.retry_after)
    return answer


def _lists(fields: QueryDict) -> Query:
    return dict(fields.lists())


@endpoint("GET", "HEAD")
def discovery(request: HttpRequest) -> tuple[str, Tree]:
    """GET discovery: where the service is, what it speaks, whom to ask for a key."""
    at = timezone.now()
    channels = serving_channels(at)
    asker = asker_of(_lists(request.GET), at) if len(channels) == 1 else None
    settings = asker.settings if asker else settings_of(channels[0]) if channels else None
    changed = _changed_at([channel.id for channel in channels])
    return "discovery", {
        "changeset": changed,
        "contact": settings.contact if settings else "",
        "key_service": settings.key_service if settings else "",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": request.build_absolute_uri("/open311/v2"),
                "changeset": changed,
                "type": settings.endpoint_type if settings else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def _changed_at(channel_ids: list[Any]) -> str:
    """When one of the channels was published last."""
    entry = JournalEntry.objects.filter(stream__in=channel_ids).order_by("-at").first()
    return w3c(entry.at) if entry else ""


@endpoint("GET", "HEAD")
def services(request: HttpRequest) -> tuple[str, Tree]:
    """GET services."""
    at = timezone.now()
    return "services", service_list(asker_of(_lists(request.GET), at), at)


@endpoint("GET", "HEAD")
def definition(request: HttpRequest, code: str) -> tuple[str, Tree]:
    """GET services/{code}."""
    at = timezone.now()
    return "service_definition", service_definition(offer_of(asker_of(_lists(request.GET), at), code, at))


@endpoint("GET", "HEAD", "POST")
def requests(request: HttpRequest) -> tuple[str, Tree]:
    """GET requests, and POST of a new one."""
    return "service_requests", _post(request) if request.method == "POST" else _list(request)


def _list(request: HttpRequest) -> Tree:
    at, query = timezone.now(), _lists(request.GET)
    asker = asker_of(query, at)
    check_may_list(asker)
    wanted, problems = read_filter(query, at)
    if problems:
        raise Unanswerable(400, problems)
    return requests_of(asker, wanted)


def _post(request: HttpRequest) -> Tree:
    form, files = _form(request)
    key = request.headers.get("Idempotency-Key", "")[:_LONGEST_KEY]
    accepted = accept_form(form, files, idempotency_key=key, at=timezone.now())
    taken = accepted.taken
    named = {"service_request_id": taken.number} if taken.number else {"token": taken.token}
    return [{**named, "service_notice": accepted.notice or None, "account_id": accepted.account_id or None}]


def _form(request: HttpRequest) -> tuple[Query, list[Any]]:
    """Fields and files of a POST; parameters in the address count as fields that the body does not name.

    Raises:
        Unanswerable: 400 when the body is broken or too large.
    """
    try:
        body, files = _lists(request.POST), request.FILES
    except (*_UNREADABLE, ValueError) as error:
        raise refuse(400, _("请求内容无法读取，请检查编码、大小和格式。")) from error
    return {**_lists(request.GET), **body}, [upload for _name, listed in files.lists() for upload in listed]


@endpoint("GET", "HEAD")
def one_request(request: HttpRequest, number: str) -> tuple[str, Tree]:
    """GET requests/{service_request_id}."""
    at, query = timezone.now(), _lists(request.GET)
    asker = asker_of(query, at)
    check_may_list(asker)
    wanted, _problems = read_filter({"service_request_id": [number.replace(",", "")]}, at)
    found = requests_of(asker, wanted) if wanted.ids else []
    if not found:
        raise refuse(404, _("没有这个 service_request_id：%(given)s。") % {"given": number[:60]})
    return "service_requests", found


@endpoint("GET", "HEAD")
def token(request: HttpRequest, token: str) -> tuple[str, Tree]:
    """GET tokens/{token}; the number is empty until the request has become a report."""
    _asked_for(request)
    taken = taken_by(token)
    if taken is None:
        raise refuse(404, _("没有这个 token。"))
    return "service_requests", [{"service_request_id": taken.number or None, "token": taken.token}]


def _asked_for(request: HttpRequest) -> Asker | None:
    """Check the jurisdiction when one is named; the token alone says which request is meant."""
    query = _lists(request.GET)
    if not value_of(query, "jurisdiction_id") and not value_of(query, "api_key"):
        return None
    return asker_of(query, timezone.now())


@endpoint("GET", "HEAD", "POST")
def nothing(request: HttpRequest) -> tuple[str, Tree]:
    """Every other address below."""
    raise refuse(404, _("没有这个地址；可用 discovery、services、requests、tokens，格式为 .json 或 .xml。"))
