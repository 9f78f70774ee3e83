//! Sessions, requests, transactions and locks as the dynamic management views show them.

use crate::catalog::model::ObjectId;
use crate::engine::ddl::permission;
use crate::engine::{Session, SessionInfo};
use crate::error::Result;
use crate::locks::{LockRow, LockStatus, Owner, Resource, WaitRow};
use crate::protocol::IsolationLevel;
use crate::types::Value;

use super::snapshot::{big, bit, datetime_of_ticks, int, text, ticks_of};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.dm_exec_sessions",
        spec: "session_id smallint!, login_time datetime!, host_name nvarchar(128), program_name nvarchar(128), host_process_id int, \
            client_version int=7, client_interface_name nvarchar(32), security_id varbinary(85)!, login_name nvarchar(128)!, \
            nt_domain nvarchar(128), nt_user_name nvarchar(128), status nvarchar(30)!, context_info varbinary(128), cpu_time int!=0, \
            memory_usage int!=4, total_scheduled_time int!=0, total_elapsed_time int!=0, endpoint_id int!=2, \
            last_request_start_time datetime!, last_request_end_time datetime, reads bigint!=0, writes bigint!=0, \
            logical_reads bigint!=0, is_user_process bit!=1, text_size int!=2147483647, language nvarchar(128)=us_english, \
            date_format nvarchar(3)=mdy, date_first smallint!=7, quoted_identifier bit!=1, arithabort bit!=0, \
            ansi_null_dflt_on bit!=1, ansi_defaults bit!=0, ansi_warnings bit!=1, ansi_padding bit!=1, ansi_nulls bit!=1, \
            concat_null_yields_null bit!=1, transaction_isolation_level smallint!=2, lock_timeout int!=-1, deadlock_priority int!=0, \
            row_count bigint!=0, prev_error int!=0, original_security_id varbinary(85)!, original_login_name nvarchar(128)!, \
            last_successful_logon datetime, last_unsuccessful_logon datetime, unsuccessful_logons bigint, group_id int!=2, \
            database_id smallint!, authenticating_database_id int, open_transaction_count int!=0, page_server_reads bigint!=0",
        fill: sessions,
    },
    CatalogView {
        name: "sys.dm_exec_connections",
        spec: "session_id int, most_recent_session_id int, connect_time datetime!, net_transport nvarchar(40)!=TCP, \
            protocol_type nvarchar(40)=TSQL, protocol_version int=1946157060, endpoint_id int=2, encrypt_option nvarchar(40)!, \
            auth_scheme nvarchar(40)!=SQL, node_affinity smallint!=0, num_reads int=0, num_writes int=0, last_read datetime, \
            last_write datetime, net_packet_size int, client_net_address varchar(48), client_tcp_port int, \
            local_net_address varchar(48), local_tcp_port int, connection_id uniqueidentifier!, parent_connection_id uniqueidentifier",
        fill: connections,
    },
    CatalogView {
        name: "sys.dm_exec_requests",
        spec: "session_id smallint!, request_id int!=0, start_time datetime!, status nvarchar(30)!, command nvarchar(32)!, \
            sql_handle varbinary(64), statement_start_offset int=0, statement_end_offset int=-1, plan_handle varbinary(64), \
            database_id smallint!, user_id int!=1, connection_id uniqueidentifier, blocking_session_id smallint=0, \
            wait_type nvarchar(60), wait_time int!=0, last_wait_type nvarchar(60)!, wait_resource nvarchar(256)!, \
            open_transaction_count int!=0, open_resultset_count int!=1, transaction_id bigint!=0, context_info varbinary(128), \
            percent_complete real!=0, estimated_completion_time bigint!=0, cpu_time int!=0, total_elapsed_time int!=0, \
            scheduler_id int, task_address varbinary(8), reads bigint!=0, writes bigint!=0, logical_reads bigint!=0, \
            text_size int!=2147483647, language nvarchar(128)=us_english, date_format nvarchar(3)=mdy, date_first smallint!=7",
        fill: requests,
    },
    CatalogView {
        name: "sys.dm_tran_locks",
        spec: "resource_type nvarchar(60)!, resource_subtype nvarchar(60)!, resource_database_id int!, \
            resource_description nvarchar(256)!, resource_associated_entity_id bigint, resource_lock_partition int!=0, \
            request_mode nvarchar(60)!, request_type nvarchar(60)!=LOCK, request_status nvarchar(60)!, request_reference_count smallint!, \
            request_lifetime int!=0, request_session_id int!, request_exec_context_id int!=0, request_request_id int!=0, \
            request_owner_type nvarchar(60)!, request_owner_id bigint, request_owner_guid uniqueidentifier, \
            request_owner_lockspace_id nvarchar(32), lock_owner_address varbinary(8)",
        fill: locks,
    },
    CatalogView {
        name: "sys.dm_os_waiting_tasks",
        spec: "waiting_task_address varbinary(8)!, session_id smallint, exec_context_id int=0, wait_duration_ms bigint, \
            wait_type nvarchar(60), resource_address varbinary(8), blocking_task_address varbinary(8), blocking_session_id smallint, \
            blocking_exec_context_id int, resource_description nvarchar(3072)",
        fill: waiting_tasks,
    },
    CatalogView {
        name: "sys.dm_exec_session_wait_stats",
        spec: "session_id smallint!, wait_type nvarchar(60)!, waiting_tasks_count bigint!, wait_time_ms bigint!, \
            max_wait_time_ms bigint!, signal_wait_time_ms bigint!=0",
        fill: session_wait_stats,
    },
    CatalogView {
        name: "sys.dm_tran_session_transactions",
        spec: "session_id int!, transaction_id bigint!, transaction_descriptor binary(8)!, enlist_count int!=0, \
            is_user_transaction bit!=1, is_local bit!=1, is_enlisted bit!=0, is_bound bit!=0, open_transaction_count int!",
        fill: session_transactions,
    },
    CatalogView {
        name: "sys.dm_tran_active_transactions",
        spec: "transaction_id bigint!, name nvarchar(32)!=user_transaction, transaction_begin_time datetime!, transaction_type int!=1, \
            transaction_uow uniqueidentifier, transaction_state int!=2, transaction_status int!=0, transaction_status2 int!=258, \
            dtc_state int!=0, dtc_status int!=0, dtc_isolation_level int!=-1, filestream_transaction_id varbinary(128)",
        fill: active_transactions,
    },
];

