//! Sorts keep their rows until the last has come: what is computed of a vector is computed before, so that the vector is
//! not kept.

use crate::types::TypeName;

use super::expr::{BoundExpr, Node};
use super::plan::{Plan, SortKey};
use super::visit::{children_mut, has_subquery, inputs_mut};

/// Moves projections that turn vectors into something smaller below the sort that they stand on.
pub(super) fn narrow_sorts(plan: &mut Plan) {
    if let Plan::Project { input, exprs } = plan
        && let Plan::Sort {
            limit: None, keys, ..
        } = &**input
        && worthwhile(exprs)
        && !keys.iter().any(|key| has_subquery(&key.expr))
    {
        let exprs = std::mem::take(exprs);
        let input = std::mem::replace(&mut **input, Plan::Nothing);
        *plan = narrowed(input, exprs);
    }
    for (input, _) in inputs_mut(plan) {
        narrow_sorts(input);
    }
}

/// Project(Sort(x)) as Project(Sort(Project(x))): the inner one gives the outputs, then the keys.
fn narrowed(sort: Plan, exprs: Vec<BoundExpr>) -> Plan {
    let Plan::Sort { input, keys, limit } = sort else {
        return Plan::Project {
            input: Box::new(sort),
            exprs,
        };
    };
    let column = |at: usize, expr: &BoundExpr| {
        let mut column = BoundExpr::column(at, expr.ty.clone(), expr.nullable);
        column.label = expr.label;
        column
    };
    let outputs = exprs.iter().enumerate().map(|(at, e)| column(at, e));
    let outputs = outputs.collect();
    let (mut inner, mut moved) = (exprs, Vec::with_capacity(keys.len()));
    for key in keys {
        moved.push(SortKey {
            expr: column(inner.len(), &key.expr),
            descending: key.descending,
        });
        inner.push(key.expr);
    }
    Plan::Project {
        input: Box::new(Plan::Sort {
            input: Box::new(Plan::Project {
                input,
                exprs: inner,
            }),
            keys: moved,
            limit,
        }),
        exprs: outputs,
    }
}

/// Some expression reads a vector and gives something else, none gives a vector, and none depends on the order of
/// evaluation, as an assignment to a variable that it reads does.
fn worthwhile(exprs: &[BoundExpr]) -> bool {
    let mut reads = false;
    for expr in exprs {
        if expr.ty.name == TypeName::Vector || has_subquery(expr) {
            return false;
        }
        let mut expr = expr.clone();
        if any_node(&mut expr, &|e| matches!(e.node, Node::Variable(_))) {
            return false;
        }
        reads |= any_node(&mut expr, &|e| {
            matches!(e.node, Node::Column { up: 0, .. }) && e.ty.name == TypeName::Vector
        });
    }
    reads
}

fn any_node(expr: &mut BoundExpr, test: &dyn Fn(&BoundExpr) -> bool) -> bool {
    test(expr)
        || children_mut(&mut expr.node)
            .into_iter()
            .any(|child| any_node(child, test))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::SqlType;

    fn sorted(exprs: Vec<BoundExpr>) -> Plan {
        Plan::Project {
            input: Box::new(Plan::Sort {
                input: Box::new(Plan::OneRow),
                keys: vec![SortKey {
                    expr: BoundExpr::column(0, SqlType::INT, false),
                    descending: true,
                }],
                limit: None,
            }),
            exprs,
        }
    }

    fn text() -> BoundExpr {
        let vector = BoundExpr::column(1, SqlType::vector(3), false);
        BoundExpr::new(
            Node::Convert {
                input: Box::new(vector),
                style: None,
                try_: false,
                explicit: true,
            },
            SqlType::nvarchar(10),
            false,
        )
    }

    #[test]
    fn what_is_computed_of_a_vector_is_computed_below_the_sort() {
        let mut plan = sorted(vec![text()]);
        narrow_sorts(&mut plan);
        let Plan::Project { input, exprs } = &plan else {
            panic!("{plan:?}")
        };
        assert!(matches!(exprs[0].node, Node::Column { up: 0, ordinal: 0 }));
        let Plan::Sort { input, keys, .. } = &**input else {
            panic!("{input:?}")
        };
        let key = &keys[0];
        assert!(key.descending);
        assert!(matches!(key.expr.node, Node::Column { up: 0, ordinal: 1 }));
        assert!(matches!(&**input, Plan::Project { exprs, .. } if exprs.len() == 2));
    }

    #[test]
    fn a_projection_that_gives_the_vector_or_reads_a_variable_stays_above() {
        let vector = BoundExpr::column(1, SqlType::vector(3), false);
        let variable = BoundExpr::new(Node::Variable(0), SqlType::INT, true);
        for exprs in [vec![text(), vector], vec![text(), variable]] {
            let mut plan = sorted(exprs);
            narrow_sorts(&mut plan);
            assert!(matches!(&plan, Plan::Project { input, .. }
                if matches!(&**input, Plan::Sort { input, .. } if matches!(**input, Plan::OneRow))));
        }
    }
}
