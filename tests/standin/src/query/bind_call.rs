//! Binding of function calls: built-in scalars, session functions, user functions, aggregates.

use crate::catalog::model::ModuleKind;
use crate::engine::Resolved;
use crate::engine::sysprocs::session_function;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{Expr, ExprKind, FunctionCall, Span, TypeRef};
use crate::types::{SqlType, Value};

use super::bind_expr::coerce;
use super::bind_from::dotted;
use super::binder::Binder;
use super::expr::{BoundExpr, FunctionRef, ModuleRef, Node, SessionFunctionRef};
use super::plan::{AggregateCall, SortKey};
use super::scope::{AGGREGATE_BASE, Clause, Grouping, MASK_ORDINAL};
use super::values::{self, AggregateKind};

/// Names with @@ that SQL Server has and the stand-in has not.
const GLOBALS: &[&str] = &[
    "@@CONNECTIONS",
    "@@CPU_BUSY",
    "@@CURSOR_ROWS",
    "@@DEF_SORTORDER_ID",
    "@@DEFAULT_LANGID",
    "@@FETCH_STATUS",
    "@@IDLE",
    "@@IO_BUSY",
    "@@LANGID",
    "@@MAX_CONNECTIONS",
    "@@MICROSOFTVERSION",
    "@@PACK_RECEIVED",
    "@@PACK_SENT",
    "@@PACKET_ERRORS",
    "@@REMSERVER",
    "@@TIMETICKS",
    "@@TOTAL_ERRORS",
    "@@TOTAL_READ",
    "@@TOTAL_WRITE",
];

