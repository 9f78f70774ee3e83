//! What the memory-optimised table is to hold: the scalar columns of dbo.AtomEmbeddings that are there, as they are there.

use std::collections::BTreeMap;

use crate::connect::{Connection, Failure, RowExt};
use crate::tsql::{Column, Fragment, Identifier, ScalarType, Statement, embedded};

const COLUMNS: Statement = embedded!("phase4/inspect_columns.sql");
const CREATE: Statement = embedded!("phase4/create_table.sql");

/// The table's name in schema dbo.
pub const TABLE: &str = "AtomEmbeddings_InMemory";
const SOURCE: &str = "AtomEmbeddings";
/// The key of both tables.
pub const KEY: &str = "AtomEmbeddingId";

/// Columns that the table always has: name, type.
pub(super) const REQUIRED: &[(&str, &str)] =
    &[(KEY, "bigint"), ("AtomId", "bigint"), ("Dimension", "int")];

/// Columns that it has where dbo.AtomEmbeddings has them.
pub(super) const OPTIONAL: &[&str] = &[
    "SpatialBucket",
    "SpatialBucketX",
    "SpatialBucketY",
    "SpatialBucketZ",
    "SpatialProjX",
    "SpatialProjY",
    "SpatialProjZ",
    "ModelId",
    "EmbeddingType",
    "TenantId",
    "LastUpdated",
    "LastComputedUtc",
    "LastAccessedUtc",
    "CreatedAt",
];

/// The outputs of the procedures and the columns they come from.
const PLACE: &[(&str, &str)] = &[
    ("SpatialX", "SpatialProjX"),
    ("SpatialY", "SpatialProjY"),
    ("SpatialZ", "SpatialProjZ"),
];

/// An index of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IndexDeclared {
    pub name: &'static str,
    pub hash: bool,
    pub keys: &'static [&'static str],
    /// Its marker in create_table.sql, None for those that are always there.
    marker: Option<&'static str>,
}

const INDEXES: &[IndexDeclared] = &[
    IndexDeclared {
        name: "PK_AtomEmbeddings_InMemory",
        hash: true,
        keys: &[KEY],
        marker: None,
    },
    IndexDeclared {
        name: "IX_AtomEmbeddings_InMemory_AtomId",
        hash: true,
        keys: &["AtomId"],
        marker: None,
    },
    IndexDeclared {
        name: "IX_AtomEmbeddings_InMemory_SpatialBucket",
        hash: false,
        keys: &["SpatialBucket"],
        marker: Some("SpatialBucketIndex"),
    },
    IndexDeclared {
        name: "IX_AtomEmbeddings_InMemory_TenantId",
        hash: false,
        keys: &["TenantId"],
        marker: Some("TenantIndex"),
    },
    IndexDeclared {
        name: "IX_AtomEmbeddings_InMemory_Model_Type",
        hash: false,
        keys: &["ModelId", "EmbeddingType"],
        marker: Some("ModelIndex"),
    },
];

/// A column of either table as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogColumn {
    pub type_name: String,
    /// None: memory-optimised tables do not hold the type.
    pub kind: Option<ScalarType>,
    pub nullable: bool,
    pub identity: bool,
}

/// Columns by name, in the catalog's spelling.
pub(super) type CatalogColumns = BTreeMap<String, CatalogColumn>;

/// What the table is to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// The optional columns that are there and can be held, in the table's order.
    pub columns: Vec<Column>,
    /// Columns that the table would have to hold and cannot: name, type, and what is expected where something is.
    pub unsupported: Vec<String>,
    /// Columns that stay in dbo.AtomEmbeddings alone: geometry, json, and what this program does not know.
    pub staying: Vec<String>,
}

