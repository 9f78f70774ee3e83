//! OBJECTPROPERTY, INDEXPROPERTY, FILEPROPERTY and their like: facts about one thing, asked by name. An unknown
//! property, or a thing that is not there, is NULL.

use std::sync::Arc;

use crate::catalog::Object;
use crate::catalog::model::{
    IndexDef, IndexKind, ModuleDef, ModuleKind, ReferentialAction, TableDef, TemporalRole,
};
use crate::engine::frame::ExecContext;
use crate::engine::session::Session;
use crate::engine::sysviews::{MEMORY_OPTIMIZED_DATA_SPACE, module_type};
use crate::error::Result;
use crate::types::{SqlType, TypeName, Value};

use super::functions::{
    Known, N128, SMALL, VARIANT, find_object, id, int, known, name, numeric, table_of, text,
    variant,
};

pub(super) static FUNCTIONS: &[Known] = &[
    known!("OBJECTPROPERTY", 2..=2, SqlType::INT, object_property),
    known!("OBJECTPROPERTYEX", 2..=2, VARIANT, object_property_ex),
    known!("INDEXPROPERTY", 3..=3, SqlType::INT, index_property),
    known!("INDEX_COL", 3..=3, N128, index_col),
    // A container's number does not fit FILE_ID's type.
    known!("FILE_ID", 1..=1, SMALL, |args, ctx| {
        let number = file_number(args, ctx).and_then(|n| i16::try_from(n).ok());
        Ok(number.map_or(Value::Null, Value::SmallInt))
    }),
    known!("FILE_IDEX", 1..=1, SqlType::INT, |args, ctx| {
        Ok(int(file_number(args, ctx)))
    }),
    known!("FILE_NAME", 1..=1, N128, |args, ctx| {
        Ok(name(file_name(args, ctx)))
    }),
    known!("FILEGROUP_ID", 1..=1, SqlType::INT, |args, ctx| {
        let Some(wanted) = text(args.first()) else {
            return Ok(Value::Null);
        };
        if wanted.eq_ignore_ascii_case("PRIMARY") {
            return Ok(Value::Int(1));
        }
        let known =
            memory_optimized_filegroup(ctx).is_some_and(|n| n.eq_ignore_ascii_case(&wanted));
        Ok(int(known.then_some(MEMORY_OPTIMIZED_DATA_SPACE)))
    }),
    known!("FILEGROUP_NAME", 1..=1, N128, |args, ctx| {
        Ok(name(match id(args.first()) {
            Some(1) => Some("PRIMARY".to_owned()),
            Some(MEMORY_OPTIMIZED_DATA_SPACE) => memory_optimized_filegroup(ctx),
            _ => None,
        }))
    }),
    known!("TYPEPROPERTY", 2..=2, SqlType::INT, type_property),
    known!(
        "OBJECT_DEFINITION",
        1..=1,
        SqlType::nvarchar(SqlType::MAX),
        |args, ctx| {
            let module = id(args.first()).and_then(|m| module_of(ctx.session, m));
            Ok(name(module.map(|m| m.definition.clone())))
        }
    ),
    known!("IDENT_SEED", 1..=1, SqlType::numeric(38, 0), |args, ctx| {
        Ok(identity_of(args, ctx).map_or(Value::Null, |(seed, _)| numeric(seed)))
    }),
    known!("IDENT_INCR", 1..=1, SqlType::numeric(38, 0), |args, ctx| {
        Ok(identity_of(args, ctx).map_or(Value::Null, |(_, increment)| numeric(increment)))
    }),
    known!("CONNECTIONPROPERTY", 1..=1, VARIANT, connection_property),
    known!("@@DBTS", 0..=0, SqlType::varbinary(8), |_, ctx| Ok(
        Value::binary(ctx.session.server.last_row_version().to_be_bytes())
    )),
    known!(
        "MIN_ACTIVE_ROWVERSION",
        0..=0,
        SqlType::varbinary(8),
        |_, ctx| Ok(Value::binary(
            (ctx.session.server.last_row_version() + 1).to_be_bytes()
        ))
    ),
    known!("@@LANGID", 0..=0, SMALL, |_, _| Ok(Value::SmallInt(0))),
    known!("@@MAX_CONNECTIONS", 0..=0, SqlType::INT, |_, _| Ok(
        Value::Int(32767)
    )),
    known!("@@MICROSOFTVERSION", 0..=0, SqlType::INT, |_, _| Ok(
        Value::Int((17 << 24) | 4065)
    )),
    known!("@@REMSERVER", 0..=0, N128, |_, _| Ok(Value::Null)),
    known!("GETANSINULL", 0..=1, SMALL, |_, _| Ok(Value::SmallInt(1))),
    known!(
        "CURRENT_TRANSACTION_ID",
        0..=0,
        SqlType::BIGINT,
        |_, ctx| {
            let txn = ctx.session.transaction.txn.as_ref();
            Ok(txn.map_or(Value::Null, |t| {
                i64::try_from(t.id.0).map_or(Value::Null, Value::BigInt)
            }))
        }
    ),
    known!("CURRENT_REQUEST_ID", 0..=0, SMALL, |_, _| Ok(
        Value::SmallInt(0)
    )),
    known!("FULLTEXTSERVICEPROPERTY", 1..=1, SqlType::INT, |args, _| {
        let installed =
            text(args.first()).is_some_and(|t| t.eq_ignore_ascii_case("IsFulltextInstalled"));
        Ok(int(installed.then_some(0)))
    }),
];

