//! Columns of scalar types, as parts of statements: their definition, their names, their text for a hash.

use std::fmt;

use super::{Fragment, Identifier};

/// How a value of the type is turned into text that differs whenever the value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Its own text is exact: integers, decimals.
    Plain,
    /// ISO 8601 with all its digits.
    Time,
    /// Bytes of the IEEE form, so many.
    Float(u8),
    Text,
    Bytes,
}

/// A type that memory-optimised tables hold, with its length, precision and scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalarType {
    text: String,
    form: Form,
    /// Bytes that every value takes, None for a type of variable length.
    fixed: Option<i64>,
}

/// A column as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: Identifier,
    pub kind: ScalarType,
    pub nullable: bool,
}

impl ScalarType {
    /// The type of a catalog row: name, bytes (-1 for max), precision, scale, and a collation other than the database's.
    /// None for a type that memory-optimised tables do not hold in a row (Msg 10794), or that this program does not know.
    pub fn of(
        name: &str,
        max_length: i64,
        precision: i64,
        scale: i64,
        collation: Option<&str>,
    ) -> Option<Self> {
        let fixed = |bytes: i64, form: Form| {
            Some(Self {
                text: name.to_owned(),
                form,
                fixed: Some(bytes),
            })
        };
        match name {
            "bit" | "tinyint" => fixed(1, Form::Plain),
            "smallint" => fixed(2, Form::Plain),
            "int" => fixed(4, Form::Plain),
            "bigint" => fixed(8, Form::Plain),
            "uniqueidentifier" => fixed(16, Form::Plain),
            "real" => fixed(4, Form::Float(4)),
            "float" => fixed(8, Form::Float(8)),
            "date" => fixed(3, Form::Time),
            "datetime" | "smalldatetime" => fixed(8, Form::Time),
            "datetime2" | "time" => Some(Self {
                text: format!("{name}({scale})"),
                form: Form::Time,
                fixed: Some(8),
            }),
            "decimal" | "numeric" => Some(Self {
                text: format!("{name}({precision}, {scale})"),
                form: Form::Plain,
                fixed: Some(if precision > 18 { 16 } else { 8 }),
            }),
            "binary" | "varbinary" if max_length > 0 => Some(Self {
                text: format!("{name}({max_length})"),
                form: Form::Bytes,
                fixed: None,
            }),
            "char" | "varchar" | "nchar" | "nvarchar" if max_length > 0 => {
                let units = if name.starts_with('n') {
                    max_length / 2
                } else {
                    max_length
                };
                let collate = match collation {
                    None => String::new(),
                    Some(word) if is_word(word) => format!(" COLLATE {word}"),
                    Some(_) => return None,
                };
                Some(Self {
                    text: format!("{name}({units}){collate}"),
                    form: Form::Text,
                    fixed: None,
                })
            }
            _ => None,
        }
    }

    /// Bytes that every value takes in a row, None for a type of variable length.
    pub fn fixed_bytes(&self) -> Option<i64> {
        self.fixed
    }
}

impl fmt::Display for ScalarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Column {
    /// What stands in a CREATE TABLE, after a comma: `, [ModelId] int NULL`.
    pub fn definition(&self) -> Fragment {
        let null = if self.nullable { "NULL" } else { "NOT NULL" };
        Fragment::composed(format!(", {} {} {null}", self.name, self.kind))
    }

    /// `, e.[ModelId], e.[TenantId]`; an empty alias gives the names alone.
    pub fn names(columns: &[Self], alias: &'static str) -> Fragment {
        each(columns, |column| column.of(alias))
    }

    /// The same, texts as their bytes: a collation takes two texts for one that differ in case or in blanks at the end.
    pub fn comparable(columns: &[Self], alias: &'static str) -> Fragment {
        each(columns, |column| match column.kind.form {
            Form::Text => format!("CAST({} AS varbinary(8000))", column.of(alias)),
            _ => column.of(alias),
        })
    }

