//! Module texts, what modules depend on, triggers, synonyms and sequences.

use crate::engine::Session;
use crate::error::Result;
use crate::types::Value;

use super::snapshot::{Snapshot, bit, int, module_type, text};
use super::{CatalogView, Rows};

const MODULE: &str = "object_id int!, definition nvarchar(max), uses_ansi_nulls bit, uses_quoted_identifier bit, is_schema_bound bit, \
    uses_database_collation bit=0, is_recompiled bit=0, null_on_null_input bit=0, execute_as_principal_id int, \
    uses_native_compilation bit=0, inline_type bit=0, is_inlineable bit=0";

pub(super) const VIEWS: &[CatalogView] = &[
    CatalogView {
        name: "sys.sql_modules",
        spec: MODULE,
        fill: sql_modules,
    },
    CatalogView {
        name: "sys.all_sql_modules",
        spec: MODULE,
        fill: sql_modules,
    },
    CatalogView {
        name: "sys.sql_expression_dependencies",
        spec: "referencing_id int!, referencing_minor_id int!=0, referencing_class tinyint!=1, \
            referencing_class_desc nvarchar(60)=OBJECT_OR_COLUMN, is_schema_bound_reference bit!=0, referenced_class tinyint=1, \
            referenced_class_desc nvarchar(60)=OBJECT_OR_COLUMN, referenced_server_name sysname, referenced_database_name sysname, \
            referenced_schema_name sysname, referenced_entity_name sysname, referenced_id int, referenced_minor_id int!=0, \
            is_caller_dependent bit!=0, is_ambiguous bit!=0",
        fill: expression_dependencies,
    },
    CatalogView {
        name: "sys.triggers",
        spec: "name sysname!, object_id int!, parent_class tinyint!, parent_class_desc nvarchar(60), parent_id int!, \
            type char(2), type_desc nvarchar(60), create_date datetime!, modify_date datetime!, is_ms_shipped bit!=0, \
            is_disabled bit!=0, is_not_for_replication bit!=0, is_instead_of_trigger bit!=0",
        fill: none,
    },
    CatalogView {
        name: "sys.synonyms",
        spec: "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!=0, type char(2)=SN, \
            type_desc nvarchar(60)=SYNONYM, create_date datetime!, modify_date datetime!, is_ms_shipped bit!=0, \
            is_published bit!=0, is_schema_published bit!=0, base_object_name nvarchar(1035)",
        fill: none,
    },
    CatalogView {
        name: "sys.sequences",
        spec: "name sysname!, object_id int!, principal_id int, schema_id int!, parent_object_id int!=0, type char(2)=SO, \
            type_desc nvarchar(60)=SEQUENCE_OBJECT, create_date datetime!, modify_date datetime!, is_ms_shipped bit!=0, \
            is_published bit!=0, is_schema_published bit!=0, start_value sql_variant, increment sql_variant, \
            minimum_value sql_variant, maximum_value sql_variant, is_cycling bit, is_cached bit, cache_size int, \
            system_type_id tinyint!, user_type_id int!, precision tinyint!, scale tinyint, current_value sql_variant, \
            is_exhausted bit!=0, last_used_value sql_variant",
        fill: none,
    },
    CatalogView {
        name: "sys.extended_properties",
        spec: "class tinyint!, class_desc nvarchar(60), major_id int!, minor_id int!, name sysname!, value sql_variant",
        fill: none,
    },
];

/// The stand-in has no such object: CREATE refuses it.
fn none(_: &Session, _: &mut Rows) -> Result<()> {
    Ok(())
}