fn flag(on: bool) -> Option<i32> {
    Some(i32::from(on))
}

pub(super) fn module_of(session: &Session, object_id: i32) -> Option<Arc<ModuleDef>> {
    match session.server.catalog.by_id(session.database, object_id)? {
        Object::Module(module) => Some(module),
        _ => None,
    }
}

fn key_index(table: &TableDef, primary: bool) -> bool {
    table
        .indexes
        .iter()
        .any(|i| i.constraint.as_ref().is_some_and(|k| k.primary == primary))
}

fn referenced(session: &Session, table: &TableDef) -> bool {
    session
        .server
        .catalog
        .list(table.database_id)
        .iter()
        .filter_map(Object::table)
        .any(|t| {
            t.foreign_keys
                .iter()
                .any(|f| f.referenced_table == table.object_id)
        })
}

fn table_property(session: &Session, table: &TableDef, property: &str) -> Option<i32> {
    let clustered = table.indexes.iter().any(|i| i.index_id == 1);
    Some(match property {
        "istable" | "isusertable" => 1,
        "isprocedure"
        | "isview"
        | "isscalarfunction"
        | "istablefunction"
        | "isinlinefunction"
        | "istrigger"
        | "isprimarykey"
        | "isuniquecnst"
        | "isforeignkey"
        | "ischeckcnst"
        | "isdefaultcnst"
        | "isconstraint"
        | "issystemtable"
        | "ismsshipped"
        | "isexecuted"
        | "isrule"
        | "isdefault"
        | "isextendedproc"
        | "isreplproc"
        | "isqueue"
        | "tableisfake"
        | "tableispinned"
        | "tablehastextimage"
        | "tablehasactivefulltextindex"
        | "tablehastrigger"
        | "tablehasdeletetrigger"
        | "tablehasinserttrigger"
        | "tablehasupdatetrigger" => 0,
        "isschemabound" | "isdeterministic" => return None,
        "ownerid" => 1,
        "schemaid" => table.schema_id,
        "tabletemporaltype" => match table.temporal {
            TemporalRole::None => 0,
            TemporalRole::History { .. } => 1,
            TemporalRole::Current { .. } => 2,
        },
        "tablehasprimarykey" => i32::from(key_index(table, true)),
        "tablehasuniquecnst" => i32::from(key_index(table, false)),
        "tablehasclustindex" => i32::from(clustered),
        "tablehasnonclustindex" => i32::from(table.indexes.iter().any(|i| i.index_id > 1)),
        "tablehasindex" | "isindexed" => i32::from(table.indexes.iter().any(|i| i.index_id > 0)),
        "tablehasidentity" => i32::from(table.columns.iter().any(|c| c.identity.is_some())),
        "tablehasforeignkey" => i32::from(!table.foreign_keys.is_empty()),
        "tablehasforeignref" => i32::from(referenced(session, table)),
        "tablehascheckcnst" => i32::from(!table.checks.is_empty()),
        "tablehasdefaultcnst" => i32::from(table.columns.iter().any(|c| c.default.is_some())),
        "tablehasrowguidcol" => i32::from(table.columns.iter().any(|c| c.rowguidcol)),
        "tablehastimestamp" => i32::from(
            table
                .columns
                .iter()
                .any(|c| c.sql_type.name == TypeName::RowVersion),
        ),
        "isansinullson" | "isquotedidenton" => 1,
        "tableismemoryoptimized" => i32::from(table.memory_optimized),
        _ => return None,
    })
}

