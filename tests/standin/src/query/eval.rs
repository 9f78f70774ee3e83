//! Evaluation of expressions: values, and conditions with three truth values.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::{self, ExecContext};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{BinaryOp, Quantifier};
use crate::types::compare::{compare, sort_key};
use crate::types::like::LikePattern;
use crate::types::{SqlType, TypeName, Value, arith, convert};

use super::expr::{BoundExpr, Node, Subquery};
use super::functions;
use super::json_text;
use super::operators::{self, Row};
use super::values;

/// The values of an independent query behind IN.
struct Members {
    keys: HashSet<Vec<u8>>,
    /// One of them is NULL.
    null: bool,
}

/// What evaluation and operators carry along.
pub struct Env<'a, 'b> {
    pub ctx: &'a mut ExecContext<'b>,
    /// Rows of the enclosing queries, outermost first.
    pub outers: Vec<Row>,
    /// Rows of the last round of recursive common tables.
    pub work_tables: HashMap<usize, Rc<Vec<Row>>>,
    /// Results of queries that depend on nothing.
    kept: HashMap<usize, Rc<Vec<Row>>>,
    /// Their members as sort keys, for IN.
    members: HashMap<usize, Rc<Members>>,
    patterns: HashMap<usize, Arc<LikePattern>>,
    /// An aggregate met NULL (8153).
    pub null_eliminated: bool,
}

impl<'a, 'b> Env<'a, 'b> {
    pub fn new(ctx: &'a mut ExecContext<'b>) -> Self {
        Self {
            ctx,
            outers: Vec::new(),
            work_tables: HashMap::new(),
            kept: HashMap::new(),
            members: HashMap::new(),
            patterns: HashMap::new(),
            null_eliminated: false,
        }
    }

    pub fn check_cancelled(&self) -> Result<()> {
        if self.ctx.session.cancel.is_set() {
            return Err(SqlError::new(0, "Operation cancelled by user.")
                .class(11)
                .kind(crate::error::ErrorKind::Cancelled));
        }
        Ok(())
    }

    /// The members of an independent query, hashed once.
    fn members_of(&mut self, query: &Subquery, ty: &SqlType) -> Result<Rc<Members>> {
        let key = std::ptr::from_ref(&*query.plan).addr();
        if let Some(members) = self.members.get(&key) {
            return Ok(Rc::clone(members));
        }
        self.outers.push(Vec::new());
        let members = self.collect_members(query, ty);
        self.outers.pop();
        let members = Rc::new(members?);
        self.members.insert(key, Rc::clone(&members));
        Ok(members)
    }

    fn collect_members(&mut self, query: &Subquery, ty: &SqlType) -> Result<Members> {
        let mut members = Members {
            keys: HashSet::new(),
            null: false,
        };
        let mut rows = operators::open(&query.plan, self)?;
        while let Some(row) = rows.next(self)? {
            if row[0].is_null() {
                members.null = true;
            } else {
                members.keys.insert(member_key(&row[0], ty));
            }
        }
        Ok(members)
    }

    /// The rows of a subquery, kept when it is independent. At most `limit`.
    fn rows_of(&mut self, query: &Subquery, row: &[Value], limit: usize) -> Result<Rc<Vec<Row>>> {
        let key = std::ptr::from_ref(&*query.plan).addr();
        if query.independent
            && let Some(rows) = self.kept.get(&key)
        {
            return Ok(Rc::clone(rows));
        }
        self.outers.push(if query.independent {
            Vec::new()
        } else {
            row.to_vec()
        });
        let result = operators::collect(&query.plan, self, limit);
        self.outers.pop();
        let rows = Rc::new(result?);
        if query.independent {
            self.kept.insert(key, Rc::clone(&rows));
        }
        Ok(rows)
    }
}