impl Binder<'_> {
    pub(super) fn call(&mut self, call: &FunctionCall, span: Span) -> Result<BoundExpr> {
        if call.name.parts.len() > 1 {
            return self.user_function(call);
        }
        let name = call.name.base().to_ascii_uppercase();
        if call.over.is_some() {
            return self.window_call(call, &name);
        }
        if let Some(kind) = values::aggregate_kind(&name) {
            return self.aggregate(call, kind, &name);
        }
        match name.as_str() {
            "GROUPING" | "GROUPING_ID" => return self.grouping_function(call, &name),
            "ISNULL" => return self.is_null(&call.args),
            "CHOOSE" => return self.choose(&call.args),
            "NEWID" if call.args.is_empty() => {
                return Ok(BoundExpr::new(
                    Node::NewId,
                    SqlType::plain(crate::types::TypeName::UniqueIdentifier),
                    true,
                ));
            }
            "JSON_OBJECT" => return self.json_object(call),
            "JSON_ARRAY" => return self.json_array(call),
            _ => {}
        }
        // Before its arguments: an aggregate's column would be refused for another reason.
        if let Some(refused) = super::functions::refused(&name) {
            return Err(refused);
        }
        let mut args = Vec::with_capacity(call.args.len());
        for (position, arg) in call.args.iter().enumerate() {
            if position == 0 && values::takes_date_part(&name) {
                args.push(date_part(arg)?);
            } else {
                args.push(self.scalar(arg)?);
            }
        }
        if values::is_window_only(&name) {
            return Err(SqlError::new(
                10753,
                format!(
                    "The function '{}' must have an OVER clause.",
                    call.name.base()
                ),
            )
            .class(15)
            .compile());
        }
        if values::function(&name).is_some() {
            return self.builtin(&name, args);
        }
        if session_function(&name).is_some() {
            return self.session_call(&name, args, span);
        }
        Err(SqlError::new(
            195,
            format!(
                "'{}' is not a recognized built-in function name.",
                call.name.base()
            ),
        )
        .class(15)
        .state(10)
        .compile())
    }

    /// A function of the values room.
    pub(super) fn builtin(&mut self, name: &str, args: Vec<BoundExpr>) -> Result<BoundExpr> {
        let Some(function) = values::function(name) else {
            return Err(SqlError::not_implemented(name));
        };
        let (ty, args) = values::bind_function(function, args)?;
        let nullable = values::function_is_nullable(name, &args);
        let mut label = super::expr::CollationLabel::Default;
        if ty.name.is_character() {
            label = args
                .iter()
                .filter(|a| a.ty.name.is_character())
                .map(|a| a.label)
                .max()
                .unwrap_or_default();
        }
        let mut expr = BoundExpr::new(
            Node::Call {
                function: FunctionRef(function),
                args,
            },
            ty,
            nullable,
        );
        expr.label = label;
        Ok(expr)
    }

    pub(super) fn session_call(
        &mut self,
        name: &str,
        args: Vec<BoundExpr>,
        span: Span,
    ) -> Result<BoundExpr> {
        let upper = name.to_ascii_uppercase();
        let Some(function) = session_function(&upper) else {
            if GLOBALS.contains(&upper.as_str()) {
                return Err(SqlError::not_implemented(name));
            }
            return Err(SqlError::new(
                137,
                format!("Must declare the scalar variable \"{name}\"."),
            )
            .class(15)
            .state(2)
            .line(i32::try_from(span.line).unwrap_or(0))
            .compile());
        };
        let types: Vec<SqlType> = args.iter().map(|a| a.ty.clone()).collect();
        let ty = function.bind(&types)?;
        Ok(BoundExpr::new(
            Node::SessionCall {
                function: SessionFunctionRef {
                    name: values::interned(&upper),
                    function,
                },
                args,
            },
            ty,
            // Of the names with @@ only this one may be NULL.
            !upper.starts_with("@@") || upper == "@@IDENTITY",
        ))
    }

    /// 4121 unknown, 313 too few, 8144 too many arguments.
    fn user_function(&mut self, call: &FunctionCall) -> Result<BoundExpr> {
        let resolved = self.session.resolve(Some(self.frame), &call.name)?;
        let Some(Resolved::Module(module)) = resolved else {
            return Err(unknown_function(call));
        };
        if module.kind != ModuleKind::ScalarFunction {
            return Err(unknown_function(call));
        }
        if self.nesting == 0 {
            self.session
                .authorize_module(self.frame, &module, "EXECUTE")?;
        }
        let args = self.module_args(&module, &call.args, &dotted(&call.name))?;
        let ty = module.returns.clone().unwrap_or(SqlType::INT);
        Ok(BoundExpr::new(
            Node::UserFunction {
                module: ModuleRef(module),
                args,
            },
            ty,
            true,
        ))
    }

    /// Arguments at the parameters' types; DEFAULT gives the parameter's default.
    pub(super) fn module_args(
        &mut self,
        module: &crate::catalog::model::ModuleDef,
        args: &[Expr],
        name: &str,
    ) -> Result<Vec<BoundExpr>> {
        if args.len() < module.parameters.len() {
            return Err(SqlError::new(
                313,
                format!("An insufficient number of arguments were supplied for the procedure or function {name}."),
            )
            .state(2)
            .compile());
        }
        if args.len() > module.parameters.len() {
            return Err(SqlError::new(
                8144,
                format!("Procedure or function {name} has too many arguments specified."),
            )
            .state(2)
            .compile());
        }
        args.iter()
            .zip(&module.parameters)
            .map(|(arg, parameter)| {
                if matches!(arg.kind, ExprKind::Default) {
                    let value = parameter.default.clone().unwrap_or(Value::Null);
                    return Ok(BoundExpr::constant(value, parameter.sql_type.clone()));
                }
                coerce(self.scalar(arg)?, &parameter.sql_type)
            })
            .collect()
    }

    fn is_null(&mut self, args: &[Expr]) -> Result<BoundExpr> {
        let [first, second] = args else {
            return Err(
                SqlError::new(174, "The isnull function requires 2 argument(s).")
                    .class(15)
                    .compile(),
            );
        };
        let first = self.scalar(first)?;
        let second = self.scalar(second)?;
        let ty = if first.is_untyped_null() {
            second.ty.clone()
        } else {
            first.ty.clone()
        };
        let nullable = first.nullable && second.nullable;
        let label = first.label;
        let (first, second) = (
            coerce(first, &ty)?,
            values::fit_isnull(coerce(second, &ty)?, &ty),
        );
        let mut expr = BoundExpr::new(
            Node::IfNull(Box::new(first), Box::new(second)),
            ty,
            nullable,
        );
        expr.label = label;
        Ok(expr)
    }

    fn choose(&mut self, args: &[Expr]) -> Result<BoundExpr> {
        let [index, rest @ ..] = args else {
            return Err(choose_arity());
        };
        if rest.is_empty() {
            return Err(choose_arity());
        }
        let index = coerce(self.scalar(index)?, &SqlType::INT)?;
        let mut branches = Vec::with_capacity(rest.len());
        for (position, arg) in rest.iter().enumerate() {
            let wanted = BoundExpr::constant(
                Value::Int(i32::try_from(position + 1).unwrap_or(i32::MAX)),
                SqlType::INT,
            );
            let condition = super::bind_expr::comparison(
                crate::syntax::ast::BinaryOp::Equal,
                index.clone(),
                wanted,
            )?;
            branches.push((condition, self.scalar(arg)?));
        }
        super::bind_expr::case_of(branches, None)
    }

    fn json_object(&mut self, call: &FunctionCall) -> Result<BoundExpr> {
        let mut args = Vec::new();
        for (key, value) in &call.json_pairs {
            args.push(coerce(self.scalar(key)?, &SqlType::nvarchar(4000))?);
            args.push(self.json_member(value)?);
        }
        Ok(json_constructor(
            args,
            false,
            call.absent_on_null.unwrap_or(false),
        ))
    }

    /// A value of a constructor. A JSON aggregate among them is refused: its text would be quoted.
    fn json_member(&mut self, value: &Expr) -> Result<BoundExpr> {
        let mut inner = value;
        while let ExprKind::Paren(next) = &inner.kind {
            inner = next;
        }
        if let ExprKind::Function(call) = &inner.kind
            && matches!(
                call.name.base().to_ascii_uppercase().as_str(),
                "JSON_ARRAYAGG" | "JSON_OBJECTAGG"
            )
        {
            return Err(SqlError::not_implemented(
                "JSON aggregates inside JSON constructors",
            ));
        }
        self.scalar(value)
    }

    fn json_array(&mut self, call: &FunctionCall) -> Result<BoundExpr> {
        let args = call
            .args
            .iter()
            .map(|a| self.json_member(a))
            .collect::<Result<_>>()?;
        Ok(json_constructor(
            args,
            true,
            call.absent_on_null.unwrap_or(true),
        ))
    }

    fn aggregate(
        &mut self,
        call: &FunctionCall,
        kind: AggregateKind,
        name: &str,
    ) -> Result<BoundExpr> {
        let level = self.level();
        if level.inside_aggregate {
            return Err(SqlError::new(
                130,
                "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.",
            )
            .compile());
        }
        if level.grouping.is_none() {
            return Err(misplaced_aggregate(level.clause));
        }
        let grouping = level.grouping.take();
        level.inside_aggregate = true;
        let bound = self.aggregate_call(call, kind, name);
        let level = self.level();
        level.inside_aggregate = false;
        level.grouping = grouping;
        let bound = bound?;
        let ty = bound.ty.clone();
        let calls = &mut self
            .level()
            .grouping
            .get_or_insert_with(Grouping::default)
            .calls;
        let text = format!("{bound:?}");
        let position = calls
            .iter()
            .position(|c| format!("{c:?}") == text)
            .unwrap_or_else(|| {
                calls.push(bound);
                calls.len() - 1
            });
        Ok(BoundExpr::new(
            Node::Column {
                up: 0,
                ordinal: AGGREGATE_BASE + position,
            },
            ty,
            true,
        ))
    }

    /// The call itself, its arguments over the rows that go in.
    pub(super) fn aggregate_call(
        &mut self,
        call: &FunctionCall,
        kind: AggregateKind,
        name: &str,
    ) -> Result<AggregateCall> {
        let pairs = call.json_pairs.iter().flat_map(|(key, value)| [key, value]);
        let mut args = pairs
            .chain(&call.args)
            .map(|a| self.scalar(a))
            .collect::<Result<Vec<_>>>()?;
        if args.iter().any(super::visit::has_subquery) {
            return Err(SqlError::new(
                130,
                "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.",
            )
            .compile());
        }
        let mut order = Vec::with_capacity(call.within_group.len());
        for item in &call.within_group {
            let expr = self.scalar(&item.expr)?;
            values::check_sortable(&expr.ty)?;
            order.push(SortKey {
                expr,
                descending: item.descending,
            });
        }
        let ty = values::bind_aggregate(kind, name, &mut args, call.star)?;
        Ok(AggregateCall {
            kind,
            args,
            star: call.star,
            distinct: call.distinct || name.eq_ignore_ascii_case("APPROX_COUNT_DISTINCT"),
            order,
            absent_on_null: call
                .absent_on_null
                .unwrap_or(kind == AggregateKind::JsonArrayAgg),
            quiet: false,
            ty,
        })
    }

    /// GROUPING(x): 8161 when x is not a key.
    fn grouping_function(&mut self, call: &FunctionCall, name: &str) -> Result<BoundExpr> {
        let mut keys = Vec::new();
        for (position, arg) in call.args.iter().enumerate() {
            let count = self.level().grouping.as_ref().map_or(0, |g| g.keys.len());
            let collect = std::mem::replace(&mut self.collect, false);
            let bound = self.scalar(arg);
            self.collect = collect;
            match bound.map(|b| b.node) {
                Ok(Node::Column { up: 0, ordinal }) if ordinal < count => keys.push(ordinal),
                _ => {
                    return Err(SqlError::new(
                        8161,
                        format!(
                            "Argument {} of the {name} function does not match any of the expressions in the GROUP BY clause.",
                            position + 1
                        ),
                    )
                    .compile());
                }
            }
        }
        let sets = self.level().grouping.as_ref().is_some_and(|g| g.sets);
        let ty = if name == "GROUPING" {
            SqlType::plain(crate::types::TypeName::TinyInt)
        } else {
            SqlType::INT
        };
        if !sets {
            return coerce(BoundExpr::constant(Value::Int(0), SqlType::INT), &ty);
        }
        let set = BoundExpr::column(MASK_ORDINAL, SqlType::INT, false);
        Ok(BoundExpr::new(
            Node::Grouping {
                set: Box::new(set),
                keys,
            },
            ty,
            true,
        ))
    }

    /// The type that a CAST or a column list names. 243 when there is none.
    pub(super) fn named_type(&mut self, ty: &TypeRef) -> Result<SqlType> {
        values::named_type(self.session, ty)
    }
}