fn registered(session: &Session) -> Vec<SessionInfo> {
    let mut list: Vec<SessionInfo> = session
        .server
        .sessions
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .values()
        .cloned()
        .collect();
    // Without VIEW SERVER STATE a login sees itself.
    if !permission::allows_on_server(session, "VIEW SERVER PERFORMANCE STATE") {
        list.retain(|info| info.spid == session.spid);
    }
    list.sort_by_key(|info| info.spid);
    list
}

fn waits(session: &Session) -> Vec<WaitRow> {
    session.server.locks.waits()
}

fn sessions(session: &Session, rows: &mut Rows) -> Result<()> {
    let waits = waits(session);
    for info in registered(session) {
        let waiting = waits.iter().any(|w| w.spid == info.spid);
        let status = match (&info.request, waiting) {
            (None, _) => "sleeping",
            _ => "running",
        };
        let started = info.request.as_ref().map_or(info.login_time, |(at, _)| *at);
        rows.push([
            ("session_id", int(info.spid)),
            ("login_time", datetime_of_ticks(ticks_of(info.login_time))),
            ("host_name", text(&info.login.host_name)),
            ("program_name", text(&info.login.app_name)),
            ("host_process_id", int(info.login.client_pid)),
            ("client_interface_name", text(&info.login.library_name)),
            ("security_id", Value::binary([1])),
            ("login_name", text(&info.login.user)),
            ("status", text(status)),
            (
                "last_request_start_time",
                datetime_of_ticks(ticks_of(started)),
            ),
            (
                "last_request_end_time",
                datetime_of_ticks(ticks_of(info.last_request_end)),
            ),
            ("original_security_id", Value::binary([1])),
            ("original_login_name", text(&info.login.user)),
            ("database_id", int(info.database)),
            ("authenticating_database_id", int(1)),
            ("open_transaction_count", int(info.transaction_count)),
            ("transaction_isolation_level", int(level(info.isolation))),
            ("lock_timeout", int(info.lock_timeout)),
            ("deadlock_priority", int(info.deadlock_priority)),
            (
                "quoted_identifier",
                Value::Bit(info.options.quoted_identifier),
            ),
            ("arithabort", Value::Bit(info.options.arithabort)),
            (
                "ansi_null_dflt_on",
                Value::Bit(info.options.ansi_null_dflt_on),
            ),
            ("ansi_warnings", Value::Bit(info.options.ansi_warnings)),
            ("ansi_padding", Value::Bit(info.options.ansi_padding)),
            ("ansi_nulls", Value::Bit(info.options.ansi_nulls)),
            (
                "concat_null_yields_null",
                Value::Bit(info.options.concat_null_yields_null),
            ),
        ]);
    }
    Ok(())
}

