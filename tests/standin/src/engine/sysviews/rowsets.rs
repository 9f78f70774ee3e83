//! System functions in FROM: sys.dm_os_volume_stats, fn_my_permissions and their like.

use crate::engine::Session;
use crate::engine::ddl::permission;
use crate::error::{Result, SqlError};
use crate::protocol::ColumnInfo;
use crate::types::Value;

use super::rows::{Rows, column_infos};
use super::snapshot::{Snapshot, big, int, row_count, text, used_pages};

type Fill = fn(&Session, &[Value], &mut Rows) -> Result<()>;

/// A function of the system that gives rows.
pub struct SystemRowset {
    /// Two-part name; one part for those that need no schema.
    name: &'static str,
    least: usize,
    most: usize,
    spec: &'static str,
    fill: Fill,
}

impl std::fmt::Debug for SystemRowset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl SystemRowset {
    pub fn columns(&self) -> Vec<ColumnInfo> {
        column_infos(self.spec)
    }

    pub fn rows(&self, session: &Session, args: &[Value]) -> Result<Vec<Vec<Value>>> {
        let mut rows = Rows::new(self.spec);
        (self.fill)(session, args, &mut rows)?;
        Ok(rows.finish())
    }

    /// 313 for too few arguments, 8144 for too many.
    pub fn check_count(&self, given: usize) -> Result<()> {
        if given < self.least {
            return Err(SqlError::new(
                313,
                format!(
                    "An insufficient number of arguments were supplied for the procedure or function {}.",
                    self.name
                ),
            )
            .state(3)
            .compile());
        }
        if given > self.most {
            return Err(SqlError::new(
                8144,
                format!(
                    "Procedure or function {} has too many arguments specified.",
                    self.name
                ),
            )
            .state(3)
            .compile());
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn spec(&self) -> &'static str {
        self.spec
    }
}

pub(super) const ROWSETS: &[SystemRowset] = &[
    SystemRowset {
        name: "sys.dm_os_volume_stats",
        least: 2,
        most: 2,
        spec: "database_id int, file_id int, volume_mount_point nvarchar(512)=/, volume_id nvarchar(512), \
            logical_volume_name nvarchar(512), file_system_type nvarchar(512)=xfs, total_bytes bigint, available_bytes bigint, \
            supports_compression bit=0, supports_alternate_streams bit=0, supports_sparse_files bit=0, is_read_only bit=0, \
            is_compressed bit=0, incurs_seek_penalty tinyint=0",
        fill: volume_stats,
    },
    SystemRowset {
        name: "sys.dm_exec_sql_text",
        least: 1,
        most: 1,
        spec: "dbid smallint, objectid int, number smallint, encrypted bit!=0, text nvarchar(max)",
        fill: sql_text,
    },
    SystemRowset {
        name: "sys.dm_exec_input_buffer",
        least: 2,
        most: 2,
        spec: "event_type nvarchar(256)=Language Event, parameters smallint=0, event_info nvarchar(max)",
        fill: input_buffer,
    },
    SystemRowset {
        name: "sys.dm_db_index_physical_stats",
        least: 5,
        most: 5,
        spec: "database_id smallint, object_id int, index_id int, partition_number int=1, index_type_desc nvarchar(60), \
            alloc_unit_type_desc nvarchar(60)=IN_ROW_DATA, index_depth tinyint, index_level tinyint=0, \
            avg_fragmentation_in_percent float, fragment_count bigint, avg_fragment_size_in_pages float, page_count bigint, \
            avg_page_space_used_in_percent float, record_count bigint, ghost_record_count bigint, \
            version_ghost_record_count bigint, min_record_size_in_bytes int, max_record_size_in_bytes int, \
            avg_record_size_in_bytes float, forwarded_record_count bigint, compressed_page_count bigint, hobt_id bigint!, \
            columnstore_delete_buffer_state tinyint=0, columnstore_delete_buffer_state_desc nvarchar(60)=NOT VALID, \
            version_record_count bigint, inrow_version_record_count bigint, inrow_diff_version_record_count bigint, \
            total_inrow_version_payload_size_in_bytes bigint, offrow_regular_version_record_count bigint, \
            offrow_long_term_version_record_count bigint",
        fill: index_physical_stats,
    },
    SystemRowset {
        name: "sys.dm_db_index_operational_stats",
        least: 4,
        most: 4,
        spec: super::lock_counts::SPEC,
        fill: super::lock_counts::fill,
    },
    SystemRowset {
        name: "fn_my_permissions",
        least: 2,
        most: 2,
        spec: "entity_name sysname, subentity_name sysname=, permission_name nvarchar(60)",
        fill: my_permissions,
    },
    SystemRowset {
        name: "sys.dm_exec_describe_first_result_set",
        least: 3,
        most: 3,
        spec: super::describe::FUNCTION,
        fill: super::describe::function_rows,
    },
];

/// The function of that name: with schema sys, or without one where SQL Server knows it so.
pub fn rowset(schema: Option<&str>, name: &str) -> Option<&'static SystemRowset> {
    ROWSETS.iter().find(|r| match r.name.split_once('.') {
        Some((s, n)) => {
            schema.is_some_and(|x| x.eq_ignore_ascii_case(s)) && n.eq_ignore_ascii_case(name)
        }
        None => {
            schema.is_none_or(|x| x.eq_ignore_ascii_case("sys"))
                && r.name.eq_ignore_ascii_case(name)
        }
    })
}

