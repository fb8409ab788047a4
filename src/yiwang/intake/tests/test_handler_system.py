"""A handler's own system: the task goes out; signing, feedback and handing back come in."""

from __future__ import annotations

import base64
import json
from io import BytesIO

import httpx
import pytest
from django.utils import timezone

from yiwang.cases.public import Case, Task
from yiwang.cases.tests.factories import City, dispatched, make_city, picture
from yiwang.intake.models import QuarantineEntry, WriteBack
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.task_exchange import note_recall, note_tasks
from yiwang.intake.services.writing_back import send_due

from .channels import opened

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = """\
code: water_company
name: 供水承办系统
kind: handler
door: handler
direction: both
owner: 某供水企业
settings: {{unit: {unit}}}
mapping:
  fields:
    source_number: {{path: task}}
    state: {{path: act, table: {{签收: signed, 办结: done, 退回: returned}}}}
    text: {{path: remark, default: 无}}
    attachments: {{path: photos}}
  required: [source_number, state]
write_back:
  url: http://water.example/tasks
  auth: none
  changes:
    task: {{task: "{{task}}", what: "{{text}}", where: "{{address}}", by: "{{due}}", role: "{{role}}"}}
    recalled: {{task: "{{task}}", cancelled: "1"}}
"""


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def case(city: City) -> Case:
    return dispatched(city)


@pytest.fixture
def channel(city: City, case: Case) -> LiveChannel:
    from yiwang.orgs.public import unit_index

    code = unit_index().by_id[Task.objects.get(case=case).unit].code
    return opened(TEXT.format(unit=code), timezone.now())


def sent() -> list[dict[str, str]]:
    got: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(json.loads(request.content))
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        send_due(at=timezone.now(), client=client)
    return got


def answered(channel: LiveChannel, task: object, act: str, **more: object) -> None:
    body = json.dumps({"task": str(task), "act": act, **more}, ensure_ascii=False)
    receive_raw(channel=channel, bodies=[body], at=timezone.now())
    handle_waiting()


def test_the_task_goes_out_with_what_the_unit_needs_and_without_the_reporter(
    channel: LiveChannel, case: Case
) -> None:
    assert note_tasks(case.id, timezone.now()) == 1
    task = Task.objects.get(case=case)
    message = sent()[0]
    assert message["task"] == str(task.id)
    assert message["what"]
    assert message["by"]
    assert "13" not in message["what"]


def test_signing_and_feedback_come_in_and_the_same_answer_again_changes_nothing(
    channel: LiveChannel, case: Case
) -> None:
    task = Task.objects.get(case=case)
    answered(channel, task.id, "签收")
    assert Task.objects.get(pk=task.id).state == "working"
    photo = base64.b64encode(BytesIO(picture().read()).getvalue()).decode()
    photos = [{"name": "修复后.jpg", "base64": photo}]
    answered(channel, task.id, "办结", remark="已更换阀门，恢复供水。", photos=photos)
    assert not QuarantineEntry.objects.exists(), QuarantineEntry.objects.values("field", "remedy", "value")
    assert Task.objects.get(pk=task.id).result == "已更换阀门，恢复供水。"
    version = Case.objects.get(pk=case.id).version
    answered(channel, task.id, "办结", remark="已更换阀门，恢复供水。", photos=photos, again=True)
    assert Case.objects.get(pk=case.id).version == version


def test_a_handed_back_task_returns_to_the_dispatcher_with_the_reason(
    channel: LiveChannel, case: Case
) -> None:
    task = Task.objects.get(case=case)
    note_tasks(case.id, timezone.now())
    sent()
    answered(channel, task.id, "退回", remark="表前管道属物业管理")
    assert Case.objects.get(pk=case.id).state == "dispatching"
    assert Case.objects.get(pk=case.id).remarks.filter(text__contains="表前管道属物业管理").exists()
    assert note_recall(case.id, timezone.now()) == 1
    assert sent() == [{"task": str(task.id), "cancelled": "1"}]
    answered(channel, task.id, "办结", remark="其实修好了")
    assert QuarantineEntry.objects.get().reason == "refused"


def test_a_task_taken_back_before_it_was_sent_is_not_sent(channel: LiveChannel, case: Case) -> None:
    note_tasks(case.id, timezone.now())
    Task.objects.filter(case=case).update(state="recalled")
    note_recall(case.id, timezone.now())
    assert [message.get("cancelled") for message in sent()] == ["1"]
    assert WriteBack.objects.get(change="task").state == "given_up"


@pytest.mark.parametrize(
    ("task", "act", "field"),
    [("none", "签收", "source_number"), (None, "丢弃", "state"), (0, "签收", "source_number")],
)
def test_answers_that_fit_no_task_are_named(
    channel: LiveChannel, case: Case, task: object, act: str, field: str
) -> None:
    own = Task.objects.get(case=case)
    key = own.id if task is None else task
    if task == 0:
        Task.objects.filter(pk=own.id).update(unit=case.id)
        key = own.id
    answered(channel, key, act)
    entry = QuarantineEntry.objects.get()
    assert entry.field == field
    assert Task.objects.get(pk=own.id).state == "pending"
