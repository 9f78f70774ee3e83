//! sys.columns and its narrower relatives: computed and identity columns, and parameters.

use crate::catalog::model::{ColumnDef, GeneratedAlways, ModuleDef, ModuleKind};
use crate::engine::Session;
use crate::error::Result;
use crate::types::{SqlType, TypeName, Value};

use super::snapshot::{Snapshot, bit, int, text};
use super::{CatalogView, Rows};

macro_rules! column_spec {
    () => {
        column_spec!("")
    };
    ($extra:literal) => {
        concat!(
            "object_id int!, name sysname, column_id int!, system_type_id tinyint!, user_type_id int!, max_length smallint!, ",
            "precision tinyint!, scale tinyint!, collation_name sysname, is_nullable bit, is_ansi_padded bit!=0, ",
            "is_rowguidcol bit!=0, is_identity bit!=0, is_computed bit!=0, is_filestream bit!=0, is_replicated bit=0, ",
            "is_non_sql_subscribed bit=0, is_merge_published bit=0, is_dts_replicated bit=0, is_xml_document bit!=0, ",
            "xml_collection_id int!=0, default_object_id int!=0, rule_object_id int!=0, is_sparse bit!=0, is_column_set bit!=0, ",
            "generated_always_type tinyint!=0, generated_always_type_desc nvarchar(60)=NOT_APPLICABLE, encryption_type int, ",
            "encryption_type_desc nvarchar(64), encryption_algorithm_name sysname, column_encryption_key_id int, ",
            "column_encryption_key_database_name sysname, is_hidden bit!=0, is_masked bit!=0, graph_type int, ",
            "graph_type_desc nvarchar(60), is_data_deletion_filter_column bit!=0, ledger_view_column_type int, ",
            "ledger_view_column_type_desc nvarchar(60), is_dropped_ledger_column bit=0, vector_dimensions int, ",
            "vector_base_type tinyint, vector_base_type_desc nvarchar(10)",
            $extra
        )
    };
}

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.columns",
        spec: column_spec!(),
        fill: columns,
    },
    CatalogView {
        name: "sys.all_columns",
        spec: column_spec!(),
        fill: columns,
    },
    CatalogView {
        name: "sys.computed_columns",
        spec: column_spec!(
            ", definition nvarchar(max), uses_database_collation bit!=1, is_persisted bit!=0"
        ),
        fill: computed_columns,
    },
    CatalogView {
        name: "sys.identity_columns",
        spec: column_spec!(
            ", seed_value sql_variant, increment_value sql_variant, last_value sql_variant, is_not_for_replication bit=0"
        ),
        fill: identity_columns,
    },
    CatalogView {
        name: "sys.parameters",
        spec: PARAMETER,
        fill: parameters,
    },
    CatalogView {
        name: "sys.all_parameters",
        spec: PARAMETER,
        fill: parameters,
    },
];

const PARAMETER: &str = "object_id int!, name sysname, parameter_id int!, system_type_id tinyint!, user_type_id int!, \
    max_length smallint!, precision tinyint!, scale tinyint!, is_output bit!=0, is_cursor_ref bit!=0, \
    has_default_value bit!=0, is_xml_document bit!=0, default_value sql_variant, xml_collection_id int!=0, is_readonly bit!=0, \
    is_nullable bit=1, encryption_type int, encryption_type_desc nvarchar(64), encryption_algorithm_name sysname, \
    column_encryption_key_id int, column_encryption_key_database_name sysname, vector_dimensions int, vector_base_type tinyint, \
    vector_base_type_desc nvarchar(10)";

/// Collation of a character column; NULL for the other types.
pub(super) fn collation(sql_type: &SqlType) -> Value {
    match sql_type.name {
        TypeName::Json => text("Latin1_General_100_BIN2_UTF8"),
        _ if sql_type.binary_collation => text("Latin1_General_BIN2"),
        name if name.is_character() || matches!(name, TypeName::Text | TypeName::NText) => {
            text("SQL_Latin1_General_CP1_CI_AS")
        }
        _ => Value::Null,
    }
}

