//! Key, foreign key, check and default constraints.

use crate::catalog::model::{ReferentialAction, TableDef};
use crate::engine::Session;
use crate::error::Result;
use crate::types::Value;

use super::snapshot::{Snapshot, bit, datetime_of_ticks, int, text};
use super::{CatalogView, Rows};

macro_rules! constraint_spec {
    ($code:literal, $description:literal, $extra:literal) => {
        concat!(
            "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!, type char(2)=",
            $code,
            ", type_desc nvarchar(60)=",
            $description,
            ", create_date datetime!, modify_date datetime!, is_ms_shipped bit!=0, is_published bit!=0, is_schema_published bit!=0",
            $extra
        )
    };
}

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.key_constraints",
        spec: constraint_spec!(
            "PK",
            "PRIMARY_KEY_CONSTRAINT",
            ", unique_index_id int, is_system_named bit!=0, is_enforced bit=1"
        ),
        fill: key_constraints,
    },
    CatalogView {
        name: "sys.foreign_keys",
        spec: constraint_spec!(
            "F",
            "FOREIGN_KEY_CONSTRAINT",
            ", referenced_object_id int, key_index_id int, is_disabled bit!=0, is_not_for_replication bit!=0, is_not_trusted bit!=0, \
             delete_referential_action tinyint=0, delete_referential_action_desc nvarchar(60)=NO_ACTION, \
             update_referential_action tinyint=0, update_referential_action_desc nvarchar(60)=NO_ACTION, is_system_named bit!=0"
        ),
        fill: foreign_keys,
    },
    CatalogView {
        name: "sys.foreign_key_columns",
        spec: "constraint_object_id int!, constraint_column_id int!, parent_object_id int!, parent_column_id int!, \
            referenced_object_id int!, referenced_column_id int!",
        fill: foreign_key_columns,
    },
    CatalogView {
        name: "sys.check_constraints",
        spec: constraint_spec!(
            "C",
            "CHECK_CONSTRAINT",
            ", is_disabled bit!=0, is_not_for_replication bit!=0, is_not_trusted bit!=0, parent_column_id int!=0, \
             definition nvarchar(max), uses_database_collation bit=1, is_system_named bit!=0"
        ),
        fill: check_constraints,
    },
    CatalogView {
        name: "sys.default_constraints",
        spec: constraint_spec!(
            "D",
            "DEFAULT_CONSTRAINT",
            ", parent_column_id int!=0, definition nvarchar(max), is_system_named bit!=0"
        ),
        fill: default_constraints,
    },
];

fn push(rows: &mut Rows, table: &TableDef, name: &str, object_id: i32, system_named: bool) {
    rows.push([
        ("name", text(name)),
        ("object_id", int(object_id)),
        ("schema_id", int(table.schema_id)),
        ("parent_object_id", int(table.object_id)),
        ("create_date", datetime_of_ticks(table.modified)),
        ("modify_date", datetime_of_ticks(table.modified)),
        ("is_system_named", bit(system_named)),
    ]);
}

fn key_constraints(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).tables {
        for index in &table.indexes {
            let Some(key) = &index.constraint else {
                continue;
            };
            push(rows, table, &key.name, key.object_id, key.system_named);
            rows.amend([("unique_index_id", int(index.index_id))]);
            if !key.primary {
                rows.amend([
                    ("type", Value::varchar("UQ")),
                    ("type_desc", text("UNIQUE_CONSTRAINT")),
                ]);
            }
        }
    }
    Ok(())
}

fn action(action: ReferentialAction) -> (i32, &'static str) {
    match action {
        ReferentialAction::NoAction => (0, "NO_ACTION"),
        ReferentialAction::Cascade => (1, "CASCADE"),
        ReferentialAction::SetNull => (2, "SET_NULL"),
        ReferentialAction::SetDefault => (3, "SET_DEFAULT"),
    }
}

fn foreign_keys(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for table in &snapshot.tables {
        for key in &table.foreign_keys {
            push(rows, table, &key.name, key.object_id, key.system_named);
            let (delete, delete_text) = action(key.on_delete);
            let (update, update_text) = action(key.on_update);
            let key_index =
                session
                    .server
                    .store
                    .table(key.referenced_table)
                    .and_then(|referenced| {
                        let def = referenced.def();
                        def.indexes
                            .iter()
                            .find(|i| {
                                i.unique
                                    && i.keys.len() == key.referenced_columns.len()
                                    && i.keys
                                        .iter()
                                        .all(|k| key.referenced_columns.contains(&k.column_id))
                            })
                            .map(|i| i.index_id)
                    });
            rows.amend([
                ("referenced_object_id", int(key.referenced_table)),
                ("key_index_id", key_index.map_or(Value::Null, Value::Int)),
                ("is_disabled", bit(key.disabled)),
                ("is_not_trusted", bit(key.not_trusted)),
                ("delete_referential_action", int(delete)),
                ("delete_referential_action_desc", text(delete_text)),
                ("update_referential_action", int(update)),
                ("update_referential_action_desc", text(update_text)),
            ]);
        }
    }
    Ok(())
}

fn foreign_key_columns(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).tables {
        for key in &table.foreign_keys {
            for (at, (column, referenced)) in
                key.columns.iter().zip(&key.referenced_columns).enumerate()
            {
                rows.push([
                    ("constraint_object_id", int(key.object_id)),
                    ("constraint_column_id", int(at + 1)),
                    ("parent_object_id", int(table.object_id)),
                    ("parent_column_id", int(*column)),
                    ("referenced_object_id", int(key.referenced_table)),
                    ("referenced_column_id", int(*referenced)),
                ]);
            }
        }
    }
    Ok(())
}

fn check_constraints(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).tables {
        for check in &table.checks {
            push(
                rows,
                table,
                &check.name,
                check.object_id,
                check.system_named,
            );
            rows.amend([
                ("is_disabled", bit(check.disabled)),
                ("is_not_trusted", bit(check.not_trusted)),
                ("definition", text(&check.text)),
            ]);
        }
    }
    Ok(())
}

fn default_constraints(session: &Session, rows: &mut Rows) -> Result<()> {
    for table in &Snapshot::of(session).tables {
        for column in &table.columns {
            if let Some(default) = &column.default {
                push(
                    rows,
                    table,
                    &default.name,
                    default.object_id,
                    default.system_named,
                );
                rows.amend([
                    ("parent_column_id", int(column.column_id)),
                    ("definition", text(&default.text)),
                ]);
            }
        }
    }
    Ok(())
}
