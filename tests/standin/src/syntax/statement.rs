//! Which statement a token begins, and where statements may stand.

use super::ast::{CommonTable, CreateMode, Statement, StatementKind};
use super::cursor::{Parser, Scope};
use super::lexer::Kind;
use crate::error::{Result, SqlError};

impl Parser {
    /// All statements of a batch.
    pub fn batch(&mut self) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            while self.accept(";") {}
            if self.at_end() {
                self.check_labels()?;
                return Ok(statements);
            }
            if statements.is_empty()
                && let Some(call) = self.bare_call()?
            {
                statements.push(call);
                continue;
            }
            if statements.is_empty() {
                self.refuse_other_calls()?;
            }
            self.check_first_in_batch(statements.is_empty())?;
            let module = self.module_word().is_some();
            statements.push(self.statement()?);
            if module && !self.at_end() {
                while self.accept(";") {}
                if !self.at_end() {
                    return Err(self.unexpected());
                }
            }
        }
    }

    /// A batch that begins with a name calls the procedure of that name.
    fn bare_call(&mut self) -> Result<Option<Statement>> {
        let statement_word = self.is_statement_word();
        if self.position() != 0 || !self.is_name() || self.is_label() || statement_word {
            return Ok(None);
        }
        let other = self.are(&["COPY", "INTO"]) || self.are(&["RENAME", "OBJECT"]);
        if other && !self.is_ahead(2, ";") && self.ahead(2).kind != Kind::End {
            return Err(self.refuse(format!("{} statements", self.token().upper)));
        }
        let span = self.start();
        let execute = self.execute_call(None)?;
        Ok(Some(Statement {
            span: self.since(span),
            kind: StatementKind::Execute(Box::new(execute)),
        }))
    }

    /// Calls without EXEC in other spellings.
    fn refuse_other_calls(&self) -> Result<()> {
        let variable = matches!(self.kind(), Kind::Variable | Kind::GlobalVariable);
        if self.is(".") || variable {
            return Err(self.refuse("a call without EXEC of a name that begins with a dot or @"));
        }
        if self.is_name() && !self.is_label() && !self.is_statement_word() {
            return Err(self.refuse("a call without EXEC behind a semicolon"));
        }
        Ok(())
    }

    /// Unreserved words that begin statements of their own.
    fn is_statement_word(&self) -> bool {
        self.kind() == Kind::Word
            && self.is_any(&[
                "THROW", "ENABLE", "DISABLE", "GET", "MOVE", "SEND", "RECEIVE", "ADD",
            ])
    }

    /// The object word of a CREATE or ALTER that must stand first in its batch.
    fn module_word(&self) -> Option<&'static str> {
        if !self.is_any(&["CREATE", "ALTER"]) {
            return None;
        }
        let at = if self.is_ahead(1, "OR") && self.is_ahead(2, "ALTER") {
            3
        } else {
            1
        };
        ["PROCEDURE", "PROC", "FUNCTION", "VIEW", "TRIGGER", "SCHEMA"]
            .into_iter()
            .find(|word| self.is_ahead(at, word))
    }

    /// 111 on the top level, 156 on the object word inside a block.
    fn check_first_in_batch(&self, first: bool) -> Result<()> {
        let Some(word) = self.module_word() else {
            return Ok(());
        };
        let free = word == "SCHEMA" && self.is("ALTER");
        if first || free {
            return Ok(());
        }
        let what = if matches!(word, "PROC" | "PROCEDURE") {
            "CREATE/ALTER PROCEDURE".to_owned()
        } else {
            format!("{} {word}", self.token().upper)
        };
        Err(self.error(
            111,
            format!("'{what}' must be the first statement in a query batch."),
        ))
    }

    fn check_labels(&self) -> Result<()> {
        let failed = |number, message, line| {
            Err(SqlError::new(number, message)
                .class(15)
                .line(line)
                .compile())
        };
        for (n, (label, line)) in self.labels.iter().enumerate() {
            if self.labels[..n]
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(label))
            {
                return failed(
                    132,
                    format!(
                        "The label '{label}' has already been declared. Label names must be unique within a query \
                         batch or stored procedure."
                    ),
                    *line,
                );
            }
        }
        for (label, line) in &self.gotos {
            if !self
                .labels
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(label))
            {
                return failed(
                    133,
                    format!(
                        "A GOTO statement references the label '{label}' but the label has not been declared."
                    ),
                    *line,
                );
            }
        }
        Ok(())
    }

    /// One statement with the semicolon that may end it.
    pub fn statement(&mut self) -> Result<Statement> {
        let span = self.start();
        let kind = self.statement_kind()?;
        self.check_terminated()?;
        let statement = Statement {
            span: self.since(span),
            kind,
        };
        if self.is(";") && !self.is_ahead(1, "ELSE") {
            self.skip(1);
        }
        Ok(statement)
    }

    /// A statement before WITH must end in a semicolon (319), and one before THROW too unless it is a block.
    fn check_terminated(&self) -> Result<()> {
        let throw = self.is("THROW") && !self.follows("END") && !self.follows("CATCH");
        if (throw || self.is("WITH")) && !self.follows(";") {
            return Err(self.unexpected());
        }
        Ok(())
    }

    fn statement_kind(&mut self) -> Result<StatementKind> {
        if self.kind() == Kind::Reserved && self.is_ahead(1, ":") {
            return Err(self.refuse("a label that is a reserved word"));
        }
        if self.is("(") {
            return self
                .select_statement(Vec::new())
                .map(|s| StatementKind::Select(Box::new(s)));
        }
        if self.kind() == Kind::Word && self.is_statement_word() {
            return if self.is("THROW") {
                self.throw()
            } else {
                Err(self.refuse(format!("{} statements", self.token().upper)))
            };
        }
        if self.kind() != Kind::Reserved {
            if self.is_label() {
                return self.label();
            }
            return Err(self.unexpected());
        }
        match self.token().upper.clone().as_str() {
            "WITH" => self.with_statement(),
            "SELECT" | "INSERT" | "DELETE" | "MERGE" => self.data_statement(Vec::new()),
            "UPDATE" if self.is_ahead(1, "STATISTICS") => self.update_statistics(),
            "UPDATE" => self.data_statement(Vec::new()),
            "TRUNCATE" => self.truncate(),
            "DECLARE" => self.declare(),
            "SET" => self.set(),
            "IF" => self.if_statement(),
            "WHILE" => self.while_statement(),
            "BEGIN" => self.begin(),
            "BREAK" | "CONTINUE" => self.break_or_continue(),
            "RETURN" => self.return_statement(),
            "RAISERROR" => self.raiserror(),
            "PRINT" => {
                self.skip(1);
                self.without_subqueries(Self::value)
                    .map(StatementKind::Print)
            }
            "WAITFOR" => self.waitfor(),
            "GOTO" => self.goto(),
            "EXEC" | "EXECUTE" if self.is_ahead(1, "AS") => self.execute_as(),
            "EXEC" | "EXECUTE" => self.execute().map(|e| StatementKind::Execute(Box::new(e))),
            "USE" => {
                self.skip(1);
                self.ident().map(StatementKind::Use)
            }
            "END" if self.is_ahead(1, "CONVERSATION") => Err(self.refuse("Service Broker")),
            "COMMIT" => self.commit(),
            "ROLLBACK" => self.rollback(),
            "SAVE" => self.save_transaction(),
            "CREATE" => self.create(),
            "ALTER" => self.alter(),
            "DROP" => self.drop_statement(),
            _ => self.administration(),
        }
    }

    fn with_statement(&mut self) -> Result<StatementKind> {
        let with = self.common_tables()?;
        if !self.is_any(&["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "("]) {
            return Err(self.unexpected());
        }
        self.data_statement(with)
    }

    fn data_statement(&mut self, with: Vec<CommonTable>) -> Result<StatementKind> {
        match self.token().upper.as_str() {
            "INSERT" => self.insert(with),
            "UPDATE" => self.update(with),
            "DELETE" => self.delete(with),
            "MERGE" => self.merge(with),
            _ => self
                .select_statement(with)
                .map(|s| StatementKind::Select(Box::new(s))),
        }
    }

    fn create(&mut self) -> Result<StatementKind> {
        let start = self.position();
        self.expect("CREATE")?;
        let mode = if self.accept_all(&["OR", "ALTER"]) {
            CreateMode::CreateOrAlter
        } else {
            CreateMode::Create
        };
        if let Some(definition) = self.module(mode, start)? {
            return Ok(definition);
        }
        if mode == CreateMode::CreateOrAlter {
            return Err(self.unexpected());
        }
        match self.token().upper.as_str() {
            "TABLE" => self.create_table(),
            "UNIQUE" | "CLUSTERED" | "NONCLUSTERED" | "INDEX" | "COLUMNSTORE" => {
                self.create_index()
            }
            "SPATIAL" => self.create_spatial_index(),
            "STATISTICS" => self.create_statistics(),
            "SCHEMA" if self.blocks == 0 && self.scope == Scope::Batch => self.create_schema(),
            "TYPE" => self.create_type(),
            "SEQUENCE" => self.create_sequence(),
            "SYNONYM" => self.create_synonym(),
            _ => self.create_administration(),
        }
    }

    /// A procedure, function or view, if that is what the next word names.
    fn module(&mut self, mode: CreateMode, start: usize) -> Result<Option<StatementKind>> {
        let word = self.token().upper.clone();
        if !matches!(
            word.as_str(),
            "PROCEDURE" | "PROC" | "FUNCTION" | "VIEW" | "TRIGGER"
        ) {
            return Ok(None);
        }
        if self.blocks > 0 || self.scope != Scope::Batch || start != self.module_start() {
            return Err(self.unexpected());
        }
        match word.as_str() {
            "PROCEDURE" | "PROC" => self.create_procedure(mode),
            "FUNCTION" => self.create_function(mode),
            "VIEW" => self.create_view(mode),
            _ => Err(self.refuse("triggers")),
        }
        .map(Some)
    }

    /// Where a module may begin: at the first token that is no semicolon.
    fn module_start(&self) -> usize {
        self.leading_semicolons()
    }

    fn alter(&mut self) -> Result<StatementKind> {
        let start = self.position();
        self.expect("ALTER")?;
        if let Some(definition) = self.module(CreateMode::Alter, start)? {
            return Ok(definition);
        }
        match self.token().upper.as_str() {
            "TABLE" => self.alter_table(),
            "INDEX" => self.alter_index(),
            _ => self.alter_administration(),
        }
    }

    // ---- SET

    fn set(&mut self) -> Result<StatementKind> {
        self.expect("SET")?;
        if self.kind() == Kind::Variable {
            return self.set_variable();
        }
        self.refuse_system_variable()?;
        self.set_options().map(StatementKind::SetOption)
    }
}
