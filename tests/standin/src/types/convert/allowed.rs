//! The conversion chart: implicit, explicit only, or never.

use super::super::errors;
use super::super::value::{SqlType, TypeName};
use crate::error::Result;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Implicit,
    Explicit,
    Never,
}

/// The groups that the chart distinguishes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Binary,
    Ansi,
    Unicode,
    LegacyDate,
    Date,
    Time,
    ModernDate,
    Exact,
    Approximate,
    Timestamp,
    Guid,
    Text,
    NText,
    Image,
    Variant,
    Xml,
    Clr,
    Vector,
    Json,
    Other,
}

fn group(t: &SqlType) -> Group {
    use TypeName as T;
    match t.name {
        T::Binary | T::VarBinary => Group::Binary,
        T::Char | T::VarChar => Group::Ansi,
        T::NChar | T::NVarChar => Group::Unicode,
        T::DateTime | T::SmallDateTime => Group::LegacyDate,
        T::Date => Group::Date,
        T::Time => Group::Time,
        T::DateTime2 | T::DateTimeOffset => Group::ModernDate,
        T::Bit
        | T::TinyInt
        | T::SmallInt
        | T::Int
        | T::BigInt
        | T::Decimal
        | T::Numeric
        | T::Money
        | T::SmallMoney => Group::Exact,
        T::Real | T::Float => Group::Approximate,
        T::RowVersion => Group::Timestamp,
        T::UniqueIdentifier => Group::Guid,
        T::Text => Group::Text,
        T::NText => Group::NText,
        T::Image => Group::Image,
        T::SqlVariant => Group::Variant,
        T::Xml => Group::Xml,
        T::Geometry | T::Geography | T::HierarchyId => Group::Clr,
        T::Vector => Group::Vector,
        T::Json => Group::Json,
        T::Cursor | T::Table => Group::Other,
    }
}

fn rule(from: &SqlType, to: &SqlType) -> Rule {
    use Group as G;
    use Rule::{Explicit, Implicit, Never};
    let (a, b) = (group(from), group(to));
    if a == b {
        return match a {
            G::Clr if from.name != to.name => Never,
            G::Other => Never,
            _ => Implicit,
        };
    }
    if b == G::Variant {
        // (max) types do not fit a sql_variant.
        let fits = !from.is_max()
            && !matches!(
                a,
                G::Text
                    | G::NText
                    | G::Image
                    | G::Xml
                    | G::Clr
                    | G::Vector
                    | G::Json
                    | G::Timestamp
                    | G::Other
            );
        return if fits { Implicit } else { Never };
    }
    match a {
        G::Binary => match b {
            G::Ansi
            | G::Unicode
            | G::LegacyDate
            | G::Exact
            | G::Timestamp
            | G::Guid
            | G::Image
            | G::Xml
            | G::Clr => Implicit,
            G::Date | G::Time | G::ModernDate => Explicit,
            _ => Never,
        },
        G::Ansi | G::Unicode => match b {
            G::Binary => Explicit,
            G::Timestamp => Explicit,
            G::Image if a == G::Unicode => Never,
            G::Other => Never,
            _ => Implicit,
        },
        G::LegacyDate => match b {
            G::Ansi | G::Unicode | G::Date | G::Time | G::ModernDate => Implicit,
            G::Binary | G::Exact | G::Approximate | G::Timestamp => Explicit,
            _ => Never,
        },
        G::Date | G::Time => match b {
            G::Ansi | G::Unicode | G::LegacyDate | G::ModernDate => Implicit,
            G::Binary => Explicit,
            _ => Never,
        },
        G::ModernDate => match b {
            G::Ansi | G::Unicode | G::LegacyDate | G::Date | G::Time => Implicit,
            G::Binary => Explicit,
            _ => Never,
        },
        G::Exact => match b {
            G::Binary | G::Ansi | G::Unicode | G::LegacyDate | G::Approximate | G::Timestamp => {
                Implicit
            }
            _ => Never,
        },
        G::Approximate => match b {
            G::Binary | G::Ansi | G::Unicode | G::LegacyDate | G::Exact => Implicit,
            _ => Never,
        },
        G::Timestamp => match b {
            G::Binary | G::Ansi | G::LegacyDate | G::Exact | G::Image => Implicit,
            _ => Never,
        },
        G::Guid => match b {
            G::Binary | G::Ansi | G::Unicode => Implicit,
            _ => Never,
        },
        G::Text | G::NText => match b {
            G::Ansi | G::Unicode | G::Text | G::NText => Implicit,
            G::Xml => Explicit,
            _ => Never,
        },
        G::Image => match b {
            G::Binary | G::Timestamp => Implicit,
            _ => Never,
        },
        G::Variant => match b {
            G::Timestamp
            | G::Text
            | G::NText
            | G::Image
            | G::Xml
            | G::Clr
            | G::Vector
            | G::Json
            | G::Other => Never,
            _ => Explicit,
        },
        G::Xml => match b {
            G::Binary | G::Ansi | G::Unicode => Explicit,
            _ => Never,
        },
        G::Clr => match b {
            G::Binary | G::Ansi | G::Unicode | G::Xml => Explicit,
            _ => Never,
        },
        G::Vector => match b {
            G::Ansi | G::Unicode | G::Json => Implicit,
            _ => Never,
        },
        G::Json => match b {
            G::Vector => Implicit,
            G::Ansi | G::Unicode => Explicit,
            _ => Never,
        },
        G::Other => Never,
    }
}

/// The compile-time answer: 529 for an explicit conversion that does not exist, 257 for an implicit one that needs
/// CONVERT, 206 for an implicit one that does not exist.
pub fn is_allowed(from: &SqlType, to: &SqlType, explicit: bool) -> Result<()> {
    if from.name == TypeName::Vector && to.name == TypeName::Vector && from.length != to.length {
        return Err(errors::vector_dimensions(from.length, to.length, 1).compile());
    }
    match rule(from, to) {
        Rule::Implicit => Ok(()),
        Rule::Explicit if explicit => Ok(()),
        Rule::Explicit => Err(errors::implicit_not_allowed(from, to)),
        Rule::Never if explicit => Err(errors::explicit_not_allowed(from, to)),
        Rule::Never => Err(errors::clash(from, to)),
    }
}

/// Does the first type reach the second without CONVERT?
pub fn is_implicit(from: &SqlType, to: &SqlType) -> bool {
    rule(from, to) == Rule::Implicit
}
