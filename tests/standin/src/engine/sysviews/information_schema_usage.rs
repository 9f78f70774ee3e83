//! INFORMATION_SCHEMA: what constraints and views use, parameters and privileges.

use crate::catalog::model::{ModuleKind, ReferentialAction, TableDef};
use crate::engine::Session;
use crate::engine::ddl::state::Securable;
use crate::error::Result;
use crate::types::{SqlType, Value};

use super::information_schema::{characters, database, numbers};
use super::snapshot::{Snapshot, int, text};
use super::{CatalogView, Rows};

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS",
        spec: "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname!, \
            UNIQUE_CONSTRAINT_CATALOG nvarchar(128), UNIQUE_CONSTRAINT_SCHEMA nvarchar(128), UNIQUE_CONSTRAINT_NAME sysname, \
            MATCH_OPTION varchar(7)=SIMPLE, UPDATE_RULE varchar(11), DELETE_RULE varchar(11)",
        fill: referential_constraints,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.CHECK_CONSTRAINTS",
        spec: "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname!, CHECK_CLAUSE nvarchar(4000)",
        fill: check_constraints,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.CONSTRAINT_COLUMN_USAGE",
        spec: "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME nvarchar(128)!, COLUMN_NAME nvarchar(128), \
            CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME nvarchar(128)!",
        fill: constraint_columns,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.CONSTRAINT_TABLE_USAGE",
        spec: "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname!, CONSTRAINT_CATALOG nvarchar(128), \
            CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname!",
        fill: constraint_tables,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.PARAMETERS",
        spec: "SPECIFIC_CATALOG nvarchar(128), SPECIFIC_SCHEMA nvarchar(128), SPECIFIC_NAME nvarchar(128)!, ORDINAL_POSITION int!, \
            PARAMETER_MODE nvarchar(10), IS_RESULT nvarchar(10), AS_LOCATOR nvarchar(10)=NO, PARAMETER_NAME nvarchar(128), \
            DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, COLLATION_CATALOG nvarchar(128), \
            COLLATION_SCHEMA nvarchar(128), COLLATION_NAME nvarchar(128), CHARACTER_SET_CATALOG nvarchar(128), \
            CHARACTER_SET_SCHEMA nvarchar(128), CHARACTER_SET_NAME nvarchar(128), NUMERIC_PRECISION tinyint, \
            NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE tinyint, DATETIME_PRECISION smallint, INTERVAL_TYPE nvarchar(30), \
            INTERVAL_PRECISION smallint, USER_DEFINED_TYPE_CATALOG nvarchar(128), USER_DEFINED_TYPE_SCHEMA nvarchar(128), \
            USER_DEFINED_TYPE_NAME nvarchar(128), SCOPE_CATALOG nvarchar(128), SCOPE_SCHEMA nvarchar(128), SCOPE_NAME nvarchar(128)",
        fill: parameters,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.VIEW_TABLE_USAGE",
        spec: "VIEW_CATALOG nvarchar(128), VIEW_SCHEMA nvarchar(128), VIEW_NAME sysname!, TABLE_CATALOG nvarchar(128), \
            TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname!",
        fill: view_tables,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.TABLE_PRIVILEGES",
        spec: "GRANTOR nvarchar(128)=dbo, GRANTEE nvarchar(128), TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), \
            TABLE_NAME sysname!, PRIVILEGE_TYPE varchar(10), IS_GRANTABLE varchar(3)=NO",
        fill: table_privileges,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.COLUMN_PRIVILEGES",
        spec: "GRANTOR nvarchar(128)=dbo, GRANTEE nvarchar(128), TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), \
            TABLE_NAME sysname!, COLUMN_NAME sysname, PRIVILEGE_TYPE varchar(10), IS_GRANTABLE varchar(3)=NO",
        fill: column_privileges,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.DOMAINS",
        spec: "DOMAIN_CATALOG nvarchar(128), DOMAIN_SCHEMA nvarchar(128), DOMAIN_NAME sysname!, DATA_TYPE sysname, \
            CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, COLLATION_CATALOG varchar(6), COLLATION_SCHEMA varchar(3), \
            COLLATION_NAME nvarchar(128), CHARACTER_SET_CATALOG varchar(6), CHARACTER_SET_SCHEMA varchar(3), \
            CHARACTER_SET_NAME nvarchar(128), NUMERIC_PRECISION tinyint, NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE tinyint, \
            DATETIME_PRECISION smallint, DOMAIN_DEFAULT nvarchar(4000)",
        fill: none,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.SEQUENCES",
        spec: "SEQUENCE_CATALOG nvarchar(128), SEQUENCE_SCHEMA nvarchar(128)!, SEQUENCE_NAME nvarchar(128)!, DATA_TYPE nvarchar(128), \
            NUMERIC_PRECISION tinyint, NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE int, START_VALUE sql_variant!, \
            MINIMUM_VALUE sql_variant!, MAXIMUM_VALUE sql_variant!, INCREMENT sql_variant!, CYCLE_OPTION bit!, \
            DECLARED_DATA_TYPE nvarchar(128), DECLARED_NUMERIC_PRECISION tinyint, DECLARED_NUMERIC_SCALE int",
        fill: none,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.DOMAIN_CONSTRAINTS",
        spec: "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname!, \
            DOMAIN_CATALOG nvarchar(128), DOMAIN_SCHEMA nvarchar(128), DOMAIN_NAME sysname!, IS_DEFERRABLE varchar(2)!=NO, \
            INITIALLY_DEFERRED varchar(2)!=NO",
        fill: none,
    },
    CatalogView {
        name: "INFORMATION_SCHEMA.COLUMN_DOMAIN_USAGE",
        spec: "DOMAIN_CATALOG nvarchar(128), DOMAIN_SCHEMA nvarchar(128), DOMAIN_NAME sysname!, TABLE_CATALOG nvarchar(128), \
            TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname!, COLUMN_NAME sysname",
        fill: none,
    },
];

