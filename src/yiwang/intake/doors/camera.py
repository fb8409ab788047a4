"""Camera and drone alarms 视频告警: `POST /api/v1/channels/<code>/alarms`, answered once committed.

Takes JSON (an object, or a list of them, pictures in base64) or a form with files (`multipart/form-data`, the
alarm as JSON in the field `alarm`, or as plain fields). Signed or by token, as every machine door.
"""

from __future__ import annotations

import io
import json
import logging
import threading
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils import timezone

from ...cases.public import CaseMoved
from ...kernel.errors import invalid
from ...ledger.public import handles
from ..errors import TooMany
from ..queries.channels import LiveChannel, channel_index
from ..rules.camera_settings import CameraSettings, camera_settings, check_camera
from ..rules.door_settings import register_settings, settings_tree
from ..running import door_runner
from ..services.devices.cameras import Upload, read_alarm, take_alarm, tell_waiting
from ..services.devices.confirming import ask_for_confirmation, note_verdict
from ..services.devices.watching import find_silent
from ..services.updating import SourceMessage, after_new
from .machine import machine_door, proven

MOST = 50
LOOK_EVERY = 30.0
_LOG = logging.getLogger(__name__)
_settings: dict[str, CameraSettings] = {}

register_settings("camera", check_camera)


def settings_of(channel: LiveChannel) -> CameraSettings:
    """The settings of a camera channel; read once a definition."""
    text = channel.definition.text
    found = _settings.get(text)
    if found is None:
        if len(_settings) > 200:
            _settings.clear()
        found = _settings[text] = camera_settings(settings_tree(channel.definition))
    return found


@machine_door("POST")
def alarms(request: HttpRequest, code: str) -> HttpResponse:
    """Take alarms 接收视频告警; says of each what became of it."""
    sender = proven(request, code)
    if sender.channel.door != "camera":
        raise invalid("code", code, "这个渠道不接收视频告警。")
    settings = settings_of(sender.channel)
    trees, uploads = _delivery(request, sender.body)
    now = round(sender.at.timestamp() * 1000)
    says = [read_alarm(tree, uploads, settings, now=now) for tree in trees]
    answers = [
        take_alarm(
            channel=sender.channel, settings=settings, says=one, at=sender.at,
            nonce=sender.nonce if number == 0 else None,
        )
        for number, one in enumerate(says)
    ]  # fmt: skip
    return JsonResponse({"alarms": [asdict(answer) for answer in answers]}, status=202)


def _delivery(request: HttpRequest, body: bytes) -> tuple[list[Any], list[Upload]]:
    """The alarms of a request and the files beside them."""
    if request.content_type == "multipart/form-data":
        return _form(request, body)
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("body", "", "报文不是有效的 JSON。") from None
    trees = tree if isinstance(tree, list) else [tree]
    if not 1 <= len(trees) <= MOST:
        raise invalid("body", f"{len(trees)} 条", f"一次请发送 1 到 {MOST} 条告警。")
    return trees, []


def _form(request: HttpRequest, body: bytes) -> tuple[list[Any], list[Upload]]:
    meta = {**request.META, "CONTENT_LENGTH": str(len(body))}
    handlers = [MemoryFileUploadHandler(request), TemporaryFileUploadHandler(request)]
    try:
        fields, files = MultiPartParser(meta, io.BytesIO(body), handlers, "utf-8").parse()
    except MultiPartParserError:
        raise invalid("body", "", "表单格式有误，请核对 multipart/form-data 的边界。") from None
    tree: Any = {name: fields[name] for name in fields}
    if "alarm" in fields:
        try:
            tree = json.loads(str(fields["alarm"]))
        except (ValueError, RecursionError):
            raise invalid("alarm", "", "字段 alarm 不是有效的 JSON。") from None
    uploads = [Upload(file.name or "", file.read()) for name in files for file in files.getlist(name)]
    for file in (file for name in files for file in files.getlist(name)):
        file.close()
    return [tree], uploads


def _confirm(channel: LiveChannel, message: SourceMessage, case_id: UUID, at: datetime) -> None:
    """A new report of a camera goes to whoever is nearest on duty."""
    number = message.mapped.source_number
    if number:
        ask_for_confirmation(channel, settings_of(channel), number=number, case_id=case_id, at=at)


after_new("camera", _confirm)


@handles(CaseMoved)
def note_camera_verdict(event: CaseMoved, at: datetime) -> None:
    """What was found on the spot, through whichever page, is the camera's false rate."""
    if event.action in ("confirm", "refute"):
        note_verdict(case_id=event.case_id, real=event.action == "confirm")


@door_runner("cameras")
def run(stop: threading.Event) -> None:
    """Tell running reports of suppressed alarms, and find silent cameras."""
    while not stop.wait(LOOK_EVERY):
        close_old_connections()
        look(timezone.now())


def look(at: datetime) -> None:
    """One look at every camera channel."""
    for channel in channel_index().of_door("camera", at):
        settings = settings_of(channel)
        try:
            tell_waiting(channel, settings, at)
            if settings.offline_after:
                after = timedelta(milliseconds=settings.offline_after)
                find_silent(channel, at, after=after, report=settings.report_offline)
        except TooMany:
            _LOG.warning("follow-ups of channel %s are over its quota", channel.code)
