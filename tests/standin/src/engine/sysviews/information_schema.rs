//! INFORMATION_SCHEMA.

use crate::catalog::model::{ColumnDef, ModuleKind};
use crate::engine::Session;
use crate::error::Result;
use crate::types::{SqlType, TypeName, Value};

use super::snapshot::{Snapshot, datetime_of_ticks, int, text};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "INFORMATION_SCHEMA.TABLES",
        spec: "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA sysname, TABLE_NAME sysname!, TABLE_TYPE varchar(10)",
        fill: tables,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.VIEWS",
        spec: "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname!, VIEW_DEFINITION nvarchar(4000), \
            CHECK_OPTION varchar(7)=NONE, IS_UPDATABLE varchar(2)!=NO",
        fill: views,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.COLUMNS",
        spec: "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname!, COLUMN_NAME sysname, \
            ORDINAL_POSITION int, COLUMN_DEFAULT nvarchar(4000), IS_NULLABLE varchar(3), DATA_TYPE nvarchar(128), \
            CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, NUMERIC_PRECISION tinyint, NUMERIC_PRECISION_RADIX smallint, \
            NUMERIC_SCALE int, DATETIME_PRECISION smallint, CHARACTER_SET_CATALOG sysname, CHARACTER_SET_SCHEMA sysname, \
            CHARACTER_SET_NAME sysname, COLLATION_CATALOG sysname, COLLATION_SCHEMA sysname, COLLATION_NAME sysname, \
            DOMAIN_CATALOG sysname, DOMAIN_SCHEMA sysname, DOMAIN_NAME sysname",
        fill: columns,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.ROUTINES",
        spec: "SPECIFIC_CATALOG nvarchar(128), SPECIFIC_SCHEMA nvarchar(128), SPECIFIC_NAME nvarchar(128)!, \
            ROUTINE_CATALOG nvarchar(128), ROUTINE_SCHEMA nvarchar(128), ROUTINE_NAME nvarchar(128)!, ROUTINE_TYPE nvarchar(20), \
            MODULE_CATALOG nvarchar(128), MODULE_SCHEMA nvarchar(128), MODULE_NAME nvarchar(128), UDT_CATALOG nvarchar(128), \
            UDT_SCHEMA nvarchar(128), UDT_NAME nvarchar(128), DATA_TYPE nvarchar(128), ROUTINE_BODY nvarchar(30)=SQL, \
            ROUTINE_DEFINITION nvarchar(4000), IS_DETERMINISTIC nvarchar(10), SQL_DATA_ACCESS nvarchar(30), \
            CREATED datetime!, LAST_ALTERED datetime!",
        fill: routines,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.TABLE_CONSTRAINTS",
        spec: "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname!, \
            TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname, CONSTRAINT_TYPE varchar(11), \
            IS_DEFERRABLE varchar(2)!=NO, INITIALLY_DEFERRED varchar(2)!=NO",
        fill: table_constraints,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.KEY_COLUMN_USAGE",
        spec: "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME nvarchar(128)!, \
            TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME nvarchar(128)!, COLUMN_NAME nvarchar(128), \
            ORDINAL_POSITION int!",
        fill: key_column_usage,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.SCHEMATA",
        spec: "CATALOG_NAME nvarchar(128), SCHEMA_NAME nvarchar(128)!, SCHEMA_OWNER nvarchar(128), \
            DEFAULT_CHARACTER_SET_CATALOG nvarchar(6), DEFAULT_CHARACTER_SET_SCHEMA nvarchar(3), DEFAULT_CHARACTER_SET_NAME sysname",
        fill: schemata,
    },
];

pub(super) fn database(session: &Session) -> Value {
    text(crate::engine::ddl::database_name(session, session.database))
}

fn tables(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    let tables = snapshot
        .tables
        .iter()
        .map(|t| (t.schema_id, &t.name, "BASE TABLE"));
    let views = snapshot
        .modules
        .iter()
        .filter(|m| m.kind == ModuleKind::View)
        .map(|m| (m.schema_id, &m.name, "VIEW"));
    for (schema, name, kind) in tables.chain(views) {
        rows.push([
            ("TABLE_CATALOG", database(session)),
            ("TABLE_SCHEMA", text(snapshot.schema_name(schema))),
            ("TABLE_NAME", text(name)),
            ("TABLE_TYPE", text(kind)),
        ]);
    }
    Ok(())
}