/// Reads the columns of both tables: dbo.AtomEmbeddings, and the copy, which has none while it is not there.
///
/// # Errors
/// A failed statement.
pub(super) async fn read_columns(
    connection: &mut Connection,
) -> Result<(CatalogColumns, CatalogColumns), Failure> {
    let (mut source, mut copy) = (CatalogColumns::new(), CatalogColumns::new());
    for row in connection.rows(&COLUMNS.sql(), &[]).await? {
        let type_name = row.text("TypeName")?;
        let column = CatalogColumn {
            kind: ScalarType::of(
                &type_name,
                row.integer("MaxLength")?,
                row.integer("TypePrecision")?,
                row.integer("Scale")?,
                row.opt::<&str>("Collation")?,
            ),
            type_name,
            nullable: row.opt("IsNullable")?.unwrap_or(false),
            identity: row.opt("IsIdentity")?.unwrap_or(false),
        };
        let columns = match row.text("TableName")?.as_str() {
            SOURCE => &mut source,
            _ => &mut copy,
        };
        columns.insert(row.text("ColumnName")?, column);
    }
    Ok((source, copy))
}

impl Declared {
    /// What follows from the columns of dbo.AtomEmbeddings.
    pub(super) fn of(source: &CatalogColumns) -> Self {
        let mut declared = Self::default();
        for (name, type_name) in REQUIRED {
            match source.get(*name) {
                Some(column) if column.type_name == *type_name && !column.nullable => {}
                Some(column) => declared.unsupported.push(format!(
                    "{name} {}{}, which must be {type_name} NOT NULL",
                    column.type_name,
                    if column.nullable { " NULL" } else { "" }
                )),
                None => declared.unsupported.push(format!("{name} is missing")),
            }
        }
        for name in OPTIONAL {
            let Some(column) = source.get(*name) else {
                continue;
            };
            match (&column.kind, Identifier::new(*name)) {
                (Some(kind), Ok(name)) => declared.columns.push(Column {
                    name,
                    kind: kind.clone(),
                    nullable: column.nullable,
                }),
                _ => declared
                    .unsupported
                    .push(format!("{name} {}", column.type_name)),
            }
        }
        declared.staying = source
            .iter()
            .filter(|(name, _)| {
                !OPTIONAL.contains(&name.as_str())
                    && !REQUIRED.iter().any(|(required, _)| required == name)
            })
            .map(|(name, column)| format!("{name} {}", column.type_name))
            .collect();
        declared
    }

    /// Has the table this column?
    pub fn has(&self, name: &str) -> bool {
        REQUIRED.iter().any(|(required, _)| *required == name)
            || self
                .columns
                .iter()
                .any(|column| column.name.as_str() == name)
    }

