"""The machine that was measured on, and the versions of what was measured."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sockrig_wire.version import VERSION

_PATIENCE_SECONDS = 10
_VERSION_FLAGS = {"nuttcp": "-V", "netperf": "-V"}
"""Where it is not ``--version``."""


@dataclass(frozen=True, slots=True)
class Version:
    """Of one program; ``version`` says so where it is not installed."""

    program: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a reader needs to know to compare."""

    kernel: str
    processor: str
    cores: int
    load_average: tuple[float, float, float]
    congestion_control: str
    largest_receive_buffer_bytes: str
    versions: tuple[Version, ...]


def this_machine(programs: Iterable[str]) -> Machine:
    """Look at this machine now."""
    ours = (
        Version("sockrig", VERSION),
        Version("Python", platform.python_version()),
        Version("numpy", np.__version__),
    )
    return Machine(
        kernel=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        load_average=os.getloadavg(),
        congestion_control=_setting("net/ipv4/tcp_congestion_control"),
        largest_receive_buffer_bytes=_setting("net/core/rmem_max"),
        versions=(*ours, *(Version(program, _version_of(program)) for program in programs)),
    )


def _version_of(program: str) -> str:
    if shutil.which(program) is None:
        return "not installed"
    command = (program, _VERSION_FLAGS.get(program, "--version"))
    asked = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    lines = (asked.stdout + asked.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _setting(name: str) -> str:
    """A value of sysctl(8)."""
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
