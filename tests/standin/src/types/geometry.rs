//! geometry: the CLR serialisation and the text of points, line strings and polygons, with Z.

use super::value::Value;
use crate::error::{Result, SqlError};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinate {
    pub x: f64,
    pub y: f64,
    pub z: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    Point(Coordinate),
    LineString(Vec<Coordinate>),
    /// The exterior ring first.
    Polygon(Vec<Vec<Coordinate>>),
}

/// A geometry value taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub srid: i32,
    pub figure: Figure,
}

const HAS_Z: u8 = 1;
const HAS_M: u8 = 2;
const VALID: u8 = 4;
const SINGLE_POINT: u8 = 8;
const SINGLE_SEGMENT: u8 = 16;

/// 6522: what the spatial library throws.
fn clr_error(detail: &str) -> SqlError {
    SqlError::new(
        6522,
        format!(
            "A .NET Framework error occurred during execution of user-defined routine or aggregate \"geometry\": {detail}"
        ),
    )
}

fn text_error() -> SqlError {
    clr_error(
        "\r\nSystem.FormatException: 24114: The label in the input well-known text (WKT) is not valid. Valid labels are POINT, LINESTRING, POLYGON, MULTIPOINT, MULTILINESTRING, MULTIPOLYGON, GEOMETRYCOLLECTION, CIRCULARSTRING, COMPOUNDCURVE, CURVEPOLYGON and FULLGLOBE (geography Data Type only).",
    )
}

impl Shape {
    /// geometry::Point(x, y, srid).
    pub fn point(x: f64, y: f64, srid: i32) -> Self {
        Self {
            srid,
            figure: Figure::Point(Coordinate { x, y, z: None }),
        }
    }

    pub fn to_value(&self) -> Value {
        Value::Spatial(self.encode().into())
    }

    fn coordinates(&self) -> Vec<Coordinate> {
        match &self.figure {
            Figure::Point(p) => vec![*p],
            Figure::LineString(points) => points.clone(),
            Figure::Polygon(rings) => rings.concat(),
        }
    }

    /// SRID, version 1, properties, then either the short body of a point or segment or the full tables.
    pub fn encode(&self) -> Vec<u8> {
        let points = self.coordinates();
        let has_z = self.has_z();
        let short = match &self.figure {
            Figure::Point(_) => SINGLE_POINT,
            Figure::LineString(l) if l.len() == 2 => SINGLE_SEGMENT,
            _ => 0,
        };
        let mut out = self.srid.to_le_bytes().to_vec();
        out.extend_from_slice(&[1, VALID | short | (u8::from(has_z) * HAS_Z)]);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        if short == 0 {
            out.extend_from_slice(&count(points.len()));
        }
        for p in &points {
            out.extend_from_slice(&p.x.to_le_bytes());
            out.extend_from_slice(&p.y.to_le_bytes());
        }
        if has_z {
            for p in &points {
                out.extend_from_slice(&p.z.unwrap_or(f64::NAN).to_le_bytes());
            }
        }
        if short != 0 {
            return out;
        }
        let kind = match &self.figure {
            Figure::Polygon(rings) => {
                out.extend_from_slice(&count(rings.len()));
                let mut offset = 0;
                for (i, ring) in rings.iter().enumerate() {
                    out.push(if i == 0 { 2 } else { 0 });
                    out.extend_from_slice(&count(offset));
                    offset += ring.len();
                }
                3
            }
            _ => {
                out.extend_from_slice(&count(1));
                out.push(1);
                out.extend_from_slice(&count(0));
                2
            }
        };
        out.extend_from_slice(&count(1));
        out.extend_from_slice(&(-1i32).to_le_bytes());
        out.extend_from_slice(&0i32.to_le_bytes());
        out.push(kind);
        out
    }