fn views(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for view in snapshot
        .modules
        .iter()
        .filter(|m| m.kind == ModuleKind::View)
    {
        let whole = view.definition.chars().count() <= 4000;
        rows.push([
            ("TABLE_CATALOG", database(session)),
            ("TABLE_SCHEMA", text(snapshot.schema_name(view.schema_id))),
            ("TABLE_NAME", text(&view.name)),
            (
                "VIEW_DEFINITION",
                if whole {
                    text(&view.definition)
                } else {
                    Value::Null
                },
            ),
        ]);
    }
    Ok(())
}

fn columns(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    let of_tables = snapshot
        .tables
        .iter()
        .map(|t| (t.schema_id, &t.name, &t.columns));
    let of_views = snapshot
        .modules
        .iter()
        .filter(|m| m.kind == ModuleKind::View)
        .map(|m| (m.schema_id, &m.name, &m.columns));
    for (schema, table, list) in of_tables.chain(of_views) {
        for (at, column) in list.iter().enumerate() {
            rows.push([
                ("TABLE_CATALOG", database(session)),
                ("TABLE_SCHEMA", text(snapshot.schema_name(schema))),
                ("TABLE_NAME", text(table)),
                ("COLUMN_NAME", text(&column.name)),
                ("ORDINAL_POSITION", int(at + 1)),
            ]);
            describe(rows, column);
        }
    }
    Ok(())
}

fn describe(rows: &mut Rows, column: &ColumnDef) {
    let t = &column.sql_type;
    rows.amend([
        (
            "COLUMN_DEFAULT",
            column
                .default
                .as_ref()
                .map_or(Value::Null, |d| text(&d.text)),
        ),
        (
            "IS_NULLABLE",
            text(if column.nullable { "YES" } else { "NO" }),
        ),
        ("DATA_TYPE", text(t.base_name())),
        ("COLLATION_NAME", super::columns::collation(t)),
    ]);
    characters(rows, t);
    numbers(rows, t);
}

/// Lengths and character set, where the type has them.
pub(super) fn characters(rows: &mut Rows, t: &SqlType) {
    if t.name.is_character() || t.name.is_binary() {
        rows.amend([
            ("CHARACTER_MAXIMUM_LENGTH", int(t.length)),
            ("CHARACTER_OCTET_LENGTH", int(t.max_length_bytes())),
        ]);
        if t.name.is_character() {
            rows.amend([(
                "CHARACTER_SET_NAME",
                text(if t.name.is_unicode() {
                    "UNICODE"
                } else {
                    "iso_1"
                }),
            )]);
        }
    }
}

/// Precision and scale, where the type has them.
pub(super) fn numbers(rows: &mut Rows, t: &SqlType) {
    let approximate = t.name.is_approximate();
    if t.name.is_integer() || t.name.is_decimal() || t.name.is_money() || approximate {
        rows.amend([
            ("NUMERIC_PRECISION", int(t.catalog_precision())),
            (
                "NUMERIC_PRECISION_RADIX",
                int(if approximate { 2 } else { 10 }),
            ),
        ]);
        if !approximate {
            rows.amend([("NUMERIC_SCALE", int(t.catalog_scale()))]);
        }
    }
    if t.name.is_date_or_time() {
        rows.amend([("DATETIME_PRECISION", int(t.catalog_scale()))]);
    }
}

fn routine_type(sql_type: &SqlType) -> &'static str {
    if sql_type.name == TypeName::Table {
        "TABLE"
    } else {
        sql_type.base_name()
    }
}