fn number(value: Option<&Value>) -> Option<i32> {
    value?.as_integer().and_then(|n| i32::try_from(n).ok())
}

/// The disk of the stand-in: larger than its files by a fixed sum, so that forecasts have something to compare with.
const VOLUME_BYTES: i64 = 256 << 30;

fn volume_stats(session: &Session, args: &[Value], rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    let (Some(database), Some(file)) = (number(args.first()), number(args.get(1))) else {
        return Ok(());
    };
    if session.server.catalog.database(database).is_none() || !(1..=2).contains(&file) {
        return Ok(());
    }
    let files = 2 * super::DATA_FILE_PAGES * 8192;
    rows.push([
        ("database_id", int(database)),
        ("file_id", int(file)),
        ("total_bytes", big(VOLUME_BYTES)),
        ("available_bytes", big(VOLUME_BYTES - files)),
    ]);
    Ok(())
}

/// What sys.dm_exec_requests shows as the handle of a running text: the session's number in a handle's clothes.
pub fn handle_of_session(spid: u16) -> Value {
    let mut handle = [0_u8; 44];
    handle[0] = 2;
    handle[4..6].copy_from_slice(&spid.to_be_bytes());
    Value::binary(handle)
}

fn running_text(session: &Session, spid: u16) -> Option<(i32, std::sync::Arc<str>)> {
    let sessions = session
        .server
        .sessions
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let info = sessions.get(&spid)?;
    let (_, text) = info.request.as_ref()?;
    Some((info.database, text.clone()))
}

fn sql_text(session: &Session, args: &[Value], rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    let Some(Value::Binary(handle)) = args.first() else {
        return Ok(());
    };
    let Some(spid) = handle.get(4..6) else {
        return Ok(());
    };
    if let Some((database, found)) = running_text(session, u16::from_be_bytes([spid[0], spid[1]])) {
        rows.push([("dbid", int(database)), ("text", text(&found))]);
    }
    Ok(())
}

fn input_buffer(session: &Session, args: &[Value], rows: &mut Rows) -> Result<()> {
    let Some(spid) = number(args.first()).and_then(|n| u16::try_from(n).ok()) else {
        return Ok(());
    };
    if spid != session.spid {
        permission::require_view_server_state(session)?;
    }
    if let Some((_, found)) = running_text(session, spid) {
        rows.push([("event_info", text(&found))]);
    }
    Ok(())
}

fn index_physical_stats(session: &Session, args: &[Value], rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    let database = number(args.first()).filter(|n| *n != 0);
    let wanted = number(args.get(1)).filter(|n| *n != 0);
    // NULL, DEFAULT and -1 mean every index; 0 is the heap.
    let index_wanted = number(args.get(2)).filter(|n| *n != -1);
    if database.is_some_and(|d| d != session.database) {
        return Err(SqlError::not_implemented(
            "sys.dm_db_index_physical_stats of another database",
        ));
    }
    for table in &Snapshot::of(session).tables {
        if wanted.is_some_and(|id| id != table.object_id) {
            continue;
        }
        for index in &table.indexes {
            if index_wanted.is_some_and(|id| id != index.index_id) || index.disabled {
                continue;
            }
            let kind = match index.kind {
                crate::catalog::model::IndexKind::Heap => "HEAP",
                crate::catalog::model::IndexKind::Clustered => "CLUSTERED INDEX",
                crate::catalog::model::IndexKind::Nonclustered => "NONCLUSTERED INDEX",
                _ => continue,
            };
            let pages = used_pages(session, table.object_id, index.index_id);
            let count = row_count(session, table.object_id);
            rows.push([
                ("database_id", int(session.database)),
                ("object_id", int(table.object_id)),
                ("index_id", int(index.index_id)),
                ("index_type_desc", text(kind)),
                (
                    "index_depth",
                    int(if pages > 1 { 2 } else { i32::from(pages > 0) }),
                ),
                ("avg_fragmentation_in_percent", Value::Float(0.0)),
                ("fragment_count", big(i64::from(pages > 0))),
                ("page_count", big(pages)),
                ("record_count", big(count)),
                (
                    "hobt_id",
                    big(i64::from(table.object_id) << 16 | i64::from(index.index_id)),
                ),
            ]);
            // LIMITED, the default, does not look into the pages.
            if limited(args.get(4)) {
                rows.amend([("record_count", Value::Null)]);
            }
        }
    }
    Ok(())
}

