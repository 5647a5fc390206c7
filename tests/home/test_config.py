from __future__ import annotations

import json

import pytest

from session_sync.errors import UsageError
from session_sync.home import config, files, paths

FULL = """
remote: git@forge.example:team/logs.git
repositories:
  acme: git@forge.example:acme/logs.git
routing:
  - {match: "CUST-acme-*", repository: acme}
  - {match: "SECRET", repository: none}
projects:
  - {path: ~/work/pilot, project: PILOT}
policies:
  - {match: "CUST-acme-*", policy: off}
  - {match: PILOT, credentials: inline}
tenants:
  acme: {policy: strict}
phone_regions: [DE, NO]
rules: ~/gitleaks.toml
"""


def write(text: str) -> None:
    files.make_private_dir(paths.home())
    paths.config_file().write_text(text)


def test_no_file_is_an_empty_configuration() -> None:
    assert config.load() == config.Config()


def test_first_matching_rule_routes() -> None:
    write(FULL)
    settings = config.load()
    assert settings.repository_of("CUST-acme-fpa") == settings.repository_of("CUST-Acme-FPA") == "acme"
    assert settings.repository_of("CUST-other") == config.DEFAULT
    assert settings.repository_of("SECRET") is None


def test_what_the_scanner_wants_to_know() -> None:
    write(FULL)
    settings = config.load()
    assert settings.policies == (
        config.PolicyRule("CUST-acme-*", policy="off"),
        config.PolicyRule("PILOT", credentials="inline"),
    )
    assert (settings.tenants, settings.phone_regions) == ({"acme": "strict"}, ("DE", "NO"))  # no booleans of YAML 1.1
    assert settings.rules == "~/gitleaks.toml"
    assert (config.Config().phone_regions, config.Config().rules) == (("US",), "")


def test_pictures_are_kept_unless_somebody_says_otherwise() -> None:
    write("pictures: note\npolicies: [{match: PILOT, pictures: keep}]\n")
    assert (config.load().pictures, config.load().policies[0].pictures) == (False, "keep")
    assert config.Config().pictures


def test_without_a_match_and_a_default_nothing_is_pushed() -> None:
    write("repositories: {acme: /x}\nrouting: [{match: 'CUST-acme-*', repository: acme}]\n")
    assert config.load().repository_of("PILOT") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("remote: 5", "At 'remote': 5 is not of type 'string' in config.yaml"),
        ("remote: --upload-pack=x", "At 'remote': "),
        ("routing: [{repository: x}]", "At 'routing[0]': 'match' is a required property in config.yaml"),
        ("routing: [{match: [], repository: x}]", "At 'routing[0].match': [] is not of type 'string' in config.yaml"),
        ("routing: [{match: x, repository: y}]", "At 'routing[0].repository': there is no repository 'y'"),
        ("remotes: x", "At '': Additional properties are not allowed ('remotes' was unexpected)"),
        ("- x", "At '': ['x'] is not of type 'object'"),
        ("a: [", "config.yaml is not valid YAML"),
        ("remote: &a x\nrepositories: {b: *a}", "uses aliases"),
        ("1: x", "At '': Additional properties"),
        ("repositories: https://u:hunter2@h", "At 'repositories': 'https://***@h' is not of type 'object'"),
        ("repositories: {Default: x}", "At 'repositories': 'Default' does not match"),
        ("policies: [{policy: strict}]", "At 'policies[0]': 'match' is a required property"),
        ("policies: [{match: x, policy: lax}]", "At 'policies[0].policy': 'lax' is not one of ['off', 'secrets', "),
        ("pictures: some", "At 'pictures': 'some' is not one of ['keep', 'note']"),
        ("policies: [{match: x, pictures: no}]", "At 'policies[0].pictures': 'no' is not one of ['keep', 'note']"),
        ("policies: [{match: x, credentials: yes}]", "At 'policies[0].credentials': 'yes' is not one of ['inline', "),
        ("tenants: {acme: strict}", "At 'tenants.acme': 'strict' is not of type 'object'"),
        ("tenants: {acme: {}}", "At 'tenants.acme': 'policy' is a required property"),
        ("tenants: {CUST-acme: {policy: strict}}", "At 'tenants': 'CUST-acme' does not match"),
        ("phone_regions: US", "At 'phone_regions': 'US' is not of type 'array'"),
        ("phone_regions: [Germany]", "At 'phone_regions[0]': 'Germany' does not match"),
        ("rules: ''", "At 'rules': '' "),
        ("a: !!python/object/apply:os.system [reboot]", "config.yaml is not valid YAML"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, message: str) -> None:
    write(text)
    for _ in range(2):  # a bad configuration is never remembered as a good one
        with pytest.raises(UsageError) as raised:
            config.load()
        assert message in str(raised.value)


def test_a_good_configuration_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    write(FULL)
    first = config.load()
    monkeypatch.setitem(__import__("sys").modules, "jsonschema", None)
    assert config.load() == first


def test_every_key_of_the_schema_is_documented() -> None:
    schema = json.loads((paths.SCHEMAS / "config.json").read_bytes())
    keys = schema["properties"]
    rules = [keys[name]["items"]["properties"] for name in ("routing", "projects", "policies")]
    documented = [
        key for group in (keys, *rules, keys["tenants"]["additionalProperties"]["properties"]) for key in group.values()
    ]
    assert len(documented) >= 17
    assert all("description" in key for key in documented)
