//! Queries: binding of names and types, plans, and their execution row by row.

mod access;
mod bind_call;
mod bind_dml;
mod bind_expr;
mod bind_from;
mod bind_merge;
mod bind_pivot;
mod bind_predicate;
mod bind_query;
mod bind_rowset;
mod bind_select;
mod bind_spatial;
mod bind_table;
mod bind_window;
mod binder;
mod catalog_text;
mod decorrelate;
mod eval;
pub mod expr;
mod fold;
mod for_json;
mod functions;
mod grouping;
mod grouping_sets;
mod json_text;
mod literals;
mod narrow;
mod operators;
mod optimize;
pub mod plan;
mod prune;
mod scope;
mod select;
mod shift;
mod storage;
mod syntax_walk;
mod values;
mod view_rows;
mod visit;

pub use bind_dml::{
    BoundDmlSource, DmlSource, ExtraColumn, bind_dml_source, bind_insert_source, table_hints,
};
pub use bind_merge::{BoundMerge, MergeRequest, MergeSide, bind_merge};
pub use binder::{BindContext, BindOptions};
pub use catalog_text::{bind_constant_expr, row_condition, row_expr};
pub use eval::Env;
pub use expr::BoundExpr;
pub use scope::Scope;
pub use select::{
    Assignment, BoundSelect, bind_condition, bind_scalar, bind_scalars, bind_select, coerce_expr,
    eval, eval_condition, execute, execute_assigning, execute_plan, resolve_type,
};
pub use view_rows::view_rows;

#[cfg(test)]
mod test_session;
#[cfg(test)]
mod tests;
