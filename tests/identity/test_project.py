from __future__ import annotations

import pytest

from session_sync.identity import project

HOSTILE = ["../../etc/passwd", "-x", "--force", "a\0b", "x" * 300, "é" * 300, "..", ".", "", "/", "\\\\host\\share",
           "CON", "nul.txt",
           "com1", "a:b", "a\nb", "\u202egnp.exe", "名前", "имя", "~", "$(reboot)", "a b", " "]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_one_safe_component(name: str) -> None:
    for made in (project.clean_project(name), project.slug(name)):
        assert made
        assert made not in (".", "..")
        assert not made.startswith(("-", "."))
        assert not set(made) & set('/\\:*?"<>|\0\n ~$()')
        assert len(made.encode()) <= project.LONGEST + 1
        assert made.isprintable()
        assert not project.is_reserved(made)


def test_other_scripts_keep_their_letters() -> None:
    assert project.slug("修复 登录") == "修复-登录"
    assert project.slug("Übung macht den Meister") == "übung-macht-den-meister"


def test_names_keep_their_case_and_topics_do_not() -> None:
    assert project.clean_project("PILOT") == "PILOT"
    assert project.slug("Fix the Login") == "fix-the-login"


CUSTOMERS = ["CUST-acme-x", "cust-acme-x", "/cust-acme-x", "Cust-acme-x ", "../CUST/acme-x", "CUST_acme-x",
             "cust.acme-x", "\uff23\uff35\uff33\uff34-acme-x"]  # fmt: skip


@pytest.mark.parametrize("name", CUSTOMERS)
def test_customer_is_one_however_it_is_written(name: str) -> None:
    assert project.clean_project(name) == "CUST-acme-x"
    assert project.is_customer(project.clean_project(name))


def test_tenant_is_the_second_word_of_a_customer() -> None:
    assert project.tenant("CUST-avivatec-fpa") == "avivatec"
    assert project.tenant("PILOT") is None
    assert project.tenant("CUST-") is None
    assert project.is_customer(project.clean_project("CUST-"))


@pytest.mark.parametrize("name", ["clients/CUST-acme-x", "my-cust-app", "acme.cust.x", "my-cust"])
def test_a_customer_named_elsewhere_keeps_its_name_and_is_scanned(name: str) -> None:
    assert project.clean_project(name) == project.clean(name)
    assert project.is_customer(project.clean_project(name))


FOLDERS = ["CUST acme", "(cust acme)", "CUST-acme\n", "\uff23\uff35\uff33\uff34-acme", "x" * 100 + "-cust-acme"]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_customers_folder_is_known_by_any_name_that_becomes_a_customers_project(name: str) -> None:
    assert project.is_customer(name)
    assert project.is_customer(project.clean_project(name))


@pytest.mark.parametrize("name", ["custom-tools", "customers", "robust-x", "PILOT"])
def test_other_names_are_no_customers(name: str) -> None:
    assert not project.is_customer(project.clean_project(name))
