//! One table being written by one statement: what every row goes through on its way in, in SQL Server's order.

use std::collections::HashMap;
use std::sync::Arc;

use crate::catalog::model::{ColumnDef, TableDef, TemporalRole};
use crate::error::{Result, SqlError};
use crate::query::{self, BoundExpr};
use crate::storage::{RowId, Table};
use crate::types::convert::{self, AssignTarget};
use crate::types::{SqlType, TypeName, Value};

use super::foreign_keys::OutgoingKey;
use super::references::{IncomingKey, Referenced};
use super::target::{Target, Verb};
use super::temporal;
use super::view_upkeep::ViewUpkeep;
use crate::engine::frame::ExecContext;
use crate::locks::Hints;

/// Which constraints a statement enforces: a bulk load may skip some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enforce {
    All,
    /// NOT NULL and keys only.
    KeysOnly,
}

pub(crate) struct Writer {
    pub def: Arc<TableDef>,
    pub table: Arc<Table>,
    pub side: bool,
    pub hints: Hints,
    pub verb: Verb,
    /// `database.schema.table`.
    pub full_name: String,
    /// ANSI_WARNINGS is OFF: what is too long is cut off without a message.
    cuts: bool,
    checks: Vec<(usize, BoundExpr)>,
    computed: Vec<(usize, BoundExpr)>,
    row_version: Option<usize>,
    outgoing: Vec<OutgoingKey>,
    incoming: Vec<IncomingKey>,
    history: Option<Arc<Table>>,
    /// Self-references are looked up when all rows are in.
    late: Vec<(usize, Vec<Value>)>,
    /// Keys that other tables may refer to and that are gone.
    gone: Vec<Referenced>,
    pub depth: u32,
    /// Defaults that are the same for every row of the statement.
    defaults: HashMap<usize, Value>,
    views: ViewUpkeep,
}

impl Writer {
    pub(crate) fn new(
        ctx: &mut ExecContext<'_>,
        target: &Target,
        verb: Verb,
        enforce: Enforce,
    ) -> Result<Self> {
        let def = Arc::clone(&target.def);
        let reads = !matches!(verb, Verb::Insert | Verb::BulkLoad);
        ctx.session.prepare_access(&def, target.hints, reads)?;
        let mut checks = Vec::new();
        let mut outgoing = Vec::new();
        if enforce == Enforce::All {
            for (at, check) in def.checks.iter().enumerate() {
                if !check.disabled {
                    let bound = query::row_condition(ctx.session, &def, &check.text)?;
                    checks.push((at, bound));
                }
            }
            for at in 0..def.foreign_keys.len() {
                if !def.foreign_keys[at].disabled {
                    outgoing.push(OutgoingKey::new(ctx.session, &def, at)?);
                }
            }
        }
        let mut computed = Vec::new();
        for (ordinal, column) in def.columns.iter().enumerate() {
            if let Some(formula) = &column.computed {
                computed.push((ordinal, query::row_expr(ctx.session, &def, &formula.text)?));
            }
        }
        let history = match def.temporal {
            TemporalRole::Current { history } => ctx.session.server.store.table(history),
            _ => None,
        };
        let incoming = match verb {
            Verb::Insert | Verb::BulkLoad => Vec::new(),
            Verb::Update | Verb::Delete | Verb::Merge => IncomingKey::all(ctx.session, &def)?,
        };
        Ok(Self {
            full_name: ctx.session.full_name(&def),
            cuts: !ctx.session.options.ansi_warnings,
            row_version: def
                .columns
                .iter()
                .position(|c| c.sql_type.name == TypeName::RowVersion),
            table: Arc::clone(&target.table),
            side: target.side,
            hints: target.hints,
            verb,
            checks,
            computed,
            outgoing,
            incoming,
            history,
            late: Vec::new(),
            gone: Vec::new(),
            depth: 0,
            defaults: HashMap::new(),
            views: ViewUpkeep::default(),
            def,
        })
    }

    /// Converts a value for a column: 2628 and the like name the column.
    pub(crate) fn convert(&self, ordinal: usize, value: &Value, from: &SqlType) -> Result<Value> {
        let column = &self.def.columns[ordinal];
        if self.cuts && !value.is_null() {
            return convert::assign(value, from, &column.sql_type, AssignTarget::Variable);
        }
        convert_for(&self.full_name, column, value, from)
    }

    fn fill_generated(&self, ctx: &mut ExecContext<'_>, row: &mut [Value]) -> Result<()> {
        if let Some(ordinal) = self.row_version {
            row[ordinal] = ctx.session.server.next_row_version();
        }
        for (ordinal, formula) in &self.computed {
            let value = query::eval(formula, row, ctx)?;
            row[*ordinal] = self.convert(*ordinal, &value, formula.sql_type())?;
        }
        Ok(())
    }

