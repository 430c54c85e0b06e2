"""A run leaves a store and comes into another as it was, or not at all."""

import hashlib
import io
import json
import zipfile
from contextlib import closing, suppress

import pytest
from sqlalchemy import select
from tests.unit.controller.store.recorded import WAITING_SECONDS, beginning, begun, progress, record, sample

from sockrig.results.document import from_json
from sockrig.store import tables
from sockrig.store.archive import FORMAT_VERSION, export_run, import_run
from sockrig.store.facts import RunEnd
from sockrig.store.history import History
from sockrig.store.location import StoreLocation
from sockrig.store.opening import OpenStore
from sockrig.store.tables import SCHEMA_VERSION
from sockrig_wire.errors import IncompatibleError, NotFoundError, UsageError


@pytest.fixture
def other(tmp_path):
    with closing(OpenStore.open(StoreLocation(tmp_path / "other.db"))) as opened:
        yield opened


@pytest.fixture
def archive(store, recorder, tmp_path):
    """The archive of a whole run."""
    record(recorder)
    return exported(store, tmp_path / "run.zip")


def exported(store, path):
    with path.open("wb") as file:
        export_run(store, "last", file)
    return path


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(path, name, data, *, manifest=None):
    """The archive with one member changed, and its manifest in step with it or as given."""
    content = members(path)
    content[name] = data
    told = json.loads(content["manifest.json"])
    if name in told["members"]:
        told["members"][name] |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    told |= manifest or {}
    content["manifest.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for each, its_data in content.items():
            archive.writestr(each, its_data)


def refused(store, path, words, error=UsageError):
    """Nothing of it is in the store then."""
    with pytest.raises(error, match=words):
        import_run(store, path)
    with store.reading.connect() as connection:
        for table in tables.metadata.sorted_tables:
            assert connection.execute(select(table)).all() == []


def all_rows(store):
    with store.reading.connect() as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if name not in {"number", "run", "seen_at_seconds"}}
                for row in connection.execute(select(table)).mappings()
            ]
            for table in tables.metadata.sorted_tables
        }


def test_an_imported_run_is_what_was_exported(archive, store, other):
    told = import_run(other, archive)
    assert told.run_id == "0123456789ab"
    assert all_rows(other) == all_rows(store)
    assert History(other).result("last") == History(store).result("last")


def test_what_is_exported_again_is_the_same_but_for_its_times(archive, other, tmp_path):
    import_run(other, archive)
    assert members(exported(other, tmp_path / "again.zip")) == members(archive)


def test_the_manifest_says_what_every_member_and_every_field_is(archive):
    content = members(archive)
    manifest = json.loads(content.pop("manifest.json"))
    assert manifest["format_version"] == FORMAT_VERSION
    assert manifest["schema_version"] == SCHEMA_VERSION
    assert set(manifest["members"]) == set(content)
    for name, facts in manifest["members"].items():
        assert facts["description"]
        assert facts["sha256"] == hashlib.sha256(content[name]).hexdigest()
        if name.endswith(".ndjson"):
            lines = content[name].splitlines()
            assert len(lines) == facts["rows"]
            for line in lines:
                assert set(json.loads(line)) == set(facts["fields"])
            assert all(facts["fields"].values())


def test_the_result_and_the_scenario_can_be_read_without_us(archive, store):
    content = members(archive)
    assert from_json(content["result.json"]).run_id == History(store).result("last").run_id
    assert content["scenario.yaml"] == b"scenario: x\n"
    assert content["included-1.yaml"] == b"steps: []\n"
    told = json.loads(content["manifest.json"])["members"]["included-1.yaml"]
    assert told["description"] == "What the scenario includes as ../y.yaml."


def test_an_interrupted_run_is_interrupted_elsewhere_too(store, recorder, other, tmp_path):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.step_begins(begun())
    recording.take(progress(sample(1.0)))
    recording.end(RunEnd(verdict="interrupted", duration_seconds=1.0, problem="it was stopped")).result(WAITING_SECONDS)
    import_run(other, exported(store, tmp_path / "run.zip"))
    assert History(other).runs().runs[0].state == "interrupted"
    assert History(other).result("last") == History(store).result("last")


def test_a_run_that_goes_on_or_is_not_there_is_not_exported(store, recorder):
    with pytest.raises(NotFoundError):
        export_run(store, "last", io.BytesIO())
    recorder.begin(beginning(), pytest.fail)
    with pytest.raises(UsageError, match="still runs"):
        export_run(store, "last", io.BytesIO())


def test_no_run_is_imported_twice(archive, store):
    with pytest.raises(UsageError, match="has the run 0123456789ab already"):
        import_run(store, archive)
    assert len(History(store).runs().runs) == 1


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_archive_is_refused(other, tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    refused(other, path, "no whole archive")


def test_an_archive_that_is_cut_off_anywhere_is_refused(archive, other):
    whole = archive.read_bytes()
    for length in range(0, len(whole) - 1, 997):
        archive.write_bytes(whole[:length])
        refused(other, archive, "no whole archive")


def test_a_flipped_bit_anywhere_is_refused_or_changes_nothing(archive, other, store):
    whole = archive.read_bytes()
    expected = History(store).result("last")
    for place in range(0, len(whole), 499):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with suppress(UsageError):
            import_run(other, archive)
        for told in History(other).runs().runs:  # it was a bit that says nothing, such as a member's time
            assert History(other).result("last") == expected
            History(other).delete([told.run_id])


@pytest.mark.parametrize("which", ["format_version", "schema_version"])
def test_an_archive_of_a_newer_version_is_refused(archive, other, which):
    changed(archive, "x", b"", manifest={which: 99, "written_by": "sockrig 9.9"})
    refused(other, archive, r"newer version of Sockrig made this archive \(sockrig 9.9\)", IncompatibleError)


def test_an_archive_of_something_else_is_refused(archive, other):
    changed(archive, "x", b"", manifest={"format": "holiday pictures"})
    refused(other, archive, "holiday pictures")


def test_a_member_that_claims_to_be_huge_is_refused_before_it_is_read(archive, other):
    manifest = json.loads(members(archive)["manifest.json"])
    manifest["members"]["samples.ndjson"]["bytes"] = 10**12
    changed(archive, "x", b"", manifest=manifest)
    refused(other, archive, "larger than any run")


@pytest.mark.parametrize(
    ("member", "content", "words"),
    [
        ("runs.ndjson", b"", "it holds 0 runs"),
        ("samples.ndjson", b'{"flow": 0}\n', "line 1: at_source is missing"),
        ("samples.ndjson", b"[]\n", "line 1"),
        ("steps.ndjson", b'{"number": 0, "name": "x", "verdict": "passed", "document": {"a": 1}}\n', "line 1"),
        ("steps.ndjson", b'{"number": "0", "name": "x", "verdict": "passed", "document": {}}\n', "number is no int"),
        ("flows.ndjson", b"", "do not belong together"),
        ("agents.ndjson", b'{"name": "a", "status": "well"}\n', "line 1: status is no dict"),
    ],
)
def test_rows_that_are_not_ours_are_refused_with_their_place(archive, other, member, content, words):
    changed(archive, member, content)
    refused(other, archive, words)
