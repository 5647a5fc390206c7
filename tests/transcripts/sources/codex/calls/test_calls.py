"""Of the records about one call, all is told once."""

from __future__ import annotations

from pathlib import Path

from support.codex_sessions import completed, item, read_lines


def test_status_that_only_the_client_recorded_is_in_the_call(tmp_path: Path) -> None:
    call = item(type="custom_tool_call", name="apply_patch", input="*** Begin Patch", call_id="c1")
    failed = completed(type="FileChange", id="c1", changes={}, status="failed")
    output = item(type="custom_tool_call_output", call_id="c1", output="the patch does not fit")
    _, messages = read_lines(tmp_path, call, failed, output)
    (told,) = messages[0].tool_calls
    assert (told.status, told.output) == ("error", "the patch does not fit")


def test_failed_call_without_any_output_is_known_as_failed(tmp_path: Path) -> None:
    call = item(type="custom_tool_call", name="apply_patch", input="*** Begin Patch", call_id="c1")
    _, messages = read_lines(tmp_path, call, completed(type="FileChange", id="c1", changes={}, status="declined"))
    assert [call.status for one in messages for call in one.tool_calls] == ["error"]


def test_end_of_a_command_that_went_on_in_the_background_is_told(tmp_path: Path) -> None:
    call = item(type="function_call", name="exec_command", arguments="{}", call_id="c1")
    begun = item(type="function_call_output", call_id="c1", output="Process running with session ID 7\nOutput:\n")
    ended = completed(type="CommandExecution", id="c1", command=["make"], aggregated_output="broken", exit_code=2)
    _, messages = read_lines(tmp_path, call, begun, ended)
    assert [(call.output[-7:], call.status) for one in messages for call in one.tool_calls] == [
        ("Output:\n"[-7:], "ok"),
        ("broken", "error"),
    ]


def test_id_of_a_call_that_a_model_uses_again_is_another_call(tmp_path: Path) -> None:
    calls = []
    for name in ("a", "b"):
        calls.append(item(type="function_call", name=name, arguments="{}", call_id="c1"))
        calls.append(item(type="function_call_output", call_id="c1", output=name))
    _, messages = read_lines(tmp_path, *calls)
    assert [(call.name, call.output) for one in messages for call in one.tool_calls] == [("a", "a"), ("b", "b")]