    fn check_row(&self, ctx: &mut ExecContext<'_>, row: &[Value]) -> Result<()> {
        for (column, value) in self.def.columns.iter().zip(row) {
            if !column.nullable && value.is_null() {
                return Err(null_refused(&self.full_name, column, self.verb));
            }
        }
        for (at, condition) in &self.checks {
            if query::eval_condition(condition, row, ctx)? == Some(false) {
                return Err(self.check_violated(ctx, *at));
            }
        }
        Ok(())
    }

    fn check_violated(&self, ctx: &ExecContext<'_>, at: usize) -> SqlError {
        let check = &self.def.checks[at];
        let (database, table) = split(ctx, &self.def);
        let column = match single_column(&self.def, &check.text) {
            Some(name) => format!(", column '{name}'"),
            None => String::new(),
        };
        SqlError::new(
            547,
            format!(
                "The {} statement conflicted with the CHECK constraint \"{}\". The conflict occurred in database \"{database}\", table \"{table}\"{column}.",
                self.verb.word(),
                check.name
            ),
        )
        .state(0)
    }

    /// Inserts a complete row; computed, generated and version columns are filled here.
    pub(crate) fn insert(&mut self, ctx: &mut ExecContext<'_>, row: &mut [Value]) -> Result<RowId> {
        temporal::fill_period(ctx.session, &self.def, row);
        self.fill_generated(ctx, row)?;
        self.check_row(ctx, row)?;
        let id = self.store_insert(ctx, row)?;
        self.check_outgoing(ctx, None, row)?;
        self.views.record(ctx, &self.def, None, Some(row));
        let only_comes = matches!(self.verb, Verb::Insert | Verb::BulkLoad);
        if only_comes && self.views.is_full() {
            self.views.apply(ctx, &self.def)?;
        }
        Ok(id)
    }

    fn store_insert(&self, ctx: &mut ExecContext<'_>, row: &[Value]) -> Result<RowId> {
        let table = &self.table;
        if self.side {
            ctx.session
                .with_side_txn(|_, txn, locks| table.insert(txn, locks, row))
        } else {
            ctx.session
                .with_txn(self.hints, |_, txn, locks| table.insert(txn, locks, row))
        }
    }

    fn check_outgoing(
        &mut self,
        ctx: &mut ExecContext<'_>,
        old: Option<&[Value]>,
        new: &[Value],
    ) -> Result<()> {
        for at in 0..self.outgoing.len() {
            if self.outgoing[at].is_known(new) {
                continue;
            }
            let Some(key) = self.outgoing[at].key_to_check(old, new) else {
                continue;
            };
            if self.outgoing[at].same_table {
                self.late.push((at, key));
            } else if !self.outgoing[at].exists(ctx, &key)? {
                return Err(self.reference_missing(ctx, at));
            }
        }
        Ok(())
    }

    fn reference_missing(&self, ctx: &ExecContext<'_>, at: usize) -> SqlError {
        self.outgoing[at].violated(ctx.session, &self.def, self.verb)
    }

    /// Updates a row, writes its history and remembers what must be looked at when all rows are done. False: the row
    /// is gone.
    pub(crate) fn update(
        &mut self,
        ctx: &mut ExecContext<'_>,
        id: RowId,
        old: &[Value],
        row: &mut [Value],
    ) -> Result<bool> {
        self.prepare_update(ctx, old, row)?;
        let table = &self.table;
        let there = if self.side {
            ctx.session
                .with_side_txn(|_, txn, locks| table.update(txn, locks, id, row))?
        } else {
            ctx.session.with_txn(self.hints, |_, txn, locks| {
                table.update(txn, locks, id, row)
            })?
        };
        if there {
            self.after_update(ctx, old, row)?;
        }
        Ok(there)
    }

    fn prepare_update(
        &self,
        ctx: &mut ExecContext<'_>,
        old: &[Value],
        row: &mut [Value],
    ) -> Result<()> {
        temporal::check_time(ctx.session, &self.def, &self.full_name, old)?;
        temporal::fill_period(ctx.session, &self.def, row);
        self.fill_generated(ctx, row)?;
        self.check_row(ctx, row)
    }

    fn after_update(
        &mut self,
        ctx: &mut ExecContext<'_>,
        old: &[Value],
        row: &[Value],
    ) -> Result<()> {
        self.write_history(ctx, old)?;
        self.check_outgoing(ctx, Some(old), row)?;
        self.views.record(ctx, &self.def, Some(old), Some(row));
        for (at, key) in self.incoming.iter().enumerate() {
            if let Some(referenced) = key.changed(at, old, row) {
                self.gone.push(referenced);
            }
        }
        Ok(())
    }

    /// Rows that exchange their keys: all of them go before the first comes back.
    pub(crate) fn replace_all(
        &mut self,
        ctx: &mut ExecContext<'_>,
        rows: &mut [(RowId, Vec<Value>, Vec<Value>)],
    ) -> Result<Vec<bool>> {
        let table = Arc::clone(&self.table);
        let mut there = Vec::with_capacity(rows.len());
        for (id, old, new) in rows.iter_mut() {
            self.prepare_update(ctx, old, new)?;
            let id = *id;
            there.push(if self.side {
                ctx.session
                    .with_side_txn(|_, txn, locks| table.delete(txn, locks, id))?
            } else {
                ctx.session
                    .with_txn(self.hints, |_, txn, locks| table.delete(txn, locks, id))?
            });
        }
        for ((_, old, new), there) in rows.iter().zip(&there) {
            if *there {
                self.store_insert(ctx, new)?;
                self.after_update(ctx, old, new)?;
            }
        }
        Ok(there)
    }