fn module_property(module: &ModuleDef, property: &str) -> Option<i32> {
    let kind = module.kind;
    match property {
        "istable" | "isusertable" | "isprimarykey" | "isuniquecnst" | "isforeignkey"
        | "ischeckcnst" | "isdefaultcnst" | "isconstraint" | "issystemtable" | "ismsshipped"
        | "isreplproc" | "isextendedproc" | "isqueue" => Some(0),
        "isprocedure" => flag(kind == ModuleKind::Procedure),
        "isview" => flag(kind == ModuleKind::View),
        "isscalarfunction" => flag(kind == ModuleKind::ScalarFunction),
        "istablefunction" => flag(matches!(
            kind,
            ModuleKind::TableFunction | ModuleKind::InlineFunction
        )),
        "isinlinefunction" => flag(kind == ModuleKind::InlineFunction),
        "istrigger" => flag(kind == ModuleKind::Trigger),
        "isindexed" => flag(!module.indexes.is_empty()),
        "isschemabound" => flag(module.schema_bound),
        "execisquotedidenton" | "isquotedidenton" => flag(module.quoted_identifier),
        "execisansinullson" | "isansinullson" => flag(module.ansi_nulls),
        "ownerid" => Some(1),
        "schemaid" => Some(module.schema_id),
        _ => None,
    }
}

/// Keys, foreign keys, checks and defaults are objects too.
fn constraint_property(session: &Session, object_id: i32, property: &str) -> Option<i32> {
    let tables = session.server.catalog.list(session.database);
    for table in tables.iter().filter_map(Object::table) {
        let key = table
            .indexes
            .iter()
            .filter_map(|i| i.constraint.as_ref().map(|k| (i, k)))
            .find(|(_, k)| k.object_id == object_id);
        let foreign = table.foreign_keys.iter().find(|f| f.object_id == object_id);
        let check = table.checks.iter().find(|c| c.object_id == object_id);
        let default = table
            .columns
            .iter()
            .any(|c| c.default.as_ref().is_some_and(|d| d.object_id == object_id));
        if key.is_none() && foreign.is_none() && check.is_none() && !default {
            continue;
        }
        let disabled = foreign.map_or_else(|| check.is_some_and(|c| c.disabled), |f| f.disabled);
        let untrusted =
            foreign.map_or_else(|| check.is_some_and(|c| c.not_trusted), |f| f.not_trusted);
        let checked = foreign.is_some() || check.is_some();
        return match property {
            "isconstraint" => Some(1),
            "istable" | "isusertable" | "isview" | "isprocedure" => Some(0),
            "isprimarykey" => flag(key.is_some_and(|(_, k)| k.primary)),
            "isuniquecnst" => flag(key.is_some_and(|(_, k)| !k.primary)),
            "isforeignkey" => flag(foreign.is_some()),
            "ischeckcnst" => flag(check.is_some()),
            "isdefaultcnst" => flag(default),
            "cnstisdisabled" => flag(checked && disabled),
            "cnstisnottrusted" => flag(checked && untrusted),
            "cnstisclustkey" => flag(key.is_some_and(|(i, _)| i.index_id == 1)),
            "cnstisnonclustkey" => flag(key.is_some_and(|(i, _)| i.index_id != 1)),
            "cnstisdeletecascade" => {
                flag(foreign.is_some_and(|f| f.on_delete == ReferentialAction::Cascade))
            }
            "cnstisupdatecascade" => {
                flag(foreign.is_some_and(|f| f.on_update == ReferentialAction::Cascade))
            }
            _ => None,
        };
    }
    None
}

