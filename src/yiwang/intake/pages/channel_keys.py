"""Keys of channels 渠道凭证: giving one, its secret shown once with an example, and ending one."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ...interface.public import show_problems
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ...kernel.working_time import SHANGHAI
from ..enums import KeyKind
from ..models import ChannelKey
from ..queries.channels import LiveChannel
from ..rules.signing import KEY, NONCE, SIGNATURE, TIME
from ..services.registry import add_key, end_key
from .access import holding
from .channel import draw_channel, live_of
from .channel_forms import KeyForm

#: Last part of a door's address, and what its body is called.
_ENDS = {"sms": "sms", "chat": "chat", "camera": "alarms", "cap": "cap"}
_CONTENT = {
    "json": "application/json", "xml": "application/xml", "form": "application/x-www-form-urlencoded",
}  # fmt: skip
_SIGNED = """\
import hashlib, hmac, secrets, time, urllib.request

KEY, SECRET = {name!r}, {secret!r}
HOST, PATH = {host!r}, {path!r}
body = {sample!r}.encode()
stamp, nonce = str(int(time.time())), secrets.token_hex(8)
text = "\\n".join(("POST", PATH, stamp, nonce, hashlib.sha256(body).hexdigest()))
signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
headers = {{"Content-Type": {content!r}, {key!r}: KEY, {time!r}: stamp,
           {nonce!r}: nonce, {signature!r}: signature}}
print(urllib.request.urlopen(urllib.request.Request(HOST + PATH, body, headers)).read().decode())
"""
_BEARER = """\
curl -X POST {host}{path} -H 'Authorization: Bearer {secret}' -H 'Content-Type: {content}' \\
  --data-binary '{sample}'
"""
_OPEN311 = """\
curl -X POST {host}/open311/v2/requests.json --data-urlencode 'api_key={secret}' \\
  --data-urlencode 'service_code=…' --data-urlencode 'description=…' -d lat=… -d long=…
"""


@require_POST
@never_cache
@holding("intake.channels")
def add(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """发放凭证: the answer itself shows the secret, which is kept nowhere in clear."""
    live, form = live_of(code), KeyForm(request.POST)
    if form.is_valid():
        try:
            key, secret = add_key(
                actor=actor, at=timezone.now(), channel_id=live.id, kind=form.cleaned_data["kind"],
                valid_to=_midnight(form.cleaned_data["valid_to"]), given=form.cleaned_data["given"],
            )  # fmt: skip
        except YiwangError as error:
            show_problems(form, error)
        else:
            if key.kind == KeyKind.THEIRS:
                messages.success(request, _("对方发放的令牌已保存。"))
                return redirect("intake:channel", code)
            host = f"{request.scheme}://{request.get_host()}"
            example = example_of(live, key, secret, host=host)
            return draw_channel(request, actor, code, secret=secret, new_key=key, example=example)
    return draw_channel(request, actor, code, status=422, key_form=form)


@require_POST
@holding("intake.channels")
def end(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """注销凭证 now."""
    key = get_object_or_404(ChannelKey.objects.select_related("channel"), pk=key_id)
    end_key(actor=actor, at=timezone.now(), key_id=key.id)
    messages.success(request, _("凭证 {name} 已注销。").format(name=key.name))
    return redirect("intake:channel", key.channel.code)


def example_of(live: LiveChannel, key: ChannelKey, secret: str, *, host: str) -> str:
    """A program that sends one message with the key, ready to be copied."""
    path = f"/api/v1/channels/{live.code}/{_ENDS.get(live.door, 'messages')}"
    form = live.spec.format if live.spec else "json"
    given = {
        "host": host, "path": path, "secret": secret, "content": _CONTENT.get(form, _CONTENT["json"]),
        "sample": live.definition.sample.strip(),
    }  # fmt: skip
    if key.kind == KeyKind.API_KEY:
        return _OPEN311.format(host=host, secret=secret)
    if key.kind == KeyKind.TOKEN:
        return _BEARER.format(**{**given, "sample": given["sample"].replace("'", "'\\''")})
    return _SIGNED.format(**given, name=key.name, key=KEY, time=TIME, nonce=NONCE, signature=SIGNATURE)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), SHANGHAI) if day else None
