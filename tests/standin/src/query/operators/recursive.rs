//! Recursive common tables: rounds until one brings nothing new.

use std::rc::Rc;

use crate::error::{Result, SqlError};
use crate::query::eval::Env;
use crate::query::plan::Plan;

use super::basic::take_next;
use super::{Operator, Row, collect};

pub(super) struct Recursive<'p> {
    id: usize,
    step: &'p Plan,
    limit: u32,
    round: u32,
    rows: std::vec::IntoIter<Row>,
    last: Rc<Vec<Row>>,
}

impl<'p> Recursive<'p> {
    pub(super) fn open(
        id: usize,
        anchor: &'p Plan,
        step: &'p Plan,
        limit: u32,
        env: &mut Env<'_, '_>,
    ) -> Result<Self> {
        let rows = collect(anchor, env, usize::MAX)?;
        Ok(Self {
            id,
            step,
            limit,
            round: 0,
            last: Rc::new(rows.clone()),
            rows: rows.into_iter(),
        })
    }
}

impl Operator for Recursive<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        loop {
            if take_next(&mut self.rows, row) {
                return Ok(true);
            }
            if self.last.is_empty() {
                return Ok(false);
            }
            env.check_cancelled()?;
            let outer = env.work_tables.insert(self.id, Rc::clone(&self.last));
            let rows = collect(self.step, env, usize::MAX);
            match outer {
                Some(rows) => env.work_tables.insert(self.id, rows),
                None => env.work_tables.remove(&self.id),
            };
            let rows = rows?;
            if !rows.is_empty() {
                self.round += 1;
                if self.limit > 0 && self.round > self.limit {
                    return Err(SqlError::new(
                        530,
                        format!(
                            "The statement terminated. The maximum recursion {} has been exhausted before statement completion.",
                            self.limit
                        ),
                    ));
                }
            }
            self.last = Rc::new(rows.clone());
            self.rows = rows.into_iter();
        }
    }
}
