"""JetStream 消息队列对接: a province's stream read through a durable pull consumer.

A batch is fetched, stored (`receive_raw`, in a thread, for the ORM is synchronous) and acknowledged only
after the commit. What the stream gives again changes nothing. While the database is away, or the channel is
over its quota, the batch is held and the stream told that it is in work; a stream that goes away is connected
to again, by the addresses of the definition only. `nats-py` is imported when the first such channel opens.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from ...enums import KeyKind
from ...errors import TooMany
from ...queries.channels import LiveChannel
from ...rules.door_settings import read_settings, register_settings
from ...rules.jetstream_settings import JetStreamSettings, check_jetstream, jetstream_settings
from ...running import door_runner, tell
from ...services.receiving import Receipt, receive_raw
from ..following import follow_channels, note_channel

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.client import JetStreamContext

#: Seconds: one wait for messages, a look at the consumer while none come, a sign of life for the page.
FETCH_WAIT, LOOK_AFTER, BEAT = 1.0, 10.0, 10.0
CONNECT_TIMEOUT, PING_EVERY = 3, 5
_GLANCE = 0.2
_LOG = logging.getLogger(__name__)

register_settings("jetstream", check_jetstream)


class StreamRefused(Exception):
    """The stream cannot be read as the definition says; the text says why (Chinese)."""


class StreamReader:
    """Reads the stream of one channel 队列读取.

    Args:
        on_stored: told after every batch that was stored; benches and tests listen.
    """

    def __init__(
        self, channel: LiveChannel, *, on_stored: Callable[[Receipt], None] = lambda receipt: None
    ) -> None:
        self.channel = channel
        self.settings: JetStreamSettings = read_settings(channel.definition, jetstream_settings)
        self.on_stored = on_stored
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"jetstream-{channel.code}")

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set; what was fetched and not stored is left to the stream.

        Raises:
            StreamRefused: the consumer is none that we may rely on.
            nats.errors.Error: the stream is away or gone; the caller starts again.
        """
        try:
            asyncio.run(self._until(stop))
        finally:
            self._pool.submit(_close)
            self._pool.shutdown()

    async def _until(self, stop: threading.Event) -> None:
        reading = asyncio.create_task(self._read())
        while not stop.is_set() and not reading.done():
            await asyncio.wait({reading}, timeout=_GLANCE)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

    async def _read(self) -> None:
        client = await self._connected()
        try:
            subscription = await self._subscribed(client)
            loop = asyncio.get_running_loop()
            looked = beat = loop.time()
            while True:
                if loop.time() - beat > BEAT:
                    beat = loop.time()
                    await loop.run_in_executor(self._pool, note_channel, "jetstream", self.channel, 0, "")
                messages = await self._fetched(subscription)
                if messages:
                    looked = loop.time()
                    await self._store(messages)
                elif loop.time() - looked > LOOK_AFTER:
                    looked = loop.time()
                    await subscription.consumer_info()
        finally:
            await client.close()

    # -- the stream ---------------------------------------------------------------------------
    async def _connected(self) -> Client:
        from .client import CarefulClient

        settings = self.settings
        client = CarefulClient(demands_tls=settings.tls)
        given: dict[str, Any] = {}
        if settings.tls:
            given["tls"] = ssl.create_default_context(cafile=settings.ca_file or None)
        secret = self._secret()
        if secret and settings.username:
            given |= {"user": settings.username, "password": secret}
        elif secret:
            given["token"] = secret
        await client.connect(
            servers=settings.addresses, name=f"yiwang {self.channel.code}", error_cb=self._told,
            connect_timeout=CONNECT_TIMEOUT, reconnect_time_wait=1, max_reconnect_attempts=-1,
            ping_interval=PING_EVERY, max_outstanding_pings=2, dont_randomize=True, **given,
        )  # fmt: skip
        return client

    def _secret(self) -> str:
        """The password or token that the province gave us; empty when it gave none."""
        key = self.channel.key(KeyKind.THEIRS, timezone.now())
        return key.secret if key is not None else ""

    async def _told(self, error: Exception) -> None:
        _LOG.warning("stream of channel %s: %s: %s", self.channel.code, type(error).__name__, error)
        words = f"{type(error).__name__}: {error}"
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, note_channel, "jetstream", self.channel, 1, words)

    async def _subscribed(self, client: Client) -> JetStreamContext.PullSubscription:
        from nats.js.api import AckPolicy, ConsumerConfig

        settings, stream = self.settings, client.jetstream()
        if settings.creates:
            wanted = ConsumerConfig(
                ack_policy=AckPolicy.EXPLICIT, ack_wait=settings.ack_wait, max_ack_pending=settings.batch * 4
            )
            subscription = await stream.pull_subscribe(
                settings.subject, durable=settings.durable, stream=settings.stream, config=wanted
            )
        else:
            subscription = await stream.pull_subscribe_bind(settings.durable, stream=settings.stream)
        found = (await subscription.consumer_info()).config
        if found.ack_policy != AckPolicy.EXPLICIT or found.deliver_subject:
            raise StreamRefused(f"消费者“{settings.durable}”须为逐条确认（explicit）的拉取消费者。")
        if (found.max_deliver or -1) > 0:
            raise StreamRefused(f"消费者“{settings.durable}”限制了投递次数，会丢消息，请去掉 max_deliver。")
        if found.filter_subject not in (settings.subject, None, "") and settings.creates:
            raise StreamRefused(f"消费者“{settings.durable}”的主题是“{found.filter_subject}”，与定义不符。")
        return subscription

    async def _fetched(self, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
        from nats.errors import TimeoutError as NothingCame

        try:
            return await subscription.fetch(self.settings.batch, timeout=FETCH_WAIT)
        except (NothingCame, TimeoutError):
            return []

    # -- the store ----------------------------------------------------------------------------
    async def _store(self, messages: list[Msg]) -> None:
        """Store a batch, however long it takes, and acknowledge it."""
        bodies = [message.data for message in messages]
        loop = asyncio.get_running_loop()
        while True:
            try:
                receipt = await loop.run_in_executor(self._pool, self._take, bodies)
                break
            except TooMany as error:
                _LOG.warning("channel %s is over its quota", self.channel.code)
                await self._hold(messages, float(error.retry_after))
            except DatabaseError as error:
                tell(error, f"storing messages of channel {self.channel.code}")
                await self._hold(messages, 1.0)
        for message in messages:
            await message.ack()
        self.on_stored(receipt)

    async def _hold(self, messages: list[Msg], pause: float) -> None:
        """Wait before a batch is tried again, and keep the stream from giving it to somebody else."""
        for message in messages:
            await message.in_progress()
        await asyncio.sleep(min(pause, self.settings.ack_wait / 3))

    def _take(self, bodies: list[bytes]) -> Receipt:
        try:
            return receive_raw(channel=self.channel, bodies=bodies, at=timezone.now())
        except DatabaseError:
            connection.close()
            raise


def _close() -> None:
    """Close the connection of the thread that runs this."""
    connection.close()


@door_runner("jetstream")
def run(stop: threading.Event) -> None:
    """Read the stream of every open channel of this door."""
    follow_channels("jetstream", stop, lambda channel, ended: StreamReader(channel).run(ended))
