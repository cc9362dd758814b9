"""What a desk stands on, read from what a system says of itself."""

import sys
from pathlib import Path

import pytest

from supportctl.files import atomic_text, scratch
from supportctl.store.environment import zone_data_is_old
from supportctl.store.sqlite.environment import leftovers, network_disk, sqlite_at_fault
from supportctl.tabular.folder import new_folder

MOUNTS = r"""
/dev/vda1 / ext4 rw,relatime 0 0
proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
server:/export /home nfs4 rw,vers=4.2,addr=10.0.0.5 0 0
/dev/vdb1 /home/local ext4 rw 0 0
//nas/team /mnt/team\040share cifs rw,vers=3.0 0 0
//nas/odd /mnt/back\134slash smb3 rw 0 0
ann@host:/srv /mnt/ssh fuse.sshfs rw,user_id=1000 0 0
drvfs /mnt/c 9p rw,dirsync,aname=drvfs 0 0
overlay /var/lib/docker/overlay2 overlay rw 0 0
server:/a /mnt/twice nfs rw 0 0
/dev/vdc1 /mnt/twice xfs rw 0 0
/dev/vdc1 /mnt/again xfs rw 0 0
server:/a /mnt/again nfs rw 0 0
a line of nonsense
short
"""

mounted = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mounts to read")


@mounted
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/desk.db", None),
        ("/home/ann/desk.db", "nfs4"),
        ("/home", "nfs4"),
        ("/homes/ann/desk.db", None),
        ("/home/local/desk.db", None),
        ("/mnt/team share/desk.db", "cifs"),
        ("/mnt/back\\slash/desk.db", "smb3"),
        ("/mnt/ssh/desk.db", "fuse.sshfs"),
        ("/mnt/c/Users/ann/desk.db", "9p"),
        ("/var/lib/docker/overlay2/desk.db", None),
        ("/mnt/twice/desk.db", None),
        ("/mnt/again/desk.db", "nfs"),
    ],
)
def test_a_disk_that_machines_share_is_known_by_its_mount(tmp_path: Path, path: str, kind: str | None) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert network_disk(Path(path), mounts) == kind


@mounted
def test_a_link_to_such_a_disk_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/a {tmp_path / 'far'} nfs rw 0 0\n")
    assert network_disk(tmp_path / "near" / "desk.db", mounts) == "nfs"


def test_nothing_is_known_where_the_system_does_not_say(tmp_path: Path) -> None:
    assert network_disk(Path("/desk.db"), tmp_path / "missing") is None


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        ((3, 6, 23), False), ((3, 7, 0), True), ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False),
        ((3, 45, 0), True), ((3, 50, 6), True), ((3, 50, 7), False), ((3, 51, 2), True), ((3, 51, 3), False),
    ],
)  # fmt: skip
def test_which_sqlite_has_the_fault(version: tuple[int, ...], fault: bool) -> None:
    assert sqlite_at_fault(version) is fault


@pytest.mark.parametrize(("version", "old"), [("2025b", False), ("2024a", True), ("2026a", False), ("", False)])
def test_when_zone_data_is_old(version: str, old: bool) -> None:
    assert zone_data_is_old(version, 2026) is old


def test_what_a_killed_run_left_is_told_apart_from_what_is_somebody_elses(tmp_path: Path) -> None:
    """A desk, a backup or an export that is not whole; by the names that they are given."""
    ours = []
    with scratch(tmp_path / "desk.db") as desk, scratch(tmp_path / "monday.db") as backup:
        with atomic_text(tmp_path / "tickets.csv", over=False), new_folder(tmp_path / "out", force=False):
            ours = leftovers(tmp_path / "desk.db")
            assert set(ours) == {path for path in tmp_path.iterdir() if path.name.startswith(".")}
            assert len(ours) == 4 and {desk, backup} <= set(ours)
        for name in (".desk.db.new", ".x.new", "desk.db.0123456789abcdef.new", "desk.db.v1.bak"):
            (tmp_path / name).touch()
        assert leftovers(tmp_path / "desk.db") == sorted([desk, backup])
