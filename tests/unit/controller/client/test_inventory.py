import pytest

from sockrig.client.inventory import InventoryAgent, checked_address, load_inventory, parse_inventory
from sockrig_wire.errors import UsageError

YAML = """
agents:
  north: 10.0.0.1:7411
  south: {address: "[2001:db8::2]:7411", labels: {site: basement}}
"""

TOML = """
[agents]
north = "10.0.0.1:7411"
south = { address = "[2001:db8::2]:7411", labels = { site = "basement" } }
"""

AGENTS = {
    "north": InventoryAgent("10.0.0.1:7411"),
    "south": InventoryAgent("[2001:db8::2]:7411", {"site": "basement"}),
}


@pytest.mark.parametrize(("text", "file_name"), [(YAML, "lab.yaml"), (YAML, "lab"), (TOML, "lab.toml")])
def test_an_inventory_says_the_same_in_yaml_and_in_toml(tmp_path, text, file_name):
    path = tmp_path / file_name
    path.write_text(text)

    assert load_inventory(path) == AGENTS


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected one key, `agents`"),
        ("hosts: {a: 10.0.0.1:7411}", "expected one key, `agents`"),
        ("agents: [10.0.0.1:7411]", "expected one key, `agents`"),
        ("agents: {}", "names no agent"),
        ("agents: {a: 10.0.0.1}", "'10.0.0.1' is not an address with a port"),
        ("agents: {a: 7411}", "expected an address"),
        ("agents: {1: 10.0.0.1:7411}", "name must be a text"),
        ("agents: {a: {labels: {}}}", "expected an address"),
        ("agents: {a: {address: '10.0.0.1:1', lables: {}}}", "unknown key 'lables'"),
        ("agents: {a: {address: '10.0.0.1:1', labels: {n: 1}}}", "labels must map texts to texts"),
    ],
)
def test_a_wrong_inventory_says_what_is_wrong_and_where(text, complaint):
    with pytest.raises(UsageError) as refusal:
        parse_inventory(text, file_name="lab.yaml")

    assert complaint in refusal.value.what
    assert refusal.value.where.startswith("lab.yaml")


@pytest.mark.parametrize(
    ("text", "file_name", "where"),
    [
        ("agents:\n  a: 10.0.0.1:7411\n  a: 10.0.0.2:7411\n", "lab.yaml", "lab.yaml:3:3"),
        ("agents: {a: [", "lab.yaml", "lab.yaml:1:14"),
        ("agents: {[x]: y}", "lab.yaml", "lab.yaml:1:10"),
        ("agents = {", "lab.toml", "lab.toml"),
    ],
)
def test_a_mistake_in_the_form_is_told_with_its_place(text, file_name, where):
    with pytest.raises(UsageError) as refusal:
        parse_inventory(text, file_name=file_name)

    assert refusal.value.where == where


def test_a_file_that_cannot_be_read_is_a_mistake_of_the_user(tmp_path):
    (tmp_path / "latin").write_bytes(b"agents: {\xe9: 10.0.0.1:7411}")

    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "latin"):
        with pytest.raises(UsageError) as refusal:
            load_inventory(path)
        assert refusal.value.where == str(path)


@pytest.mark.parametrize("address", ["10.0.0.1:7411", "lab-7.example:1", "[::1]:65535", "unix:/run/agent.sock"])
def test_an_address_that_can_be_dialled_is_taken(address):
    assert checked_address(address, where="agent a") == address


@pytest.mark.parametrize(
    "address", ["", "host", "host:", ":7411", "host:0", "host:65536", "::1:7411", "unix:", "a b:1"]
)
def test_any_other_is_refused(address):
    with pytest.raises(UsageError, match="is not an address with a port"):
        checked_address(address, where="agent a")