/// The stand-in has no such object: CREATE refuses it.
fn none(_: &Session, _: &mut Rows) -> Result<()> {
    Ok(())
}

fn rule(action: ReferentialAction) -> Value {
    text(match action {
        ReferentialAction::NoAction => "NO ACTION",
        ReferentialAction::Cascade => "CASCADE",
        ReferentialAction::SetNull => "SET NULL",
        ReferentialAction::SetDefault => "SET DEFAULT",
    })
}

/// The name of the key that a foreign key refers to.
fn referenced_key(table: &TableDef, columns: &[i32]) -> Value {
    let index = table.indexes.iter().find(|i| {
        i.unique
            && i.keys.len() == columns.len()
            && i.keys.iter().all(|k| columns.contains(&k.column_id))
    });
    index.map_or(Value::Null, |i| {
        text(i.constraint.as_ref().map_or(&i.name, |key| &key.name))
    })
}

fn referential_constraints(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        for key in &table.foreign_keys {
            let referenced = snapshot
                .tables
                .iter()
                .find(|t| t.object_id == key.referenced_table);
            rows.push([
                ("CONSTRAINT_CATALOG", database(session)),
                (
                    "CONSTRAINT_SCHEMA",
                    text(snapshot.schema_name(table.schema_id)),
                ),
                ("CONSTRAINT_NAME", text(&key.name)),
                ("UNIQUE_CONSTRAINT_CATALOG", database(session)),
                ("UPDATE_RULE", rule(key.on_update)),
                ("DELETE_RULE", rule(key.on_delete)),
            ]);
            if let Some(referenced) = referenced {
                rows.amend([
                    (
                        "UNIQUE_CONSTRAINT_SCHEMA",
                        text(snapshot.schema_name(referenced.schema_id)),
                    ),
                    (
                        "UNIQUE_CONSTRAINT_NAME",
                        referenced_key(referenced, &key.referenced_columns),
                    ),
                ]);
            }
        }
    }
    Ok(())
}

fn check_constraints(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        for check in &table.checks {
            rows.push([
                ("CONSTRAINT_CATALOG", database(session)),
                (
                    "CONSTRAINT_SCHEMA",
                    text(snapshot.schema_name(table.schema_id)),
                ),
                ("CONSTRAINT_NAME", text(&check.name)),
                ("CHECK_CLAUSE", text(&check.text)),
            ]);
        }
    }
    Ok(())
}

/// Keys, foreign keys and checks of a table with the columns of the table that they are on.
fn constraints(table: &TableDef) -> Vec<(String, Vec<i32>)> {
    let keys = table.indexes.iter().filter_map(|i| {
        let key = i.constraint.as_ref()?;
        Some((
            key.name.clone(),
            i.keys.iter().map(|k| k.column_id).collect(),
        ))
    });
    let foreign = table
        .foreign_keys
        .iter()
        .map(|k| (k.name.clone(), k.columns.clone()));
    let checks = table.checks.iter().map(|c| {
        let columns = crate::engine::ddl::references::columns_in(table, &c.text);
        (c.name.clone(), columns)
    });
    keys.chain(foreign).chain(checks).collect()
}

fn constraint_columns(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        let schema = snapshot.schema_name(table.schema_id);
        for (name, columns) in constraints(table) {
            for column in columns {
                let Some(ordinal) = table.ordinal_of(column) else {
                    continue;
                };
                rows.push([
                    ("TABLE_CATALOG", database(session)),
                    ("TABLE_SCHEMA", text(schema)),
                    ("TABLE_NAME", text(&table.name)),
                    ("COLUMN_NAME", text(&table.columns[ordinal].name)),
                    ("CONSTRAINT_CATALOG", database(session)),
                    ("CONSTRAINT_SCHEMA", text(schema)),
                    ("CONSTRAINT_NAME", text(&name)),
                ]);
            }
        }
    }
    Ok(())
}