fn level(isolation: IsolationLevel) -> i32 {
    match isolation {
        IsolationLevel::ReadUncommitted => 1,
        IsolationLevel::ReadCommitted => 2,
        IsolationLevel::RepeatableRead => 3,
        IsolationLevel::Serializable => 4,
        IsolationLevel::Snapshot => 5,
    }
}

fn connections(session: &Session, rows: &mut Rows) -> Result<()> {
    for info in registered(session) {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&info.spid.to_le_bytes());
        rows.push([
            ("session_id", int(info.spid)),
            ("most_recent_session_id", int(info.spid)),
            ("connect_time", datetime_of_ticks(ticks_of(info.login_time))),
            (
                "encrypt_option",
                text(if info.login.encrypted {
                    "TRUE"
                } else {
                    "FALSE"
                }),
            ),
            ("net_packet_size", int(info.login.packet_size)),
            (
                "client_net_address",
                Value::varchar(&info.login.client_address),
            ),
            ("connection_id", Value::UniqueIdentifier(Box::new(id))),
        ]);
    }
    Ok(())
}

fn requests(session: &Session, rows: &mut Rows) -> Result<()> {
    let waits = waits(session);
    for info in registered(session) {
        let Some((started, _)) = &info.request else {
            continue;
        };
        let wait = waits.iter().find(|w| w.spid == info.spid);
        let elapsed = (chrono::Utc::now() - *started).num_milliseconds();
        rows.push([
            ("session_id", int(info.spid)),
            ("start_time", datetime_of_ticks(ticks_of(*started))),
            (
                "status",
                text(if wait.is_some() {
                    "suspended"
                } else {
                    "running"
                }),
            ),
            ("command", text(info.command)),
            ("sql_handle", super::handle_of_session(info.spid)),
            ("database_id", int(info.database)),
            (
                "last_wait_type",
                text(wait.map_or("MISCELLANEOUS", |w| w.wait_type.as_str())),
            ),
            (
                "wait_resource",
                text(wait.map_or_else(String::new, |w| description(&w.resource))),
            ),
            ("open_transaction_count", int(info.transaction_count)),
            ("transaction_id", big(info.transaction_id)),
            ("total_elapsed_time", int(elapsed)),
            ("percent_complete", Value::Real(info.percent_complete)),
        ]);
        if let Some(wait) = wait {
            rows.amend([
                ("blocking_session_id", int(wait.blocking_spid)),
                ("wait_type", text(&wait.wait_type)),
                ("wait_time", int(wait.waited.as_millis())),
            ]);
        }
    }
    Ok(())
}

fn description(resource: &Resource) -> String {
    match resource {
        Resource::Database(id) => format!("DATABASE: {id}:0"),
        Resource::Object(id) => format!("OBJECT: {id}:0"),
        Resource::Row(id, row) => format!("KEY: {id} ({:012x})", row.0),
        Resource::Key(id, index, _) => format!("KEY: {id}:{index}"),
        Resource::Application(lock) => format!(
            "APPLICATION: {}:{}:[{}]",
            lock.database,
            lock.principal,
            lock.name.chars().take(32).collect::<String>()
        ),
    }
}

