//! Gates about what phase 2 leaves beside the rows: the view that decodes them, and indexes that a load had disabled.

use serde_json::json;

use super::PHASE;
use super::load::Owed;
use super::view_index::INDEX;
use crate::connect::{Connection, Failure, RowExt};
use crate::gate::{Gate, Measured};
use crate::tsql::{Fragment, Statement, embedded};

const CHECK: Statement = embedded!("validate/check_view.sql");
const INSPECT: Statement = embedded!("phase2/inspect_view_index.sql");
const MODULES: Statement = embedded!("phase1/inspect_modules.sql");
const DISABLED: Statement = embedded!("phase2/select_disabled_indexes.sql");

const VIEW: &str = "vw_EmbeddingVectors";

pub(super) const G_VIEW: Gate = Gate {
    id: "phase2.view",
    phase: PHASE,
    title: "the view decodes every component",
    threshold: "0 wrong",
    never_waived: false,
};
pub(super) const G_INDEXES: Gate = Gate {
    id: "phase2.indexes",
    phase: PHASE,
    title: "indexes that the load disabled are back",
    threshold: "0 disabled",
    never_waived: false,
};

/// Every component through the view, by its index where it has one.
///
/// # Errors
/// A failed statement.
pub(super) async fn decoded(connection: &mut Connection) -> Result<Measured, Failure> {
    let next = "run `hartonomous migrate phase2`: it makes the view anew; an index that is wrong is dropped with DROP INDEX ...";
    let mut made = false;
    for row in connection.rows(&MODULES.sql(), &[]).await? {
        made |= row.text("ModuleName")? == VIEW;
    }
    if !made {
        return Ok(G_VIEW
            .measured(
                false,
                json!({ "view": false }),
                "there is no dbo.vw_EmbeddingVectors",
            )
            .or(next));
    }
    let index = connection.row(&INSPECT.sql(), &[]).await?;
    let name = index.opt::<&str>("IndexName")?.map(str::to_owned);
    let disabled = index.opt::<bool>("IsDisabled")?.unwrap_or(false);
    // A view by another hand may have other columns.
    let hint = if name.is_some() && !disabled {
        "NOEXPAND"
    } else {
        "READCOMMITTED"
    };
    let row = match connection
        .batch_row(&CHECK.with(&[("Hint", Fragment::fixed(hint))]))
        .await
    {
        Ok(row) => row,
        Err(failure @ Failure::Server { .. }) if failure.number() == Some(207) => {
            return Ok(G_VIEW
                .measured(
                    false,
                    json!({ "view": true, "cause": failure.to_string() }),
                    "it has other columns",
                )
                .or(next));
        }
        Err(failure) => return Err(failure),
    };
    let (components, shown, undecodable, wrong) = (
        row.integer("Components")?,
        row.integer("Shown")?,
        row.integer("Undecodable")?,
        row.integer("WrongRows")?,
    );
    let first = row.opt_integer("FirstRelationId")?;
    let stored = match (&name, disabled) {
        (None, _) => "not stored".to_owned(),
        (Some(name), false) => format!("stored in {name}"),
        (Some(name), true) => format!("{name} is disabled"),
    };
    let summary = match first {
        Some(id) => format!("{wrong} wrong, first AtomRelationId {id}"),
        None if shown != components => format!("{shown} rows for {components} relations"),
        None if undecodable > 0 => format!("{undecodable} without a value"),
        None => format!("{components} components, {stored}"),
    };
    Ok(G_VIEW
        .measured(
            wrong == 0 && undecodable == 0 && shown == components && !disabled,
            json!({ "components": components, "shown": shown, "undecodable": undecodable, "wrong": wrong, "first_relation_id": first,
                    "index": name.filter(|name| name == INDEX), "index_disabled": disabled }),
            summary,
        )
        .or(next))
}

/// Fails while an index that phase 2 disabled is not rebuilt; those that others disabled are told.
///
/// # Errors
/// A failed statement.
pub(super) async fn rebuilt(connection: &mut Connection) -> Result<Measured, Failure> {
    let owed = Owed::read(connection).await?;
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for row in connection.rows(&DISABLED.sql(), &[]).await? {
        let (table, name) = (row.text("TableName")?, row.text("IndexName")?);
        if table == "AtomRelations" && owed.indexes.iter().any(|index| index.name == name) {
            ours.push(name);
        } else {
            others.push(format!("{name} on {table}"));
        }
    }
    let summary = match ours.first() {
        None => "none disabled by a load".to_owned(),
        Some(first) => format!("{} disabled, first {first}", ours.len()),
    };
    Ok(G_INDEXES
        .measured(
            ours.is_empty(),
            json!({ "disabled_by_a_load": ours, "disabled_by_others": others }),
            summary,
        )
        .or("run `hartonomous migrate phase2`: it rebuilds them"))
}
