"""The tables that an instance comes with, and one that its customer made."""

from collections.abc import Iterator

from connectors.servicenow.emulator.schema import SYSTEM, Schema, Table, by_name, columns

__all__ = ["OWN_COLUMNS", "TICKETS", "tables_at_start"]

TICKETS = ("incident", "sc_request", "sc_req_item", "sc_task", "problem", "change_request", "u_field_work")
OWN_COLUMNS = {
    "due": "u_sla_due",
    "state": "u_sla_state",
    "metric": "u_sla_metric",
    "policy": "u_sla_policy",
    "breached_at": "u_sla_breached_at",
}
"""The hub's five columns, by what they show."""

_TASK = """
number sys_class_name:sys_class_name(80) short_description(160) description(4000) state:integer! active:boolean
priority:integer! impact:integer! urgency:integer! opened_at:glide_date_time opened_by>sys_user
closed_at:glide_date_time closed_by>sys_user assignment_group>sys_user_group assigned_to>sys_user
company>core_company location>cmn_location contact_type! parent>task due_date:glide_date_time sla_due:due_date
made_sla:boolean escalation:integer! reassignment_count:integer approval! cmdb_ci>cmdb_ci
business_service>cmdb_ci_service service_offering>cmdb_ci_service correlation_id(100) correlation_display(100)
contract>ast_contract work_start:glide_date_time work_end:glide_date_time expected_start:glide_date_time
follow_up:glide_date_time activity_due:due_date upon_approval! close_notes(4000) calendar_duration:glide_duration
business_duration:glide_duration comments:journal_input(4000) work_notes:journal_input(4000)
comments_and_work_notes:journal_list(4000) sys_domain:domain_id>sys_user_group sys_domain_path:domain_path(255)
"""
_OURS = """
u_sla_due:glide_date_time u_sla_state:choice! u_sla_metric(100) u_sla_policy(100) u_sla_breached_at:glide_date_time
"""
_PLAIN = """
sys_user | User | name
    user_name first_name last_name name(151) email(100) active:boolean locked_out:boolean company>core_company
    department location>cmn_location time_zone vip:boolean manager>sys_user source web_service_access_only:boolean
    internal_integration_user:boolean user_password:password sys_class_name sys_domain:domain_id>sys_user_group
sys_user_group | Group | name
    name(80) active:boolean manager>sys_user parent>sys_user_group type email company>core_company
    default_assignee>sys_user
sys_user_grmember | Group Member | name
    user>sys_user group>sys_user_group
sys_user_has_role | User Role | name
    user>sys_user role
core_company | Company | name
    name(80) customer:boolean vendor:boolean manufacturer:boolean parent>core_company primary:boolean sys_class_name
cmdb_ci | Configuration Item | name
    name(255) sys_class_name company>core_company assigned_to>sys_user
cmdb_ci_outage | Outage | number
    number cmdb_ci>cmdb_ci type! begin:glide_date_time end:glide_date_time duration:glide_duration
    short_description(160) details(4000) task_number>task
cmdb_outage_ci_mtom | Outage CI | name
    ci_item>cmdb_ci outage>cmdb_ci_outage
task_outage | Task Outage | name
    task>task outage>cmdb_ci_outage
contract_sla | SLA Definition | name
    name(80) type! target! collection(80) active:boolean duration:glide_duration duration_type
    relative_duration_works_on schedule_source! schedule_source_field schedule>cmn_schedule timezone_source timezone
    start_condition:conditions(4000) pause_condition:conditions(4000) stop_condition:conditions(4000)
    reset_condition:conditions(4000) resume_condition:conditions(4000) cancel_condition:conditions(4000)
    when_to_resume when_to_cancel reset_action retroactive:boolean retroactive_pause:boolean set_start_to
    vendor>core_company service_commitment:boolean enable_logging:boolean workflow flow sys_class_name
task_sla | Task SLA | name
    task>task sla>contract_sla stage! start_time:glide_date_time end_time:glide_date_time
    planned_end_time:glide_date_time original_breach_time:glide_date_time pause_time:glide_date_time
    pause_duration:glide_duration business_pause_duration:glide_duration duration:glide_duration percentage:decimal
    time_left:glide_duration business_duration:glide_duration business_percentage:decimal
    business_time_left:glide_duration has_breached:boolean active:boolean schedule>cmn_schedule timezone
cmn_schedule | Schedule | name
    name(80) time_zone parent>cmn_schedule type description read_only:boolean sys_class_name
cmn_schedule_span | Schedule Entry | name
    schedule>cmn_schedule name(80) type! show_as! start_date_time:schedule_date_time
    end_date_time:schedule_date_time all_day:boolean repeat_type! repeat_count:integer repeat_until days_of_week
    monthly_type yearly_type month float_week float_day override notes(4000)
cmn_other_schedule | Child Schedule | name
    schedule>cmn_schedule child_schedule>cmn_schedule type!
sys_properties | System Property | name
    name(100) value(4000) description(4000) type
sys_choice | Choice | label
    name(80) element(80) value(100) label(100) language sequence:integer inactive:boolean dependent_value
sys_dictionary | Dictionary Entry | name
    name(80) element(80) internal_type max_length:integer reference column_label mandatory:boolean read_only:boolean
    active:boolean audit:boolean attributes(1000)
sys_db_object | Table | name
    name(80) label(80) super_class>sys_db_object
asmt_assessment_instance | Assessment Instance | number
    number metric_type user>sys_user state! task_id>task trigger_table trigger_id taken_on:glide_date_time
    due_date:glide_date percent_answered
asmt_metric | Assessment Metric | name
    name(100) datatype scale_min scale_max
asmt_metric_result | Metric Result | name
    instance>asmt_assessment_instance metric>asmt_metric user>sys_user actual_value scaled_value normalized_value
    string_value(4000) source_table source_id
metric_definition | Metric Definition | name
    name(100) table field type active:boolean
metric_instance | Metric | name
    definition>metric_definition table id field field_value value start:glide_date_time end:glide_date_time
    duration:glide_duration business_duration:glide_duration calculation_complete:boolean
u_slahub_import | SLA Hub Import | name
    u_number u_sla_due u_sla_state u_sla_metric u_sla_policy u_sla_breached_at u_state sys_import_set
    sys_import_state
"""
_LOGS = """
sys_audit | Audit | sys_id
    tablename fieldname documentkey oldvalue(4000) newvalue(4000) user reason record_checkpoint:integer
    internal_checkpoint
sys_journal_field | Journal Entry | sys_id
    name element element_id value(4000) sys_tags
sys_audit_delete | Deleted Record | sys_id
    tablename documentkey display_value(255) payload(65000)
"""
_CHILDREN = """
incident | Incident | INC | audited
    caller_id>sys_user incident_state:integer! hold_reason:integer! category! subcategory! severity:integer!
    resolved_at:glide_date_time resolved_by>sys_user close_code! reopen_count:integer reopened_time:glide_date_time
    reopened_by>sys_user parent_incident>incident problem_id>problem rfc>change_request caused_by>change_request
    calendar_stc:integer business_stc:integer notify:integer! origin_table
sc_request | Request | REQ | -
    requested_for>sys_user request_state! stage! price
sc_req_item | Requested Item | RITM | audited
    request>sc_request cat_item requested_for>sys_user stage! quantity:integer price
sc_task | Catalog Task | SCTASK | -
    request_item>sc_req_item request>sc_request
problem | Problem | PRB | audited
    problem_state:integer! known_error:boolean first_reported_by_task>task resolution_code!
change_request | Change Request | CHG | audited
    type! on_hold:boolean on_hold_reason(4000) start_date:glide_date_time end_date:glide_date_time risk:integer!
    chg_model phase! cab_date_time:glide_date_time requested_by>sys_user
u_field_work | Field Work | FLD | audited
    u_site u_van u_on_site_at:glide_date_time u_gate_code:password2
"""
_LOG_COLUMNS = columns("sys_id:GUID(32) sys_created_on:glide_date_time sys_created_by")


