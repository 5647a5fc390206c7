"""What the hardware says about itself: one probe per platform, over injectable ways to ask.

The fingerprints are those that a copied disk does not take along: /etc/machine-id, MachineGuid and file system
UUIDs do travel with a copy, so they make the raw id or nothing. A container's are not its own: it has none.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

TIME_LIMIT = 10.0  # seconds for one command
CHEAP = frozenset({"linux"})  # platforms (sys.platform) whose probe only reads files
PLACEHOLDERS = frozenset(
    {
        "none",
        "not specified",
        "not applicable",
        "default string",
        "to be filled by o.e.m.",
        "system serial number",
    }
    | {"123456789", "03000200-0400-0500-0006-000700080009"}  # seen on boards of many makers
)
DMI = "/sys/class/dmi/id"
DISK_IDS = (
    "wwid",
    "serial",
    "device/wwid",
    "device/serial",
    "device/cid",
)  # NVMe, virtio, SCSI, older NVMe, SD card
WINDOWS_QUERY = (
    "$p = Get-CimInstance Win32_ComputerSystemProduct; "
    "$d = Get-CimInstance Win32_DiskDrive -Filter 'Index=0'; "
    "$n = Get-CimInstance Win32_NetworkAdapter -Filter 'PhysicalAdapter=TRUE'"
    " | Sort-Object Index | Select-Object -First 1; "
    "@{product_uuid=$p.UUID; serial=$p.IdentifyingNumber; disk=$d.SerialNumber; mac=$n.MACAddress; "
    "vendor=$p.Vendor; name=$p.Name} | ConvertTo-Json -Compress"
)


@dataclass(frozen=True)
class Hardware:
    """One computer as a probe found it; `raw_id` and the fingerprints are raw and must not be stored or sent."""

    raw_id: str | None
    fingerprints: dict[str, str] = field(default_factory=dict)
    model: str = ""
    platform: str = "linux"
    container: bool = False


Run = Callable[[list[str]], str]
Read = Callable[[str], str]
Names = Callable[[str], list[str]]


@dataclass(frozen=True)
class _Computer:
    run: Run
    read: Read
    names: Names

    def line(self, path: str) -> str:
        """The text of a file as one line; device tree files end with a NUL."""
        return " ".join(self.read(path).replace("\0", " ").split())


def _run(command: list[str]) -> str:
    """What `command` printed; "" on any failure."""
    import subprocess

    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])  # cron has neither
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT,
            check=True,
            env={**os.environ, "PATH": search},
            creationflags=hidden,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _read(path: str) -> str:
    """The text of a file; "" on any failure."""
    try:
        with open(path, errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def _names(path: str) -> list[str]:
    """The names in a folder, sorted; none on any failure."""
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def hostname() -> str:
    """The current host name, raw."""
    return os.environ.get("COMPUTERNAME", "") if sys.platform == "win32" else os.uname().nodename


def os_account() -> str:
    """The OS user; not from the environment where that can be helped: sudo and cron change it."""
    if sys.platform == "win32":
        return f"{os.environ.get('USERDOMAIN', '')}\\{os.environ.get('USERNAME', '')}".lower()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def probe(platform: str = sys.platform, run: Run = _run, read: Read = _read, names: Names = _names) -> Hardware:
    """Ask this computer, or a recorded one.

    `run` gives a command's output, `read` a file's text, `names` a folder's sorted names; each is empty on
    failure, so that a probe never raises: what it cannot learn is left out.
    """
    return PROBES.get(platform, _linux)(_Computer(run, read, names))


def _linux(computer: _Computer) -> Hardware:
    read = computer.line
    model = f"{read(f'{DMI}/sys_vendor')} {read(f'{DMI}/product_name')}".strip() or read("/proc/device-tree/model")
    if _in_container(computer):
        return Hardware(None, {}, model, "linux", container=True)
    found = {
        "product_uuid": read(f"{DMI}/product_uuid"),  # this and the next are for root alone
        "board_serial": read(f"{DMI}/board_serial") or read("/proc/device-tree/serial-number"),
        "mac": _linux_mac(computer),
        "disk": _linux_disk(computer),
    }
    return Hardware(_linux_machine_id(computer), _telling(found), model, "linux")


def _linux_machine_id(computer: _Computer) -> str | None:
    """machine-id(5); the D-Bus copy comes second because it may be stale."""
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        value = computer.line(path).lower()
        if re.fullmatch("[0-9a-f]{32}", value) and value.strip("0"):  # not "uninitialized"
            return value
    return None


def _linux_mac(computer: _Computer) -> str:
    """The burnt-in address of the first network card; bridges, tunnels and containers' ends have no `device`."""
    for name in computer.names("/sys/class/net"):
        card = f"/sys/class/net/{name}"
        if "device" in computer.names(card) and computer.line(f"{card}/addr_assign_type") == "0":
            return computer.line(f"{card}/address")
    return ""


