//! Apply: the right side runs once for each left row.

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::plan::{JoinType, Plan};
use crate::types::Value;

use super::{Operator, Row, open as open_plan};

pub(super) struct Apply<'p> {
    kind: JoinType,
    left: Box<dyn Operator + 'p>,
    right: &'p Plan,
    right_width: usize,
    /// The left row under way.
    current: Row,
    /// A row of the right side.
    other: Row,
    /// The right side, kept from left row to left row where it can start over.
    inner: Option<Box<dyn Operator + 'p>>,
    running: bool,
    found: bool,
}

impl<'p> Apply<'p> {
    pub(super) fn new(
        kind: JoinType,
        left: Box<dyn Operator + 'p>,
        right: &'p Plan,
        right_width: usize,
    ) -> Self {
        Self {
            kind,
            left,
            right,
            right_width,
            current: Row::new(),
            other: Row::new(),
            inner: None,
            running: false,
            found: false,
        }
    }

    /// Runs `f` while the left row is the innermost outer row.
    fn inside<T>(
        &mut self,
        env: &mut Env<'_, '_>,
        f: impl FnOnce(&mut Self, &mut Env<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        env.outers.push(std::mem::take(&mut self.current));
        let result = f(self, env);
        self.current = env.outers.pop().unwrap_or_default();
        result
    }

    /// Begins the right side for the left row.
    fn begin(&mut self, env: &mut Env<'_, '_>) -> Result<()> {
        let again = match &mut self.inner {
            Some(inner) => inner.rewind(env)?,
            None => false,
        };
        if !again {
            self.inner = None;
            self.inner = Some(open_plan(self.right, env)?);
        }
        self.running = true;
        self.found = false;
        Ok(())
    }

    fn advance(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        match &mut self.inner {
            Some(inner) => inner.next(&mut self.other, env),
            None => Ok(false),
        }
    }

    fn give_left(&mut self, row: &mut Row) {
        std::mem::swap(row, &mut self.current);
    }
}

impl Operator for Apply<'_> {
    fn next(&mut self, row: &mut Row, env: &mut Env<'_, '_>) -> Result<bool> {
        loop {
            if !self.running {
                if !self.left.next(&mut self.current, env)? {
                    return Ok(false);
                }
                self.inside(env, Self::begin)?;
            }
            let more = self.inside(env, Self::advance)?;
            if !more || matches!(self.kind, JoinType::Semi | JoinType::Anti) {
                self.running = false;
            }
            match (more, self.kind) {
                (true, JoinType::Semi) | (false, JoinType::Anti) => {
                    self.give_left(row);
                    return Ok(true);
                }
                (true, JoinType::Anti) => {}
                (true, _) => {
                    self.found = true;
                    row.clear();
                    row.extend_from_slice(&self.current);
                    row.append(&mut self.other);
                    return Ok(true);
                }
                (false, JoinType::Left) if !self.found => {
                    self.give_left(row);
                    row.resize(row.len() + self.right_width, Value::Null);
                    return Ok(true);
                }
                (false, _) => {}
            }
        }
    }

    fn rewind(&mut self, env: &mut Env<'_, '_>) -> Result<bool> {
        self.running = false;
        self.left.rewind(env)
    }
}
