//! Methods and properties of geometry. Their names are case-sensitive, as those of every CLR type.

use super::{Call, Entry, entry};
use crate::error::{Result, SqlError};
use crate::types::geometry::{Coordinate, Shape};
use crate::types::{SqlType, TypeName, Value};

/// How a member is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// `geometry::Name(...)`
    Static,
    /// `value.Name(...)`
    Method,
    /// `value.Name`
    Property,
}

/// A member of geometry: what its arguments convert to and what it does.
pub struct Member {
    pub kind: MemberKind,
    pub name: &'static str,
    pub parameters: &'static [SqlType],
    function: Entry,
}

impl Member {
    pub fn function(&'static self) -> &'static dyn super::ScalarFunction {
        &self.function
    }
}

macro_rules! member {
    ($kind:ident, $name:literal, [$($parameter:expr),*], $bind:expr, $eval:expr) => {
        Member {
            kind: MemberKind::$kind,
            name: $name,
            parameters: &[$($parameter),*],
            function: entry(concat!("geometry.", $name), 0, 4, $bind, $eval),
        }
    };
}

const TEXT: SqlType = SqlType::nvarchar(SqlType::MAX);
const GEOMETRY: SqlType = SqlType::plain(TypeName::Geometry);

static MEMBERS: &[Member] = &[
    member!(
        Static,
        "Point",
        [SqlType::FLOAT, SqlType::FLOAT, SqlType::INT],
        shape_type,
        point
    ),
    member!(Static, "Parse", [TEXT], shape_type, parse),
    member!(
        Static,
        "STGeomFromText",
        [TEXT, SqlType::INT],
        shape_type,
        from_text
    ),
    member!(
        Static,
        "STPointFromText",
        [TEXT, SqlType::INT],
        shape_type,
        point_from_text
    ),
    member!(Property, "STX", [], float_type, |c| Ok(coordinate(
        c,
        |p| Some(p.x)
    ))),
    member!(Property, "STY", [], float_type, |c| Ok(coordinate(
        c,
        |p| Some(p.y)
    ))),
    member!(
        Property,
        "Z",
        [],
        float_type,
        |c| Ok(coordinate(c, |p| p.z))
    ),
    member!(Property, "M", [], float_type, |c| Ok(coordinate(c, |_| {
        None
    }))),
    member!(Property, "HasZ", [], bit_type, |c| of_shape(c, |s| {
        Value::Bit(has_z(s))
    })),
    member!(Property, "HasM", [], bit_type, |c| of_shape(c, |_| {
        Value::Bit(false)
    })),
    member!(Property, "IsNull", [], bit_type, |c| of_shape(c, |_| {
        Value::Bit(false)
    })),
    member!(Property, "STSrid", [], int_type, |c| of_shape(c, |s| {
        Value::Int(s.srid)
    })),
    member!(Method, "STAsText", [], text_type, |c| of_shape(c, |s| {
        Value::nvarchar(s.as_text())
    })),
    member!(Method, "AsTextZM", [], text_type, |c| of_shape(c, |s| {
        Value::nvarchar(s.to_text())
    })),
    member!(Method, "ToString", [], text_type, |c| of_shape(c, |s| {
        Value::nvarchar(s.to_text())
    })),
    member!(Method, "STGeometryType", [], type_name_type, |c| of_shape(
        c,
        |s| { Value::nvarchar(s.type_name()) }
    )),
    member!(Method, "STNumPoints", [], int_type, |c| of_shape(c, |s| {
        Value::Int(i32::try_from(s.num_points()).unwrap_or(i32::MAX))
    })),
    member!(Method, "STIsEmpty", [], bit_type, |c| of_shape(c, |s| {
        Value::Bit(s.num_points() == 0)
    })),
    member!(Method, "STIsValid", [], bit_type, is_valid),
    member!(Method, "STDistance", [GEOMETRY], float_type, distance),
];

/// Members of SQL Server's type that the stand-in refuses by name.
const REFUSED: &[&str] = &[
    "AsBinaryZM",
    "AsGml",
    "BufferWithCurves",
    "BufferWithTolerance",
    "CollectionAggregate",
    "ConvexHullAggregate",
    "CurveToLineWithTolerance",
    "Deserialize",
    "EnvelopeAggregate",
    "Filter",
    "GeomFromGML",
    "InstanceOf",
    "IsValidDetailed",
    "MakeValid",
    "MinDbCompatibilityLevel",
    "Null",
    "Reduce",
    "STArea",
    "STAsBinary",
    "STBoundary",
    "STBuffer",
    "STCentroid",
    "STContains",
    "STConvexHull",
    "STCrosses",
    "STCurveN",
    "STCurveToLine",
    "STDifference",
    "STDimension",
    "STDisjoint",
    "STEndPoint",
    "STEnvelope",
    "STEquals",
    "STExteriorRing",
    "STGeomCollFromText",
    "STGeomCollFromWKB",
    "STGeomFromWKB",
    "STGeometryN",
    "STInteriorRingN",
    "STIntersection",
    "STIntersects",
    "STIsClosed",
    "STIsRing",
    "STIsSimple",
    "STLength",
    "STLineFromText",
    "STLineFromWKB",
    "STMLineFromText",
    "STMLineFromWKB",
    "STMPointFromText",
    "STMPointFromWKB",
    "STMPolyFromText",
    "STMPolyFromWKB",
    "STNumCurves",
    "STNumGeometries",
    "STNumInteriorRing",
    "STOverlaps",
    "STPointFromWKB",
    "STPointN",
    "STPointOnSurface",
    "STPolyFromText",
    "STPolyFromWKB",
    "STRelate",
    "STStartPoint",
    "STSymDifference",
    "STTouches",
    "STUnion",
    "STWithin",
    "ShortestLineTo",
    "UnionAggregate",
];

/// Finds a member. 6506 and 6592 for what the type does not have; the argument count is part of a method's identity.
pub fn member(kind: MemberKind, name: &str, arguments: usize) -> Result<&'static Member> {
    if let Some(found) = MEMBERS.iter().find(|m| m.kind == kind && m.name == name)
        && found.parameters.len() == arguments
    {
        return Ok(found);
    }
    if REFUSED.contains(&name) {
        return Err(SqlError::not_implemented(format_args!("geometry's {name}")));
    }
    Err(match kind {
        MemberKind::Property => SqlError::new(
            6592,
            format!(
                "Could not find property or field '{name}' for type 'Microsoft.SqlServer.Types.SqlGeometry' in assembly 'Microsoft.SqlServer.Types'."
            ),
        ),
        _ => SqlError::new(
            6506,
            format!(
                "Could not find method '{name}' for type 'Microsoft.SqlServer.Types.SqlGeometry' in assembly 'Microsoft.SqlServer.Types'."
            ),
        ),
    }
    .compile())
}

