//! ALTER TABLE.

use super::ast::{
    AlterTable, AlterTableAction, AlterTableDrop, ConstraintKind, NamedOption, OptionValue,
    StatementKind, TableBody, TableConstraint,
};
use super::cursor::Parser;
use super::lexer::Kind;
use super::options::{ALTER_COLUMN, BUCKETS, DROP_INDEX, REBUILD, SET_TABLE};
use crate::error::Result;

impl Parser {
    pub fn alter_table(&mut self) -> Result<StatementKind> {
        self.expect("TABLE")?;
        let table = self.object_name_of(3)?;
        let mut with_check = None;
        if self.is("WITH") && (self.is_ahead(1, "CHECK") || self.is_ahead(1, "NOCHECK")) {
            with_check = Some(self.is_ahead(1, "CHECK"));
            self.skip(2);
        }
        let action = match self.token().upper.as_str() {
            "ADD" => self.alter_table_add()?,
            "CHECK" | "NOCHECK" => self.check_switch()?,
            _ if with_check.is_some() => return Err(self.unexpected()),
            "ALTER" if self.is_ahead(1, "INDEX") => self.alter_table_index()?,
            "ALTER" => self.alter_column()?,
            "DROP" => self.alter_table_drop()?,
            "ENABLE" | "DISABLE" if self.is_ahead(1, "TRIGGER") => self.trigger_switch()?,
            "SET" => self.alter_table_set()?,
            "REBUILD" => self.rebuild_table()?,
            "SWITCH" | "ENABLE" | "DISABLE" | "SPLIT" | "MERGE" => {
                return Err(self.refuse(format!("ALTER TABLE ... {}", self.token().upper)));
            }
            _ => return Err(self.unexpected()),
        };
        Ok(StatementKind::AlterTable(Box::new(AlterTable {
            table,
            with_check,
            action,
        })))
    }

    fn alter_table_add(&mut self) -> Result<AlterTableAction> {
        self.expect("ADD")?;
        let mut body = TableBody::default();
        loop {
            let constraint_default = self.is("DEFAULT")
                || (self.is("CONSTRAINT") && self.is_name_ahead(1) && self.is_ahead(2, "DEFAULT"));
            if constraint_default {
                let constraint = self.default_for_column()?;
                body.constraints.push(constraint);
            } else {
                self.table_element(&mut body, true)?;
            }
            if !self.accept(",") {
                return Ok(AlterTableAction::Add(body));
            }
        }
    }

    /// `[CONSTRAINT n] DEFAULT value FOR column [WITH VALUES]`
    fn default_for_column(&mut self) -> Result<TableConstraint> {
        let span = self.start();
        let name = if self.accept("CONSTRAINT") {
            Some(self.ident()?)
        } else {
            None
        };
        self.expect("DEFAULT")?;
        let expr = self.without_subqueries(Self::value)?;
        self.expect("FOR")?;
        let column = self.ident()?;
        let with_values = self.accept_all(&["WITH", "VALUES"]);
        Ok(TableConstraint {
            name,
            span: self.since(span),
            kind: ConstraintKind::Default {
                expr,
                column,
                with_values,
            },
        })
    }

    /// `ALTER INDEX name REBUILD WITH (BUCKET_COUNT = n)`
    fn alter_table_index(&mut self) -> Result<AlterTableAction> {
        self.expect_all(&["ALTER", "INDEX"])?;
        let name = self.ident()?;
        self.expect("REBUILD")?;
        self.expect("WITH")?;
        let options = self.option_list(&BUCKETS)?;
        Ok(AlterTableAction::AlterIndex { name, options })
    }

    fn alter_column(&mut self) -> Result<AlterTableAction> {
        self.expect_all(&["ALTER", "COLUMN"])?;
        let name = self.ident()?;
        if self.is_any(&["ADD", "DROP"]) {
            let add = self.advance().upper == "ADD";
            if self.is_any(&["MASKED", "NOT"]) {
                return Err(self.refuse("MASKED and NOT FOR REPLICATION column properties"));
            }
            let property = self.expect_any(&["PERSISTED", "HIDDEN", "ROWGUIDCOL", "SPARSE"])?;
            return Ok(AlterTableAction::AlterColumnProperty {
                name,
                add,
                property,
            });
        }
        let data_type = self.type_ref()?;
        let collation = if self.accept("COLLATE") {
            Some(self.collation()?)
        } else {
            None
        };
        if self.is_any(&["ENCRYPTED", "MASKED", "SPARSE", "GENERATED", "HIDDEN"]) {
            return Err(self.refuse(format!("ALTER COLUMN ... {}", self.token().upper)));
        }
        let nullable = if self.accept("NULL") {
            Some(true)
        } else if self.accept("NOT") {
            self.expect("NULL")?;
            Some(false)
        } else {
            None
        };
        let options = if self.is("WITH") && self.is_ahead(1, "(") {
            self.skip(1);
            self.option_list(&ALTER_COLUMN)?
        } else {
            Vec::new()
        };
        Ok(AlterTableAction::AlterColumn {
            name,
            data_type,
            collation,
            nullable,
            options,
        })
    }

