//! How the catalog writes an expression: brackets around names, parentheses around numbers, lower-case functions, IN as
//! a chain of OR, CAST as CONVERT.

use crate::syntax::ast::{
    BinaryOp, Expr, ExprKind, FunctionCall, ObjectName, TypeArg, TypeRef, UnaryOp,
};

/// Text of a default, a check or a computed column, in its outer parentheses.
pub fn expression_text(expr: &Expr) -> String {
    let mut inner = expr;
    while let ExprKind::Paren(next) = &inner.kind {
        inner = next;
    }
    let text = write(inner, Style::Expression);
    if matches!(&inner.kind, ExprKind::In { list, negated: false, .. } if list.len() > 1) {
        text
    } else {
        format!("({text})")
    }
}

/// Text of the predicate of a filtered index or of filtered statistics, where IN stays IN.
pub fn filter_text(expr: &Expr) -> String {
    let mut inner = expr;
    while let ExprKind::Paren(next) = &inner.kind {
        inner = next;
    }
    format!("({})", write(inner, Style::Filter))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Expression,
    Filter,
}

fn name(name: &ObjectName) -> String {
    name.parts
        .iter()
        .map(|p| format!("[{}]", p.text.replace(']', "]]")))
        .collect::<Vec<_>>()
        .join(".")
}

fn data_type(target: &TypeRef) -> String {
    let args: Vec<String> = target
        .args
        .iter()
        .map(|a| match a {
            TypeArg::Number(n) => n.to_string(),
            TypeArg::Max => "max".to_owned(),
            TypeArg::Word(w) => w.clone(),
        })
        .collect();
    let base = name(&target.name);
    let base = if target.name.parts.len() == 1 {
        base.to_lowercase()
    } else {
        base
    };
    if args.is_empty() {
        base
    } else {
        format!("{base}({})", args.join(","))
    }
}

fn list(items: &[Expr], style: Style) -> String {
    items
        .iter()
        .map(|e| write(e, style))
        .collect::<Vec<_>>()
        .join(",")
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::BitAnd => "&",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::ShiftLeft => "<<",
        BinaryOp::ShiftRight => ">>",
        BinaryOp::Concat => "||",
        BinaryOp::Equal => "=",
        BinaryOp::NotEqual => "<>",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::And => " AND ",
        BinaryOp::Or => " OR ",
    }
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

fn write(expr: &Expr, style: Style) -> String {
    match &expr.kind {
        ExprKind::Null => "NULL".to_owned(),
        ExprKind::Default => "DEFAULT".to_owned(),
        ExprKind::Integer(n) | ExprKind::Decimal(n) => format!("({n})"),
        ExprKind::Float(n) => format!("({})", n.to_lowercase()),
        ExprKind::Money(n) => format!("({n})"),
        ExprKind::String { text, national } => {
            format!("{}'{}'", if *national { "N" } else { "" }, quoted(text))
        }
        ExprKind::BinaryLiteral(bytes) => {
            let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            format!("0x{digits}")
        }
        ExprKind::Variable(variable) => variable.clone(),
        ExprKind::GlobalVariable(variable) => variable.to_lowercase(),
        ExprKind::Column(column) => name(column),
        ExprKind::Unary { op, operand } => unary(*op, operand, style),
        ExprKind::Binary { op, left, right } => {
            format!(
                "{}{}{}",
                write(left, style),
                operator(*op),
                write(right, style)
            )
        }
        ExprKind::Paren(inner) => {
            let text = write(inner, style);
            // A literal already stands in its own parentheses.
            if is_number(inner) {
                text
            } else {
                format!("({text})")
            }
        }
        ExprKind::Cast {
            operand,
            target,
            try_,
        } => {
            format!(
                "{}CONVERT({},{})",
                try_word(*try_),
                data_type(target),
                write(operand, style)
            )
        }
        ExprKind::Convert {
            operand,
            target,
            style: code,
            try_,
        } => {
            let code = code
                .as_ref()
                .map_or_else(String::new, |c| format!(",{}", write(c, style)));
            format!(
                "{}CONVERT({},{}{code})",
                try_word(*try_),
                data_type(target),
                write(operand, style)
            )
        }
        ExprKind::Collate { operand, collation } => {
            format!("{} collate {collation}", write(operand, style))
        }
        ExprKind::Function(call) => function(call, style),
        ExprKind::Coalesce(items) => coalesce(items, style),
        ExprKind::NullIf(a, b) => format!("nullif({},{})", write(a, style), write(b, style)),
        ExprKind::Case {
            operand,
            branches,
            otherwise,
        } => case(operand.as_deref(), branches, otherwise.as_deref(), style),
        ExprKind::Iif {
            condition,
            then,
            otherwise,
        } => {
            format!(
                "case when {} then {} else {} end",
                write(condition, style),
                write(then, style),
                write(otherwise, style)
            )
        }
        ExprKind::IsNull { operand, negated } => {
            format!(
                "{} IS {}NULL",
                write(operand, style),
                if *negated { "NOT " } else { "" }
            )
        }
        ExprKind::In {
            operand,
            list: items,
            negated,
        } => in_list(operand, items, *negated, style),
        ExprKind::Between {
            operand,
            low,
            high,
            negated,
        } => {
            let operand = write(operand, style);
            let text = format!(
                "{operand}>={} AND {operand}<={}",
                write(low, style),
                write(high, style)
            );
            if *negated {
                format!("NOT ({text})")
            } else {
                text
            }
        }
        ExprKind::Like {
            operand,
            pattern,
            escape,
            negated,
        } => {
            let escape = escape
                .as_ref()
                .map_or_else(String::new, |e| format!(" escape {}", write(e, style)));
            format!(
                "{}{} like {}{escape}",
                if *negated { "NOT " } else { "" },
                write(operand, style),
                write(pattern, style)
            )
        }
        ExprKind::StaticMethod {
            type_name,
            method,
            args,
        } => {
            format!("[{type_name}]::[{method}]({})", list(args, style))
        }
        ExprKind::Method {
            operand,
            method,
            args,
        } => {
            let args = args
                .as_ref()
                .map_or_else(String::new, |a| format!("({})", list(a, style)));
            format!("{}.[{method}]{args}", write(operand, style))
        }
        ExprKind::AtTimeZone { operand, zone } => {
            format!(
                "{} AT TIME ZONE {}",
                write(operand, style),
                write(zone, style)
            )
        }
        ExprKind::NextValueFor(sequence) => format!("NEXT VALUE FOR {}", name(sequence)),
        // Subqueries and PARSE are refused where the catalog would have to write them.
        _ => String::new(),
    }
}