    /// Its indexes: those whose columns are there.
    pub(super) fn indexes(&self) -> impl Iterator<Item = &'static IndexDeclared> {
        INDEXES
            .iter()
            .filter(|index| index.keys.iter().all(|key| self.has(key)))
    }

    /// Can there be a search by spatial bucket? Its procedure takes an int.
    pub fn has_buckets(&self) -> bool {
        self.columns.iter().any(|column| {
            column.name.as_str() == "SpatialBucket" && column.kind.to_string() == "int"
        })
    }

    /// The statement that creates the table.
    pub fn create_sql(&self, key_buckets: i64, atom_buckets: i64) -> crate::tsql::Sql {
        let mut fills = vec![
            ("KeyBuckets", Fragment::number(key_buckets)),
            ("AtomBuckets", Fragment::number(atom_buckets)),
        ];
        for name in OPTIONAL {
            let column = self
                .columns
                .iter()
                .find(|column| column.name.as_str() == *name);
            fills.push((
                name,
                column.map_or_else(|| Fragment::fixed(""), Column::definition),
            ));
        }
        for index in INDEXES {
            if let Some(marker) = index.marker
                && !index.keys.iter().all(|key| self.has(key))
            {
                fills.push((marker, Fragment::fixed("")));
            }
        }
        CREATE.with(&fills)
    }

    /// Fills of the statements that copy and compare.
    pub(super) fn fills(&self) -> Vec<(&'static str, Fragment)> {
        let columns = &self.columns;
        vec![
            ("Columns", Column::names(columns, "")),
            ("SourceColumns", Column::names(columns, "e")),
            ("Copied", Column::comparable(columns, "m")),
            ("Original", Column::comparable(columns, "e")),
            ("Hashed", Column::hashed(columns, "t")),
            ("TextBytes", Column::lengths(columns, "e")),
        ]
    }

    /// Fills of the procedures and of what probes them: the places, or NULL where there are none.
    pub(super) fn places(&self, alias: &'static str) -> Vec<(&'static str, Fragment)> {
        PLACE
            .iter()
            .map(|(marker, name)| {
                let column = self
                    .columns
                    .iter()
                    .find(|column| column.name.as_str() == *name);
                let fragment = column.map_or_else(
                    || Fragment::fixed("CAST(NULL AS float)"),
                    |column| column.as_float(alias),
                );
                (*marker, fragment)
            })
            .collect()
    }

    /// Is the table as declared? What differs, if anything.
    pub(super) fn differs(&self, copy: &CatalogColumns) -> Option<String> {
        for (name, type_name) in REQUIRED {
            match copy.get(*name) {
                Some(column) if column.type_name == *type_name => {}
                _ => return Some(format!("it has no column {name} {type_name}")),
            }
        }
        if !copy.get(KEY).is_some_and(|column| column.identity) {
            return Some(format!("{KEY} is no identity column"));
        }
        for column in &self.columns {
            let found = copy.get(column.name.as_str());
            if !found.is_some_and(|found| {
                found.kind.as_ref() == Some(&column.kind) && found.nullable == column.nullable
            }) {
                return Some(format!(
                    "it has no column {} {} {}",
                    column.name.as_str(),
                    column.kind,
                    if column.nullable { "NULL" } else { "NOT NULL" }
                ));
            }
        }
        copy.keys().find(|name| !self.has(name)).map(|name| {
            format!("it has a column {name} that dbo.AtomEmbeddings does not have, or not any more")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(columns: &[(&str, &str, bool)]) -> CatalogColumns {
        columns
            .iter()
            .map(|(name, type_name, nullable)| {
                let column = CatalogColumn {
                    type_name: (*type_name).to_owned(),
                    kind: ScalarType::of(type_name, 100, 0, 7, None),
                    nullable: *nullable,
                    identity: *name == KEY,
                };
                ((*name).to_owned(), column)
            })
            .collect()
    }

    const BASE: &[(&str, &str, bool)] = &[
        (KEY, "bigint", false),
        ("AtomId", "bigint", false),
        ("Dimension", "int", false),
    ];

    #[test]
    fn a_later_version_of_the_table_has_fewer_columns_and_indexes() {
        let mut columns = BASE.to_vec();
        columns.extend([
            ("SpatialKey", "geometry", true),
            ("Metadata", "json", true),
            ("TenantId", "int", false),
        ]);
        let declared = Declared::of(&catalog(&columns));
        assert_eq!(declared.staying, ["Metadata json", "SpatialKey geometry"]);
        assert!(declared.unsupported.is_empty());
        let names: Vec<_> = declared.indexes().map(|index| index.name).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        let sql = declared.create_sql(2048, 1024);
        assert!(sql.text().contains("[TenantId] int NOT NULL"));
        assert!(
            !sql.text().contains("SpatialBucket NONCLUSTERED") && !sql.text().contains("ModelId")
        );
        assert!(!declared.has_buckets());
    }

    #[test]
    fn types_that_memory_does_not_hold_are_named() {
        let mut columns = BASE.to_vec();
        columns[2] = ("Dimension", "smallint", false);
        columns.push(("LastAccessedUtc", "datetimeoffset", true));
        let declared = Declared::of(&catalog(&columns));
        assert_eq!(
            declared.unsupported,
            [
                "Dimension smallint, which must be int NOT NULL",
                "LastAccessedUtc datetimeoffset"
            ]
        );
    }

    #[test]
    fn a_column_that_came_later_is_a_difference() {
        let mut columns = BASE.to_vec();
        columns.push(("TenantId", "int", false));
        let declared = Declared::of(&catalog(&columns));
        assert_eq!(declared.differs(&catalog(&columns)), None);
        let older = declared.differs(&catalog(BASE)).unwrap();
        assert!(older.contains("TenantId int NOT NULL"), "{older}");
        let newer = Declared::of(&catalog(BASE))
            .differs(&catalog(&columns))
            .unwrap();
        assert!(newer.contains("a column TenantId"), "{newer}");
    }
}
