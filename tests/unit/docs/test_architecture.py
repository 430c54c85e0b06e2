"""The tour of the house shows every room."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = ("protos/sockrig_wire", "agent/sockrig_agent", "controller/sockrig")


def test_every_module_has_its_line_in_the_tour():
    tour = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    modules = [path for source in SOURCES for path in (ROOT / source).rglob("*.py") if "_pb2" not in path.name]
    missing = [
        str(path.relative_to(ROOT))
        for path in modules
        if path.name != "__init__.py" and f"| `{path.name}` |" not in _room(tour, path)
    ]

    assert missing == []


def test_the_tour_shows_no_module_that_is_gone():
    tour = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    known = {path.name for source in SOURCES for path in (ROOT / source).rglob("*.py")}
    shown = {line.split("`")[1] for line in tour.splitlines() if line.startswith("| `") and ".py` |" in line}

    assert shown - known == set()


def _room(tour: str, path: Path) -> str:
    folder = path.parent.relative_to(ROOT)
    name = str(Path(*folder.parts[1:]))
    _, _, after = tour.partition(f"**`{name}/`**")
    return after.partition("\n**`")[0]
