//! The table that a statement writes: found, and refused where SQL Server refuses it.

use std::sync::Arc;

use crate::catalog::model::{TableDef, TemporalRole};
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::storage::Table;
use crate::syntax::ast::{
    DmlTarget, Ident, NamedTable, ObjectName, Span, StatementKind, TableHint, TableSource,
};

use crate::engine::frame::{ExecContext, Frame};
use crate::engine::memory_optimized::{check_hints, not_supported};
use crate::engine::resolve::{Resolved, written};
use crate::engine::session::Session;

/// The statement, as messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Insert,
    Update,
    Delete,
    BulkLoad,
    Merge,
}

impl Verb {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Insert | Self::BulkLoad => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Merge => "MERGE",
        }
    }
}

pub(crate) struct Target {
    pub def: Arc<TableDef>,
    pub table: Arc<Table>,
    /// A table variable's rows live outside of the transaction.
    pub side: bool,
    pub hints: Hints,
    /// As the FROM clause names it: what the source of an UPDATE or DELETE looks for.
    pub name: ObjectName,
}

fn variable_name(name: &str) -> ObjectName {
    ObjectName {
        parts: vec![Ident {
            text: name.to_owned(),
            quoted: false,
            span: Span::default(),
        }],
    }
}

/// 208.
fn missing(name: &ObjectName) -> SqlError {
    SqlError::new(208, format!("Invalid object name '{}'.", written(name))).compile()
}

/// 1087.
fn undeclared_table(name: &str) -> SqlError {
    SqlError::new(1087, format!("Must declare the table variable \"{name}\"."))
        .class(15)
        .state(2)
        .compile()
}

/// The target of INSERT, TRUNCATE and OUTPUT INTO.
pub(crate) fn find(
    session: &Session,
    frame: &Frame,
    target: &DmlTarget,
    verb: Verb,
) -> Result<Target> {
    match target {
        DmlTarget::Variable(name) => {
            let def = session
                .table_variable(frame, name)
                .ok_or_else(|| undeclared_table(name))?;
            opened(session, def, true, Hints::default(), variable_name(name))
        }
        DmlTarget::Table(named) => {
            let hints = table_hints(&named.hints)?;
            let found = find_named(session, frame, &named.name, hints, verb)?;
            check_hints(&found.def, &named.hints)?;
            Ok(found)
        }
    }
}

pub(crate) fn find_named(
    session: &Session,
    frame: &Frame,
    name: &ObjectName,
    hints: Hints,
    verb: Verb,
) -> Result<Target> {
    let def = match session.resolve(Some(frame), name)? {
        Some(Resolved::Table(def)) => def,
        Some(Resolved::View(view)) => {
            return Err(SqlError::not_implemented(format!(
                "{} through view {}",
                verb.word(),
                view.name
            )));
        }
        Some(Resolved::SystemView(_)) => {
            return Err(
                SqlError::new(259, "Ad hoc updates to system catalogs are not allowed.").compile(),
            );
        }
        Some(Resolved::Module(_)) | None => return Err(missing(name)),
    };
    // What a MERGE needs is told by its clauses.
    if verb != Verb::Merge {
        session.authorize_table(frame, &def, verb.word())?;
    }
    let side = name.base().starts_with('@');
    let target = opened(session, def, side, hints, name.clone())?;
    if verb == Verb::Merge && target.def.memory_optimized {
        return Err(not_supported("The operation 'MERGE'", 94).compile());
    }
    refuse_history(session, &target.def, verb)?;
    refuse_wrong_options(session, &target.def, verb)?;
    Ok(target)
}

fn opened(
    session: &Session,
    def: Arc<TableDef>,
    side: bool,
    hints: Hints,
    name: ObjectName,
) -> Result<Target> {
    let table = session
        .server
        .store
        .table(def.object_id)
        .ok_or_else(|| missing(&name))?;
    Ok(Target {
        def,
        table,
        side,
        hints,
        name,
    })
}

/// The target of UPDATE and DELETE: an alias or name of the FROM clause, or a table.
pub(crate) fn find_in_from(
    session: &Session,
    frame: &Frame,
    target: &DmlTarget,
    from: &[TableSource],
    verb: Verb,
) -> Result<Target> {
    let DmlTarget::Table(named) = target else {
        return find(session, frame, target, verb);
    };
    let Some(source) = from.iter().find_map(|source| named_in(source, named)) else {
        return find(session, frame, target, verb);
    };
    let mut found = match source {
        Source::Named(table) => {
            let hints = table_hints(&table.hints)?;
            let found = find_named(session, frame, &table.name, hints, verb)?;
            check_hints(&found.def, &table.hints)?;
            found
        }
        Source::Variable(name) => {
            find(session, frame, &DmlTarget::Variable(name.to_owned()), verb)?
        }
    };
    found.name = named.name.clone();
    Ok(found)
}

/// A FROM clause that does not name the target joins it with everything.
pub(crate) fn with_target(target: &DmlTarget, from: &[TableSource]) -> Vec<TableSource> {
    let mut list = from.to_vec();
    if let DmlTarget::Table(named) = target
        && !from.is_empty()
        && !from.iter().any(|source| named_in(source, named).is_some())
    {
        list.push(TableSource::Named(named.clone()));
    }
    if let DmlTarget::Variable(name) = target
        && !from.is_empty()
        && !from.iter().any(|source| variable_in(source, name))
    {
        list.push(TableSource::Variable {
            name: name.clone(),
            alias: None,
            span: Span::default(),
        });
    }
    list
}

fn variable_in(source: &TableSource, wanted: &str) -> bool {
    match source {
        TableSource::Variable { name, alias, .. } => {
            alias.is_none() && name.eq_ignore_ascii_case(wanted)
        }
        TableSource::Join { left, right, .. } => {
            variable_in(left, wanted) || variable_in(right, wanted)
        }
        TableSource::Paren(inner) => variable_in(inner, wanted),
        _ => false,
    }
}