def tables_at_start(*, hub_columns: bool) -> Schema:
    """Return the dictionary of a fresh instance.

    hub_columns: whether the hub's five columns are on `task` already, not audited.
    """
    schema = Schema()
    for (name, label, display), text in _blocks(_PLAIN):
        schema.add(Table(name, label, by_name([*columns(text), *SYSTEM]), display=display))
    for (name, label, display), text in _blocks(_LOGS):
        schema.add(Table(name, label, by_name([*columns(text), *_LOG_COLUMNS]), display=display))
    schema.add(Table("cmdb_ci_service", "Business Service", {}, "cmdb_ci"))
    own = [*columns(_TASK), *(columns(_OURS) if hub_columns else []), *SYSTEM]
    schema.add(Table("task", "Task", by_name(own), display="number", audit=True))
    for (name, label, prefix, audit), text in _blocks(_CHILDREN):
        schema.add(Table(name, label, by_name(columns(text)), "task", "number", audit == "audited", prefix))
    archived = dict(schema.columns("incident"))
    schema.add(Table("ar_incident", "Archived Incident", archived, display="number"))
    return schema


def _blocks(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the parts of each heading, and the columns in the lines below it, which are indented."""
    heading, below = "", list[str]()
    for line in [*text.strip().splitlines(), ""]:
        if line.startswith(" "):
            below.append(line)
            continue
        if heading:
            yield [part.strip() for part in heading.split("|")], " ".join(below)
        heading, below = line, []