    /// Every value as text, for a hash over the row; NULL has a text that no value has.
    pub fn hashed(columns: &[Self], alias: &'static str) -> Fragment {
        each(columns, |column| {
            let name = column.of(alias);
            let text = match column.kind.form {
                Form::Plain => format!("CONVERT(varchar(64), {name})"),
                Form::Time => format!("CONVERT(varchar(40), {name}, 126)"),
                Form::Float(bytes) => {
                    format!("CONVERT(varchar(64), CAST({name} AS binary({bytes})), 2)")
                }
                Form::Text => format!("N'=' + CAST({name} AS nvarchar(4000))"),
                Form::Bytes => {
                    format!("CONVERT(varchar(8000), CAST({name} AS varbinary(3999)), 2) + '='")
                }
            };
            format!("N'|', ISNULL({text}, N'-')")
        })
    }

    /// The value as a float.
    pub fn as_float(&self, alias: &'static str) -> Fragment {
        Fragment::composed(match self.kind.form {
            Form::Float(8) => self.of(alias),
            _ => format!("CAST({} AS float)", self.of(alias)),
        })
    }

    /// `+ DATALENGTH(e.[EmbeddingType])` for every column of variable length.
    pub fn lengths(columns: &[Self], alias: &'static str) -> Fragment {
        let text = columns
            .iter()
            .filter(|column| column.kind.fixed.is_none())
            .map(|column| format!(" + ISNULL(DATALENGTH({}), 0)", column.of(alias)));
        Fragment::composed(text.collect())
    }

    fn of(&self, alias: &str) -> String {
        if alias.is_empty() {
            self.name.to_string()
        } else {
            format!("{alias}.{}", self.name)
        }
    }
}

fn each(columns: &[Column], text: impl Fn(&Column) -> String) -> Fragment {
    let parts = columns.iter().map(|column| format!(", {}", text(column)));
    Fragment::composed(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tsql::Statement;

    fn shown(fragment: Fragment) -> String {
        let statement = Statement::embedded("t.sql", "/*{T}*/-/*{end}*/");
        statement.with(&[("T", fragment)]).text().to_owned()
    }

    fn column(name: &str, kind: ScalarType, nullable: bool) -> Column {
        Column {
            name: Identifier::new(name).unwrap(),
            kind,
            nullable,
        }
    }

    #[test]
    fn types_keep_their_length_precision_and_scale() {
        let of = |name, length, precision, scale| {
            ScalarType::of(name, length, precision, scale, None).map(|kind| kind.to_string())
        };
        assert_eq!(of("nvarchar", 100, 0, 0).as_deref(), Some("nvarchar(50)"));
        assert_eq!(of("datetime2", 8, 27, 3).as_deref(), Some("datetime2(3)"));
        assert_eq!(of("decimal", 9, 12, 4).as_deref(), Some("decimal(12, 4)"));
        for name in [
            "vector",
            "geometry",
            "geography",
            "json",
            "xml",
            "text",
            "sql_variant",
            "datetimeoffset",
            "hierarchyid",
            "timestamp",
            "Flag",
        ] {
            assert_eq!(of(name, 8, 0, 0), None, "{name}");
        }
        assert_eq!(of("nvarchar", -1, 0, 0), None);
    }

    #[test]
    fn a_collation_is_a_word_and_nothing_else() {
        let of = |collation| ScalarType::of("varchar", 20, 0, 0, Some(collation));
        assert_eq!(
            of("Latin1_General_100_BIN2").unwrap().to_string(),
            "varchar(20) COLLATE Latin1_General_100_BIN2"
        );
        assert_eq!(of("x) ; DROP"), None);
    }

    #[test]
    fn fragments_begin_with_a_comma_and_quote_their_names() {
        let columns = [
            column("a]b", ScalarType::of("int", 4, 10, 0, None).unwrap(), true),
            column(
                "Kind",
                ScalarType::of("nvarchar", 20, 0, 0, None).unwrap(),
                false,
            ),
        ];
        assert_eq!(shown(columns[0].definition()), ", [a]]b] int NULL");
        assert_eq!(shown(Column::names(&columns, "e")), ", e.[a]]b], e.[Kind]");
        assert_eq!(shown(Column::names(&columns, "")), ", [a]]b], [Kind]");
        assert_eq!(
            shown(Column::comparable(&columns, "m")),
            ", m.[a]]b], CAST(m.[Kind] AS varbinary(8000))"
        );
        assert_eq!(
            shown(Column::lengths(&columns, "e")),
            " + ISNULL(DATALENGTH(e.[Kind]), 0)"
        );
        assert_eq!(shown(Column::names(&[], "e")), "");
    }
}
