"""One Chromium for the tests of the page. It opens files and nothing else: no test needs a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LAUNCH_TIMEOUT_MILLISECONDS = 120_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here need a browser, and time: it is slow on a busy machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """The system's own Chromium; playwright drives it, and downloads none.

    For one module, not for the session: as long as it is there, its event loop is the main thread's, and no other test
    could run one.
    """
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install --group test)")
    with playwright.sync_playwright() as driver:
        # A sandbox needs a user other than root, and shared memory is what small containers lack.
        opened = driver.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=LAUNCH_TIMEOUT_MILLISECONDS,
        )
        yield opened
        opened.close()