impl BoundExpr {
    /// The value for a row.
    pub fn value(&self, row: &[Value], env: &mut Env<'_, '_>) -> Result<Value> {
        match &self.node {
            Node::Constant(value) => Ok(value.clone()),
            Node::Null => Ok(Value::Null),
            Node::Column { up: 0, ordinal } => Ok(row[*ordinal].clone()),
            Node::Column { up, ordinal } => {
                let at = env.outers.len() - up;
                Ok(env.outers[at][*ordinal].clone())
            }
            Node::Variable(slot) => Ok(env.ctx.frame.variables.get(*slot).value.clone()),
            Node::Convert {
                input,
                style,
                try_,
                explicit,
            } => {
                let result = self.convert(input, style.as_deref(), *try_, *explicit, row, env);
                absorb(result, env)
            }
            Node::Arithmetic { op, left, right } => {
                let a = left.value(row, env)?;
                let b = right.value(row, env)?;
                let result = values::arithmetic(*op, &a, &b, &left.ty, &right.ty, &self.ty);
                absorb(result, env)
            }
            Node::Negate(input) => {
                let result = arith::negate(&input.value(row, env)?, &self.ty);
                absorb(result, env)
            }
            Node::BitNot(input) => arith::complement(&input.value(row, env)?, &self.ty),
            Node::Case {
                branches,
                otherwise,
            } => {
                for (when, then) in branches {
                    if when.truth(row, env)? == Some(true) {
                        return then.value(row, env);
                    }
                }
                otherwise
                    .as_ref()
                    .map_or(Ok(Value::Null), |e| e.value(row, env))
            }
            Node::Coalesce(list) => {
                for expr in list {
                    let value = expr.value(row, env)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Ok(Value::Null)
            }
            Node::IfNull(first, second) => {
                let value = first.value(row, env)?;
                if value.is_null() {
                    second.value(row, env)
                } else {
                    Ok(value)
                }
            }
            Node::Call { function, args } => {
                let (values, types) = arguments(args, row, env)?;
                let now = env.ctx.frame.statement_time;
                functions::eval(function.0, &values, &types, &self.ty, now)
            }
            Node::SessionCall { function, args } => {
                let (values, _) = arguments(args, row, env)?;
                function.function.eval(&values, env.ctx)
            }
            Node::UserFunction { module, args } => {
                let (values, _) = arguments(args, row, env)?;
                engine::call_scalar_function(env.ctx, &module.0, values)
            }
            Node::Scalar(query) => {
                let rows = env.rows_of(query, row, 2)?;
                if rows.len() > 1 {
                    return Err(SqlError::new(
                        512,
                        "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.",
                    ));
                }
                Ok(rows
                    .first()
                    .and_then(|r| r.first())
                    .cloned()
                    .unwrap_or(Value::Null))
            }
            Node::NewId => {
                let mut bytes: [u8; 16] = rand::random();
                bytes[7] = (bytes[7] & 0x0f) | 0x40;
                bytes[8] = (bytes[8] & 0x3f) | 0x80;
                Ok(Value::UniqueIdentifier(Box::new(bytes)))
            }
            Node::JsonObject {
                args,
                array,
                absent_on_null,
            } => json_text::construct(args, *array, *absent_on_null, row, env),
            Node::Grouping { set, keys } => {
                let mask = set.value(row, env)?.as_integer().unwrap_or(0);
                let bits = keys
                    .iter()
                    .fold(0, |bits, key| bits << 1 | (mask >> key & 1));
                Ok(if self.ty.name == TypeName::TinyInt {
                    Value::TinyInt(u8::try_from(bits).unwrap_or(u8::MAX))
                } else {
                    Value::Int(i32::try_from(bits).unwrap_or(i32::MAX))
                })
            }
            _ => Ok(match self.truth(row, env)? {
                Some(truth) => Value::Bit(truth),
                None => Value::Null,
            }),
        }
    }

    fn convert(
        &self,
        input: &BoundExpr,
        style: Option<&BoundExpr>,
        try_: bool,
        explicit: bool,
        row: &[Value],
        env: &mut Env<'_, '_>,
    ) -> Result<Value> {
        let value = input.value(row, env)?;
        let style = match style {
            None => None,
            Some(style) => match style.value(row, env)? {
                Value::Int(n) => Some(n),
                _ => return Ok(Value::Null),
            },
        };
        if try_ {
            convert::try_cast(&value, &input.ty, &self.ty, style)
        } else {
            convert::cast(&value, &input.ty, &self.ty, style, !explicit)
        }
    }

    /// The truth of a condition; None is unknown.
    pub fn truth(&self, row: &[Value], env: &mut Env<'_, '_>) -> Result<Option<bool>> {
        match &self.node {
            Node::Compare { op, left, right } => {
                let a = left.value(row, env)?;
                if a.is_null() {
                    return Ok(None);
                }
                let b = right.value(row, env)?;
                Ok(compare(&a, &b, &left.ty)?.map(|o| holds(*op, o)))
            }
            Node::And(list) => {
                let mut result = Some(true);
                for expr in list {
                    match expr.truth(row, env)? {
                        Some(false) => return Ok(Some(false)),
                        None => result = None,
                        Some(true) => {}
                    }
                }
                Ok(result)
            }
            Node::Or(list) => {
                let mut result = Some(false);
                for expr in list {
                    match expr.truth(row, env)? {
                        Some(true) => return Ok(Some(true)),
                        None => result = None,
                        Some(false) => {}
                    }
                }
                Ok(result)
            }
            Node::Not(inner) => Ok(inner.truth(row, env)?.map(|t| !t)),
            Node::IsNull { input, negated } => {
                Ok(Some(input.value(row, env)?.is_null() != *negated))
            }
            Node::Distinct {
                left,
                right,
                negated,
            } => {
                let a = left.value(row, env)?;
                let b = right.value(row, env)?;
                let same = match (a.is_null(), b.is_null()) {
                    (true, true) => true,
                    (false, false) => compare(&a, &b, &left.ty)? == Some(Ordering::Equal),
                    _ => false,
                };
                Ok(Some(same == *negated))
            }
            Node::Like {
                input,
                pattern,
                escape,
                negated,
            } => self.like(input, pattern, escape.as_deref(), *negated, row, env),
            Node::In {
                input,
                list,
                negated,
            } => {
                let value = input.value(row, env)?;
                let mut unknown = value.is_null();
                for member in list {
                    match compare(&value, &member.value(row, env)?, &input.ty)? {
                        Some(Ordering::Equal) => return Ok(Some(!negated)),
                        None => unknown = true,
                        Some(_) => {}
                    }
                }
                Ok(if unknown { None } else { Some(*negated) })
            }
            Node::Exists(query) => {
                // What an EXISTS skips is not warned of.
                let warned = env.null_eliminated;
                let found = !env.rows_of(query, row, 1)?.is_empty();
                env.null_eliminated = warned;
                Ok(Some(found))
            }
            Node::InQuery {
                input,
                query,
                negated,
            } => {
                let value = input.value(row, env)?;
                let found = if query.independent {
                    let members = env.members_of(query, &input.ty)?;
                    if members.keys.is_empty() && !members.null {
                        Some(false)
                    } else if value.is_null() {
                        None
                    } else if members.keys.contains(&member_key(&value, &input.ty)) {
                        Some(true)
                    } else if members.null {
                        None
                    } else {
                        Some(false)
                    }
                } else {
                    any_of(BinaryOp::Equal, &value, &input.ty, query, row, env)?
                };
                Ok(found.map(|t| t != *negated))
            }
            Node::Quantified {
                op,
                left,
                quantifier,
                query,
            } => {
                let value = left.value(row, env)?;
                match quantifier {
                    Quantifier::Any => any_of(*op, &value, &left.ty, query, row, env),
                    Quantifier::All => {
                        Ok(any_of(opposite(*op), &value, &left.ty, query, row, env)?.map(|t| !t))
                    }
                }
            }
            _ => match self.value(row, env)? {
                Value::Bit(truth) => Ok(Some(truth)),
                Value::Null => Ok(None),
                _ => Err(SqlError::not_implemented("a value as a condition")),
            },
        }
    }

    fn like(
        &self,
        input: &BoundExpr,
        pattern: &BoundExpr,
        escape: Option<&BoundExpr>,
        negated: bool,
        row: &[Value],
        env: &mut Env<'_, '_>,
    ) -> Result<Option<bool>> {
        let text = input.value(row, env)?;
        let pattern_value = pattern.value(row, env)?;
        let escape_value = match escape {
            Some(e) => Some(e.value(row, env)?),
            None => None,
        };
        let (Some(text), Some(pattern_text)) = (text_of(&text), text_of(&pattern_value)) else {
            return Ok(None);
        };
        let escape_text = match &escape_value {
            None => None,
            Some(value) => match text_of(value) {
                None => return Ok(None),
                some => some,
            },
        };
        let unicode = input.ty.name.is_unicode() || pattern.ty.name.is_unicode();
        let binary = input.ty.binary_collation;
        let fixed = matches!(pattern.node, Node::Constant(_))
            && escape.is_none_or(|e| matches!(e.node, Node::Constant(_)));
        let key = std::ptr::from_ref(self).addr();
        let matcher = match env.patterns.get(&key).filter(|_| fixed) {
            Some(matcher) => Arc::clone(matcher),
            None => {
                let matcher = Arc::new(LikePattern::new(
                    pattern_text,
                    escape_text,
                    unicode,
                    binary,
                )?);
                if fixed {
                    env.patterns.insert(key, Arc::clone(&matcher));
                }
                matcher
            }
        };
        Ok(Some(matcher.matches(text) != negated))
    }
}

pub(super) fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::VarChar(s) | Value::NVarChar(s) | Value::Json(s) | Value::Xml(s) => Some(s),
        _ => None,
    }
}

