import subprocess
import sys

import pytest


def modules_after(statement):
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", ["sockrig_agent.workers.pool", "sockrig_agent.traffic.capabilities"])
def test_what_the_agent_imports_does_not_load_numpy(module):
    loaded = modules_after(f"import {module}")
    assert "sockrig_agent" in loaded
    assert "numpy" not in loaded


def test_what_a_worker_imports_loads_numpy_and_no_grpc():
    loaded = modules_after("import sockrig_agent.workers.preload")
    assert "numpy" in loaded
    assert "grpc" not in loaded
