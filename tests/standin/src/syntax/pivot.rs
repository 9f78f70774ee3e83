//! PIVOT and UNPIVOT behind a table source.

use super::ast::{Pivot, PivotOperation, TableAlias, TableSource, Unpivot};
use super::cursor::Parser;
use crate::error::Result;

impl Parser {
    pub(super) fn is_pivot(&self) -> bool {
        self.is_any(&["PIVOT", "UNPIVOT"])
    }

    /// The operator applies to all that was read of the source so far; its result must have a name.
    pub(super) fn pivoted(&mut self, input: TableSource) -> Result<TableSource> {
        let operation = if self.accept("PIVOT") {
            PivotOperation::Pivot(self.pivot()?)
        } else {
            self.expect("UNPIVOT")?;
            PivotOperation::Unpivot(self.unpivot()?)
        };
        self.accept("AS");
        let name = self.ident()?;
        Ok(TableSource::Pivoted {
            input: Box::new(input),
            operation: Box::new(operation),
            alias: TableAlias {
                name,
                columns: Vec::new(),
            },
        })
    }

    fn pivot(&mut self) -> Result<Pivot> {
        self.expect("(")?;
        let aggregate = self.object_name()?;
        if aggregate.parts.len() > 1 {
            return Err(self.refuse("a CLR aggregate in PIVOT"));
        }
        self.expect("(")?;
        let argument = self.object_name()?;
        self.expect(")")?;
        self.expect("FOR")?;
        let column = self.object_name()?;
        self.expect("IN")?;
        self.expect("(")?;
        let values = self.list(Parser::ident)?;
        self.expect(")")?;
        self.expect(")")?;
        Ok(Pivot {
            aggregate: aggregate.base().to_ascii_uppercase(),
            argument,
            column,
            values,
        })
    }

    fn unpivot(&mut self) -> Result<Unpivot> {
        self.expect("(")?;
        let value = self.ident()?;
        self.expect("FOR")?;
        let name = self.ident()?;
        self.expect("IN")?;
        self.expect("(")?;
        let columns = self.list(|p| {
            if p.is(".") {
                return Err(p.unexpected());
            }
            p.object_name()
        })?;
        self.expect(")")?;
        self.expect(")")?;
        Ok(Unpivot {
            value,
            name,
            columns,
        })
    }
}
