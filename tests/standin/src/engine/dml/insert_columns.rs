//! Where the values of an INSERT go, and the rules for their number and for columns that the server fills itself, in
//! SQL Server's order: names, count, rowversion and period columns, identity.

use crate::catalog::model::TableDef;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::syntax::ast::Ident;
use crate::types::TypeName;

pub(super) struct Columns {
    /// Ordinal of each value.
    pub ordinals: Vec<usize>,
    /// The statement names its columns.
    pub listed: bool,
}

impl Columns {
    /// 207 for every unknown name, 264 for one that comes twice, 271 for a computed column.
    pub(super) fn of_insert(def: &TableDef, names: &[Ident]) -> Result<Self> {
        if names.is_empty() {
            return Ok(Self {
                ordinals: positional(def),
                listed: false,
            });
        }
        let ordinals = named(def, names)?;
        for ordinal in &ordinals {
            refuse_computed(def, *ordinal)?;
        }
        Ok(Self {
            ordinals,
            listed: true,
        })
    }

    /// OUTPUT ... INTO: the identity column cannot be written whatever IDENTITY_INSERT says; 544 names the statement's
    /// own target.
    pub(super) fn of_output_into(
        session: &Session,
        def: &TableDef,
        names: &[Ident],
        width: usize,
        source: &TableDef,
    ) -> Result<Self> {
        let columns = Self::of_insert(def, names)?;
        if columns.listed {
            if columns.gives_identity(def) {
                return Err(explicit_identity(&source.name));
            }
            columns.refuse_generated(session, def, &|_| false)?;
        } else if width > columns.ordinals.len() && has_identity(def) {
            return Err(identity_without_list(
                &session.server.catalog.qualified_name(def),
            ));
        }
        if columns.ordinals.len() != width {
            return Err(wrong_count());
        }
        Ok(columns)
    }

    fn gives_identity(&self, def: &TableDef) -> bool {
        self.ordinals
            .iter()
            .any(|ordinal| def.columns[*ordinal].identity.is_some())
    }

    /// Is the number of values right? 213 without a column list, or 8101 where the identity column explains it; with
    /// one 109 and 110 for VALUES, 120 and 121 for a query.
    pub(super) fn check_width(&self, def: &TableDef, given: usize, query: bool) -> Result<()> {
        let wanted = self.ordinals.len();
        if given == wanted {
            return Ok(());
        }
        if !self.listed {
            return Err(if given > wanted && has_identity(def) {
                identity_without_list(&def.name)
            } else {
                wrong_count()
            });
        }
        let (number, message) = match (given < wanted, query) {
            (true, false) => (
                109,
                "There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.",
            ),
            (false, false) => (
                110,
                "There are fewer columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.",
            ),
            (true, true) => (
                120,
                "The select list for the INSERT statement contains fewer items than the insert list. The number of SELECT values must match the number of INSERT columns.",
            ),
            (false, true) => (
                121,
                "The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns.",
            ),
        };
        Err(SqlError::new(number, message).class(15).compile())
    }

    /// 273 and 13536 for a value, 339 for DEFAULT in the identity column, then 544 and 545. `all_default`: whether the
    /// column at this place gets nothing but DEFAULT.
    pub(super) fn check_generated(
        &self,
        session: &Session,
        def: &TableDef,
        all_default: &dyn Fn(usize) -> bool,
        any_default: &dyn Fn(usize) -> bool,
    ) -> Result<()> {
        self.refuse_generated(session, def, all_default)?;
        let identity = self
            .ordinals
            .iter()
            .position(|ordinal| def.columns[*ordinal].identity.is_some());
        if let Some(at) = identity
            && any_default(at)
        {
            return Err(SqlError::new(
                339,
                "DEFAULT or NULL are not allowed as explicit identity values.",
            )
            .compile());
        }
        let on = session.options.identity_insert == Some(def.object_id);
        match (identity, on) {
            (Some(_), false) => Err(explicit_identity(&def.name)),
            (None, true) => Err(missing_identity(&def.name)),
            _ => Ok(()),
        }
    }