fn routines(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for module in &snapshot.modules {
        let kind = match module.kind {
            ModuleKind::Procedure => "PROCEDURE",
            ModuleKind::View | ModuleKind::Trigger => continue,
            _ => "FUNCTION",
        };
        let data_type = match (&module.returns, kind) {
            (Some(returns), _) => text(routine_type(returns)),
            (None, "FUNCTION") => text("TABLE"),
            _ => Value::Null,
        };
        let schema = snapshot.schema_name(module.schema_id);
        let definition: String = module.definition.chars().take(4000).collect();
        rows.push([
            ("SPECIFIC_CATALOG", database(session)),
            ("SPECIFIC_SCHEMA", text(schema)),
            ("SPECIFIC_NAME", text(&module.name)),
            ("ROUTINE_CATALOG", database(session)),
            ("ROUTINE_SCHEMA", text(schema)),
            ("ROUTINE_NAME", text(&module.name)),
            ("ROUTINE_TYPE", text(kind)),
            ("DATA_TYPE", data_type),
            ("ROUTINE_DEFINITION", text(definition)),
            ("IS_DETERMINISTIC", text("NO")),
            (
                "SQL_DATA_ACCESS",
                text(if kind == "FUNCTION" {
                    "READS"
                } else {
                    "MODIFIES"
                }),
            ),
            ("CREATED", datetime_of_ticks(module.created)),
            ("LAST_ALTERED", datetime_of_ticks(module.modified)),
        ]);
    }
    Ok(())
}

fn table_constraints(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        let keys = table
            .indexes
            .iter()
            .filter_map(|i| i.constraint.as_ref())
            .map(|k| {
                (
                    k.name.as_str(),
                    if k.primary { "PRIMARY KEY" } else { "UNIQUE" },
                )
            });
        let foreign = table
            .foreign_keys
            .iter()
            .map(|k| (k.name.as_str(), "FOREIGN KEY"));
        let checks = table.checks.iter().map(|c| (c.name.as_str(), "CHECK"));
        for (name, kind) in keys.chain(foreign).chain(checks) {
            let schema = snapshot.schema_name(table.schema_id);
            rows.push([
                ("CONSTRAINT_CATALOG", database(session)),
                ("CONSTRAINT_SCHEMA", text(schema)),
                ("CONSTRAINT_NAME", text(name)),
                ("TABLE_CATALOG", database(session)),
                ("TABLE_SCHEMA", text(schema)),
                ("TABLE_NAME", text(&table.name)),
                ("CONSTRAINT_TYPE", text(kind)),
            ]);
        }
    }
    Ok(())
}

fn key_column_usage(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        let keys = table.indexes.iter().filter_map(|i| {
            let key = i.constraint.as_ref()?;
            Some((
                &key.name,
                i.keys.iter().map(|k| k.column_id).collect::<Vec<_>>(),
            ))
        });
        let foreign = table
            .foreign_keys
            .iter()
            .map(|k| (&k.name, k.columns.clone()));
        for (name, columns) in keys.chain(foreign) {
            for (at, id) in columns.iter().enumerate() {
                let column = table
                    .ordinal_of(*id)
                    .map_or("", |o| table.columns[o].name.as_str());
                let schema = snapshot.schema_name(table.schema_id);
                rows.push([
                    ("CONSTRAINT_CATALOG", database(session)),
                    ("CONSTRAINT_SCHEMA", text(schema)),
                    ("CONSTRAINT_NAME", text(name)),
                    ("TABLE_CATALOG", database(session)),
                    ("TABLE_SCHEMA", text(schema)),
                    ("TABLE_NAME", text(&table.name)),
                    ("COLUMN_NAME", text(column)),
                    ("ORDINAL_POSITION", int(at + 1)),
                ]);
            }
        }
    }
    Ok(())
}

fn schemata(session: &Session, rows: &mut Rows) -> Result<()> {
    for (id, name) in Snapshot::of(session).schemas {
        let owner = if (2..=4).contains(&id) {
            name.clone()
        } else {
            "dbo".to_owned()
        };
        rows.push([
            ("CATALOG_NAME", database(session)),
            ("SCHEMA_NAME", text(&name)),
            ("SCHEMA_OWNER", text(owner)),
            ("DEFAULT_CHARACTER_SET_NAME", text("iso_1")),
        ]);
    }
    Ok(())
}