enum Source<'a> {
    Named(&'a NamedTable),
    Variable(&'a str),
}

fn named_in<'a>(source: &'a TableSource, wanted: &NamedTable) -> Option<Source<'a>> {
    let single = wanted.name.parts.len() == 1;
    match source {
        TableSource::Named(table) => {
            let matches = match &table.alias {
                Some(alias) => single && alias.name.text.eq_ignore_ascii_case(wanted.name.base()),
                None => table.name.base().eq_ignore_ascii_case(wanted.name.base()),
            };
            matches.then_some(Source::Named(table))
        }
        TableSource::Variable { name, alias, .. } => {
            let matches = match alias {
                Some(alias) => single && alias.name.text.eq_ignore_ascii_case(wanted.name.base()),
                None => name.eq_ignore_ascii_case(wanted.name.base()),
            };
            matches.then_some(Source::Variable(name))
        }
        TableSource::Join { left, right, .. } => {
            named_in(left, wanted).or_else(|| named_in(right, wanted))
        }
        TableSource::Paren(inner) => named_in(inner, wanted),
        _ => None,
    }
}

/// 13559, 13560, 13561: they refuse the whole batch.
fn refuse_history(session: &Session, def: &TableDef, verb: Verb) -> Result<()> {
    if !matches!(def.temporal, TemporalRole::History { .. }) {
        return Ok(());
    }
    let name = session.full_name(def);
    let (number, what) = match verb {
        Verb::Insert | Verb::BulkLoad => (13559, "insert rows in"),
        Verb::Delete => (13560, "delete rows from"),
        Verb::Update | Verb::Merge => (13561, "update rows in"),
    };
    Err(SqlError::new(
        number,
        format!("Cannot {what} a temporal history table '{name}'."),
    )
    .compile())
}

/// 1934: tables with filtered, spatial or computed-column indexes or indexed views want the session's options right.
pub(crate) fn refuse_wrong_options(session: &Session, def: &TableDef, verb: Verb) -> Result<()> {
    let wrong = session.options.wrong_for_indexes();
    if wrong.is_empty() || !needs_options(session, def) {
        return Ok(());
    }
    Err(SqlError::new(
        1934,
        format!(
            "{} failed because the following SET options have incorrect settings: '{}'. Verify that SET options are correct for use with indexed views and/or indexes on computed columns and/or filtered indexes and/or query notifications and/or XML data type methods and/or spatial index operations.",
            verb.word(),
            wrong.join(", ")
        ),
    )
    .compile())
}

fn needs_options(session: &Session, def: &TableDef) -> bool {
    let computed = |column_id: i32| {
        def.columns
            .iter()
            .any(|c| c.column_id == column_id && c.computed.is_some())
    };
    def.columns
        .iter()
        .any(|column| column.computed.as_ref().is_some_and(|c| c.persisted))
        || def.indexes.iter().any(|index| {
            index.filter.is_some()
                || index.spatial.is_some()
                || index.keys.iter().any(|key| computed(key.column_id))
        })
        || crate::engine::dml::references::indexed_views_over(session, def)
}

/// 443: inside a function only its own table variables may be written.
pub(crate) fn refuse_in_function(ctx: &ExecContext<'_>, kind: &StatementKind) -> Result<()> {
    let (target, word) = match kind {
        StatementKind::Insert(insert) => (&insert.target, "INSERT"),
        StatementKind::Update(update) => (&update.target, "UPDATE"),
        StatementKind::Delete(delete) => (&delete.target, "DELETE"),
        StatementKind::Merge(merge) => (&merge.target, "MERGE"),
        _ => return Err(side_effect("TRUNCATE TABLE")),
    };
    let own = match target {
        DmlTarget::Variable(_) => true,
        DmlTarget::Table(named) => ctx
            .frame
            .table_variables
            .contains_key(&named.name.base().to_lowercase()),
    };
    if own { Ok(()) } else { Err(side_effect(word)) }
}

fn side_effect(word: &str) -> SqlError {
    SqlError::new(
        443,
        format!("Invalid use of a side-effecting operator '{word}' within a function."),
    )
    .state(15)
}

/// Locking hints of the target. 1065: NOLOCK is not for a target.
fn table_hints(list: &[TableHint]) -> Result<Hints> {
    let mut hints = Hints::default();
    for hint in list {
        let TableHint::Word(word) = hint else {
            continue;
        };
        match word.as_str() {
            "NOLOCK" | "READUNCOMMITTED" => {
                return Err(SqlError::new(
                    1065,
                    "The NOLOCK and READUNCOMMITTED lock hints are not allowed for target tables of INSERT, UPDATE, DELETE or MERGE statements.",
                )
                .class(15)
                .compile());
            }
            "UPDLOCK" => hints.updlock = true,
            "XLOCK" => hints.xlock = true,
            "HOLDLOCK" | "SERIALIZABLE" => hints.holdlock = true,
            "REPEATABLEREAD" => hints.repeatable_read = true,
            "READCOMMITTED" => hints.read_committed = true,
            "READCOMMITTEDLOCK" => hints.read_committed_lock = true,
            "READPAST" => hints.readpast = true,
            "NOWAIT" => hints.nowait = true,
            "ROWLOCK" => hints.rowlock = true,
            "PAGLOCK" => hints.paglock = true,
            "TABLOCK" => hints.tablock = true,
            "TABLOCKX" => hints.tablockx = true,
            "SNAPSHOT" => hints.snapshot = true,
            // The query's binder refuses what is not a hint.
            _ => {}
        }
    }
    Ok(hints)
}
