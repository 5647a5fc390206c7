"""The probes, from recorded answers of all platforms."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from session_sync.identity import hardware
from session_sync.identity.hardware import Hardware
from support.homes import FIXTURES

RECORDED = FIXTURES / "probes"
Files = dict[str, str]


def recorded(name: str) -> Files:
    files: Files = json.loads((RECORDED / f"{name}.json").read_bytes())
    return files


def linux(files: Files) -> Hardware:
    def names(folder: str) -> list[str]:
        prefix = folder.rstrip("/") + "/"
        return sorted({path[len(prefix) :].split("/")[0] for path in files if path.startswith(prefix)})

    return hardware.probe("linux", run=no_command, read=lambda path: files.get(path, ""), names=names)


def no_command(command: list[str]) -> str:
    raise AssertionError(f"{command} was started")


def answering(**answers: str) -> Callable[[list[str]], str]:
    return lambda command: answers.get(command[0], "")


def silent(_: str) -> str:
    return ""


def recorded_text(name: str) -> str:
    return (RECORDED / name).read_bytes().decode()


def macos(**answers: str) -> Hardware:
    return hardware.probe("darwin", run=answering(**answers), read=silent)


def windows(**answers: str) -> Hardware:
    return hardware.probe("win32", run=answering(**answers), read=silent)


def test_linux_laptop() -> None:
    assert linux(recorded("linux-laptop")) == Hardware(
        raw_id="4f1d0c9a7be24d55a3c86e0f9b217d34",
        fingerprints={
            "product_uuid": "6d3e5acc-2b1f-11b2-a85c-c0ffee0badd1",
            "board_serial": "l1hf16b00k7",
            "mac": "54:e1:ad:9c:41:7e",
            "disk": "eui.0025388b11c0ffee",
        },
        model="LENOVO 20XW004AUS",
        platform="linux",
        container=False,
    )


def test_linux_without_root_sees_less_and_the_same_id() -> None:
    files = {p: t for p, t in recorded("linux-laptop").items() if not p.endswith(("board_serial", "product_uuid"))}
    found = linux(files)
    assert found.raw_id == "4f1d0c9a7be24d55a3c86e0f9b217d34"
    assert set(found.fingerprints) == {"mac", "disk"}


def test_linux_without_dmi_takes_the_device_tree_and_the_dbus_copy() -> None:
    assert linux(recorded("linux-raspberry")) == Hardware(
        raw_id="b5e0a6c1d2f34455867790a1b2c3d4e5",
        fingerprints={
            "board_serial": "100000003d1f9c2b",
            "mac": "dc:a6:32:5e:10:9f",
            "disk": "275048534433324760a1b2c3d4013a00",
        },
        model="Raspberry Pi 4 Model B Rev 1.4",
    )


@pytest.mark.parametrize("value", ["uninitialized\n", "", "0" * 32, "xyz", "4f1d0c9a"])
def test_linux_without_a_usable_machine_id_has_no_raw_id(value: str) -> None:
    files = {**recorded("linux-laptop"), "/etc/machine-id": value, "/var/lib/dbus/machine-id": value}
    assert linux(files).raw_id is None


@pytest.mark.parametrize("text", ["To Be Filled By O.E.M.", "Default string", "None", "00000000", "  "])
def test_placeholders_of_makers_are_no_fingerprints(text: str) -> None:
    files = {**recorded("linux-laptop"), "/sys/class/dmi/id/board_serial": text + "\n"}
    assert "board_serial" not in linux(files).fingerprints


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/.dockerenv", ""),
        ("/run/.containerenv", ""),
        ("/run/systemd/container", "systemd-nspawn\n"),
        ("/proc/1/environ", "PATH=/bin\0container=lxc\0TERM=xterm\0"),
        ("/proc/1/environ", "container=podman\0"),
        ("/proc/1/cgroup", "12:pids:/docker/3f9d8e7c6b5a\n"),
        ("/proc/1/cgroup", "4:memory:/kubepods/besteffort/pod1f\n"),
        ("/proc/1/cgroup", "1:name=systemd:/lxc/build\n"),
    ],
)
def test_containers_have_no_identity_of_their_own(path: str, text: str) -> None:
    found = linux({**recorded("linux-laptop"), path: text})
    assert found == Hardware(None, {}, "LENOVO 20XW004AUS", "linux", container=True)


def test_a_pod_is_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "192.0.2.1")
    assert linux(recorded("linux-laptop")).container


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/run/systemd/container", "wsl\n"),
        ("/proc/1/environ", "container=wsl\0"),
        ("/proc/1/environ", "no_container=1\0container=\0"),
        ("/opt/.dockerenv", ""),
    ],
)
def test_what_is_no_container(path: str, text: str) -> None:
    assert not linux({**recorded("linux-laptop"), path: text}).container


def test_macos() -> None:
    assert macos(ioreg=recorded_text("macos-ioreg.txt")) == Hardware(
        raw_id="8c1d5e7a-3b42-5f90-a6c7-d1e2f3041526",
        fingerprints={"platform_uuid": "8c1d5e7a-3b42-5f90-a6c7-d1e2f3041526", "serial": "q3wx99k4jl"},
        model="MacBookPro18,3",
        platform="macos",
    )


def test_macos_asks_sysctl_for_the_model_when_ioreg_fails() -> None:
    assert macos(sysctl="Macmini9,1\n") == Hardware(None, {}, "Macmini9,1", "macos")


def test_windows() -> None:
    assert windows(reg=recorded_text("windows-reg.txt"), powershell=recorded_text("windows-cim.json")) == Hardware(
        raw_id="e7b2c1d0-5a49-4f3e-8b67-90a1b2c3d4f5",
        fingerprints={
            "product_uuid": "4c4c4544-0048-5110-804b-b7c04f324c33",
            "serial": "7hqk2l3",
            "disk": "ace4_2e00_25c0_ffee.",
            "mac": "a4:bb:6d:10:2e:9c",
        },
        model="Dell Inc. Latitude 7420",
        platform="windows",
    )


@pytest.mark.parametrize("answer", ["", "Get-CimInstance : Access denied", "[]", '{"mac": null, "disk": null}'])
def test_windows_without_powershell_still_has_its_id(answer: str) -> None:
    found = windows(reg=recorded_text("windows-reg.txt"), powershell=answer)
    assert found == Hardware("e7b2c1d0-5a49-4f3e-8b67-90a1b2c3d4f5", {}, "", "windows")


def test_windows_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERNAME", "ContainerUser")
    found = windows(reg=recorded_text("windows-reg.txt"), powershell=recorded_text("windows-cim.json"))
    assert found == Hardware(None, {}, "Dell Inc. Latitude 7420", "windows", container=True)


@pytest.mark.parametrize("platform", sorted(hardware.PROBES))
def test_a_computer_that_says_nothing_is_no_error(platform: str) -> None:
    found = hardware.probe(platform, run=answering(), read=silent, names=lambda _: [])
    assert (found.raw_id, found.fingerprints, found.model) == (None, {}, "")


def test_failing_programs_are_an_empty_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "TIME_LIMIT", 0.2)
    assert hardware._run(["no-such-program-here"]) == ""
    assert hardware._run([sys.executable, "-c", "print(1); raise SystemExit(3)"]) == ""
    assert hardware._run(["sh", "-c", "echo said; exec sleep 600"]) == ""
    monkeypatch.setattr(hardware, "TIME_LIMIT", 120)
    assert hardware._run([sys.executable, "-c", "print('said')"]).strip() == "said"


def test_this_computer_can_be_probed() -> None:
    found = hardware.probe()
    assert found.platform in ("linux", "macos", "windows")
    assert found.container or found.raw_id or sys.platform.startswith("linux")
