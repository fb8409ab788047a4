"""JetStream against a real cluster of three servers: an acknowledged message is one report."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from nats.js.api import AckPolicy, ConsumerConfig

from yiwang.cases.public import Report
from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors import following
from yiwang.intake.doors.contract import try_channel
from yiwang.intake.doors.jetstream import StreamReader, StreamRefused, reader, run
from yiwang.intake.models import ChannelHour, QuarantineEntry, RawMessage, RunnerState
from yiwang.intake.queries.channels import LiveChannel, channel_index
from yiwang.intake.queries.shipped import shipped_definitions
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.receiving import Receipt
from yiwang.intake.services.registry import add_key
from yiwang.ledger.public import forget

from .channels import OPERATOR, opened
from .nats_cluster import TOKEN, NatsCluster, publish, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SHIPPED = next(found for found in shipped_definitions() if found.code == "province_jetstream")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    servers = NatsCluster(tmp_path_factory.mktemp("nats"))
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()


def channel_at(servers: list[str], stream: str, *, secret: str = TOKEN) -> LiveChannel:
    """The shipped channel, reading a stream of the cluster with the province's token."""
    make_city()
    before, after = SHIPPED.text.split("settings:\n")
    settings = (
        f"settings:\n  servers: {json.dumps(servers)}\n  stream: {stream}\n  subject: {stream}.>\n"
        "  durable: yiwang\n  tls: false\n  ack_wait: 2 s\n"
    )
    channel = opened(f"{before}{settings}sample:{after.split('sample:')[1]}", timezone.now())
    at = timezone.now() - timedelta(1)
    add_key(actor=OPERATOR, at=at, channel_id=channel.id, kind="theirs", given=secret)
    forget(everything=True)
    return channel_index().by_code[channel.code]


def appeal(number: int) -> bytes:
    """One numbered message as the province sends it."""
    message = json.loads(SHIPPED.sample)
    message["data"]["itemNo"] = f"JS{number:06}"
    return json.dumps(message, ensure_ascii=False).encode()