fn constraint_tables(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        let schema = snapshot.schema_name(table.schema_id);
        for (name, _) in constraints(table) {
            rows.push([
                ("TABLE_CATALOG", database(session)),
                ("TABLE_SCHEMA", text(schema)),
                ("TABLE_NAME", text(&table.name)),
                ("CONSTRAINT_CATALOG", database(session)),
                ("CONSTRAINT_SCHEMA", text(schema)),
                ("CONSTRAINT_NAME", text(&name)),
            ]);
        }
    }
    Ok(())
}

fn parameters(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for module in &snapshot.modules {
        if matches!(module.kind, ModuleKind::View | ModuleKind::Trigger) {
            continue;
        }
        let schema = snapshot.schema_name(module.schema_id);
        let mut add = |ordinal: usize, mode: &str, result: &str, name: &str, t: &SqlType| {
            rows.push([
                ("SPECIFIC_CATALOG", database(session)),
                ("SPECIFIC_SCHEMA", text(schema)),
                ("SPECIFIC_NAME", text(&module.name)),
                ("ORDINAL_POSITION", int(ordinal)),
                ("PARAMETER_MODE", text(mode)),
                ("IS_RESULT", text(result)),
                ("PARAMETER_NAME", text(name)),
                ("DATA_TYPE", text(t.base_name())),
                ("COLLATION_NAME", super::columns::collation(t)),
            ]);
            characters(rows, t);
            numbers(rows, t);
        };
        if let (ModuleKind::ScalarFunction, Some(returns)) = (module.kind, &module.returns) {
            add(0, "OUT", "YES", "", returns);
        }
        for (at, parameter) in module.parameters.iter().enumerate() {
            let mode = if parameter.output { "INOUT" } else { "IN" };
            add(at + 1, mode, "NO", &parameter.name, &parameter.sql_type);
        }
    }
    Ok(())
}

/// Tables, and views, that the text of a view names.
fn view_tables(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for view in &snapshot.modules {
        if view.kind != ModuleKind::View {
            continue;
        }
        for name in crate::engine::ddl::references::entity_names(&view.syntax) {
            let Some(id) = crate::engine::ddl::references::find(&snapshot, &name) else {
                continue;
            };
            let tables = snapshot
                .tables
                .iter()
                .map(|t| (t.object_id, t.schema_id, &t.name));
            let views = snapshot
                .modules
                .iter()
                .filter(|m| m.kind == ModuleKind::View)
                .map(|m| (m.object_id, m.schema_id, &m.name));
            for (_, schema, used) in tables.chain(views).filter(|(other, ..)| *other == id) {
                rows.push([
                    ("VIEW_CATALOG", database(session)),
                    ("VIEW_SCHEMA", text(snapshot.schema_name(view.schema_id))),
                    ("VIEW_NAME", text(&view.name)),
                    ("TABLE_CATALOG", database(session)),
                    ("TABLE_SCHEMA", text(snapshot.schema_name(schema))),
                    ("TABLE_NAME", text(used)),
                ]);
            }
        }
    }
    Ok(())
}

const PRIVILEGES: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES"];

/// What was granted on tables: grantee, table and privilege.
fn granted(
    session: &Session,
    snapshot: &Snapshot,
) -> Vec<(String, std::sync::Arc<TableDef>, String)> {
    session.server.state.database(session.database, |security| {
        let granted = security.permissions.iter().filter_map(|record| {
            let Securable::Object(object) = record.securable else {
                return None;
            };
            let grantee = security
                .principals
                .iter()
                .find(|p| p.id == record.grantee)
                .map(|p| p.name.clone())?;
            let table = snapshot.tables.iter().find(|t| t.object_id == object)?;
            let shown = !record.deny && PRIVILEGES.contains(&record.permission.as_str());
            shown.then(|| {
                (
                    grantee,
                    std::sync::Arc::clone(table),
                    record.permission.clone(),
                )
            })
        });
        granted.collect()
    })
}

fn table_privileges(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for (grantee, table, privilege) in granted(session, &snapshot) {
        rows.push([
            ("GRANTEE", text(&grantee)),
            ("TABLE_CATALOG", database(session)),
            ("TABLE_SCHEMA", text(snapshot.schema_name(table.schema_id))),
            ("TABLE_NAME", text(&table.name)),
            ("PRIVILEGE_TYPE", text(&privilege)),
        ]);
    }
    Ok(())
}

/// A privilege on a table is one on each of its columns, where columns have it.
fn column_privileges(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for (grantee, table, privilege) in granted(session, &snapshot) {
        if !matches!(privilege.as_str(), "SELECT" | "UPDATE" | "REFERENCES") {
            continue;
        }
        for column in &table.columns {
            rows.push([
                ("GRANTEE", text(&grantee)),
                ("TABLE_CATALOG", database(session)),
                ("TABLE_SCHEMA", text(snapshot.schema_name(table.schema_id))),
                ("TABLE_NAME", text(&table.name)),
                ("COLUMN_NAME", text(&column.name)),
                ("PRIVILEGE_TYPE", text(&privilege)),
            ]);
        }
    }
    Ok(())
}