fn sql_modules(session: &Session, rows: &mut Rows) -> Result<()> {
    for module in &Snapshot::of(session).modules {
        rows.push([
            ("object_id", int(module.object_id)),
            ("definition", text(&module.definition)),
            ("uses_ansi_nulls", bit(module.ansi_nulls)),
            ("uses_quoted_identifier", bit(module.quoted_identifier)),
            ("is_schema_bound", bit(module.schema_bound)),
            ("uses_native_compilation", bit(module.is_native())),
        ]);
        if module_type(module.kind).0 == "FN" {
            rows.amend([("inline_type", bit(true)), ("is_inlineable", bit(true))]);
        }
    }
    Ok(())
}

/// Schema-bound references with their columns, the others by name as the module's text has them.
fn expression_dependencies(session: &Session, rows: &mut Rows) -> Result<()> {
    let snapshot = Snapshot::of(session);
    for module in &snapshot.modules {
        for name in crate::engine::ddl::references::entity_names(&module.syntax) {
            if name.base().starts_with('#') || name.base().starts_with('@') {
                continue;
            }
            let found = crate::engine::ddl::references::find(&snapshot, &name);
            if found.is_none() && module_is_system(&name) {
                continue;
            }
            rows.push([
                ("referencing_id", int(module.object_id)),
                ("is_schema_bound_reference", bit(module.schema_bound)),
                (
                    "referenced_database_name",
                    name.database().map_or(Value::Null, text),
                ),
                (
                    "referenced_schema_name",
                    name.schema().map_or(Value::Null, text),
                ),
                ("referenced_entity_name", text(name.base())),
                ("referenced_id", found.map_or(Value::Null, Value::Int)),
                (
                    "is_caller_dependent",
                    bit(name.schema().is_none() && found.is_none()),
                ),
            ]);
            if module.schema_bound {
                let columns = module
                    .references
                    .iter()
                    .filter(|(id, column)| Some(*id) == found && *column != 0);
                for (_, column) in columns {
                    rows.push([
                        ("referencing_id", int(module.object_id)),
                        ("is_schema_bound_reference", bit(true)),
                        (
                            "referenced_schema_name",
                            name.schema().map_or(Value::Null, text),
                        ),
                        ("referenced_entity_name", text(name.base())),
                        ("referenced_id", found.map_or(Value::Null, Value::Int)),
                        ("referenced_minor_id", int(*column)),
                    ]);
                }
            }
        }
    }
    table_expressions(&snapshot, rows);
    Ok(())
}

fn module_is_system(name: &crate::syntax::ast::ObjectName) -> bool {
    name.schema().is_some_and(|s| {
        s.eq_ignore_ascii_case("sys") || s.eq_ignore_ascii_case("INFORMATION_SCHEMA")
    })
}

/// Computed columns, checks and filters reference columns of their own table, schema-bound.
fn table_expressions(snapshot: &Snapshot, rows: &mut Rows) {
    for table in &snapshot.tables {
        let mut add = |referencing: i32, minor: i32, class: (i32, &str), expression: &str| {
            for column in crate::engine::ddl::references::columns_in(table, expression) {
                rows.push([
                    ("referencing_id", int(referencing)),
                    ("referencing_minor_id", int(minor)),
                    ("referencing_class", int(class.0)),
                    ("referencing_class_desc", text(class.1)),
                    ("is_schema_bound_reference", bit(true)),
                    (
                        "referenced_schema_name",
                        text(snapshot.schema_name(table.schema_id)),
                    ),
                    ("referenced_entity_name", text(&table.name)),
                    ("referenced_id", int(table.object_id)),
                    ("referenced_minor_id", int(column)),
                ]);
            }
        };
        for column in &table.columns {
            if let Some(computed) = &column.computed {
                add(
                    table.object_id,
                    column.column_id,
                    (1, "OBJECT_OR_COLUMN"),
                    &computed.text,
                );
            }
        }
        for check in &table.checks {
            add(check.object_id, 0, (1, "OBJECT_OR_COLUMN"), &check.text);
        }
        for index in &table.indexes {
            if let Some(filter) = &index.filter {
                add(table.object_id, index.index_id, (7, "INDEX"), filter);
            }
        }
    }
}