    /// `DROP COLUMN a, b, CONSTRAINT c, PERIOD FOR SYSTEM_TIME`: the word may be left out of a following element of
    /// its own sort; without any word it is a constraint.
    fn alter_table_drop(&mut self) -> Result<AlterTableAction> {
        self.expect("DROP")?;
        let mut items = Vec::new();
        let mut sort = "CONSTRAINT".to_owned();
        let mut if_exists = false;
        loop {
            if self.are(&["PERIOD", "FOR", "SYSTEM_TIME"]) {
                self.skip(3);
                items.push(AlterTableDrop::Period);
                if self.is(",") {
                    return Err(self.unexpected());
                }
                return Ok(AlterTableAction::Drop(items));
            }
            if self.is_any(&["COLUMN", "CONSTRAINT", "INDEX"]) {
                sort = self.advance().upper;
                if_exists = sort != "INDEX" && self.if_exists();
            } else if items.is_empty() && self.is("IF") {
                return Err(self.unexpected());
            }
            let name = self.ident()?;
            items.push(match sort.as_str() {
                "COLUMN" => AlterTableDrop::Column { if_exists, name },
                "INDEX" => AlterTableDrop::Index { name },
                _ => AlterTableDrop::Constraint {
                    if_exists,
                    name,
                    options: self.drop_constraint_options()?,
                },
            });
            if !self.accept(",") {
                return Ok(AlterTableAction::Drop(items));
            }
        }
    }

    fn drop_constraint_options(&mut self) -> Result<Vec<NamedOption>> {
        if self.is("WITH") && self.is_ahead(1, "(") {
            self.skip(1);
            return self.option_list(&DROP_INDEX);
        }
        Ok(Vec::new())
    }

    fn check_switch(&mut self) -> Result<AlterTableAction> {
        let enable = self.advance().upper == "CHECK";
        self.expect("CONSTRAINT")?;
        let all = self.accept("ALL");
        let names = if all {
            Vec::new()
        } else {
            self.list(Self::ident)?
        };
        Ok(AlterTableAction::CheckConstraint { enable, all, names })
    }

    fn trigger_switch(&mut self) -> Result<AlterTableAction> {
        let enable = self.advance().upper == "ENABLE";
        self.expect("TRIGGER")?;
        let all = self.accept("ALL");
        let names = if all {
            Vec::new()
        } else {
            self.list(Self::ident)?
        };
        Ok(AlterTableAction::Trigger { enable, all, names })
    }

    fn alter_table_set(&mut self) -> Result<AlterTableAction> {
        self.expect("SET")?;
        if self.is_ahead(1, "FILESTREAM_ON") || self.is_ahead(1, "REMOTE_DATA_ARCHIVE") {
            return Err(self.refuse(format!("ALTER TABLE ... SET ({})", self.ahead(1).upper)));
        }
        let mut options = self.option_list(&SET_TABLE)?;
        let Some(option) = options.pop().filter(|_| options.is_empty()) else {
            return Err(self.refuse("several options in one ALTER TABLE ... SET"));
        };
        if option.name == "LOCK_ESCALATION" {
            let Some(OptionValue::Word(word)) = option.value else {
                return Err(self.unexpected());
            };
            return Ok(AlterTableAction::LockEscalation(word));
        }
        Ok(versioning(option))
    }

    fn rebuild_table(&mut self) -> Result<AlterTableAction> {
        self.expect("REBUILD")?;
        if self.accept("PARTITION") {
            self.expect("=")?;
            if self.kind() == Kind::Integer
                || self.kind() == Kind::Variable
                || (self.is_name() && !self.is("ALL"))
            {
                return Err(self.refuse("REBUILD of one partition"));
            }
            self.expect("ALL")?;
        }
        let options = if self.is("WITH") && self.is_ahead(1, "(") {
            self.skip(1);
            self.option_list(&REBUILD)?
        } else {
            Vec::new()
        };
        Ok(AlterTableAction::Rebuild { options })
    }
}

fn versioning(option: NamedOption) -> AlterTableAction {
    let on = option.value == Some(OptionValue::Word("ON".to_owned()));
    let (mut history, mut consistency_check, mut retention) = (None, None, None);
    for nested in option.nested {
        match (nested.name.as_str(), nested.value) {
            ("HISTORY_TABLE", Some(OptionValue::Name(name))) => history = Some(name),
            ("DATA_CONSISTENCY_CHECK", Some(OptionValue::Word(word))) => {
                consistency_check = Some(word == "ON")
            }
            ("HISTORY_RETENTION_PERIOD", Some(OptionValue::Word(word))) => {
                retention = Some((None, word))
            }
            ("HISTORY_RETENTION_PERIOD", Some(OptionValue::Number(number))) => {
                let unit = nested.nested.into_iter().find_map(|o| match o.value {
                    Some(OptionValue::Word(word)) => Some(word),
                    _ => None,
                });
                retention = Some((Some(number), unit.unwrap_or_default()));
            }
            _ => {}
        }
    }
    AlterTableAction::SystemVersioning {
        on,
        history,
        consistency_check,
        retention,
    }
}
