//! THROW, RAISERROR, PRINT.

use crate::error::{Result, SqlError};
use crate::protocol::ResultSink;
use crate::syntax::ast::Expr;
use crate::types::{SqlType, Value};

use super::expressions::{scalar, scalar_as};
use crate::engine::frame::ExecContext;

/// Severity 0 to 10 travels as class 0 to 9; 10 as 0.
fn wire_class(severity: u8) -> u8 {
    if severity == 10 { 0 } else { severity }
}

pub(super) fn throw(
    ctx: &mut ExecContext<'_>,
    operands: Option<&(Expr, Expr, Expr)>,
) -> Result<()> {
    let Some((number, message, state)) = operands else {
        let caught = ctx.frame.error.clone().map(|error| SqlError {
            settled: false,
            ..error
        });
        return Err(caught.unwrap_or_else(|| {
            SqlError::new(
                10704,
                "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement inside a CATCH block, or add error parameters to the THROW statement.",
            )
            .class(15)
            .compile()
        }));
    };
    let number = integer(scalar_as(ctx, number, &SqlType::INT)?).unwrap_or(0);
    let message = text(&scalar_as(ctx, message, &SqlType::nvarchar(2048))?);
    let state = integer(scalar_as(ctx, state, &SqlType::INT)?).unwrap_or(1);
    if number < 50000 {
        return Err(SqlError::new(
            35100,
            format!(
                "Error number {number} in the THROW statement is outside the valid range. Specify an error number in the valid range of 50000 to 2147483647."
            ),
        )
        .state(10));
    }
    Err(SqlError::new(number, message).state(u8::try_from(state.clamp(0, 255)).unwrap_or(1)))
}

pub(super) struct RaisErrorArguments<'a> {
    pub message: &'a Expr,
    pub severity: &'a Expr,
    pub state: &'a Expr,
    pub args: &'a [Expr],
    pub options: &'a [String],
}

pub(super) fn raiserror(
    ctx: &mut ExecContext<'_>,
    raise: &RaisErrorArguments<'_>,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let message = scalar(ctx, raise.message)?;
    let severity = integer(scalar_as(ctx, raise.severity, &SqlType::INT)?)
        .unwrap_or(0)
        .max(0);
    let state = integer(scalar_as(ctx, raise.state, &SqlType::INT)?).unwrap_or(1);
    let state = match state {
        s if s < 0 => 1,
        s => u8::try_from(s).unwrap_or(255),
    };
    let mut arguments = Vec::with_capacity(raise.args.len());
    for arg in raise.args {
        arguments.push(scalar(ctx, arg)?);
    }
    let (number, format) = match &message {
        Value::Int(_) | Value::BigInt(_) | Value::SmallInt(_) | Value::TinyInt(_) => {
            let number = integer(message.clone()).unwrap_or(0);
            return Err(unknown_message(number, severity, state));
        }
        other => (50000, text(other)),
    };
    let text = format_message(&format, &arguments)?;
    let class = u8::try_from(severity.min(25)).unwrap_or(25);
    let log = raise.options.iter().any(|o| o.eq_ignore_ascii_case("LOG"));
    if class > 18 && !log {
        return Err(SqlError::new(
            2754,
            "Error severity levels greater than 18 can only be specified by members of the sysadmin role, using the WITH LOG option.",
        ));
    }
    let error = SqlError::new(number, text).class(class).state(state);
    if class > 10 {
        return Err(error);
    }
    let set_error = raise
        .options
        .iter()
        .any(|o| o.eq_ignore_ascii_case("SETERROR"));
    ctx.session.forced_error = set_error.then_some(number);
    let error = error.class(wire_class(class));
    sink.message(&crate::engine::messages::locate(ctx.frame, error))
}

fn unknown_message(number: i32, severity: i32, state: u8) -> SqlError {
    if number < 13000 {
        return SqlError::new(
            2732,
            format!(
                "Error number {number} is invalid. The number must be from 13000 through 2147483647 and it cannot be 50000."
            ),
        );
    }
    SqlError::new(
        18054,
        format!(
            "Error {number}, severity {severity}, state {state} was raised, but no message with that error number was found in sys.messages. If error is larger than 50000, make sure the user-defined message is added using sp_addmessage."
        ),
    )
}

pub(super) fn print(
    ctx: &mut ExecContext<'_>,
    expr: &Expr,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    let mut message = text(&scalar_as(ctx, expr, &SqlType::nvarchar(4000))?);
    if message.is_empty() {
        // SQL Server sends a blank for an empty or NULL text.
        message = " ".to_owned();
    }
    let info = crate::engine::messages::info(0, 1, message);
    sink.message(&crate::engine::messages::locate(ctx.frame, info))
}

pub(crate) fn integer(value: Value) -> Option<i32> {
    match value {
        Value::Int(n) => Some(n),
        Value::SmallInt(n) => Some(n.into()),
        Value::TinyInt(n) => Some(n.into()),
        Value::Bit(b) => Some(b.into()),
        Value::BigInt(n) => i32::try_from(n).ok(),
        _ => None,
    }
}

pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::VarChar(s) | Value::NVarChar(s) => s.to_string(),
        _ => String::new(),
    }
}

/// printf as RAISERROR and FORMATMESSAGE do it: flags `- + 0 # blank`, width, precision, `d i u o x X s`, `%%`, `*`.
pub(crate) fn format_message(format: &str, arguments: &[Value]) -> Result<String> {
    let mut out = String::with_capacity(format.len());
    let given = arguments.len();
    let mut arguments = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            out.push('%');
            continue;
        }
        let spec = Spec::read(&mut chars, &mut arguments, format)?;
        let argument = arguments.next();
        spec.write(argument, given - arguments.len(), &mut out)?;
    }
    Ok(cut_message(out))
}

