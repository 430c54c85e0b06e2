"""An idle agent is small."""

from tests.processes import resident_mebibytes, running_command

MOST_MEBIBYTES = 45.0
"""What a process has as VmRSS, shared libraries and all."""


def test_an_agent_that_waits_for_work_is_small_before_its_first_run_and_after_it(a, tmp_path):
    assert resident_mebibytes(a.pid) <= MOST_MEBIBYTES
    with running_command("udp", "a", "a", "--duration", "300ms", a.option, folder=tmp_path) as command:
        assert command.exit_code() == 0, command.stderr
    assert resident_mebibytes(a.pid) <= MOST_MEBIBYTES