def _linux_disk(computer: _Computer) -> str:
    """The serial number of the first built-in disk; loop, RAM and mapped devices have no `device`."""
    for name in computer.names("/sys/block"):
        disk = f"/sys/block/{name}"
        if "device" in computer.names(disk) and computer.line(f"{disk}/removable") != "1":
            serial = next(filter(None, (computer.line(f"{disk}/{place}") for place in DISK_IDS)), "")
            if serial:
                return serial
    return ""


def _in_container(computer: _Computer) -> bool:
    """Docker, Podman, Kubernetes, and what systemd calls a container, save WSL, which keeps its machine-id."""
    told = f"container={computer.line('/run/systemd/container')}\0{computer.read('/proc/1/environ')}"
    return (
        "KUBERNETES_SERVICE_HOST" in os.environ
        or ".dockerenv" in computer.names("/")
        or ".containerenv" in computer.names("/run")
        or re.search(r"(^|\0)container=(?!wsl)[^\0]", told) is not None
        or re.search(r"docker|kubepods|containerd|libpod|/lxc", computer.read("/proc/1/cgroup")) is not None
    )


def _macos(computer: _Computer) -> Hardware:
    """ioreg(8) prints `"name" = "text"`, and data that holds text as `"name" = <"text">`."""
    tree = computer.run(["ioreg", "-rd1", "-c", "IOPlatformExpertDevice"])
    values = dict(re.findall(r'"(\w+)" = <?"([^"]*)"', tree))
    uuid = values.get("IOPlatformUUID", "").lower()
    model = values.get("model") or computer.run(["sysctl", "-n", "hw.model"]).strip()
    found = {"platform_uuid": uuid, "serial": values.get("IOPlatformSerialNumber", "")}
    return Hardware(uuid or None, _telling(found), model, "macos")


def _windows(computer: _Computer) -> Hardware:
    key = r"HKLM\SOFTWARE\Microsoft\Cryptography"
    answer = computer.run(["reg", "query", key, "/v", "MachineGuid", "/reg:64"])  # a 32-bit Python has none of its own
    guid = re.search(r"MachineGuid\s+REG_SZ\s+(\S+)", answer)
    told = computer.run(["powershell", "-NoProfile", "-NonInteractive", "-Command", WINDOWS_QUERY])
    try:
        values = {name: str(value or "").strip() for name, value in json.loads(told).items()}
    except (ValueError, AttributeError):
        values = {}
    model = f"{values.pop('vendor', '')} {values.pop('name', '')}".strip()
    in_container = os.environ.get("USERNAME") in ("ContainerAdministrator", "ContainerUser")
    if guid is None or in_container:
        return Hardware(None, {}, model, "windows", in_container)
    return Hardware(guid[1].lower(), _telling(values), model, "windows")


def _telling(found: dict[str, str]) -> dict[str, str]:
    """`found` without what is missing or only a maker's placeholder, in lower case."""
    values = {name: value.lower() for name, value in found.items()}
    return {name: v for name, v in values.items() if v not in PLACEHOLDERS and len(set(v) - set(":-. ")) > 1}


PROBES: dict[str, Callable[[_Computer], Hardware]] = {"linux": _linux, "darwin": _macos, "win32": _windows}