/// At most 2,047 characters; longer ones end in an ellipsis.
fn cut_message(text: String) -> String {
    if text.encode_utf16().count() <= 2047 {
        return text;
    }
    let mut cut: String = text.chars().take(2044).collect();
    cut.push_str("...");
    cut
}

#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    zero: bool,
    alternate: bool,
    blank: bool,
    width: usize,
    precision: Option<usize>,
    big: bool,
    kind: char,
}

impl Spec {
    fn read<'v>(
        chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
        arguments: &mut impl Iterator<Item = &'v Value>,
        format: &str,
    ) -> Result<Self> {
        let mut spec = Self::default();
        while let Some(flag) = chars.peek() {
            match flag {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                '0' => spec.zero = true,
                '#' => spec.alternate = true,
                ' ' => spec.blank = true,
                _ => break,
            }
            chars.next();
        }
        spec.width = number(chars, arguments).unwrap_or(0);
        if chars.peek() == Some(&'.') {
            chars.next();
            spec.precision = Some(number(chars, arguments).unwrap_or(0));
        }
        if matches!(chars.peek(), Some('h' | 'l')) {
            chars.next();
        } else if chars.peek() == Some(&'I') {
            for _ in 0..3 {
                chars.next();
            }
            spec.big = true;
        }
        match chars.next() {
            Some(kind @ ('d' | 'i' | 'u' | 'o' | 'x' | 'X' | 's')) => {
                spec.kind = kind;
                Ok(spec)
            }
            _ => Err(SqlError::new(
                2787,
                format!("Invalid format specification: '{format}'."),
            )),
        }
    }

    /// `position` is the argument's, counted from 1.
    fn write(&self, argument: Option<&Value>, position: usize, out: &mut String) -> Result<()> {
        let body = match (self.kind, argument) {
            (_, None | Some(Value::Null)) => "(null)".to_owned(),
            ('s', Some(Value::VarChar(s) | Value::NVarChar(s))) => match self.precision {
                Some(n) => s.chars().take(n).collect(),
                None => s.to_string(),
            },
            ('s', Some(_)) => return Err(mismatch(position)),
            (_, Some(value)) => {
                let number = match value {
                    Value::BigInt(n) => *n,
                    other => i64::from(integer(other.clone()).ok_or_else(|| mismatch(position))?),
                };
                self.digits(number, matches!(value, Value::BigInt(_)))
            }
        };
        let missing = self.width.saturating_sub(body.chars().count());
        let pad: String = " ".repeat(missing);
        if self.left {
            out.push_str(&body);
            out.push_str(&pad);
        } else if self.zero && self.kind != 's' && self.precision.is_none() {
            let (sign, digits) = match body.strip_prefix(['-', '+']) {
                Some(rest) => (&body[..1], rest),
                None => ("", body.as_str()),
            };
            out.push_str(sign);
            out.push_str(&"0".repeat(missing));
            out.push_str(digits);
        } else {
            out.push_str(&pad);
            out.push_str(&body);
        }
        Ok(())
    }

    fn digits(&self, n: i64, big: bool) -> String {
        let unsigned = |n: i64| {
            if big {
                n.cast_unsigned()
            } else {
                u64::from((n as i32).cast_unsigned())
            }
        };
        let mut digits = match self.kind {
            'u' => unsigned(n).to_string(),
            'o' => format!("{:o}", unsigned(n)),
            'x' => format!("{:x}", unsigned(n)),
            'X' => format!("{:X}", unsigned(n)),
            _ => n.unsigned_abs().to_string(),
        };
        if let Some(precision) = self.precision
            && digits.len() < precision
        {
            digits.insert_str(0, &"0".repeat(precision - digits.len()));
        }
        if self.alternate && n != 0 {
            match self.kind {
                'x' => digits.insert_str(0, "0x"),
                'X' => digits.insert_str(0, "0X"),
                'o' => digits.insert(0, '0'),
                _ => {}
            }
        }
        if matches!(self.kind, 'd' | 'i') {
            if n < 0 {
                digits.insert(0, '-');
            } else if self.plus {
                digits.insert(0, '+');
            } else if self.blank {
                digits.insert(0, ' ');
            }
        }
        digits
    }
}

fn mismatch(position: usize) -> SqlError {
    SqlError::new(
        2786,
        format!(
            "The data type of substitution parameter {position} does not match the expected type of the format specification."
        ),
    )
}

fn number<'v>(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    arguments: &mut impl Iterator<Item = &'v Value>,
) -> Option<usize> {
    if chars.peek() == Some(&'*') {
        chars.next();
        return arguments
            .next()
            .and_then(|value| integer(value.clone()))
            .and_then(|n| usize::try_from(n).ok());
    }
    let mut n = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        n = Some(
            n.unwrap_or(0usize)
                .saturating_mul(10)
                .saturating_add(digit as usize),
        );
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_formatted_like_printf() {
        let args = [
            Value::Int(-5),
            Value::nvarchar("ab"),
            Value::Null,
            Value::Int(255),
        ];
        assert_eq!(
            format_message("%05d|%-4s|%s|%#x|100%%", &args).unwrap(),
            "-0005|ab  |(null)|0xff|100%"
        );
    }
}