fn choose_arity() -> SqlError {
    SqlError::new(189, "The choose function requires 2 to 255 arguments.")
        .class(15)
        .compile()
}

fn json_constructor(args: Vec<BoundExpr>, array: bool, absent_on_null: bool) -> BoundExpr {
    BoundExpr::new(
        Node::JsonObject {
            args,
            array,
            absent_on_null,
        },
        SqlType::nvarchar(SqlType::MAX),
        true,
    )
}

fn unknown_function(call: &FunctionCall) -> SqlError {
    let first = call.name.parts.first().map_or("", |p| p.text.as_str());
    SqlError::new(
        4121,
        format!(
            "Cannot find either column \"{first}\" or the user-defined function or aggregate \"{}\", or the name is ambiguous.",
            dotted(&call.name)
        ),
    )
    .compile()
}

/// A date part is a bare word, not a column.
fn date_part(arg: &Expr) -> Result<BoundExpr> {
    match &arg.kind {
        ExprKind::Column(name) if name.parts.len() == 1 => {
            Ok(super::literals::string(name.base(), false))
        }
        _ => Err(
            SqlError::new(1023, "Invalid parameter 1 specified for datepart.")
                .class(15)
                .compile(),
        ),
    }
}

fn misplaced_aggregate(clause: Clause) -> SqlError {
    match clause {
        Clause::On => SqlError::new(
            1015,
            "An aggregate cannot appear in an ON clause unless it is in a subquery contained in a HAVING clause or select list, and the column being aggregated is an outer reference.",
        ),
        Clause::GroupBy => SqlError::new(
            144,
            "Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause.",
        ),
        Clause::Where => SqlError::new(
            147,
            "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.",
        ),
        _ => SqlError::new(
            157,
            "An aggregate may not appear in the set list of an UPDATE statement.",
        ),
    }
    .class(15)
    .compile()
}