fn property_of(session: &Session, object_id: i32, property: &str) -> Option<i32> {
    match session.server.catalog.by_id(session.database, object_id) {
        Some(Object::Table(table)) => table_property(session, &table, property),
        Some(Object::Module(module)) => module_property(&module, property),
        Some(Object::TableType(_)) => None,
        None => constraint_property(session, object_id, property),
    }
}

fn object_property(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let (Some(object), Some(property)) = (id(args.first()), text(args.get(1))) else {
        return Ok(Value::Null);
    };
    let property = property.trim_end().to_ascii_lowercase();
    Ok(int(property_of(ctx.session, object, &property)))
}

fn object_property_ex(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let (Some(object), Some(property)) = (id(args.first()), text(args.get(1))) else {
        return Ok(Value::Null);
    };
    let property = property.trim_end().to_ascii_lowercase();
    let session = &*ctx.session;
    if property == "basetype" {
        let code = match session.server.catalog.by_id(session.database, object) {
            Some(Object::Table(_)) => "U",
            Some(Object::Module(module)) => module_type(module.kind).0,
            _ => return Ok(Value::Null),
        };
        return Ok(variant(
            SqlType::sized(TypeName::Char, 2),
            Value::varchar(format!("{code:<2}")),
        ));
    }
    if property == "cardinality" {
        let rows = table_of(session, object).map(|t| {
            let store = session.server.store.table(t.object_id);
            store.map_or(0, |s| i64::try_from(s.row_count()).unwrap_or(i64::MAX))
        });
        return Ok(rows.map_or(Value::Null, |n| variant(SqlType::BIGINT, Value::BigInt(n))));
    }
    Ok(property_of(session, object, &property)
        .map_or(Value::Null, |n| variant(SqlType::INT, Value::Int(n))))
}

fn find_index<'a>(table: &'a TableDef, wanted: &str) -> Option<&'a IndexDef> {
    table
        .indexes
        .iter()
        .find(|i| i.index_id > 0 && i.name.eq_ignore_ascii_case(wanted))
}

fn index_property(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let table = id(args.first()).and_then(|t| table_of(ctx.session, t));
    let (Some(table), Some(index), Some(property)) = (table, text(args.get(1)), text(args.get(2)))
    else {
        return Ok(Value::Null);
    };
    let property = property.to_ascii_lowercase();
    let Some(index) = find_index(&table, &index) else {
        let statistics = table
            .statistics
            .iter()
            .find(|s| s.name.eq_ignore_ascii_case(&index));
        return Ok(int(statistics.and_then(|s| match property.as_str() {
            "indexid" => Some(s.stats_id),
            "isstatistics" => Some(1),
            "isautostatistics" => flag(s.auto_created),
            "isclustered" | "isunique" | "ishypothetical" | "isdisabled" => Some(0),
            _ => None,
        })));
    };
    Ok(int(match property.as_str() {
        "indexid" => Some(index.index_id),
        "isclustered" => flag(matches!(
            index.kind,
            IndexKind::Clustered | IndexKind::ClusteredColumnstore
        )),
        "isunique" => flag(index.unique),
        "isdisabled" => flag(index.disabled),
        "iscolumnstore" => flag(index.kind == IndexKind::ClusteredColumnstore),
        "indexfillfactor" => Some(i32::from(index.fill_factor)),
        "indexdepth" => Some(1),
        "isfulltextkey"
        | "ishypothetical"
        | "ispadindex"
        | "ispagelockdisallowed"
        | "isrowlockdisallowed"
        | "isstatistics"
        | "isautostatistics"
        | "isoptimizedforarraylookup"
        | "isoptimizedforsequentialkey" => Some(0),
        _ => None,
    }))
}