    fn refuse_generated(
        &self,
        session: &Session,
        def: &TableDef,
        all_default: &dyn Fn(usize) -> bool,
    ) -> Result<()> {
        for (at, ordinal) in self.ordinals.iter().enumerate() {
            let column = &def.columns[*ordinal];
            if all_default(at) {
                continue;
            }
            if column.sql_type.name == TypeName::RowVersion {
                return Err(SqlError::new(
                    273,
                    "Cannot insert an explicit value into a timestamp column. Use INSERT with a column list to exclude the timestamp column, or insert a DEFAULT into the timestamp column.",
                )
                .compile());
            }
            if column.generated.is_some() {
                return Err(SqlError::new(
                    13536,
                    format!(
                        "Cannot insert an explicit value into a GENERATED ALWAYS column in table '{}'. Use INSERT with a column list to exclude the GENERATED ALWAYS column, or insert a DEFAULT into GENERATED ALWAYS column.",
                        session.full_name(def)
                    ),
                )
                .compile());
            }
        }
        Ok(())
    }
}

/// The columns of an INSERT without a list: rowversion and visible period columns keep their place.
fn positional(def: &TableDef) -> Vec<usize> {
    def.columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.computed.is_none() && c.identity.is_none() && !c.hidden)
        .map(|(ordinal, _)| ordinal)
        .collect()
}

fn has_identity(def: &TableDef) -> bool {
    def.columns.iter().any(|c| c.identity.is_some())
}

fn named(def: &TableDef, names: &[Ident]) -> Result<Vec<usize>> {
    let mut ordinals = Vec::with_capacity(names.len());
    let mut errors = Vec::new();
    for name in names {
        let line = i32::try_from(name.span.line).unwrap_or(0);
        match def.column_ordinal(&name.text) {
            None => errors.push(
                SqlError::new(207, format!("Invalid column name '{}'.", name.text))
                    .line(line)
                    .compile(),
            ),
            Some(ordinal) if ordinals.contains(&ordinal) => {
                errors.push(super::update::column_twice(&name.text));
            }
            Some(ordinal) => ordinals.push(ordinal),
        }
    }
    one_of(errors).map_or(Ok(ordinals), Err)
}

/// The first error, followed by the others.
pub(super) fn one_of(errors: Vec<SqlError>) -> Option<SqlError> {
    let mut errors = errors.into_iter();
    let mut first = errors.next()?;
    for mut error in errors {
        let more = std::mem::take(&mut error.follow_ups);
        first.follow_ups.push(error);
        first.follow_ups.extend(more);
    }
    Some(first)
}

/// 544.
fn explicit_identity(table: &str) -> SqlError {
    SqlError::new(
        544,
        format!(
            "Cannot insert explicit value for identity column in table '{table}' when IDENTITY_INSERT is set to OFF."
        ),
    )
}

/// 545: IDENTITY_INSERT is on but the identity column has no value.
fn missing_identity(table: &str) -> SqlError {
    SqlError::new(
        545,
        format!(
            "Explicit value must be specified for identity column in table '{table}' either when IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column."
        ),
    )
}

/// 8101.
fn identity_without_list(table: &str) -> SqlError {
    SqlError::new(
        8101,
        format!(
            "An explicit value for the identity column in table '{table}' can only be specified when a column list is used and IDENTITY_INSERT is ON."
        ),
    )
}

/// 213.
pub(super) fn wrong_count() -> SqlError {
    SqlError::new(
        213,
        "Column name or number of supplied values does not match table definition.",
    )
    .compile()
}

/// 271.
fn refuse_computed(def: &TableDef, ordinal: usize) -> Result<()> {
    let column = &def.columns[ordinal];
    if column.computed.is_none() {
        return Ok(());
    }
    Err(SqlError::new(
        271,
        format!(
            "The column \"{}\" cannot be modified because it is either a computed column or is the result of a UNION operator.",
            column.name
        ),
    )
    .compile())
}