fn shape_type(_: &'static str, _: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    Ok(GEOMETRY)
}

fn float_type(_: &'static str, _: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    Ok(SqlType::FLOAT)
}

fn int_type(_: &'static str, _: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    Ok(SqlType::INT)
}

fn bit_type(_: &'static str, _: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    Ok(SqlType::BIT)
}

fn text_type(_: &'static str, _: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    Ok(TEXT)
}

fn type_name_type(_: &'static str, _: &[SqlType], _: &[Option<Value>]) -> Result<SqlType> {
    Ok(SqlType::nvarchar(4000))
}

/// 6569: the CLR's double and int have no NULL.
fn not_null(call: &Call<'_>, method: &str, index: usize) -> Result<()> {
    if call.args[index].is_null() {
        return Err(SqlError::new(
            6569,
            format!(
                "'geometry::{method}' failed because parameter {} is not allowed to be null.",
                index + 1
            ),
        ));
    }
    Ok(())
}

/// 24100 around the range of spatial reference identifiers.
fn srid(call: &Call<'_>, method: &str, index: usize) -> Result<i32> {
    not_null(call, method, index)?;
    let srid = call.int(index)?;
    if (0..=999_999).contains(&srid) {
        return Ok(srid);
    }
    Err(SqlError::new(
        6522,
        "A .NET Framework error occurred during execution of user-defined routine or aggregate \"geometry\": \r\nSystem.FormatException: 24100: The spatial reference identifier (SRID) is not valid. SRIDs must be between 0 and 999999.",
    ))
}

fn point(call: &Call<'_>) -> Result<Value> {
    not_null(call, "Point", 0)?;
    not_null(call, "Point", 1)?;
    let srid = srid(call, "Point", 2)?;
    Ok(Shape::point(call.float(0)?, call.float(1)?, srid).to_value())
}

fn parse(call: &Call<'_>) -> Result<Value> {
    if call.args[0].is_null() {
        return Ok(Value::Null);
    }
    Ok(Shape::parse(&call.text(0)?, 0)?.to_value())
}

fn from_text(call: &Call<'_>) -> Result<Value> {
    let srid = srid(call, "STGeomFromText", 1)?;
    if call.args[0].is_null() {
        return Ok(Value::Null);
    }
    Ok(Shape::parse(&call.text(0)?, srid)?.to_value())
}

fn point_from_text(call: &Call<'_>) -> Result<Value> {
    let srid = srid(call, "STPointFromText", 1)?;
    if call.args[0].is_null() {
        return Ok(Value::Null);
    }
    let shape = Shape::parse(&call.text(0)?, srid)?;
    if shape.as_point().is_none() {
        return Err(SqlError::not_implemented(
            "geometry::STPointFromText of anything but a point",
        ));
    }
    Ok(shape.to_value())
}

fn shape(value: &Value) -> Result<Option<Shape>> {
    match value {
        Value::Spatial(bytes) => Shape::decode(bytes).map(Some),
        _ => Ok(None),
    }
}

fn of_shape(call: &Call<'_>, f: impl Fn(&Shape) -> Value) -> Result<Value> {
    Ok(shape(&call.args[0])?.map_or(Value::Null, |s| f(&s)))
}

/// NULL for anything but a point.
fn coordinate(call: &Call<'_>, f: impl Fn(Coordinate) -> Option<f64>) -> Value {
    shape(&call.args[0])
        .ok()
        .flatten()
        .and_then(|s| s.as_point())
        .and_then(f)
        .map_or(Value::Null, Value::Float)
}

fn has_z(shape: &Shape) -> bool {
    shape.has_z()
}

fn is_valid(call: &Call<'_>) -> Result<Value> {
    match shape(&call.args[0])? {
        None => Ok(Value::Null),
        Some(s) if s.as_point().is_some() => Ok(Value::Bit(true)),
        Some(_) => Err(SqlError::not_implemented(
            "STIsValid of anything but a point",
        )),
    }
}

fn distance(call: &Call<'_>) -> Result<Value> {
    match (shape(&call.args[0])?, shape(&call.args[1])?) {
        (Some(a), Some(b)) => Ok(a.distance(&b)?.map_or(Value::Null, Value::Float)),
        _ => Ok(Value::Null),
    }
}