fn index_col(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let column = text(args.first())
        .and_then(|t| find_object(ctx.session, &t))
        .and_then(|(object, _)| table_of(ctx.session, object))
        .and_then(|table| {
            let wanted = id(args.get(1))?;
            let index = table.indexes.iter().find(|i| i.index_id == wanted)?;
            let at = usize::try_from(id(args.get(2))?.checked_sub(1)?).ok()?;
            let ordinal = table.ordinal_of(index.keys.get(at)?.column_id)?;
            Some(table.columns[ordinal].name.clone())
        });
    Ok(name(column))
}

fn file_number(args: &[Value], ctx: &ExecContext<'_>) -> Option<i32> {
    let wanted = text(args.first())?;
    let database = ctx.session.database_name();
    if wanted.eq_ignore_ascii_case(&database) {
        return Some(1);
    }
    if wanted.eq_ignore_ascii_case(&format!("{database}_log")) {
        return Some(2);
    }
    let database = ctx.session.server.catalog.database(ctx.session.database)?;
    database
        .containers()
        .find(|file| file.name.eq_ignore_ascii_case(&wanted))
        .map(|file| file.file_id)
}

fn file_name(args: &[Value], ctx: &ExecContext<'_>) -> Option<String> {
    let database = ctx.session.server.catalog.database(ctx.session.database)?;
    match id(args.first())? {
        1 => Some(database.name.clone()),
        2 => Some(format!("{}_log", database.name)),
        other => database
            .containers()
            .find(|file| file.file_id == other)
            .map(|file| file.name.clone()),
    }
}

/// Name of the filegroup for memory-optimised data.
fn memory_optimized_filegroup(ctx: &ExecContext<'_>) -> Option<String> {
    let database = ctx.session.server.catalog.database(ctx.session.database)?;
    database.memory_optimized_filegroup.clone()
}

fn type_property(args: &[Value], _: &mut ExecContext<'_>) -> Result<Value> {
    let (Some(wanted), Some(property)) = (text(args.first()), text(args.get(1))) else {
        return Ok(Value::Null);
    };
    let context = crate::types::type_name::TypeContext::Variable { ordinal: 0 };
    let Ok(found) = crate::types::type_name::parse_type_name(&wanted, &[], context) else {
        return Ok(Value::Null);
    };
    Ok(int(match property.to_ascii_lowercase().as_str() {
        "precision" if found.name.is_character() || found.name.is_binary() => {
            Some(if found.is_max() {
                -1
            } else {
                i32::from(found.max_length_bytes())
            })
        }
        "precision" => Some(i32::from(found.catalog_precision())),
        "scale" => (!found.name.is_character() && !found.name.is_binary())
            .then(|| i32::from(found.catalog_scale())),
        "allowsnull" => Some(1),
        "ownerid" => Some(4),
        _ => None,
    }))
}

fn identity_of(args: &[Value], ctx: &ExecContext<'_>) -> Option<(i64, i64)> {
    let written = text(args.first())?;
    let (object, _) = find_object(ctx.session, &written)?;
    let table = table_of(ctx.session, object)?;
    let identity = table.columns.iter().find_map(|c| c.identity.clone())?;
    Some((identity.seed, identity.increment))
}

fn connection_property(args: &[Value], _: &mut ExecContext<'_>) -> Result<Value> {
    let Some(property) = text(args.first()) else {
        return Ok(Value::Null);
    };
    let words = |t: &str| variant(SqlType::nvarchar(48), Value::nvarchar(t));
    Ok(match property.to_ascii_lowercase().as_str() {
        "net_transport" | "physical_net_transport" => words("TCP"),
        "protocol_type" => words("TSQL"),
        "auth_scheme" => words("SQL"),
        "local_net_address" | "client_net_address" => {
            variant(SqlType::varchar(48), Value::varchar("127.0.0.1"))
        }
        _ => Value::Null,
    })
}
