//! Data type precedence: the common type of CASE, COALESCE, UNION, IN and comparisons.

use super::convert::is_allowed;
use super::errors;
use super::value::{SqlType, TypeName};
use crate::error::{Result, SqlError};

/// Higher wins. The documented chart, vector at the bottom because it unifies with text as a binary would.
pub fn rank(name: TypeName) -> u8 {
    use TypeName as T;
    match name {
        T::Geometry | T::Geography | T::HierarchyId | T::Cursor | T::Table => 40,
        T::Xml => 41,
        T::Json => 39,
        T::SqlVariant => 38,
        T::DateTimeOffset => 36,
        T::DateTime2 => 35,
        T::DateTime => 34,
        T::SmallDateTime => 33,
        T::Date => 32,
        T::Time => 31,
        T::Float => 30,
        T::Real => 29,
        T::Decimal | T::Numeric => 28,
        T::Money => 27,
        T::SmallMoney => 26,
        T::BigInt => 25,
        T::Int => 24,
        T::SmallInt => 23,
        T::TinyInt => 22,
        T::Bit => 21,
        T::NText => 20,
        T::Text => 19,
        T::Image => 18,
        T::RowVersion => 17,
        T::UniqueIdentifier => 16,
        T::NVarChar => 15,
        T::NChar => 14,
        T::VarChar => 13,
        T::Char => 12,
        T::VarBinary => 11,
        T::Binary => 10,
        T::Vector => 9,
    }
}

/// The decimal shape of an exact number: int is (10,0), money (19,4).
pub fn decimal_shape(t: &SqlType) -> Option<(u8, u8)> {
    Some(match t.name {
        TypeName::Bit => (1, 0),
        TypeName::TinyInt => (3, 0),
        TypeName::SmallInt => (5, 0),
        TypeName::Int => (10, 0),
        TypeName::BigInt => (19, 0),
        TypeName::Money => (19, 4),
        TypeName::SmallMoney => (10, 4),
        TypeName::Decimal | TypeName::Numeric => (t.precision, t.scale),
        _ => return None,
    })
}

/// Fractional digits that a date or time type carries into a unification.
fn fraction(t: &SqlType) -> u8 {
    match t.name {
        TypeName::DateTime => 3,
        TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset => t.scale,
        _ => 0,
    }
}

/// Bytes or characters that a type contributes to a string or binary of the other's family.
fn width(t: &SqlType) -> i32 {
    match t.name {
        n if n.is_character() || n.is_binary() => t.length,
        TypeName::Vector => 8 + 4 * t.length,
        _ => i32::from(t.max_length_bytes()),
    }
}

fn joined_width(a: &SqlType, b: &SqlType, limit: i32) -> i32 {
    if a.is_max() || b.is_max() {
        SqlType::MAX
    } else {
        width(a).max(width(b)).min(limit)
    }
}

/// The type that both become. Not symmetric only in the wording of refusals.
pub fn result_type(a: &SqlType, b: &SqlType) -> Result<SqlType> {
    if a == b {
        return Ok(a.clone());
    }
    if a.name == TypeName::Vector && b.name == TypeName::Vector {
        return Err(errors::vector_dimensions(a.length, b.length, 1).compile());
    }
    let (winner, loser) = if rank(a.name) >= rank(b.name) {
        (a, b)
    } else {
        (b, a)
    };
    if winner.name.is_character() && (loser.name.is_binary() || loser.name == TypeName::Vector) {
        return Ok(join_text(winner, loser));
    }
    if winner.name.is_character() && loser.name.is_character() {
        return Ok(join_text(winner, loser));
    }
    is_allowed(loser, winner, false)?;
    Ok(match winner.name {
        TypeName::Decimal | TypeName::Numeric => match decimal_shape(loser) {
            Some((p, s)) => {
                let scale = winner.scale.max(s);
                let whole = (winner.precision - winner.scale).max(p - s);
                let mut t = winner.clone();
                t.precision = (whole + scale).min(38);
                t.scale = scale;
                t
            }
            None => winner.clone(),
        },
        TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset
            if loser.name.is_date_or_time() =>
        {
            let mut t = winner.clone();
            t.scale = fraction(winner).max(fraction(loser));
            t
        }
        TypeName::VarBinary | TypeName::Binary if loser.name.is_binary() => {
            let mut t = winner.clone();
            if winner.name != loser.name {
                t.name = TypeName::VarBinary;
            }
            t.length = joined_width(a, b, 8000);
            t
        }
        _ => winner.clone(),
    })
}

