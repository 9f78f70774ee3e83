//! What the body of a function may not hold: statements with side effects (443), results for a client (444), an end
//! without RETURN (455).

use crate::error::SqlError;
use crate::syntax::ast::{
    DmlTarget, ExecuteTarget, Expr, ExprKind, QueryBody, SelectItem, SelectStatement,
    SetOptionValue, Statement, StatementKind,
};

use super::references::{statement_exprs, walk_expr};

fn line(statement: &Statement) -> i32 {
    i32::try_from(statement.span.line).unwrap_or(i32::MAX)
}

/// Calls `seen` for every statement of a body, those inside of others too.
pub(super) fn each_statement<'s>(body: &'s [Statement], seen: &mut dyn FnMut(&'s Statement)) {
    for statement in body {
        seen(statement);
        match &statement.kind {
            StatementKind::If {
                then, otherwise, ..
            } => {
                each_statement(std::slice::from_ref(then), seen);
                if let Some(otherwise) = otherwise {
                    each_statement(std::slice::from_ref(otherwise), seen);
                }
            }
            StatementKind::While { body, .. } => each_statement(std::slice::from_ref(body), seen),
            StatementKind::Block(inner) => each_statement(inner, seen),
            StatementKind::TryCatch {
                try_block,
                catch_block,
            } => {
                each_statement(try_block, seen);
                each_statement(catch_block, seen);
            }
            _ => {}
        }
    }
}

/// 443 and 444 in the order of the text, then 455.
pub(super) fn violations(body: &[Statement]) -> Vec<SqlError> {
    let mut errors = Vec::new();
    each_statement(body, &mut |statement| {
        if let Some(error) = violation(statement) {
            errors.push(error.line(line(statement)));
        }
        for name in side_effecting_calls(statement) {
            errors.push(side_effect(name, 1).line(line(statement)));
        }
    });
    errors.extend(last_statement(body));
    errors
}

fn side_effect(name: &str, state: u8) -> SqlError {
    SqlError::new(
        443,
        format!("Invalid use of a side-effecting operator '{name}' within a function."),
    )
    .state(state)
}

fn violation(statement: &Statement) -> Option<SqlError> {
    use StatementKind as K;
    let (name, state) = match &statement.kind {
        K::Insert(insert) => (written(&insert.target, "INSERT")?, 15),
        K::Update(update) => (written(&update.target, "UPDATE")?, 15),
        K::Delete(delete) => (written(&delete.target, "DELETE")?, 15),
        K::Merge(merge) => (written(&merge.target, "MERGE")?, 15),
        K::Truncate(_) => ("TRUNCATE TABLE", 15),
        K::Select(select) => return to_client(select),
        K::BeginTransaction { .. } => ("BEGIN TRANSACTION", 15),
        K::Commit { .. } => ("COMMIT TRANSACTION", 15),
        K::Rollback { .. } => ("ROLLBACK TRANSACTION", 15),
        K::SaveTransaction(_) => ("SAVEPOINT", 15),
        K::SetOption(options) => {
            let option = options.first()?;
            (set_name(&option.name, &option.value), 15)
        }
        K::Print(_) => ("PRINT", 14),
        K::RaisError { .. } => ("RAISERROR", 14),
        K::Throw(_) => ("THROW", 14),
        K::WaitForDelay(_) | K::WaitForTime(_) => ("WAITFOR", 14),
        K::Execute(execute) if matches!(execute.target, ExecuteTarget::Text(_)) => {
            ("EXECUTE STRING", 14)
        }
        K::TryCatch { .. } => return Some(try_block(statement)),
        _ => return None,
    };
    Some(side_effect(name, state))
}

/// BEGIN TRY, END TRY, BEGIN CATCH and END CATCH are four operators.
fn try_block(statement: &Statement) -> SqlError {
    let line = line(statement);
    ["END TRY", "BEGIN CATCH", "END CATCH"]
        .into_iter()
        .fold(side_effect("BEGIN TRY", 14), |error, name| {
            error.followed_by(side_effect(name, 14).line(line))
        })
}

