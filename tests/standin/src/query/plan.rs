//! Plans: trees of operators over rows of values. Expressions of an operator see its input row as `up: 0`.

use std::fmt;
use std::sync::Arc;

use crate::catalog::model::{DatabaseId, ObjectId, TableDef};
use crate::engine::sysviews::SystemRowset;
use crate::engine::sysviews::SystemView;
use crate::locks::Hints;
use crate::types::SqlType;

use super::expr::{BoundExpr, ModuleRef};
use super::values::AggregateKind;

#[derive(Debug, Clone)]
pub enum Plan {
    /// One row without columns: SELECT without FROM.
    OneRow,
    /// No row at all: WHERE 1 = 0.
    Nothing,
    Values(Vec<Vec<BoundExpr>>),
    Scan(Box<Scan>),
    SystemView(SystemViewRef),
    TableFunction(Box<TableFunction>),
    Filter {
        input: Box<Plan>,
        predicate: BoundExpr,
    },
    Project {
        input: Box<Plan>,
        exprs: Vec<BoundExpr>,
    },
    Join(Box<Join>),
    /// The right side runs once for each left row, which it sees as `up: 1`.
    Apply {
        kind: JoinType,
        left: Box<Plan>,
        right: Box<Plan>,
        right_width: usize,
    },
    Aggregate(Box<Aggregate>),
    Window(Box<Window>),
    Sort {
        input: Box<Plan>,
        keys: Vec<SortKey>,
        /// TOP or FETCH above: no more rows than this are wanted.
        limit: Option<BoundExpr>,
    },
    Top {
        input: Box<Plan>,
        count: BoundExpr,
        percent: bool,
        ties: Vec<SortKey>,
    },
    Offset {
        input: Box<Plan>,
        offset: BoundExpr,
        fetch: Option<BoundExpr>,
    },
    Distinct(Box<Plan>, Vec<SqlType>),
    /// One row for each value of the first column: the target rows of a data change.
    FirstOf(Box<Plan>),
    UnionAll(Vec<Plan>),
    /// EXCEPT and INTERSECT.
    SetOperation {
        intersect: bool,
        left: Box<Plan>,
        right: Box<Plan>,
        types: Vec<SqlType>,
    },
    Recursive {
        id: usize,
        anchor: Box<Plan>,
        step: Box<Plan>,
        /// OPTION (MAXRECURSION n); 0 is no limit.
        limit: u32,
    },
    /// The rows of the last round of a recursive common table.
    WorkTable {
        id: usize,
        width: usize,
    },
    ForJson {
        input: Box<Plan>,
        spec: Arc<super::for_json::JsonSpec>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinType {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
}

#[derive(Clone)]
pub struct SystemViewRef {
    pub view: &'static dyn SystemView,
    /// The database that the name says; the session's without one.
    pub database: Option<DatabaseId>,
}

impl fmt::Debug for SystemViewRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.view.name())
    }
}

/// Reads a stored table.
#[derive(Clone)]
pub struct Scan {
    pub object_id: ObjectId,
    pub def: Arc<TableDef>,
    pub hints: Hints,
    /// Ordinals of the table that the row holds, in this order.
    pub columns: Vec<usize>,
    /// Append the row's id as bigint.
    pub row_id: bool,
    /// Read for change: U locks.
    pub for_update: bool,
    pub index_id: Option<i32>,
    /// Values of the index's leading key columns; expressions see outer rows only.
    pub equal: Vec<BoundExpr>,
    /// Bounds on the key column after them: value and inclusive.
    pub low: Option<(BoundExpr, bool)>,
    pub high: Option<(BoundExpr, bool)>,
    pub descending: bool,
    /// WITH (INDEX (n)): the index that must be used.
    pub forced_index: Option<i32>,
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Scan({} {:?} index {:?} {:?} {:?} {:?} {})",
            self.def.name,
            self.columns,
            self.index_id,
            self.equal,
            self.low,
            self.high,
            self.descending
        )
    }
}

#[derive(Debug, Clone)]
pub enum TableFunction {
    StringSplit {
        text: BoundExpr,
        separator: BoundExpr,
        ordinal: bool,
        national: bool,
    },
    GenerateSeries {
        start: BoundExpr,
        stop: BoundExpr,
        step: Option<BoundExpr>,
        ty: SqlType,
    },
    OpenJson {
        json: BoundExpr,
        path: Option<BoundExpr>,
        columns: Vec<JsonColumn>,
    },
    Module {
        module: ModuleRef,
        args: Vec<BoundExpr>,
        width: usize,
    },
    /// sys.dm_os_volume_stats and its like.
    System {
        rowset: &'static SystemRowset,
        args: Vec<BoundExpr>,
        width: usize,
    },
}

#[derive(Debug, Clone)]
pub struct JsonColumn {
    pub ty: SqlType,
    pub path: String,
    pub as_json: bool,
}

/// A join that does not need outer references: hashed when it has keys, otherwise the right side is kept and looped.
#[derive(Debug, Clone)]
pub struct Join {
    pub kind: JoinType,
    pub left: Plan,
    pub right: Plan,
    pub left_width: usize,
    pub right_width: usize,
    /// Pairs of equal type; each sees its own side's row.
    pub keys: Vec<(BoundExpr, BoundExpr)>,
    /// What remains of ON; sees left row followed by right row.
    pub on: Option<BoundExpr>,
    /// Hash the left side instead (inner joins whose left side is the smaller).
    pub build_left: bool,
}

#[derive(Debug, Clone)]
pub struct Aggregate {
    pub input: Plan,
    pub keys: Vec<BoundExpr>,
    pub calls: Vec<AggregateCall>,
    /// Grouping sets as key positions; empty: one set of all keys. With sets, the output row ends with a bit mask.
    pub sets: Vec<Vec<usize>>,
    /// No GROUP BY: one row even without input.
    pub scalar: bool,
    /// The input comes in an order in which equal keys follow each other.
    pub ordered: bool,
}

#[derive(Debug, Clone)]
pub struct AggregateCall {
    pub kind: AggregateKind,
    pub args: Vec<BoundExpr>,
    pub star: bool,
    pub distinct: bool,
    pub order: Vec<SortKey>,
    /// JSON_ARRAYAGG and JSON_OBJECTAGG leave NULL out.
    pub absent_on_null: bool,
    /// Does not warn of NULLs that it left out (8153).
    pub quiet: bool,
    pub ty: SqlType,
}

/// Window calls that share partition and order are computed together; each appends one column.
#[derive(Debug, Clone)]
pub struct Window {
    pub input: Plan,
    pub calls: Vec<WindowCall>,
}

#[derive(Debug, Clone)]
pub struct WindowCall {
    pub function: WindowFunction,
    pub args: Vec<BoundExpr>,
    pub partition: Vec<BoundExpr>,
    pub order: Vec<SortKey>,
    pub frame: Option<Frame>,
    pub ignore_nulls: bool,
    pub ty: SqlType,
}

#[derive(Debug, Clone)]
pub enum WindowFunction {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    NTile,
    Lag,
    Lead,
    FirstValue,
    LastValue,
    Aggregate(Box<AggregateCall>),
}

#[derive(Debug, Clone)]
pub struct Frame {
    pub rows: bool,
    pub start: Bound,
    pub end: Bound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    UnboundedPreceding,
    Preceding(usize),
    CurrentRow,
    Following(usize),
    UnboundedFollowing,
}

#[derive(Debug, Clone)]
pub struct SortKey {
    pub expr: BoundExpr,
    pub descending: bool,
}
