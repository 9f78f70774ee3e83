//! System catalog views, dynamic management views and INFORMATION_SCHEMA: SQL Server's column names, types and order,
//! rows computed from the catalog when they are read. A column that is not listed gives 207, as an unknown one does.

mod availability;
mod backups;
mod columns;
mod constraints;
mod databases;
pub(crate) mod describe;
mod indexes;
mod information_schema;
mod information_schema_usage;
mod lock_counts;
mod memory;
mod messages;
mod modules;
mod objects;
mod principals;
mod rows;
mod rowsets;
mod server;
mod sessions;
mod snapshot;
mod storage;
mod temporal;

use crate::engine::Session;
use crate::error::Result;
use crate::protocol::ColumnInfo;
use crate::types::Value;

pub use backups::{lookup_msdb, msdb_object_id};
pub use databases::{DATA_FILE_PAGES, MEMORY_OPTIMIZED_DATA_SPACE, SCOPED_CONFIGURATIONS};
pub(crate) use databases::{data_pages_used, is_data_file};
pub use indexes::statistics_date;
pub use rows::{Rows, column_infos};
pub use rowsets::{SystemRowset, handle_of_session, refused_rowset, rowset};
pub(crate) use snapshot::module_type;
pub use snapshot::{Snapshot, datetime_of_ticks, padded_type, ticks_of};

/// One view of the system.
pub trait SystemView: Send + Sync {
    /// Two-part name in SQL Server's spelling, `sys.tables`.
    fn name(&self) -> &str;
    fn columns(&self) -> Vec<ColumnInfo>;
    fn rows(&self, session: &Session) -> Result<Vec<Vec<Value>>>;
}

/// A view given by its column list (see `rows::column_infos`) and the function that fills it.
pub struct CatalogView {
    pub(crate) name: &'static str,
    pub(crate) spec: &'static str,
    pub(crate) fill: fn(&Session, &mut Rows) -> Result<()>,
}

impl SystemView for CatalogView {
    fn name(&self) -> &str {
        self.name
    }

    fn columns(&self) -> Vec<ColumnInfo> {
        column_infos(self.spec)
    }

    fn rows(&self, session: &Session) -> Result<Vec<Vec<Value>>> {
        let mut rows = Rows::new(self.spec);
        (self.fill)(session, &mut rows)?;
        Ok(rows.finish())
    }
}

/// All views, by room.
fn all() -> impl Iterator<Item = &'static CatalogView> {
    [
        objects::VIEWS,
        columns::VIEWS,
        indexes::VIEWS,
        storage::VIEWS,
        memory::VIEWS,
        constraints::VIEWS,
        modules::VIEWS,
        temporal::VIEWS,
        databases::VIEWS,
        principals::VIEWS,
        sessions::VIEWS,
        server::VIEWS,
        availability::VIEWS,
        information_schema::VIEWS,
        information_schema_usage::VIEWS,
        messages::VIEWS,
    ]
    .into_iter()
    .flatten()
}

/// The view of that name, whatever its case; None is SQL Server's 208.
pub fn lookup(schema: &str, name: &str) -> Option<&'static dyn SystemView> {
    all()
        .find(|view| {
            view.name.split_once('.').is_some_and(|(s, n)| {
                s.eq_ignore_ascii_case(schema) && n.eq_ignore_ascii_case(name)
            })
        })
        .map(|view| view as &'static dyn SystemView)
}

/// Views that SQL Server has and the stand-in has not: refused by name, not as unknown.
pub fn refused_view(schema: &str, name: &str) -> Option<crate::error::SqlError> {
    const OTHERS: &[&str] = &[
        "all_sql_modules_ex",
        "assemblies",
        "assembly_files",
        "asymmetric_keys",
        "availability_databases_cluster",
        "backup_devices",
        "certificates",
        "column_master_keys",
        "column_store_row_groups",
        "credentials",
        "database_audit_specifications",
        "database_credentials",
        "database_mirroring",
        "destination_data_spaces",
        "dm_broker_connections",
        "endpoints",
        "event_notifications",
        "events",
        "external_data_sources",
        "external_models",
        "external_tables",
        "fulltext_catalogs",
        "function_order_columns",
        "internal_tables",
        "key_encryptions",
        "linked_logins",
        "login_token",
        "numbered_procedures",
        "openkeys",
        "parameter_type_usages",
        "partition_functions",
        "partition_parameters",
        "partition_range_values",
        "partition_schemes",
        "plan_guides",
        "remote_logins",
        "resource_governor_configuration",
        "routes",
        "securable_classes",
        "selective_xml_index_paths",
        "server_audits",
        "server_event_sessions",
        "server_file_audits",
        "server_principal_credentials",
        "server_role_members",
        "server_triggers",
        "service_queues",
        "services",
        "sql_dependencies",
        "sql_logins",
        "symmetric_keys",
        "sysaltfiles",
        "syscacheobjects",
        "syscharsets",
        "syscolumns",
        "syscomments",
        "sysconfigures",
        "sysconstraints",
        "syscurconfigs",
        "syscursors",
        "sysdatabases",
        "sysdepends",
        "sysdevices",
        "sysfilegroups",
        "sysfiles",
        "sysforeignkeys",
        "sysfulltextcatalogs",
        "sysindexes",
        "sysindexkeys",
        "syslanguages",
        "syslockinfo",
        "syslogins",
        "sysmembers",
        "sysmessages",
        "sysobjects",
        "sysperfinfo",
        "syspermissions",
        "sysprocesses",
        "sysprotects",
        "sysreferences",
        "syssegments",
        "sysservers",
        "systypes",
        "sysusers",
        "system_columns",
        "system_components_surface_area_configuration",
        "system_internals_partitions",
        "system_objects",
        "system_parameters",
        "system_sql_modules",
        "system_views",
        "time_zone_info",
        "trace_events",
        "traces",
        "trigger_events",
        "type_assembly_usages",
        "user_token",
        "xml_schema_collections",
        "trusted_assemblies",
    ];
    const INFORMATION: &[&str] = &["routine_columns", "view_column_usage"];
    let lower = name.to_ascii_lowercase();
    let known = if schema.eq_ignore_ascii_case("sys") {
        lower.starts_with("dm_")
            || lower.starts_with("query_store_")
            || OTHERS.contains(&lower.as_str())
    } else {
        schema.eq_ignore_ascii_case("INFORMATION_SCHEMA") && INFORMATION.contains(&lower.as_str())
    };
    let schema = if schema.eq_ignore_ascii_case("sys") {
        "sys"
    } else {
        "INFORMATION_SCHEMA"
    };
    known
        .then(|| crate::error::SqlError::not_implemented(format_args!("the view {schema}.{lower}")))
}

#[cfg(test)]
mod tests;