    /// Reads the serialisation; shapes that the stand-in does not know are refused by name.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = Bytes { bytes, at: 0 };
        let short_input = || {
            clr_error(
                "\r\nSystem.FormatException: 24210: One or more errors occurred while deserializing.",
            )
        };
        let srid = r.int().ok_or_else(short_input)?;
        let version = r.byte().ok_or_else(short_input)?;
        let properties = r.byte().ok_or_else(short_input)?;
        if version != 1 || properties & HAS_M != 0 {
            return Err(SqlError::not_implemented(
                "geometry values with measures or curves",
            ));
        }
        let count = if properties & SINGLE_POINT != 0 {
            1
        } else if properties & SINGLE_SEGMENT != 0 {
            2
        } else {
            r.count().ok_or_else(short_input)?
        };
        let mut points = Vec::with_capacity(count.min(1 << 16));
        for _ in 0..count {
            let (x, y) = (
                r.double().ok_or_else(short_input)?,
                r.double().ok_or_else(short_input)?,
            );
            points.push(Coordinate { x, y, z: None });
        }
        if properties & HAS_Z != 0 {
            for p in &mut points {
                p.z = Some(r.double().ok_or_else(short_input)?).filter(|z| !z.is_nan());
            }
        }
        let figure = if properties & SINGLE_POINT != 0 {
            Figure::Point(points[0])
        } else if properties & SINGLE_SEGMENT != 0 {
            Figure::LineString(points)
        } else {
            r.tables(points).ok_or_else(short_input)??
        };
        Ok(Self { srid, figure })
    }

    pub fn has_z(&self) -> bool {
        self.coordinates().iter().any(|p| p.z.is_some())
    }

    /// STX, STY and Z are NULL for anything but a point.
    pub fn as_point(&self) -> Option<Coordinate> {
        match &self.figure {
            Figure::Point(p) => Some(*p),
            _ => None,
        }
    }

    /// STGeometryType.
    pub fn type_name(&self) -> &'static str {
        match self.figure {
            Figure::Point(_) => "Point",
            Figure::LineString(_) => "LineString",
            Figure::Polygon(_) => "Polygon",
        }
    }

    /// STNumPoints.
    pub fn num_points(&self) -> usize {
        self.coordinates().len()
    }

    /// ToString and AsTextZM: with Z.
    pub fn to_text(&self) -> String {
        self.text(true)
    }

    /// STAsText: without Z.
    pub fn as_text(&self) -> String {
        self.text(false)
    }

    fn text(&self, with_z: bool) -> String {
        let list = |points: &[Coordinate]| {
            let all: Vec<String> = points.iter().map(|p| coordinate_text(p, with_z)).collect();
            format!("({})", all.join(", "))
        };
        match &self.figure {
            Figure::Point(p) => format!("POINT {}", list(std::slice::from_ref(p))),
            Figure::LineString(points) => format!("LINESTRING {}", list(points)),
            Figure::Polygon(rings) => {
                let all: Vec<String> = rings.iter().map(|ring| list(ring)).collect();
                format!("POLYGON ({})", all.join(", "))
            }
        }
    }

    /// STDistance between points: planar, Z does not count. Different SRIDs answer NULL.
    pub fn distance(&self, other: &Self) -> Result<Option<f64>> {
        if self.srid != other.srid {
            return Ok(None);
        }
        match (self.as_point(), other.as_point()) {
            (Some(a), Some(b)) => {
                let (dx, dy) = (a.x - b.x, a.y - b.y);
                Ok(Some((dx * dx + dy * dy).sqrt()))
            }
            _ => Err(SqlError::not_implemented(
                "STDistance of anything but two points",
            )),
        }
    }

    /// geometry::Parse (srid 0) and geometry::STGeomFromText.
    pub fn parse(text: &str, srid: i32) -> Result<Self> {
        let trimmed = text.trim();
        let open = trimmed.find('(').ok_or_else(text_error)?;
        let label = trimmed[..open].trim().to_ascii_uppercase();
        let body = trimmed[open..]
            .strip_prefix('(')
            .and_then(|b| b.strip_suffix(')'))
            .ok_or_else(text_error)?;
        let figure = match label.as_str() {
            "POINT" => {
                let points = points(body)?;
                match points.as_slice() {
                    [p] => Figure::Point(*p),
                    _ => return Err(text_error()),
                }
            }
            "LINESTRING" => {
                let points = points(body)?;
                if points.len() < 2 {
                    return Err(clr_error(
                        "\r\nSystem.FormatException: 24117: The LineString input is not valid because it does not have enough distinct points. A LineString must have at least two distinct points.",
                    ));
                }
                Figure::LineString(points)
            }
            "POLYGON" => Figure::Polygon(rings(body)?),
            "MULTIPOINT" | "MULTILINESTRING" | "MULTIPOLYGON" | "GEOMETRYCOLLECTION"
            | "CIRCULARSTRING" | "COMPOUNDCURVE" | "CURVEPOLYGON" => {
                return Err(SqlError::not_implemented(format_args!(
                    "geometry of type {label}"
                )));
            }
            _ => return Err(text_error()),
        };
        Ok(Self { srid, figure })
    }
}

