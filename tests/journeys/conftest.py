"""A demo city of the journeys' own, all its processes, and Chromium at the sizes of a desk and of a phone.

The journeys act as people do, through pages and API only, so they use none of Django's test databases. One
city serves the whole session: each journey makes its own reports and looks only at those.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest
from django.db import connections
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"desk": (1440, 900), "phone": (390, 844), "both": (1440, 900)}
BOTH = {"both"}
#: Chromium of Debian, without the machine's graphics: WebGL is drawn by software. The shell has no windows of
#: its own to draw and takes half the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
LOADING_SECONDS = 900
STARTING_SECONDS = 240
#: Milliseconds for which a page may take to show what is expected of it; a busy machine draws slowly.
PATIENCE = 15_000
ENDING_SECONDS = 40
#: Wait until every transition that ends has ended.
SETTLED = """() => Promise.all(document.getAnimations()
    .filter(one => one.playState === "running" && one.effect.getComputedTiming().endTime !== Infinity)
    .map(one => one.finished.catch(() => null))).then(() => null)"""
#: What a browser says that is no fault of the page.
HARMLESS = ("GPU stall due to ReadPixels",)


@dataclass(frozen=True)
class City:
    """A served demo city: its address, the password of its logins, its supervisor's key, its folder."""

    url: str
    password: str
    supervisor: int
    home: Path

    def command(self, *words: str) -> str:
        """What `yiwang` prints for a command run beside the served city."""
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("YIWANG_", "DJANGO_"))}
        surroundings |= {"YIWANG_HOME": str(self.home), "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(
            [sys.executable, "-m", "yiwang", *words], env=surroundings, cwd=ROOT, capture_output=True,
            text=True, check=False, timeout=STARTING_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def kill_part(self, name: str) -> None:
        """End the processes of one part (such as `live`) at once; the supervisor starts it anew."""
        for pid in _descendants(self.supervisor):
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if name in words:
                    os.kill(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    """Every process below one, from the kernel's own list."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Load Nanjing into a cluster of its own and start every process under the supervisor."""
    from yiwang.project.embedded import Cluster
    from yiwang.simulate.public import demo_password

    home = tmp_path_factory.mktemp("city")
    port = _free_port_pair()
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("YIWANG_", "DJANGO_"))}
    surroundings |= {"YIWANG_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), "PORT": str(port)}
    command = [sys.executable, "-m", "yiwang"]
    loaded = subprocess.run(
        [*command, "demo", "--load-only"], env=surroundings, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=LOADING_SECONDS,
    )  # fmt: skip
    assert loaded.returncode == 0, loaded.stdout[-3000:] + loaded.stderr[-3000:]
    log = (home / "journeys.log").open("w")
    served = subprocess.Popen(
        [*command, "serve", "--all", "--workers", "1"], env=surroundings, cwd=ROOT, stdout=log, stderr=log
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, served, home / "journeys.log")
        yield City(url, demo_password(home / "demo-password"), served.pid, home)
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(timeout=ENDING_SECONDS)
        log.close()
        Cluster(home / "cluster").destroy()


def _free_port_pair() -> int:
    """A port that is free together with the next one, which the live feed takes."""
    for _ in range(50):
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two neighbouring ports are free")


def _wait_until_ready(url: str, served: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        assert served.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise AssertionError(f"{url}/healthz is not ready after {STARTING_SECONDS} s: {log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium from Debian."""
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing: as root, 'apt-get install chromium fonts-noto-cjk'.")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
        # Beside a running event loop Django keeps connections apart from those of the bare thread: a test of
        # the database that ran between two journeys would leave one open that nobody could find afterwards.
        connections.close_all()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Walk a journey once a size of its module's `WALKED_AT`: by default on a desk and then on a phone.

    `both` walks once, at a desk, and looks at every page at the size of a phone too.
    """
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", getattr(metafunc.module, "WALKED_AT", ("desk", "phone")))


Person = Callable[..., Page]
#: A colour to the path of a small photo.
Picture = Callable[[str], str]
Look = Callable[[Page, str], None]


@pytest.fixture
def person(city: City, chromium: Browser) -> Iterator[Person]:
    """Open a browser for one more person: `person(size)` or `person(size, login="dispatcher")` to log in.

    After the journey every page must have kept quiet: no error on the console, no request that failed, no
    server error, nothing asked of another host.
    """
    faults: list[str] = []
    contexts = []

    def arrive(size: str, *, login: str = "", **options: Any) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=city.url,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=size == "phone",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        _listen(page, city.url, faults)
        if login:
            log_in(page, login, city.password)
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert faults == []


def _listen(page: Page, own: str, faults: list[str]) -> None:
    own_host = own.rsplit(":", 1)[0]

    def on_console(message: Any) -> None:
        text = message.text
        if message.type == "error" and not any(h in text for h in HARMLESS) and "Failed to load" not in text:
            faults.append(f"console: {text}")

    def on_request(request: Any) -> None:
        if request.url.startswith("http") and not request.url.startswith(own_host):
            faults.append(f"asked elsewhere: {request.url}")

    def on_response(response: Any) -> None:
        if response.status >= 500:
            faults.append(f"{response.status} {response.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("response", on_response)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))


def log_in(page: Page, username: str, password: str) -> None:
    """Log in through the page and wait for the one behind it."""
    page.goto("/login/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    expect(page).not_to_have_url(f"{page.url.split('/login')[0]}/login/")


@pytest.fixture
def mark() -> str:
    """A word that only this journey's reports hold; letters only, so that nothing reads a number in it."""
    return "甲" + "".join(secrets.choice(ascii_lowercase) for _ in range(6)) + "乙"


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """`picture("red")`: path of a small photo."""

    def make(colour: str) -> str:
        path = tmp_path / f"{colour}.jpg"
        Image.new("RGB", (640, 480), colour).save(path, "JPEG")
        return str(path)

    return make


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`look(page, "queue")`: keep a screenshot and fail on what a reader would stumble over.

    Checked: axe finds no violation of WCAG 2.2 AA, and the page is not wider than the screen.
    """
    both = getattr(request.node, "callspec", None) and request.node.callspec.params.get("size") in BOTH

    def judge(page: Page, name: str) -> None:
        page.wait_for_load_state("domcontentloaded")
        at_a_glance(page, name)
        if both:
            resize(page, "phone")
            at_a_glance(page, name)
            resize(page, "desk")

    def resize(page: Page, size: str) -> None:
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))  # type: ignore[arg-type]

    def at_a_glance(page: Page, name: str) -> None:
        width = page.viewport_size["width"] if page.viewport_size else 0
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SCREENSHOTS / f"{name}-{width}.png"), full_page=True)
        page.evaluate("scrollTo(0, 0)")  # what the fixed head covers counts as too small to press
        page.mouse.move(0, 0)  # what lies beneath the pointer after a click is on its way between two colours
        page.evaluate(SETTLED)
        assert violations(page) == [], f"{name} at {width}"
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{name} is {overflow} px wider than {width}"

    return judge


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async () => {
            const only = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
            const { violations } = await axe.run(document, { runOnly: only });
            const shown = (nodes) => nodes.map((node) => node.html.slice(0, 160)).join(" | ");
            return violations.map(({ id, nodes }) => `${id}: ${shown(nodes)}`);
        }"""
    )
    return [str(line) for line in found]
