"""Pages of messages: gateways and templates for the administrator, the list with masked numbers."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yiwang.cases.tests.factories import AT, City, make_city
from yiwang.kernel.errors import Invalid
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import bump_now
from yiwang.notify.models import Gateway, Message, MessageTemplate
from yiwang.notify.queries import template_for
from yiwang.notify.services.sending import send_due
from yiwang.notify.services.templates import TEMPLATED, load_templates, save_template
from yiwang.orgs.models import PostKind

from .gateway_server import ADMIN, PHONE, GatewayServer, gateway_in_use, queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    city = make_city()
    grants = {"system_admin": ("notify.configure", "notify.messages"), "supervisor": ("notify.messages",)}
    for code, acts in grants.items():
        PostKind.objects.filter(code=code).update(grants=[{"act": a, "scope": "everywhere"} for a in acts])
    bump_now("post_kinds")
    return city


def browser(city: City, kind: str) -> Client:
    client = Client()
    client.force_login(city.login(kind, area="city"))
    return client


def filled(server: GatewayServer) -> dict[str, str]:
    return {
        "name": "市短信平台", "url": server.url, "is_internal": "on", "method": "POST", "encoding": "json",
        "headers": "", "body": '{"mobile": "{phone}", "content": "{text}", "key": "{credential}"}',
        "credential": "app-secret", "success_path": "code", "success_value": "0", "id_path": "",
        "link_base": "https://yw.example.gov.cn", "daily_quota": "100", "quiet_from": "21:00",
        "quiet_to": "08:00", "valid_from": "2026-01-01", "valid_to": "",
    }  # fmt: skip


def test_an_administrator_adds_tries_and_switches_on_a_gateway(city: City, server: GatewayServer) -> None:
    admin = browser(city, "system_admin")
    made = admin.post(reverse("notify:gateway_add"), filled(server), follow=True).content.decode()
    assert "尚未启用" in made
    row = Gateway.objects.get()
    assert not row.is_on
    tried = admin.post(reverse("notify:gateway_trial", args=[row.id]), {"phone": PHONE}, follow=True)
    assert "网关已接收试发短信" in tried.content.decode()
    assert server.got[0]["mobile"] == PHONE
    given = {"on": "1", "version": Gateway.objects.get().version}
    on = admin.post(reverse("notify:gateway_switch", args=[row.id]), given, follow=True).content.decode()
    assert "已启用" in on
    assert Gateway.objects.get().is_on
    shown = admin.get(reverse("notify:gateway_change", args=[row.id])).content.decode()
    assert "app-secret" not in shown
    assert "{phone}" in shown
    changed = filled(server) | {
        "credential": "",
        "daily_quota": "7",
        "version": str(Gateway.objects.get().version),
    }
    admin.post(reverse("notify:gateway_change", args=[row.id]), changed)
    assert Gateway.objects.get().daily_quota == 7
    assert "市短信平台" in admin.get(reverse("notify:settings")).content.decode()


def test_a_form_with_a_mistake_is_answered_beside_its_field(city: City, server: GatewayServer) -> None:
    admin = browser(city, "system_admin")
    for changed in ({"body": "{"}, {"body": '{"a": "{phone}"}'}, {"success_value": ""}):
        answer = admin.post(reverse("notify:gateway_add"), filled(server) | changed)
        assert answer.status_code == 422
    assert not Gateway.objects.exists()


def test_a_failed_trial_says_what_the_gateway_said(city: City, server: GatewayServer) -> None:
    admin = browser(city, "system_admin")
    admin.post(reverse("notify:gateway_add"), filled(server))
    server.answers = [(403, {"why": "签名错误"})]
    page = reverse("notify:gateway_trial", args=[Gateway.objects.get().id])
    told = admin.post(page, {"phone": PHONE}, follow=True).content.decode()
    assert "试发没有成功：网关拒收（403" in told


def test_templates_are_previewed_and_saved_from_a_day_on(city: City) -> None:
    assert load_templates(actor=ADMIN, at=AT) == len(TEMPLATED)
    assert load_templates(actor=ADMIN, at=AT) == 0
    admin = browser(city, "system_admin")
    page = reverse("notify:template", args=["closed"])
    assert "20260302-00000017-4" in admin.get(page).content.decode()
    tomorrow = (timezone.now() + timedelta(days=1)).astimezone(SHANGHAI).date()
    given = {"text": "编号{number}已办结 {link}", "is_sent": "on", "valid_from": tomorrow.isoformat()}
    assert "编号20260302-00000017-4已办结" in admin.post(page, {**given, "what": "preview"}).content.decode()
    assert MessageTemplate.objects.filter(notice="closed").count() == 1
    admin.post(page, {**given, "what": "save"})
    assert MessageTemplate.objects.filter(notice="closed").count() == 2
    now = template_for("closed", timezone.now())
    later = template_for("closed", timezone.now() + timedelta(days=1))
    assert now is not None
    assert later is not None
    assert (now.is_example, later.text) == (True, "编号{number}已办结 {link}")
    wrong = admin.post(page, {**given, "text": "{name}", "what": "save"})
    assert wrong.status_code == 422
    with pytest.raises(Invalid):
        save_template(actor=ADMIN, at=AT, notice="callback", text="x", valid_from=AT.date())


def test_a_template_that_is_not_sent_stops_its_notice() -> None:
    load_templates(actor=ADMIN, at=AT)
    save_template(actor=ADMIN, at=AT, notice="accepted", text="x", valid_from=AT.date(), is_sent=False)
    assert template_for("accepted", AT) is None


def test_the_list_shows_masked_numbers_filters_and_sends_again(city: City, server: GatewayServer) -> None:
    gateway_in_use(server)
    queued()
    queued(phone="025-83630000")
    server.answers = [(400, {})]
    with httpx.Client() as client:
        send_due(at=AT, client=client)
    viewer = browser(city, "supervisor")
    page = reverse("notify:messages")
    shown = viewer.get(page).content.decode()
    assert "138****5678" in shown
    assert PHONE not in shown
    assert "网关拒收" in viewer.get(page, {"state": "failed"}).content.decode()
    assert "138****5678" not in viewer.get(page, {"state": "skipped"}).content.decode()
    assert "138****5678" not in viewer.get(page, {"notice": "closed"}).content.decode()
    row = Message.objects.get(state="failed")
    viewer.post(
        reverse("notify:resend", args=[row.id]), {"version": row.version, "back": page + "?state=failed"}
    )
    assert Message.objects.get(pk=row.pk).state == "queued"


def test_whoever_holds_neither_act_opens_none_of_the_pages(city: City, server: GatewayServer) -> None:
    gateway = gateway_in_use(server)
    clerk, viewer = browser(city, "seat_operator"), browser(city, "supervisor")
    for name, args in (
        ("settings", []), ("gateway_add", []), ("gateway", [gateway.id]), ("gateway_change", [gateway.id]),
        ("template", ["closed"]), ("messages", []),
    ):  # fmt: skip
        assert clerk.get(reverse(f"notify:{name}", args=args)).status_code == 403
        assert viewer.get(reverse(f"notify:{name}", args=args)).status_code == (
            200 if name == "messages" else 403
        )
    assert clerk.post(reverse("notify:gateway_switch", args=[gateway.id]), {"on": "0"}).status_code == 403
    assert clerk.post(reverse("notify:gateway_trial", args=[gateway.id]), {"phone": PHONE}).status_code == 403
    assert Gateway.objects.get().is_on
    assert server.got == []