fn limited(mode: Option<&Value>) -> bool {
    mode.and_then(Value::as_text)
        .is_none_or(|m| m.eq_ignore_ascii_case("LIMITED") || m.eq_ignore_ascii_case("DEFAULT"))
}

const ON_OBJECT: &[&str] = &[
    "SELECT",
    "UPDATE",
    "REFERENCES",
    "INSERT",
    "DELETE",
    "VIEW CHANGE TRACKING",
    "VIEW DEFINITION",
    "ALTER",
    "TAKE OWNERSHIP",
    "CONTROL",
];
const ON_DATABASE: &[&str] = &[
    "CREATE TABLE",
    "CREATE VIEW",
    "CREATE PROCEDURE",
    "CREATE FUNCTION",
    "CREATE SCHEMA",
    "BACKUP DATABASE",
    "BACKUP LOG",
    "VIEW DATABASE STATE",
    "VIEW DEFINITION",
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "EXECUTE",
    "REFERENCES",
    "ALTER",
    "CONTROL",
];
const ON_SERVER: &[&str] = &["CONNECT SQL", "VIEW SERVER STATE", "CONTROL SERVER"];

/// The permissions that the stand-in decides; SQL Server lists many more that nothing here asks for.
fn my_permissions(session: &Session, args: &[Value], rows: &mut Rows) -> Result<()> {
    let securable = args.first().and_then(Value::as_text).unwrap_or_default();
    let class = args
        .get(1)
        .and_then(Value::as_text)
        .unwrap_or("SERVER")
        .to_ascii_uppercase();
    let mut push = |name: &str, permission: &str| {
        rows.push([
            ("entity_name", text(name)),
            ("permission_name", text(permission)),
        ]);
    };
    match class.as_str() {
        "SERVER" => ON_SERVER
            .iter()
            .filter(|p| permission::allows_on_server(session, p))
            .for_each(|p| push("server", p)),
        "DATABASE" => ON_DATABASE
            .iter()
            .filter(|p| permission::allows_in_database(session, p))
            .for_each(|p| push("database", p)),
        "OBJECT" => {
            let Some((id, _)) = crate::engine::sysprocs::find_object(session, securable) else {
                return Ok(());
            };
            let schema = session
                .server
                .catalog
                .by_id(session.database, id)
                .map_or(1, |o| o.schema_id());
            ON_OBJECT
                .iter()
                .filter(|p| permission::allows(session, id, schema, p))
                .for_each(|p| push(securable, p));
        }
        other => {
            return Err(SqlError::not_implemented(format_args!(
                "fn_my_permissions on {other}"
            )));
        }
    }
    Ok(())
}

/// Functions that SQL Server has and the stand-in has not: refused by name, not as unknown.
pub fn refused_rowset(schema: Option<&str>, name: &str) -> Option<SqlError> {
    const ANYWHERE: &[&str] = &[
        "fn_helpcollations",
        "fn_listextendedproperty",
        "fn_trace_gettable",
        "fn_dblog",
        "fn_virtualfilestats",
        "fn_builtin_permissions",
        "fn_get_audit_file",
        "fn_xe_file_target_read_file",
    ];
    let lower = name.to_ascii_lowercase();
    let in_sys = schema.is_some_and(|s| s.eq_ignore_ascii_case("sys"));
    let known = (in_sys && (lower.starts_with("dm_") || lower.starts_with("fn_")))
        || (schema.is_none() && ANYWHERE.contains(&lower.as_str()));
    known.then(|| SqlError::not_implemented(format_args!("the function {name}")))
}
