//! System procedures and the functions that tell about session and metadata.

mod application_lock;
mod describe;
mod functions;
mod helptext;
mod identities;
mod properties;
mod rename;
mod scripted;
mod session_context;

use crate::error::Result;
use crate::protocol::ResultSink;
use crate::types::{SqlType, Value};

use super::frame::ExecContext;

/// A function whose answer depends on session or catalog: OBJECT_ID, @@TRANCOUNT, ERROR_MESSAGE ...
pub trait SessionFunction: Send + Sync {
    /// Result type for these argument types; 174/189 for a wrong count, 8116 for a wrong type.
    fn bind(&self, args: &[SqlType]) -> Result<SqlType>;
    fn eval(&self, args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value>;
}

pub(crate) use functions::find_object;

/// Upper-case name, or `@@NAME`.
pub fn session_function(name: &str) -> Option<&'static dyn SessionFunction> {
    functions::lookup(name)
}

/// An argument of a system procedure.
#[derive(Debug, Clone)]
pub struct ProcArgument {
    /// With `@`, or empty when it is passed by position.
    pub name: String,
    pub sql_type: SqlType,
    pub value: Value,
    pub output: bool,
    /// DEFAULT was passed.
    pub default: bool,
}

#[derive(Debug, Clone, Default)]
pub struct ProcOutcome {
    pub status: i32,
    /// Argument position to its new value.
    pub outputs: Vec<(usize, Value)>,
}

pub type SystemProcedure =
    fn(&mut ExecContext<'_>, &[ProcArgument], &mut dyn ResultSink) -> Result<ProcOutcome>;

/// Lower-case name without schema.
pub fn procedure(name: &str) -> Option<SystemProcedure> {
    Some(match name.to_ascii_lowercase().as_str() {
        "sp_getapplock" => application_lock::get,
        "sp_releaseapplock" => application_lock::release,
        "sp_rename" => rename::run,
        "sp_set_session_context" => session_context::set,
        _ => return None,
    })
}

/// The same for those that are T-SQL themselves.
pub(crate) fn scripted_procedure(lower: &str) -> Option<SystemProcedure> {
    scripted::procedure(lower)
}

/// Does SQL Server have a procedure of that name, which is not implemented here?
pub(crate) fn is_refused(lower: &str) -> bool {
    const OTHERS: &[&str] = &[
        "sp_add_job",
        "sp_addextendedproperty",
        "sp_addlinkedserver",
        "sp_addlogin",
        "sp_addmessage",
        "sp_addrole",
        "sp_addrolemember",
        "sp_addsrvrolemember",
        "sp_addtype",
        "sp_adduser",
        "sp_altermessage",
        "sp_attach_db",
        "sp_autostats",
        "sp_bindefault",
        "sp_bindrule",
        "sp_change_users_login",
        "sp_changedbowner",
        "sp_changeobjectowner",
        "sp_configure",
        "sp_createstats",
        "sp_cursor",
        "sp_cursorclose",
        "sp_cursorexecute",
        "sp_cursorfetch",
        "sp_cursoropen",
        "sp_cursoroption",
        "sp_cursorprepare",
        "sp_cursorprepexec",
        "sp_cursorunprepare",
        "sp_cycle_errorlog",
        "sp_dboption",
        "sp_defaultdb",
        "sp_delete_backuphistory",
        "sp_depends",
        "sp_describe_cursor",
        "sp_describe_parameter_encryption",
        "sp_describe_undeclared_parameters",
        "sp_detach_db",
        "sp_dropextendedproperty",
        "sp_droplogin",
        "sp_droprole",
        "sp_droprolemember",
        "sp_droptype",
        "sp_dropuser",
        "sp_estimate_data_compression_savings",
        "sp_fulltext_catalog",
        "sp_getbindtoken",
        "sp_grantdbaccess",
        "sp_grantlogin",
        "sp_helpfile",
        "sp_helpfilegroup",
        "sp_helplanguage",
        "sp_helplogins",
        "sp_helpntgroup",
        "sp_helprole",
        "sp_helprolemember",
        "sp_helprotect",
        "sp_helpserver",
        "sp_helpsort",
        "sp_helpsrvrole",
        "sp_helpstats",
        "sp_helptrigger",
        "sp_helpuser",
        "sp_invoke_external_rest_endpoint",
        "sp_lock",
        "sp_monitor",
        "sp_msforeachdb",
        "sp_msforeachtable",
        "sp_oacreate",
        "sp_password",
        "sp_procoption",
        "sp_query_store_flush_db",
        "sp_query_store_force_plan",
        "sp_readerrorlog",
        "sp_recompile",
        "sp_refreshsqlmodule",
        "sp_refreshview",
        "sp_renamedb",
        "sp_reset_connection",
        "sp_resetstatus",
        "sp_revokedbaccess",
        "sp_send_dbmail",
        "sp_serveroption",
        "sp_setapprole",
        "sp_settriggerorder",
        "sp_sproc_columns",
        "sp_start_job",
        "sp_trace_create",
        "sp_unbindefault",
        "sp_unsetapprole",
        "sp_updateextendedproperty",
        "sp_updatestats",
        "sp_validname",
        "sp_xml_preparedocument",
        "sp_xml_removedocument",
        "sp_db_vardecimal_storage_format",
        "sp_datatype_info",
        "sp_datatype_info_90",
        "sp_columns_90",
        "sp_special_columns_90",
        "sp_table_privileges",
        "sp_column_privileges",
        "sp_table_validation",
        "sp_tableoption",
        "sp_invalidate_textptr",
        "sp_tables_ex",
        "sp_prepexecrpc",
        "sp_help_job",
        "sp_server_diagnostics",
        "sp_sequence_get_range",
        "sp_cleanup_temporal_history",
    ];
    lower.starts_with("xp_") || OTHERS.contains(&lower)
}

/// The argument of that name, or at that position when it was passed without one; None when missing or DEFAULT.
fn argument<'a>(args: &'a [ProcArgument], name: &str, position: usize) -> Option<&'a Value> {
    let named = args.iter().find(|a| a.name.eq_ignore_ascii_case(name));
    let by_position = args.get(position).filter(|a| a.name.is_empty());
    named
        .or(by_position)
        .filter(|a| !a.default)
        .map(|a| &a.value)
}