@contextmanager
def reading(channel: LiveChannel, receipts: list[Receipt] | None = None) -> Iterator[None]:
    """A reader in a thread, kept running as the intake process keeps it."""
    listed = receipts if receipts is not None else []
    stop = threading.Event()

    def serve(found: LiveChannel, ended: threading.Event) -> None:
        StreamReader(found, on_stored=listed.append).run(ended)

    def keep() -> None:
        try:
            following.follow_channels("jetstream", stop, serve)
        finally:
            connection.close()

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.slow
def test_the_leader_dies_in_the_middle_and_every_acknowledged_message_is_one_report(
    cluster: NatsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_EVERY", 0.1)
    total, killed = 400, []

    async def prepare() -> str:
        client = await cluster.connect()
        await cluster.add_stream(client, "killed", "killed.>")
        leader = await cluster.leader_of(client, "killed")
        await client.close()
        return leader

    async def send() -> None:
        client = await cluster.connect()
        for number in range(total):
            if number == total // 3:
                leader = await cluster.leader_of(client, "killed")
                cluster.kill(leader)
                killed.append(leader)
            await publish(client, "killed.new", appeal(number), str(number))
        await client.close()

    leader = asyncio.run(prepare())
    ports = sorted(cluster.ports.items(), key=lambda named: named[0] != leader)
    channel = channel_at([f"127.0.0.1:{port}" for _, port in ports], "killed")
    receipts: list[Receipt] = []
    with reading(channel, receipts):
        asyncio.run(send())
        wait_until(lambda: RawMessage.objects.count() == total, 20, "not everything came in")
    assert killed == [leader]
    assert sum(receipt.stored for receipt in receipts) == total
    while handle_waiting().total:
        pass
    numbers = Counter(Report.objects.values_list("source_number", flat=True))
    assert numbers == Counter(f"JS{number:06}" for number in range(total))
    cluster.start(leader)


def test_what_was_stored_but_not_acknowledged_comes_again_and_changes_nothing(
    cluster: NatsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_EVERY", 0.1)
    real, failures = reader.receive_raw, [RuntimeError("killed after the commit"), OperationalError("away")]

    def dies(**given: object) -> Receipt:
        receipt = real(**given)  # type: ignore[arg-type]
        if failures:
            raise failures.pop(0)
        return receipt

    monkeypatch.setattr(reader, "receive_raw", dies)

    async def send() -> None:
        client = await cluster.connect()
        await cluster.add_stream(client, "again", "again.>")
        for number in range(20):
            await publish(client, "again.new", appeal(number), str(number))
        await publish(client, "again.new", b"\xff\x00 this is no JSON", "poison")
        await client.close()

    asyncio.run(send())
    receipts: list[Receipt] = []
    with reading(channel_at(cluster.servers, "again"), receipts):
        wait_until(lambda: sum(receipt.read for receipt in receipts) >= 21, 20, "nothing came again")
    assert not failures
    assert sum(receipt.unchanged for receipt in receipts) >= 20
    assert RawMessage.objects.count() == 21
    counts = handle_waiting()
    assert (counts.accepted, counts.quarantined) == (20, 1)
    assert QuarantineEntry.objects.get().remedy

    async def left() -> int:
        client = await cluster.connect()
        found = await client.jetstream().consumer_info("again", "yiwang")
        await client.close()
        return (found.num_ack_pending or 0) + (found.num_pending or 0)

    assert asyncio.run(left()) == 0


def test_over_the_quota_the_stream_waits_and_nothing_is_lost(cluster: NatsCluster) -> None:
    async def send() -> None:
        client = await cluster.connect()
        await cluster.add_stream(client, "flood", "flood.>")
        for number in range(12):
            await publish(client, "flood.new", appeal(number), str(number))
        await client.close()

    asyncio.run(send())
    text = channel_at(cluster.servers, "flood").definition.text
    text = text.replace("per_minute: 60000, burst: 5000", "per_minute: 600, burst: 4")
    channel = opened(text.replace("ack_wait: 2 s", "ack_wait: 2 s\n  batch: 4"), timezone.now())
    with reading(channel):
        wait_until(lambda: RawMessage.objects.count() == 12, 20, "not everything came in")
    assert sum(ChannelHour.objects.values_list("over_quota", flat=True)) > 0


def test_a_consumer_that_would_lose_messages_is_refused(cluster: NatsCluster) -> None:
    async def prepare(config: ConsumerConfig) -> None:
        client = await cluster.connect()
        await cluster.add_stream(client, "unsafe", "unsafe.>")
        config.durable_name = "yiwang"
        await client.jetstream().add_consumer("unsafe", config)
        await client.close()

    async def remove() -> None:
        client = await cluster.connect()
        await client.jetstream().delete_consumer("unsafe", "yiwang")
        await client.close()

    channel = channel_at(cluster.servers, "unsafe")
    for config, word in (
        (ConsumerConfig(ack_policy=AckPolicy.NONE), "explicit"),
        (ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_deliver=3), "max_deliver"),
        (ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, filter_subject="unsafe.a"), "unsafe.a"),
    ):
        asyncio.run(prepare(config))
        with pytest.raises(StreamRefused, match=word):
            StreamReader(channel).run(threading.Event())
        asyncio.run(remove())


def test_a_wrong_token_is_shown_on_the_channel(cluster: NatsCluster) -> None:
    channel = channel_at(cluster.servers, "any", secret="wrong")
    stop = threading.Event()

    def serve() -> None:
        try:
            run(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        state = RunnerState.objects.filter(name=f"jetstream {channel.code}", last_error__contains="uthoriz")
        wait_until(state.exists, 10, "no error is shown")
    finally:
        stop.set()
        thread.join(20)


def test_a_server_that_offers_no_tls_gets_nothing_when_the_definition_demands_it() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        channel = channel_at([f"127.0.0.1:{server.getsockname()[1]}"], "any")
        text = channel.definition.text.replace("tls: false", "tls: true")
        opened(text, timezone.now())
        forget(everything=True)
        stop = threading.Event()

        def pretend() -> None:
            caller, _ = server.accept()
            with caller:
                caller.settimeout(3)
                caller.sendall(b'INFO {"server_id": "x", "version": "2.15.1", "auth_required": true}\r\n')
                heard.append(caller.recv(4096))
            stop.set()

        thread = threading.Thread(target=pretend)
        thread.start()
        StreamReader(channel_index().by_code[channel.code]).run(stop)
        thread.join(10)
    assert heard == [b""]


def test_the_contract_of_the_shipped_channel_holds() -> None:
    make_city()
    results = {result.step: result for result in try_channel(SHIPPED.text, at=timezone.now())}
    assert {step: result.reason for step, result in results.items() if result.outcome == "failed"} == {}
    passed = {step for step, result in results.items() if result.outcome == "passed"}
    assert passed == {"sample", "idempotent", "out_of_order", "missing_field", "over_quota"}
