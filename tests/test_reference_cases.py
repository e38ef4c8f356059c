"""Where the cases of KalamDB's test plan are (``kalamdb-behaviour.md``).

Goal: nothing that the reference asks for is forgotten or renamed unnoticed. Method: the 32 cases of
its section 4.6 exist once each, by their names; the numbered cases of 13.1, 13.2, 13.3 and 13.5 are
entered here with the tests that play them. Where upstream and ``docs/sql.md`` differ, ours wins:

- shared tables may be flushed (15), stream tables do not exist (51), every type can (16);
- a second FLUSH gives the running job instead of an error (13); messages are ours.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent

NAMED = [
    "flush_time_trigger",
    "flush_row_count_trigger",
    "flush_dual_triggers_or_logic",
    "flush_per_user_isolation",
    "flush_parquet_file_naming",
    "flush_atomic_deletion",
    "flush_data_integrity_full_scan",
    "flush_no_duplicates",
    "flush_preserves_column_types",
    "flush_preserves_null_values",
    "flush_snapshot_consistency",
    "kill_job_cancellation",
    "job_status_transitions",
    "job_recovery_on_restart",
    "concurrent_flush_jobs",
    "default_storage_creation",
    "create_storage_filesystem",
    "create_storage_s3",
    "flush_with_use_user_storage",
    "user_storage_mode_region",
    "user_storage_mode_table",
    "storage_template_validation",
    "shared_table_template_ordering",
    "user_table_template_requires_userId",
    "delete_storage_with_tables",
    "delete_storage_local_protected",
    "delete_storage_no_dependencies",
    "flush_empty_table",
    "flush_single_row",
    "flush_large_rows",
    "flush_unicode_data",
    "flush_scheduler_counter_reset",
]

# "one" is a case, "one-other" all from one to the other; the tests are named without "test_".
NUMBERED = {
    # 13.1, flush by hand
    "1-2": "each_user_has_a_file_where_the_design_says flush_per_user_isolation",
    "3": "a_shared_table_has_no_user_folder",
    "4": "flush_preserves_column_types",
    "5": "flush_data_integrity_full_scan",
    "6": "flush_atomic_deletion",
    "7": "flush_parquet_file_naming",
    "8-9": "job_status_transitions",
    "10": "flush_all_tables_starts_a_job_for_each",
    "11": "flush_single_row",
    "12": "flush_empty_table",
    "13": "concurrent_flush_jobs",
    "14": "flush_all_tables_starts_a_job_for_each",
    "15": "a_shared_table_has_no_user_folder",
    "16": "a_failing_storage_leaves_rows_hot_a_dead_letter_and_an_alert",
    "17": "graceful_shutdown_waits_for_flush",
    "18": "a_flush_that_cannot_write_keeps_its_rows",
    # 13.2, automatic flush and jobs
    "19": "flush_time_trigger",
    "20": "flush_row_count_trigger",
    "21": "flush_dual_triggers_or_logic",
    "22-23": "thresholds_are_each_tables_own flush_dual_triggers_or_logic",
    "24": "flush_no_duplicates",
    "25": "flush_scheduler_counter_reset",
    "26": "flush_per_user_isolation",
    "27": "create_storage_filesystem",
    "28": "flush_data_integrity_full_scan",
    "29": "job_status_transitions",
    "30": "flush_no_duplicates",
    "31": "a_flush_needs_memory_for_one_user_not_for_the_table",
    "32": "flush_no_duplicates",
    "33": "flush_empty_table",
    "34": "flush_preserves_null_values",
    "35": "flush_unicode_data",
    "37": "flush_data_integrity_full_scan a_script_answers_as_in_postgresql",
    "38": "flush_per_user_isolation flush_parquet_file_naming job_recovery_on_restart"
    " concurrent_flush_jobs kill_job_cancellation",
    "39": "flush_row_count_trigger flush_data_integrity_full_scan",
    "40": "flush_snapshot_consistency",
    "41": "flush_empty_table flush_single_row flush_large_rows flush_unicode_data"
    " flush_scheduler_counter_reset",
    "42": "kill_job_cancellation jobs_that_have_ended_or_never_were_cannot_be_killed"
    " old_rows_go_and_a_job_says_so",
    "43": "job_recovery_on_restart deadlines_pauses_and_settings_survive_restarts"
    " graceful_shutdown_waits_for_flush",
    "44-45": "flush_row_count_trigger flush_per_user_isolation",
    "46": "flush_off_is_manual_only_until_it_is_altered",
    "47": "job_status_transitions",
    "48": "flush_data_integrity_full_scan",
    "49-50": "flushed_and_hot_rows_are_one_relation",
    "52": "flush_parquet_file_naming a_manifest_copy_that_failed_is_written_later",
    "53": "flushed_and_hot_rows_are_one_relation",
    "54": "job_status_transitions concurrent_flush_jobs",
    "55": "a_dropped_user_leaves_nothing",
    # 13.3, hot and cold reads and DML: one script says it all, but for threads and time
    "56-62": "a_script_answers_as_in_postgresql",
    "63": "money_is_neither_made_nor_lost",
    "65-77": "a_script_answers_as_in_postgresql",
    "79-80": "a_script_answers_as_in_postgresql",
    # 13.5, storages
    "101-102": "default_storage_creation storages_are_listed_after_local_by_id",
    "103": "create_storage_filesystem create_storage_s3",
    "104": "create_storage_filesystem",
    "105": "storage_template_validation alter_storage_changes_what_it_names_and_no_more",
    "106": "alter_storage_changes_what_it_names_and_no_more",
    "107": "delete_storage_no_dependencies",
    "108": "delete_storage_with_tables",
    "109": "storage_template_validation shared_table_template_ordering",
    "110": "create_storage_filesystem mistakes_have_kalamdbs_messages user_storage_mode_table",
    "111": "storages_are_listed_after_local_by_id",
    "112": "alter_storage_changes_what_it_names_and_no_more",
    "113": "mistakes_have_kalamdbs_messages create_storage_filesystem",
    "114": "default_storage_creation",
    "115": "credentials_are_sealed_and_never_shown create_storage_s3",
    "116": "delete_storage_local_protected delete_storage_no_dependencies"
    " user_table_template_requires_userId",
    "117": "flush_with_use_user_storage user_storage_mode_region user_storage_mode_table"
    " rows_go_to_an_object_store_and_come_back",
    "118": "delete_storage_with_tables changed_templates_and_shards_hold_for_new_segments"
    " only_administrators_manage_storages",
    "119": "the_check_says_what_does_not_work rows_live_in_the_store",
    "120": "create_storage_filesystem user_storage_mode_region",
}
SECTIONS = [(1, 18), (19, 55), (56, 80), (101, 120)]
# 36 and 64 are about speed, which tests do not judge; 51 and 78 are about what does not exist here.
ELSEWHERE = {36, 51, 64, 78}


def _written() -> Counter[str]:
    """How often each test function exists."""
    trees = (ast.parse(path.read_text()) for path in TESTS.rglob("test_*.py"))
    return Counter(
        node.name.removeprefix("test_")
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_the_32_named_cases_exist_once_each() -> None:
    written = _written()
    assert len(set(NAMED)) == 32
    assert {name: written[name] for name in NAMED if written[name] != 1} == {}


def test_the_numbered_cases_are_played_by_tests_that_exist() -> None:
    written = _written()
    played: set[int] = set()
    for numbers, names in NUMBERED.items():
        first, _, last = numbers.partition("-")
        played |= set(range(int(first), int(last or first) + 1))
        assert [name for name in names.split() if name not in written] == [], numbers
    wanted = {number for first, last in SECTIONS for number in range(first, last + 1)}
    assert played == wanted - ELSEWHERE