fn is_number(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Integer(_) | ExprKind::Decimal(_) | ExprKind::Float(_) | ExprKind::Money(_)
    )
}

fn try_word(try_: bool) -> &'static str {
    if try_ { "TRY_" } else { "" }
}

fn unary(op: UnaryOp, operand: &Expr, style: Style) -> String {
    match (op, &operand.kind) {
        (UnaryOp::Minus, ExprKind::Integer(n) | ExprKind::Decimal(n)) => format!("(-{n})"),
        (UnaryOp::Minus, ExprKind::Float(n)) => format!("(-{})", n.to_lowercase()),
        (UnaryOp::Minus, _) => format!("-{}", write(operand, style)),
        (UnaryOp::Plus, _) => write(operand, style),
        (UnaryOp::BitNot, _) => format!("~{}", write(operand, style)),
        (UnaryOp::Not, _) => format!("NOT {}", write(operand, style)),
    }
}

fn function(call: &FunctionCall, style: Style) -> String {
    let text = if call.name.parts.len() == 1 {
        call.name.base().to_lowercase()
    } else {
        name(&call.name)
    };
    format!("{text}({})", list(&call.args, style))
}

fn coalesce(items: &[Expr], style: Style) -> String {
    match items {
        [] => String::new(),
        [last] => write(last, style),
        [first, rest @ ..] => {
            let first = write(first, style);
            format!(
                "case when {first} IS NOT NULL then {first} else {} end",
                coalesce(rest, style)
            )
        }
    }
}

fn case(
    operand: Option<&Expr>,
    branches: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
    style: Style,
) -> String {
    let mut text = "case".to_owned();
    if let Some(operand) = operand {
        text.push_str(&format!(" {}", write(operand, style)));
    }
    for (when, then) in branches {
        text.push_str(&format!(
            " when {} then {}",
            write(when, style),
            write(then, style)
        ));
    }
    if let Some(otherwise) = otherwise {
        text.push_str(&format!(" else {}", write(otherwise, style)));
    }
    text.push_str(" end");
    text
}

/// Outside of filters IN becomes equalities joined by OR, last one first.
fn in_list(operand: &Expr, items: &[Expr], negated: bool, style: Style) -> String {
    let operand = write(operand, style);
    if style == Style::Filter {
        let items: Vec<String> = items.iter().map(|e| write(e, style)).collect();
        return format!("{operand} IN ({})", items.join(", "));
    }
    let chain: Vec<String> = items
        .iter()
        .rev()
        .map(|e| format!("{operand}={}", write(e, style)))
        .collect();
    let chain = chain.join(" OR ");
    match (negated, items.len()) {
        (true, _) => format!("NOT ({chain})"),
        (false, 1) => chain,
        (false, _) => format!("({chain})"),
    }
}
