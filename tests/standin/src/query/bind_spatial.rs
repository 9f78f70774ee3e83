//! Members of CLR types: `geometry::Point(...)`, `x.STAsText()`, `x.STX`.

use crate::error::{Result, SqlError};
use crate::functions::geometry::{MemberKind, member};
use crate::syntax::ast::{Expr, ExprKind, ObjectName};
use crate::types::TypeName;

use super::bind_expr::coerce;
use super::binder::Binder;
use super::expr::{BoundExpr, FunctionRef, Node};
use super::functions::Builtin;
use super::values;

impl Binder<'_> {
    pub(super) fn static_method(
        &mut self,
        type_name: &str,
        method: &str,
        args: &[Expr],
    ) -> Result<BoundExpr> {
        match type_name.to_ascii_lowercase().as_str() {
            "geometry" => {}
            "geography" | "hierarchyid" => {
                return Err(SqlError::not_implemented(format_args!(
                    "{}::{method}",
                    type_name.to_ascii_lowercase()
                )));
            }
            _ => {
                return Err(SqlError::new(
                    243,
                    format!("Type {type_name} is not a defined system type."),
                )
                .compile());
            }
        }
        let args = self.method_arguments(args)?;
        bind_member(MemberKind::Static, method, None, args)
    }

    pub(super) fn method(
        &mut self,
        operand: &Expr,
        method: &str,
        args: Option<&[Expr]>,
    ) -> Result<BoundExpr> {
        let receiver = match &operand.kind {
            // Without parentheses behind it a qualifier of a function looks like a column: `dbo.STfunction(1)`.
            ExprKind::Column(name) => self.resolve_column(name)?,
            _ => self.scalar(operand)?,
        };
        check_receiver(&receiver, method)?;
        let kind = match args {
            Some(_) => MemberKind::Method,
            None => MemberKind::Property,
        };
        let args = self.method_arguments(args.unwrap_or_default())?;
        bind_member(kind, method, Some(receiver), args)
    }

    fn method_arguments(&mut self, args: &[Expr]) -> Result<Vec<BoundExpr>> {
        args.iter().map(|a| self.scalar(a)).collect()
    }

    /// `t.Position.STX` reads as a name of three parts; when no column answers to it, the last part is a property.
    pub(super) fn property_of_column(&mut self, name: &ObjectName) -> Result<Option<BoundExpr>> {
        let mut column = name.clone();
        let Some(property) = column.parts.pop() else {
            return Ok(None);
        };
        let Ok(receiver) = self.resolve_column(&column) else {
            return Ok(None);
        };
        if !matches!(
            receiver.ty.name,
            TypeName::Geometry | TypeName::Geography | TypeName::HierarchyId
        ) {
            return Ok(None);
        }
        check_receiver(&receiver, &property.text)?;
        bind_member(
            MemberKind::Property,
            &property.text,
            Some(receiver),
            Vec::new(),
        )
        .map(Some)
    }
}

/// 258: only CLR types and xml have methods.
fn check_receiver(receiver: &BoundExpr, method: &str) -> Result<()> {
    match receiver.ty.name {
        TypeName::Geometry => Ok(()),
        TypeName::Geography | TypeName::HierarchyId | TypeName::Xml => Err(
            SqlError::not_implemented(format_args!("{}.{method}", receiver.ty.name.as_str())),
        ),
        _ => Err(SqlError::new(
            258,
            format!("Cannot call methods on {}.", receiver.ty.name.as_str()),
        )
        .class(15)
        .compile()),
    }
}

fn bind_member(
    kind: MemberKind,
    name: &str,
    receiver: Option<BoundExpr>,
    args: Vec<BoundExpr>,
) -> Result<BoundExpr> {
    let member = member(kind, name, args.len())?;
    let mut all: Vec<BoundExpr> = receiver.into_iter().collect();
    for (arg, ty) in args.into_iter().zip(member.parameters) {
        all.push(coerce(arg, ty)?);
    }
    let function = Builtin::of(member.function());
    let (ty, args) = values::bind_function(function, all)?;
    Ok(BoundExpr::new(
        Node::Call {
            function: FunctionRef(function),
            args,
        },
        ty,
        true,
    ))
}