fn push_column(rows: &mut Rows, object_id: i32, column: &ColumnDef) {
    let t = &column.sql_type;
    rows.push([
        ("object_id", int(object_id)),
        ("name", text(&column.name)),
        ("column_id", int(column.column_id)),
        ("system_type_id", int(t.system_type_id())),
        ("user_type_id", int(t.user_type_id())),
        ("max_length", int(t.max_length_bytes())),
        ("precision", int(t.catalog_precision())),
        ("scale", int(t.catalog_scale())),
        ("collation_name", collation(t)),
        ("is_nullable", bit(column.nullable)),
        (
            "is_ansi_padded",
            bit(t.name.is_character() || t.name.is_binary()),
        ),
        ("is_rowguidcol", bit(column.rowguidcol)),
        ("is_identity", bit(column.identity.is_some())),
        ("is_computed", bit(column.computed.is_some())),
        (
            "default_object_id",
            int(column.default.as_ref().map_or(0, |d| d.object_id)),
        ),
        ("is_hidden", bit(column.hidden)),
    ]);
    match column.generated {
        Some(GeneratedAlways::RowStart) => rows.amend([
            ("generated_always_type", int(1)),
            ("generated_always_type_desc", text("AS_ROW_START")),
        ]),
        Some(GeneratedAlways::RowEnd) => rows.amend([
            ("generated_always_type", int(2)),
            ("generated_always_type_desc", text("AS_ROW_END")),
        ]),
        None => {}
    }
    vector_columns(rows, t);
}

fn vector_columns(rows: &mut Rows, sql_type: &SqlType) {
    if sql_type.name == TypeName::Vector {
        rows.amend([
            ("vector_dimensions", int(sql_type.length)),
            ("vector_base_type", int(i32::from(sql_type.half))),
            (
                "vector_base_type_desc",
                text(if sql_type.half { "float16" } else { "float32" }),
            ),
        ]);
    }
}

/// Every object with columns: tables, views and table functions.
fn with_columns(snapshot: &Snapshot) -> impl Iterator<Item = (i32, &ColumnDef)> {
    let tables = snapshot
        .tables
        .iter()
        .chain(&snapshot.table_types)
        .flat_map(|t| t.columns.iter().map(|c| (t.object_id, c)));
    let modules = snapshot
        .modules
        .iter()
        .flat_map(|m| m.columns.iter().map(|c| (m.object_id, c)));
    tables.chain(modules)
}

fn columns(session: &Session, rows: &mut Rows) -> Result<()> {
    for (object_id, column) in with_columns(&Snapshot::of(session)) {
        push_column(rows, object_id, column);
    }
    Ok(())
}

fn computed_columns(session: &Session, rows: &mut Rows) -> Result<()> {
    for (object_id, column) in with_columns(&Snapshot::of(session)) {
        if let Some(computed) = &column.computed {
            push_column(rows, object_id, column);
            rows.amend([
                ("definition", text(&computed.text)),
                ("uses_database_collation", bit(true)),
                ("is_persisted", bit(computed.persisted)),
            ]);
        }
    }
    Ok(())
}

fn identity_columns(session: &Session, rows: &mut Rows) -> Result<()> {
    for (object_id, column) in with_columns(&Snapshot::of(session)) {
        let Some(identity) = &column.identity else {
            continue;
        };
        push_column(rows, object_id, column);
        let narrow = |n: i64| {
            if column.sql_type == SqlType::BIGINT {
                Value::BigInt(n)
            } else {
                int(n)
            }
        };
        let last = session.server.store.identity_last_value(object_id);
        rows.amend([
            ("seed_value", narrow(identity.seed)),
            ("increment_value", narrow(identity.increment)),
            ("last_value", last.map_or(Value::Null, narrow)),
        ]);
    }
    Ok(())
}

fn parameters(session: &Session, rows: &mut Rows) -> Result<()> {
    for module in &Snapshot::of(session).modules {
        if module.kind == ModuleKind::ScalarFunction {
            return_value(rows, module);
        }
        for (at, parameter) in module.parameters.iter().enumerate() {
            let t = &parameter.sql_type;
            rows.push([
                ("object_id", int(module.object_id)),
                ("name", text(&parameter.name)),
                ("parameter_id", int(at + 1)),
                ("system_type_id", int(t.system_type_id())),
                ("user_type_id", int(t.user_type_id())),
                ("max_length", int(t.max_length_bytes())),
                ("precision", int(t.catalog_precision())),
                ("scale", int(t.catalog_scale())),
                ("is_output", bit(parameter.output)),
            ]);
            vector_columns(rows, t);
        }
    }
    Ok(())
}

/// A scalar function's result is parameter 0, without a name.
fn return_value(rows: &mut Rows, module: &ModuleDef) {
    if let Some(t) = &module.returns {
        rows.push([
            ("object_id", int(module.object_id)),
            ("name", text("")),
            ("parameter_id", int(0)),
            ("system_type_id", int(t.system_type_id())),
            ("user_type_id", int(t.user_type_id())),
            ("max_length", int(t.max_length_bytes())),
            ("precision", int(t.catalog_precision())),
            ("scale", int(t.catalog_scale())),
            ("is_output", bit(true)),
        ]);
        vector_columns(rows, t);
    }
}
