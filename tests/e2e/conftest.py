import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import campus as c  # noqa: E402


@pytest.fixture(scope="module")
def campus():
    """One campus for the tests of a file; each makes desks of its own."""
    with c.Campus() as made:
        yield made


@pytest.fixture
def fresh():
    """A campus for one test alone: empty mailboxes."""
    with c.Campus() as made:
        yield made


@pytest.fixture(scope="session")
def poison_parse():
    """The test build of the parser child that crashes, hangs, bloats and lies."""
    path = c.ROOT / "build" / "release" / "tests" / "poison_parse"
    assert path.exists(), f"{path} is not built: make test-tools"
    return path


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the daemons said last stands in the report of a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for desk in [d for made in c.Campus.open for d in made.desks]:
            if desk.log.exists():
                report.sections.append((f"log of {desk.folder.name}", desk.log.read_text(errors="replace")[-6000:]))