fn database_of(session: &Session, object: Option<ObjectId>, resource: &Resource) -> i32 {
    match resource {
        Resource::Database(id) => *id,
        Resource::Application(lock) => lock.database,
        _ => object
            .and_then(|id| session.server.store.table(id))
            .map_or(session.database, |table| table.def().database_id),
    }
}

fn locks(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    for LockRow {
        resource,
        mode,
        status,
        spid,
        owner,
        count,
    } in session.server.locks.list()
    {
        let object = resource.object();
        let (owner_type, owner_id) = match owner {
            Owner::Session(_) => ("SESSION", 0),
            Owner::Transaction(id) => ("TRANSACTION", i64::try_from(id.0).unwrap_or(0)),
            Owner::Guard(_) => ("TRANSACTION", 0),
        };
        let detail = match &resource {
            Resource::Application(lock) => format!(
                "{}:[{}]:({:08x})",
                lock.principal,
                lock.name.chars().take(32).collect::<String>(),
                name_hash(&lock.name)
            ),
            Resource::Row(_, row) => format!("({:012x})", row.0),
            _ => String::new(),
        };
        let kind = match &resource {
            Resource::Row(..) => "KEY",
            other => other.type_name(),
        };
        rows.push([
            ("resource_type", text(kind)),
            ("resource_subtype", text("")),
            (
                "resource_database_id",
                int(database_of(session, object, &resource)),
            ),
            ("resource_description", text(detail)),
            ("resource_associated_entity_id", big(object.unwrap_or(0))),
            ("request_mode", text(mode.name())),
            (
                "request_status",
                text(match status {
                    LockStatus::Granted => "GRANT",
                    LockStatus::Waiting => "WAIT",
                    LockStatus::Converting => "CONVERT",
                }),
            ),
            ("request_reference_count", int(count)),
            ("request_session_id", int(spid)),
            ("request_owner_type", text(owner_type)),
            ("request_owner_id", big(owner_id)),
        ]);
    }
    Ok(())
}

/// Stands for the hash that SQL Server prints behind an application lock's name.
fn name_hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

fn waiting_tasks(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    for wait in waits(session) {
        rows.push([
            (
                "waiting_task_address",
                Value::binary(u64::from(wait.spid).to_be_bytes()),
            ),
            ("session_id", int(wait.spid)),
            ("wait_duration_ms", big(wait.waited.as_millis())),
            ("wait_type", text(&wait.wait_type)),
            ("blocking_session_id", int(wait.blocking_spid)),
            ("resource_description", text(description(&wait.resource))),
        ]);
    }
    Ok(())
}

/// Waits for locks, the only ones that there are here.
fn session_wait_stats(session: &Session, rows: &mut Rows) -> Result<()> {
    let seen: Vec<u16> = registered(session).iter().map(|info| info.spid).collect();
    for (spid, kind, waited) in session.server.locks.waited() {
        if !seen.contains(&spid) {
            continue;
        }
        rows.push([
            ("session_id", int(spid)),
            ("wait_type", text(&kind)),
            ("waiting_tasks_count", big(waited.count)),
            ("wait_time_ms", big(waited.total.as_millis())),
            ("max_wait_time_ms", big(waited.longest.as_millis())),
        ]);
    }
    Ok(())
}

fn session_transactions(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    for info in registered(session)
        .into_iter()
        .filter(|i| i.transaction_count > 0)
    {
        rows.push([
            ("session_id", int(info.spid)),
            ("transaction_id", big(info.transaction_id)),
            (
                "transaction_descriptor",
                Value::binary(info.transaction_id.to_be_bytes()),
            ),
            ("is_user_transaction", bit(true)),
            ("open_transaction_count", int(info.transaction_count)),
        ]);
    }
    Ok(())
}

fn active_transactions(session: &Session, rows: &mut Rows) -> Result<()> {
    permission::require_view_server_state(session)?;
    for info in registered(session)
        .into_iter()
        .filter(|i| i.transaction_count > 0)
    {
        let begun = info
            .request
            .as_ref()
            .map_or(info.last_request_end, |(at, _)| *at);
        rows.push([
            ("transaction_id", big(info.transaction_id)),
            ("transaction_begin_time", datetime_of_ticks(ticks_of(begun))),
        ]);
    }
    Ok(())
}