/// None for a table variable, which a function may write.
fn written(target: &DmlTarget, name: &'static str) -> Option<&'static str> {
    match target {
        DmlTarget::Variable(_) => None,
        DmlTarget::Table(named) if named.name.base().starts_with('@') => None,
        DmlTarget::Table(_) => Some(name),
    }
}

fn set_name(name: &str, value: &SetOptionValue) -> &'static str {
    match (name, value) {
        ("TRANSACTION ISOLATION LEVEL", _) => "SET TRANSACTION ISOLATION LEVEL",
        ("ROWCOUNT", _) => "SET ROW COUNT",
        ("TEXTSIZE", _) => "SET TEXTSIZE",
        ("IDENTITY_INSERT", SetOptionValue::On) => "SET IDENTITY_INSERT ON",
        ("IDENTITY_INSERT", _) => "SET IDENTITY_INSERT OFF",
        (name, SetOptionValue::On) if name.starts_with("STATISTICS") => "SET STATISTICS ON",
        (name, SetOptionValue::Off) if name.starts_with("STATISTICS") => "SET STATISTICS OFF",
        (_, SetOptionValue::On) => "SET OPTION ON",
        (_, SetOptionValue::Off) => "SET OPTION OFF",
        _ => "SET COMMAND",
    }
}

fn to_client(select: &SelectStatement) -> Option<SqlError> {
    let mut body = &select.query.body;
    let spec = loop {
        match body {
            QueryBody::Select(spec) => break spec,
            QueryBody::Paren(inner) => body = &inner.body,
            QueryBody::SetOperation { .. } => return Some(client(2)),
        }
    };
    if spec.into.is_some() {
        return Some(side_effect("SELECT INTO", 15));
    }
    let assigns = spec
        .items
        .iter()
        .all(|item| matches!(item, SelectItem::Assign { .. }));
    (!assigns).then(|| client(if spec.from.is_empty() { 3 } else { 2 }))
}

fn client(state: u8) -> SqlError {
    SqlError::new(
        444,
        "Select statements included within a function cannot return data to a client.",
    )
    .state(state)
}

/// NEWID, NEWSEQUENTIALID, RAND and CRYPT_GEN_RANDOM, as the catalog spells them.
fn side_effecting_calls(statement: &Statement) -> Vec<&'static str> {
    let mut found = Vec::new();
    for expr in statement_exprs(statement) {
        calls_in(&expr, &mut found);
    }
    found
}

fn calls_in(expr: &Expr, found: &mut Vec<&'static str>) {
    walk_expr(
        expr,
        &mut |e| {
            if let ExprKind::Function(call) = &e.kind
                && call.name.parts.len() == 1
            {
                let name = call.name.base().to_ascii_lowercase();
                found.extend(match name.as_str() {
                    "newid" => Some("newid"),
                    "newsequentialid" => Some("newsequentialid"),
                    "rand" => Some("rand"),
                    "crypt_gen_random" => Some("Crypt_Gen_Random"),
                    _ => None,
                });
            }
        },
        &mut |_| {},
    );
}

/// 455; blocks do not count, IF and WHILE do.
fn last_statement(body: &[Statement]) -> Option<SqlError> {
    let mut last = body.last()?;
    let mut sees_through = true;
    loop {
        last = match &last.kind {
            StatementKind::Return(_) if sees_through => return None,
            StatementKind::Block(inner) => match inner.last() {
                Some(inner) => inner,
                None => break,
            },
            StatementKind::If {
                then, otherwise, ..
            } => {
                sees_through = false;
                otherwise.as_deref().unwrap_or(then)
            }
            StatementKind::While { body, .. } => {
                sees_through = false;
                body
            }
            _ => break,
        };
    }
    Some(
        SqlError::new(
            455,
            "The last statement included within a function must be a return statement.",
        )
        .state(2)
        .line(line(last)),
    )
}