    /// The rows written so far were rolled back.
    pub(crate) fn forget(&mut self) {
        self.late.clear();
        self.gone.clear();
        self.views.forget();
    }

    /// The default of a column. The clock stands still during a statement; NEWID() and sequences do not.
    pub(crate) fn default(&mut self, ctx: &mut ExecContext<'_>, ordinal: usize) -> Result<Value> {
        if let Some(known) = self.defaults.get(&ordinal) {
            return Ok(known.clone());
        }
        let value = super::references::default_value(ctx, &self.def, ordinal)?;
        let varies = self.def.columns[ordinal].default.as_ref().is_some_and(|d| {
            let text = d.text.to_lowercase();
            text.contains("newid") || text.contains("next value") || text.contains("newsequential")
        });
        if !varies {
            self.defaults.insert(ordinal, value.clone());
        }
        Ok(value)
    }

    pub(crate) fn delete(
        &mut self,
        ctx: &mut ExecContext<'_>,
        id: RowId,
        old: &[Value],
    ) -> Result<bool> {
        temporal::check_time(ctx.session, &self.def, &self.full_name, old)?;
        let table = &self.table;
        let there = if self.side {
            ctx.session
                .with_side_txn(|_, txn, locks| table.delete(txn, locks, id))?
        } else {
            ctx.session
                .with_txn(self.hints, |_, txn, locks| table.delete(txn, locks, id))?
        };
        if there {
            self.write_history(ctx, old)?;
            self.views.record(ctx, &self.def, Some(old), None);
            for (at, key) in self.incoming.iter().enumerate() {
                if let Some(referenced) = key.deleted(at, old) {
                    self.gone.push(referenced);
                }
            }
        }
        Ok(there)
    }

    fn write_history(&self, ctx: &mut ExecContext<'_>, old: &[Value]) -> Result<()> {
        let Some(history) = &self.history else {
            return Ok(());
        };
        let row = temporal::history_row(ctx.session, &self.def, &history.def(), old);
        ctx.session
            .with_txn(Hints::default(), |_, txn, locks| {
                history.insert(txn, locks, &row)
            })
            .map(|_| ())
    }

    /// What waits for the last row: self-references, and rows that referred to what is gone.
    pub(crate) fn finish(&mut self, ctx: &mut ExecContext<'_>) -> Result<()> {
        // Before the cascades: their own changes come to the views after those of this table.
        self.views.apply(ctx, &self.def)?;
        for (at, key) in std::mem::take(&mut self.late) {
            if !self.outgoing[at].exists(ctx, &key)? {
                return Err(self.reference_missing(ctx, at));
            }
        }
        let gone = std::mem::take(&mut self.gone);
        for referenced in gone {
            let key = &self.incoming[referenced.key];
            key.settle(ctx, &self.def, &referenced, self.verb, self.depth)?;
        }
        Ok(())
    }
}

/// Converts a value for a column.
pub(crate) fn convert_for(
    full_name: &str,
    column: &ColumnDef,
    value: &Value,
    from: &SqlType,
) -> Result<Value> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    convert::assign(
        value,
        from,
        &column.sql_type,
        AssignTarget::Column {
            table: full_name,
            column: &column.name,
        },
    )
}

/// 515.
pub(crate) fn null_refused(full_name: &str, column: &ColumnDef, verb: Verb) -> SqlError {
    SqlError::new(
        515,
        format!(
            "Cannot insert the value NULL into column '{}', table '{full_name}'; column does not allow nulls. {} fails.",
            column.name,
            verb.word()
        ),
    )
    .state(2)
}

/// Database, and `schema.table`, as 547 names them.
pub(crate) fn split(ctx: &ExecContext<'_>, def: &TableDef) -> (String, String) {
    let catalog = &ctx.session.server.catalog;
    let table = if def.name.starts_with('@') {
        def.name.clone()
    } else {
        catalog.qualified_name(def)
    };
    (catalog.database_name(def.database_id), table)
}

/// 547 names the column of a CHECK that looks at one column only.
fn single_column(def: &TableDef, text: &str) -> Option<String> {
    let mut found = def.columns.iter().filter(|column| {
        text.to_lowercase()
            .contains(&format!("[{}]", column.name.to_lowercase()))
    });
    let first = found.next()?;
    found.next().is_none().then(|| first.name.clone())
}

/// 206 and 257: no implicit conversion from one type to the other.
pub(crate) fn allowed(from: &SqlType, to: &SqlType) -> Result<()> {
    if from == to {
        return Ok(());
    }
    convert::is_allowed(from, to, false).map_err(SqlError::compile)
}