fn arguments(
    args: &[BoundExpr],
    row: &[Value],
    env: &mut Env<'_, '_>,
) -> Result<(Vec<Value>, Vec<SqlType>)> {
    let mut values = Vec::with_capacity(args.len());
    let mut types = Vec::with_capacity(args.len());
    for arg in args {
        values.push(arg.value(row, env)?);
        types.push(arg.ty.clone());
    }
    Ok((values, types))
}

fn member_key(value: &Value, ty: &SqlType) -> Vec<u8> {
    let mut key = Vec::new();
    sort_key(value, ty, &mut key);
    key
}

fn any_of(
    op: BinaryOp,
    value: &Value,
    ty: &SqlType,
    query: &Subquery,
    row: &[Value],
    env: &mut Env<'_, '_>,
) -> Result<Option<bool>> {
    let rows = env.rows_of(query, row, usize::MAX)?;
    let mut unknown = false;
    for member in rows.iter() {
        match compare(value, &member[0], ty)? {
            Some(order) if holds(op, order) => return Ok(Some(true)),
            None => unknown = true,
            Some(_) => {}
        }
    }
    Ok(if unknown { None } else { Some(false) })
}

fn holds(op: BinaryOp, order: Ordering) -> bool {
    match op {
        BinaryOp::Equal => order.is_eq(),
        BinaryOp::NotEqual => order.is_ne(),
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessOrEqual => order.is_le(),
        BinaryOp::Greater => order.is_gt(),
        BinaryOp::GreaterOrEqual => order.is_ge(),
        _ => false,
    }
}

fn opposite(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Less => BinaryOp::GreaterOrEqual,
        BinaryOp::LessOrEqual => BinaryOp::Greater,
        BinaryOp::Greater => BinaryOp::LessOrEqual,
        BinaryOp::GreaterOrEqual => BinaryOp::Less,
        other => other,
    }
}

/// With ANSI_WARNINGS and ARITHABORT off an arithmetic fault is NULL, and a message unless ARITHIGNORE is on.
fn absorb(result: Result<Value>, env: &mut Env<'_, '_>) -> Result<Value> {
    let Err(error) = &result else {
        return result;
    };
    let options = &env.ctx.session.options;
    if options.ansi_warnings
        || options.arithabort
        || !crate::engine::messages::is_arithmetic(error.number)
    {
        return result;
    }
    if !options.arithignore {
        let number = if error.number == 8134 { 3607 } else { 3606 };
        env.ctx.session.arithmetic_fault = Some(number);
    }
    Ok(Value::Null)
}