/// A number as the spatial library writes it: shortest form, at most 15 significant digits.
fn number_text(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let rounded: f64 = format!("{v:.14e}").parse().unwrap_or(v);
    let plain = format!("{rounded}");
    if (1e-5..1e15).contains(&rounded.abs()) {
        return plain;
    }
    let sci = format!("{rounded:e}");
    match sci.split_once('e') {
        Some((m, e)) if !e.starts_with('-') => format!("{m}E+{e:0>2}"),
        Some((m, e)) => format!("{m}E-{:0>2}", &e[1..]),
        None => sci,
    }
}

fn coordinate_text(p: &Coordinate, with_z: bool) -> String {
    let mut text = format!("{} {}", number_text(p.x), number_text(p.y));
    if let Some(z) = p.z.filter(|_| with_z) {
        text.push(' ');
        text.push_str(&number_text(z));
    }
    text
}

fn points(body: &str) -> Result<Vec<Coordinate>> {
    body.split(',')
        .map(|one| {
            let numbers: Option<Vec<Option<f64>>> = one
                .split_whitespace()
                .map(|n| {
                    if n.eq_ignore_ascii_case("null") {
                        Some(None)
                    } else {
                        n.parse::<f64>().ok().filter(|v| v.is_finite()).map(Some)
                    }
                })
                .collect();
            match numbers.as_deref() {
                Some([Some(x), Some(y)]) => Ok(Coordinate {
                    x: *x,
                    y: *y,
                    z: None,
                }),
                Some([Some(x), Some(y), z]) => Ok(Coordinate {
                    x: *x,
                    y: *y,
                    z: *z,
                }),
                Some([_, _, _, _]) => {
                    Err(SqlError::not_implemented("geometry values with measures"))
                }
                _ => Err(clr_error(
                    "\r\nSystem.FormatException: 24141: A number is expected in the input.",
                )),
            }
        })
        .collect()
}

fn rings(body: &str) -> Result<Vec<Vec<Coordinate>>> {
    let mut out = Vec::new();
    let mut rest = body.trim();
    loop {
        let end = rest.find(')').ok_or_else(text_error)?;
        let ring = points(rest[..end].strip_prefix('(').ok_or_else(text_error)?)?;
        if ring.len() < 4 || ring.first().map(|p| (p.x, p.y)) != ring.last().map(|p| (p.x, p.y)) {
            return Err(clr_error(
                "\r\nSystem.FormatException: 24119: The Polygon input is not valid because the start and end points of the ring are not the same. Each ring of a polygon must have the same start and end points.",
            ));
        }
        out.push(ring);
        rest = rest[end + 1..].trim_start();
        match rest.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None if rest.is_empty() => return Ok(out),
            None => return Err(text_error()),
        }
    }
}

struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let slice = self.bytes.get(self.at..self.at + N)?;
        self.at += N;
        slice.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|b| b[0])
    }

    fn int(&mut self) -> Option<i32> {
        self.take().map(i32::from_le_bytes)
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.int()?).ok()
    }

    fn double(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }

    /// The figure and shape tables after the points.
    fn tables(&mut self, points: Vec<Coordinate>) -> Option<Result<Figure>> {
        let figures = self.count()?;
        let mut offsets = Vec::new();
        for _ in 0..figures {
            self.byte()?;
            offsets.push(self.count()?);
        }
        let shapes = self.count()?;
        self.int()?;
        self.int()?;
        let kind = self.byte()?;
        Some(match (shapes, kind) {
            (1, 1) if points.len() == 1 => Ok(Figure::Point(points[0])),
            (1, 2) => Ok(Figure::LineString(points)),
            (1, 3) => {
                let mut rings = Vec::new();
                for (i, start) in offsets.iter().enumerate() {
                    let end = offsets.get(i + 1).copied().unwrap_or(points.len());
                    rings.push(points.get(*start..end)?.to_vec());
                }
                Ok(Figure::Polygon(rings))
            }
            _ => Err(SqlError::not_implemented(
                "geometry values other than points, line strings and polygons",
            )),
        })
    }
}
