from __future__ import annotations

import re

import pytest

from session_sync.scan.scanner.validators import grids

NAMES = re.compile("password|token")


def cells(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in grids.cells(text, NAMES)]


@pytest.mark.parametrize(
    "text",
    [
        "| user | password |\n|---|---|\n| a | x1 |\n| b | x2 |",
        " user | password\n------+----------\n a | x1\n b | x2\n(2 rows)",
        "user,password\na,x1\nb,x2\n",
        "user;password;role\na;x1;r\nb;x2;r\n",
        "user\tpassword\na\tx1\nb\tx2\n",
        "USER   password   ROLE\na      x1         r\nb      x2         r\n",
        "password\n--------\nx1\nx2\n",
        "<tr><th>user</th><th>password</th></tr><tr><td>a</td><td>x1</td></tr><tr><td>b</td><td>x2</td></tr>",
        "+| user | password |\n+|---|---|\n+| a | x1 |\n+| b | x2 |",
    ],
)
def test_the_cells_of_a_column_are_found_by_its_head(text: str) -> None:
    assert cells(text) == ["x1", "x2"]


def test_a_cell_that_is_left_out_moves_none_into_another_column() -> None:
    assert cells("NAME   password   ROLE\na                 r1\nb      x2         r2\n") == ["x2"]
    assert cells("user,password,role\na,,r1\nb,x2,r2\n") == ["", "x2"]


def test_a_quoted_cell_may_hold_what_separates_others() -> None:
    assert cells('user,password\n"a,b","x,1"\n') == ['"x,1"']


def test_a_table_ends_where_another_or_none_begins() -> None:
    assert cells("| password |\n|---|\n| x1 |\nwords\n| x2 |") == ["x1"]
    assert cells("<table><tr><th>token</th></tr></table><table><tr><td>x1</td></tr></table>") == []


def test_a_head_that_says_more_is_another() -> None:
    assert cells("| password changed |\n|---|\n| x1 |") == []
    assert cells("| initial password |\n|---|\n| x1 |") == ["x1"]
