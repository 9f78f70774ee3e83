//! Statements embedded from sql/ and the few places in them that may vary.
//!
//! A place that varies is written `/*{Name}*/default/*{end}*/`, so that the file is a valid statement as it stands.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Identifier;

/// A statement as it stands in sql/.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Path below sql/, e.g. `phase2/read_batch.sql`.
    pub path: &'static str,
    text: &'static str,
}

/// A statement ready to be sent. Only `Statement` makes one, so nothing but embedded SQL reaches a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    path: &'static str,
    text: String,
}

/// What may be put into a marked place.
#[derive(Debug, Clone)]
pub struct Fragment(String);

impl Fragment {
    pub fn identifier(name: &Identifier) -> Self {
        Self(name.to_string())
    }

    /// A vector type of so many float32 components: `vector(1998)`.
    pub fn vector(dimensions: i64) -> Self {
        Self(format!("vector({dimensions})"))
    }

    /// A column of a table alias: `e.[TenantId]`.
    pub fn column(alias: &'static str, name: &Identifier) -> Self {
        Self(format!("{alias}.{name}"))
    }

    /// A word or expression that stands in the program's text.
    pub fn fixed(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    pub fn number(value: i64) -> Self {
        Self(value.to_string())
    }

    /// A text as a literal that quotes itself, for the few statements that take no parameter: `N'it''s'`.
    pub fn literal(text: &str) -> Self {
        Self(format!("N'{}'", text.replace('\'', "''")))
    }

    /// Only this room puts text together.
    pub(super) fn composed(text: String) -> Self {
        Self(text)
    }
}

const END: &str = "/*{end}*/";

impl Statement {
    pub const fn embedded(path: &'static str, text: &'static str) -> Self {
        Self { path, text }
    }

    /// The statement with its defaults.
    pub fn sql(&self) -> Sql {
        Sql {
            path: self.path,
            text: self.text.to_owned(),
        }
    }

    /// The statement with the named places replaced. A name that the file does not mark changes nothing.
    pub fn with(&self, fills: &[(&str, Fragment)]) -> Sql {
        let mut text = self.text.to_owned();
        for (name, fragment) in fills {
            text = fill(&text, name, &fragment.0);
        }
        Sql {
            path: self.path,
            text,
        }
    }
}

fn fill(text: &str, name: &str, value: &str) -> String {
    let open = format!("/*{{{name}}}*/");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&open) {
        let after = &rest[at + open.len()..];
        let Some(end) = after.find(END) else { break };
        out.push_str(&rest[..at]);
        out.push_str(value);
        rest = &after[end + END.len()..];
    }
    out.push_str(rest);
    out
}

impl Sql {
    pub fn path(&self) -> &'static str {
        self.path
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text that is sent, as 64 hexadecimal digits.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.text.as_bytes()))
    }

    /// Statements as one script, batches separated by GO; a single statement is itself. None of none.
    pub fn script_of(statements: &[Self]) -> Option<Self> {
        let path = statements.last()?.path;
        let texts: Vec<&str> = statements.iter().map(|sql| sql.text.as_str()).collect();
        Some(Self {
            path,
            text: texts.join("\nGO\n"),
        })
    }

    /// The batches of a script, split at lines that hold only GO.
    pub fn batches(&self) -> Vec<Sql> {
        let mut batches = vec![String::new()];
        for line in self.text.lines() {
            if line.trim().eq_ignore_ascii_case("go") {
                batches.push(String::new());
            } else if let Some(batch) = batches.last_mut() {
                batch.push_str(line);
                batch.push('\n');
            }
        }
        batches
            .into_iter()
            .filter(|text| !text.trim().is_empty())
            .map(|text| Sql {
                path: self.path,
                text,
            })
            .collect()
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_place_keeps_its_default_or_takes_the_column() {
        let statement =
            Statement::embedded("t.sql", "SELECT /*{T}*/CAST(0 AS int)/*{end}*/ AS t, 1;");
        assert!(statement.sql().text().contains("CAST(0 AS int)"));
        let name = Identifier::new("TenantId").unwrap();
        assert_eq!(
            statement
                .with(&[("T", Fragment::column("e", &name))])
                .text(),
            "SELECT e.[TenantId] AS t, 1;"
        );
    }

    #[test]
    fn a_literal_never_ends_its_quoting() {
        assert_eq!(
            Fragment::literal("D:\\o'brien'); DROP").0,
            "N'D:\\o''brien''); DROP'"
        );
    }

    #[test]
    fn a_script_splits_at_go() {
        let statement = Statement::embedded("t.sql", "SELECT 1;\nGO\nSELECT 2;\n go \n\n");
        let texts: Vec<_> = statement
            .sql()
            .batches()
            .into_iter()
            .map(|b| b.text)
            .collect();
        assert_eq!(texts, ["SELECT 1;\n", "SELECT 2;\n"]);
    }
}
