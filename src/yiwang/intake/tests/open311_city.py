"""A small Open311 channel 测试渠道: its definition, its key, and a form as the specification writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.test import Client

from yiwang.cases.tests.factories import AT, City, make_city
from yiwang.intake.models import Channel
from yiwang.intake.services.registry import add_key, publish_channel, switch_channel
from yiwang.kernel.actor import system_actor

EDITOR = system_actor("test", "intake.channels")
ROOT = "/open311/v2"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
DEFINITION = """\
code: {code}
name: 市民应用
kind: app
door: open311
owner: 市数据局
mapping:
  format: json
  crs: wgs84
  changed_rows: unchanged
  fields:
    source_number: {{path: token}}
    text: {{path: text}}
    class: {{path: service_code, scheme: city_management}}
    lon: {{path: long}}
    lat: {{path: lat}}
    address: {{path: address}}
    community: {{path: community}}
    contact_name: {{path: name}}
    contact_phone: {{path: phone}}
    privacy: {{path: "extra.privacy[0]"}}
    kind: {{path: "extra.kind[0]"}}
  required: [source_number, text]
settings:
  jurisdiction_id: {jurisdiction}
  contact: 市数据局 025-00000000
  key_service: 来函申请
  public: {public}
  descriptions: {descriptions}
  notice: 我们会在规定时限内办理。
  scheme: city_management
  services:
    - code: E0201
      keywords: [垃圾, 脏乱]
      attributes:
        - {{code: kind, datatype: singlevaluelist, required: true, description: 垃圾种类, values: {{a: 生活垃圾, b: 建筑垃圾}}}}
        - {{code: note, variable: false, description: 有毒有害请拨打 119}}
    - code: P0101
      description: 缺失、破损、移位
"""  # noqa: E501 - one attribute a line, as channel files write it


@dataclass
class Served:
    """A served channel with its API key."""

    city: City
    channel: Channel
    key: str


def serve(
    city: City | None = None,
    *,
    code: str = "open311_app",
    jurisdiction: str = "city.example",
    public: bool = False,
    descriptions: bool = False,
) -> Served:
    """Publish and enable an Open311 channel, and give it a key."""
    city = city or make_city()
    text = DEFINITION.format(
        code=code,
        jurisdiction=jurisdiction,
        public=str(public).lower(),
        descriptions=str(descriptions).lower(),
    )
    channel = publish_channel(actor=EDITOR, at=AT, text=text)
    switch_channel(actor=EDITOR, at=AT, channel_id=channel.id, on=True)
    _key, secret = add_key(actor=EDITOR, at=AT, channel_id=channel.id, kind="api_key")
    return Served(city, channel, secret)


def filled(served: Served, **changes: str) -> dict[str, str]:
    """The form of the specification's example, for the channel's first service."""
    form = {
        "api_key": served.key,
        "jurisdiction_id": "city.example",
        "service_code": "E0201",
        "lat": "32.0376524078",
        "long": "118.7912043",
        "address_string": "梅园社区三号楼",
        "address_id": "320111001001",
        "email": "smit333@sfgov.example",
        "device_id": "tt222111",
        "account_id": "123456",
        "first_name": "小明",
        "last_name": "王",
        "phone": "13900001234",
        "description": "门口垃圾成堆，三天没有清理，请打 13811112222 联系",
        "media_url": "https://pictures.example/2212426634.jpg",
        "attribute[kind]": "b",
    }
    return {name: value for name, value in {**form, **changes}.items() if value}


def post(client: Client, form: dict[str, str], kind: str = "json", **headers: str) -> Any:
    """POST a form."""
    body = urlencode(form)
    return client.post(f"{ROOT}/requests.{kind}", body, content_type=FORM, headers=headers)


def tree_of(answer: Any) -> ElementTree.Element:
    """The XML of an answer, whose head is as the specification has it."""
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    return ElementTree.fromstring(answer.content)


def errors(answer: Any) -> list[tuple[str, str]]:
    """Codes and descriptions of an answer's errors, whichever form it has."""
    if answer["Content-Type"].startswith("text/xml"):
        root = tree_of(answer)
        assert root.tag == "errors"
        return [(str(e.findtext("code")), str(e.findtext("description"))) for e in root]
    return [(str(e["code"]), e["description"]) for e in answer.json()]
