"""The types of Codex's records that we know, of every version, and why those that nobody reads are left out."""

from __future__ import annotations

LETTER = "agent_message"  # an item: what another agent said. The event of that name is an answer of the model.
# Items of the conversation with the model.
ITEMS = frozenset(
    (
        *("message", LETTER, "reasoning", "ghost_snapshot", "additional_tools", "configuration_update"),
        *("compaction", "compaction_summary", "context_compaction", "compaction_trigger"),
        *("function_call", "custom_tool_call", "local_shell_call", "tool_search_call"),
        *("web_search_call", "image_generation_call"),
        *("function_call_output", "custom_tool_call_output", "tool_search_output", "local_shell_call_output"),
        "mcp_tool_call_output",
    )
)
DROPPED_ITEMS = {
    "ghost_snapshot": "snapshot",
    "additional_tools": "system prompt",
    "configuration_update": "client state",
    "compaction_trigger": "turn mark",
}
COMPACTIONS = frozenset(("compaction", "compaction_summary", "context_compaction"))  # of the items
# Events that tell what a tool did.
TOOL_EVENTS = frozenset(
    (
        *("exec_command_end", "patch_apply_end", "mcp_tool_call_end", "web_search_end", "image_generation_end"),
        *("view_image_tool_call", "dynamic_tool_call_response", "collab_agent_spawn_end", "sub_agent_activity"),
        *("collab_agent_interaction_end", "collab_waiting_end", "collab_close_end", "collab_resume_end"),
        *("collab_compact_end", "collab_restart_end"),
    )
)
TEXT_EVENTS = frozenset(
    (
        *("user_message", "injected_message", "agent_message", "agent_reasoning", "agent_reasoning_raw_content"),
        *("item_completed", "token_count", "context_compacted", "turn_aborted", "thread_rolled_back"),
        *("error", "warning", "guardian_warning", "stream_error", "stream_info", "background_event"),
        "undo_completed",
    )
)
RARE_EVENTS = frozenset(  # all of their fields are decoded
    (
        *("thread_name_updated", "thread_goal_updated", "thread_goal_cleared", "entered_review_mode"),
        *("exited_review_mode", "hook_completed", "deprecation_notice", "model_reroute", "guardian_assessment"),
        "raw_response_item",
    )
)
_MARKS = (
    *("task_started", "task_complete", "turn_started", "turn_complete", "session_configured", "shutdown_complete"),
    *("thread_settings_applied", "item_started", "agent_reasoning_section_break", "hook_started", "undo_started"),
    *("exec_command_begin", "patch_apply_begin", "patch_apply_updated", "mcp_tool_call_begin", "web_search_begin"),
    *("image_generation_begin", "dynamic_tool_call_request", "terminal_interaction"),
    *("collab_agent_spawn_begin", "collab_agent_interaction_begin", "collab_waiting_begin", "collab_close_begin"),
    *("collab_resume_begin", "collab_compact_begin", "collab_restart_begin"),
)
_PIECES = (  # of what comes as a whole as well
    *("agent_message_delta", "agent_message_content_delta", "agent_reasoning_delta", "reasoning_content_delta"),
    *("agent_reasoning_raw_content_delta", "reasoning_raw_content_delta", "plan_delta", "exec_command_output_delta"),
    *("plan_update", "turn_diff"),
)
_REQUESTS = (
    *("exec_approval_request", "apply_patch_approval_request", "request_permissions", "request_user_input"),
    "elicitation_request",
)
_STATES = (
    *("mcp_startup_update", "mcp_startup_complete", "mcp_list_tools_response", "get_history_entry_response"),
    *("list_custom_prompts_response", "list_skills_response", "list_remote_skills_response", "skills_update_available"),
    *("remote_skill_downloaded", "thread_skills_updated", "thread_context_usage_updated", "conversation_path"),
    *("model_verification", "turn_moderation_metadata", "safety_buffering", "add_credits_nudge_email_response"),
    *("realtime_conversation_started", "realtime_conversation_realtime", "realtime_conversation_closed"),
    *("realtime_conversation_sdp", "realtime_conversation_list_voices_response"),
)
DROPPED_EVENTS = {
    **dict.fromkeys(_MARKS, "turn mark"),
    **dict.fromkeys(_PIECES, "duplicate"),
    **dict.fromkeys(_REQUESTS, "question of the client"),
    **dict.fromkeys(_STATES, "client state"),
}
EVENTS = TOOL_EVENTS | TEXT_EVENTS | RARE_EVENTS | DROPPED_EVENTS.keys()
# Lines in an envelope that are the client's own affair.
STATES = frozenset(
    (
        *("world_state", "inter_agent_communication_metadata", "agent_response_observation", "security_risk_score"),
        "retained_context",  # an answer of the person's, which the output of the tool that asked has as well
    )
)
