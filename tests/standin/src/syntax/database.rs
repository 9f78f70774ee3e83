//! Databases, backups, security and administration.

use super::ast::StatementKind;
use super::cursor::Parser;
use crate::error::Result;

impl Parser {
    pub fn administration(&mut self) -> Result<StatementKind> {
        match self.token().upper.clone().as_str() {
            "CHECKPOINT" => {
                self.skip(1);
                Ok(StatementKind::Checkpoint)
            }
            _ => Err(self.unexpected()),
        }
    }

    pub fn create_administration(&mut self) -> Result<StatementKind> {
        Err(self.unexpected())
    }

    pub fn alter_administration(&mut self) -> Result<StatementKind> {
        Err(self.unexpected())
    }

    pub fn drop_database(&mut self) -> Result<StatementKind> {
        self.expect("DATABASE")?;
        let if_exists = self.if_exists();
        let names = self.list(Self::ident)?;
        Ok(StatementKind::DropDatabase { if_exists, names })
    }

    pub fn execute_as(&mut self) -> Result<StatementKind> {
        Err(self.refuse("EXECUTE AS"))
    }
}