fn join_text(winner: &SqlType, loser: &SqlType) -> SqlType {
    let unicode = winner.name.is_unicode() || loser.name.is_unicode();
    let fixed = |t: &SqlType| matches!(t.name, TypeName::Char | TypeName::NChar | TypeName::Binary);
    let name = match (unicode, fixed(winner) && fixed(loser)) {
        (true, true) => TypeName::NChar,
        (true, false) => TypeName::NVarChar,
        (false, true) => TypeName::Char,
        (false, false) => TypeName::VarChar,
    };
    let mut t = SqlType::sized(
        name,
        joined_width(winner, loser, if unicode { 4000 } else { 8000 }),
    );
    t.binary_collation = winner.binary_collation || loser.binary_collation;
    t
}

/// The common type of a whole list (CASE arms, a VALUES column, an IN list).
pub fn result_type_of(types: &[SqlType]) -> Result<SqlType> {
    let Some((first, rest)) = types.split_first() else {
        return Ok(SqlType::INT);
    };
    rest.iter()
        .try_fold(first.clone(), |t, next| result_type(&t, next))
}

/// The type in which two operands are compared; `operator` is "equal to", "less than" and so on.
pub fn comparison_type(a: &SqlType, b: &SqlType, operator: &str) -> Result<SqlType> {
    use TypeName as T;
    for t in [a, b] {
        if t.name.is_spatial() {
            return Err(errors::clr_operator(t, operator));
        }
    }
    let is = |n: T| (a.name == n, b.name == n);
    match is(T::Vector) {
        (true, true) => return Err(errors::operand_invalid(a, operator)),
        (true, false) | (false, true) => return Err(errors::incompatible(a, b, operator)),
        _ => {}
    }
    match is(T::Json) {
        (true, true) => {
            return Err(SqlError::new(
                13636,
                "The JSON data type cannot be compared or sorted, except when using the IS NULL operator.",
            )
            .compile());
        }
        (true, false) | (false, true) => return Err(errors::incompatible(a, b, operator)),
        _ => {}
    }
    match is(T::Xml) {
        (true, true) => {
            return Err(SqlError::new(
                305,
                "The XML data type cannot be compared or sorted, except when using the IS NULL operator.",
            )
            .compile());
        }
        (true, false) | (false, true) => return Err(errors::incompatible(a, b, operator)),
        _ => {}
    }
    if a.name.is_legacy_lob() || b.name.is_legacy_lob() {
        let text_like =
            |t: &SqlType| t.name.is_legacy_lob() || t.name.is_character() || t.name.is_binary();
        return Err(if text_like(a) && text_like(b) {
            errors::incompatible(a, b, operator)
        } else if a.name.is_legacy_lob() {
            errors::clash(a, b)
        } else {
            errors::clash(b, a)
        });
    }
    let legacy = |t: &SqlType| matches!(t.name, T::DateTime | T::SmallDateTime);
    let modern = |t: &SqlType| t.name.is_date_or_time() && !legacy(t);
    let clashes = (a.name == T::Time && legacy(b))
        || (b.name == T::Time && legacy(a))
        || (a.name.is_binary() && modern(b))
        || (b.name.is_binary() && modern(a));
    if clashes {
        return Err(errors::incompatible(a, b, operator));
    }
    result_type(a, b).map_err(|e| {
        // The clash of a comparison names the non-number first, whichever side it is written on.
        if e.number == 206 && decimal_shape(a).is_some() {
            errors::clash(b, a)
        } else if e.number == 206 {
            errors::clash(a, b)
        } else {
            e
        }
    })
}
