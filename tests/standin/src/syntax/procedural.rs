//! Control of flow, variables, EXECUTE, transactions.

use super::ast::{
    Declaration, Execute, ExecuteArg, ExecuteTarget, ExecuteValue, Expr, ExprKind, NamedOption,
    SetVariable, Statement, StatementKind, TransactionName, UnaryOp,
};
use super::cursor::{Parser, Scope};
use super::lexer::Kind;
use crate::error::{Result, SqlError};

impl Parser {
    pub fn declare(&mut self) -> Result<StatementKind> {
        self.expect("DECLARE")?;
        if self.is_name()
            && (self.is_ahead(1, "CURSOR")
                || self.is_ahead(1, "INSENSITIVE")
                || self.is_ahead(1, "SCROLL"))
        {
            return Err(self.refuse("cursors"));
        }
        let is_table =
            self.is_ahead(1, "TABLE") || (self.is_ahead(1, "AS") && self.is_ahead(2, "TABLE"));
        if self.kind() == Kind::Variable && is_table {
            let name = self.variable()?;
            self.accept("AS");
            self.expect("TABLE")?;
            let table = self.table_body(false)?;
            if self.is(",") {
                return Err(self.unexpected());
            }
            return Ok(StatementKind::DeclareTable { name, table });
        }
        self.list(|p| {
            let name = p.variable()?;
            p.accept("AS");
            let data_type = p.type_ref()?;
            if p.is("NOT") || p.is("NULL") {
                return Err(p.refuse("variables declared NULL or NOT NULL"));
            }
            let value = if p.accept("=") {
                Some(p.value()?)
            } else {
                None
            };
            Ok(Declaration {
                name,
                data_type,
                value,
            })
        })
        .map(StatementKind::Declare)
    }

    pub fn set_variable(&mut self) -> Result<StatementKind> {
        let name = self.variable()?;
        if self.is(".") {
            return Err(self.refuse("mutator methods"));
        }
        if self.is("::") || (self.is_name() && self.is_ahead(1, "::")) {
            return Err(self.refuse("static members of user-defined types"));
        }
        let Some(op) = self.assign_op() else {
            return Err(self.unexpected());
        };
        if self.is("CURSOR") {
            return Err(self.refuse("cursor variables"));
        }
        let value = self.value()?;
        Ok(StatementKind::Set(SetVariable { name, op, value }))
    }

    pub fn if_statement(&mut self) -> Result<StatementKind> {
        self.expect("IF")?;
        let condition = self.condition()?;
        let then = Box::new(self.inner_statement()?);
        // One semicolon may stand before ELSE.
        if self.is(";") && self.is_ahead(1, "ELSE") {
            self.skip(1);
        }
        let otherwise = if self.accept("ELSE") {
            Some(Box::new(self.inner_statement()?))
        } else {
            None
        };
        Ok(StatementKind::If {
            condition,
            then,
            otherwise,
        })
    }

    pub fn while_statement(&mut self) -> Result<StatementKind> {
        self.expect("WHILE")?;
        let condition = self.condition()?;
        self.loops += 1;
        let body = self.inner_statement();
        self.loops -= 1;
        Ok(StatementKind::While {
            condition,
            body: Box::new(body?),
        })
    }

    /// The single statement under IF, ELSE or WHILE.
    fn inner_statement(&mut self) -> Result<Statement> {
        self.blocks += 1;
        let statement = self.nested(Self::statement);
        self.blocks -= 1;
        statement
    }

    pub fn begin(&mut self) -> Result<StatementKind> {
        if self.is_ahead(1, "TRAN") || self.is_ahead(1, "TRANSACTION") {
            return self.begin_transaction();
        }
        if self.is_ahead(1, "DISTRIBUTED") {
            return Err(self.refuse("distributed transactions"));
        }
        if self.is_ahead(1, "DIALOG") || self.is_ahead(1, "CONVERSATION") {
            return Err(self.refuse("Service Broker"));
        }
        if self.is_ahead(1, "TRY") {
            return self.try_catch();
        }
        if self.is_ahead(1, "ATOMIC") {
            return Err(self.refuse("an ATOMIC block outside a natively compiled procedure"));
        }
        self.expect("BEGIN")?;
        let body = self.block_until_end()?;
        self.expect("END")?;
        Ok(StatementKind::Block(body))
    }

    /// Statements up to END; at least one.
    pub fn block_until_end(&mut self) -> Result<Vec<Statement>> {
        self.blocks += 1;
        let body = self.nested(Self::statements_before_end);
        self.blocks -= 1;
        let body = body?;
        if body.is_empty() {
            // 102, although END is a keyword.
            return Err(SqlError::syntax(&self.token().text, self.line()));
        }
        Ok(body)
    }

    fn statements_before_end(&mut self) -> Result<Vec<Statement>> {
        let mut body = Vec::new();
        loop {
            while self.accept(";") {}
            if self.is("END") && !self.is_ahead(1, "CONVERSATION") {
                return Ok(body);
            }
            if self.at_end() {
                return Err(self.unexpected());
            }
            body.push(self.statement()?);
        }
    }

    fn try_catch(&mut self) -> Result<StatementKind> {
        self.expect_all(&["BEGIN", "TRY"])?;
        self.blocks += 1;
        let try_block = self.nested(Self::statements_before_end);
        self.blocks -= 1;
        let try_block = try_block?;
        if try_block.is_empty() {
            return Err(self.unexpected());
        }
        self.expect_all(&["END", "TRY", "BEGIN", "CATCH"])?;
        self.blocks += 1;
        self.catches += 1;
        let catch_block = self.nested(Self::statements_before_end);
        self.catches -= 1;
        self.blocks -= 1;
        let catch_block = catch_block?;
        self.expect_all(&["END", "CATCH"])?;
        Ok(StatementKind::TryCatch {
            try_block,
            catch_block,
        })
    }

    pub fn break_or_continue(&mut self) -> Result<StatementKind> {
        let word = self.token().upper.clone();
        if self.loops == 0 {
            let number = if word == "BREAK" { 135 } else { 136 };
            return Err(self.error(
                number,
                format!("Cannot use a {word} statement outside the scope of a WHILE statement."),
            ));
        }
        self.skip(1);
        Ok(if word == "BREAK" {
            StatementKind::Break
        } else {
            StatementKind::Continue
        })
    }

    pub fn return_statement(&mut self) -> Result<StatementKind> {
        let refused = self.error(
            178,
            "A RETURN statement with a return value cannot be used in this context.",
        );
        let missing = self.error(
            1075,
            "RETURN statements in scalar valued functions must include an argument.",
        );
        self.expect("RETURN")?;
        if !self.begins_value() {
            if self.scope == Scope::ScalarFunction {
                return Err(missing);
            }
            return Ok(StatementKind::Return(None));
        }
        let value = self.value()?;
        if matches!(self.scope, Scope::Batch | Scope::TableFunction) {
            return Err(refused);
        }
        Ok(StatementKind::Return(Some(value)))
    }

    /// Whether what follows can only be a value, not the next statement.
    fn begins_value(&self) -> bool {
        match self.kind() {
            Kind::End => false,
            Kind::Reserved => self.is_any(&[
                "NULL",
                "CASE",
                "COALESCE",
                "NULLIF",
                "CONVERT",
                "TRY_CONVERT",
                "CURRENT_TIMESTAMP",
                "CURRENT_USER",
                "SESSION_USER",
                "SYSTEM_USER",
                "USER",
                "LEFT",
                "RIGHT",
            ]),
            Kind::Symbol => self.is_any(&["(", "-", "+", "~"]),
            Kind::Word => !self.is_label() && (!self.is("THROW") || self.is_ahead(1, "(")),
            _ => true,
        }
    }

    pub fn throw(&mut self) -> Result<StatementKind> {
        let outside = self.error(
            10704,
            "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement \
             inside a CATCH block, or add error parameters to the THROW statement.",
        );
        self.expect("THROW")?;
        if !matches!(self.kind(), Kind::Integer | Kind::Variable) {
            if self.catches == 0 {
                return Err(outside);
            }
            return Ok(StatementKind::Throw(None));
        }
        let number = self.throw_argument(&[Kind::Integer])?;
        self.expect(",")?;
        let message = self.throw_argument(&[Kind::Text, Kind::NationalText])?;
        self.expect(",")?;
        let state = self.throw_argument(&[Kind::Integer])?;
        Ok(StatementKind::Throw(Some((number, message, state))))
    }

    fn throw_argument(&mut self, kinds: &[Kind]) -> Result<Expr> {
        if self.kind() == Kind::Variable || kinds.contains(&self.kind()) {
            return self.atom();
        }
        Err(self.unexpected())
    }

    /// A literal or variable, as it stands.
    fn atom(&mut self) -> Result<Expr> {
        let start = self.start();
        let token = self.advance();
        let kind = match token.kind {
            Kind::Integer => ExprKind::Integer(token.text),
            Kind::Decimal => ExprKind::Decimal(token.text),
            Kind::Float => ExprKind::Float(token.text),
            Kind::Money => ExprKind::Money(token.text),
            Kind::Variable => ExprKind::Variable(token.text),
            Kind::GlobalVariable => ExprKind::GlobalVariable(token.text),
            Kind::Text | Kind::NationalText => ExprKind::String {
                national: token.kind == Kind::NationalText,
                text: token.text,
            },
            Kind::Binary => {
                self.back(1);
                return self.postfix(super::expr::Want::Value);
            }
            Kind::Reserved if token.upper == "NULL" => ExprKind::Null,
            _ => {
                self.back(1);
                return Err(self.unexpected());
            }
        };
        Ok(Expr {
            span: self.since(start),
            kind,
        })
    }

    /// A literal, possibly signed, or NULL; no variable.
    pub fn constant(&mut self) -> Result<Expr> {
        let start = self.start();
        if matches!(self.kind(), Kind::Variable | Kind::GlobalVariable) {
            return Err(self.unexpected());
        }
        let op = match self.token().upper.as_str() {
            "-" => UnaryOp::Minus,
            "+" => UnaryOp::Plus,
            _ => return self.atom(),
        };
        self.skip(1);
        if !matches!(
            self.kind(),
            Kind::Integer | Kind::Decimal | Kind::Float | Kind::Money
        ) {
            return Err(self.unexpected());
        }
        let operand = Box::new(self.atom()?);
        Ok(Expr {
            span: self.since(start),
            kind: ExprKind::Unary { op, operand },
        })
    }

    pub fn raiserror(&mut self) -> Result<StatementKind> {
        self.expect("RAISERROR")?;
        self.expect("(")?;
        if self.kind() == Kind::GlobalVariable {
            return Err(self.refuse("RAISERROR with a system variable"));
        }
        if !self.is_text() && !matches!(self.kind(), Kind::Integer | Kind::Variable) {
            return Err(self.unexpected());
        }
        let message = self.raiserror_argument()?;
        self.expect(",")?;
        let severity = self.raiserror_number()?;
        self.expect(",")?;
        let state = self.raiserror_number()?;
        let mut args = Vec::new();
        while self.accept(",") {
            args.push(self.raiserror_argument()?);
        }
        self.expect(")")?;
        let mut options = Vec::new();
        if self.accept("WITH") {
            options = self.list(|p| p.expect_any(&["NOWAIT", "LOG", "SETERROR"]))?;
        }
        Ok(StatementKind::RaisError {
            message,
            severity,
            state,
            args,
            options,
        })
    }

    fn raiserror_number(&mut self) -> Result<Expr> {
        let signed = usize::from(self.is("-"));
        let fits = self.ahead(signed).kind == Kind::Integer || self.kind() == Kind::Variable;
        if fits {
            self.raiserror_argument()
        } else {
            Err(self.unexpected())
        }
    }

    fn raiserror_argument(&mut self) -> Result<Expr> {
        if self.kind() == Kind::GlobalVariable {
            return Err(self.refuse("RAISERROR with a system variable"));
        }
        if self.kind() == Kind::Variable {
            self.atom()
        } else {
            self.constant()
        }
    }

    pub fn waitfor(&mut self) -> Result<StatementKind> {
        self.expect("WAITFOR")?;
        if self.is("(") {
            return Err(self.refuse("WAITFOR (statement)"));
        }
        let word = self.expect_any(&["DELAY", "TIME"])?;
        self.refuse_system_variable()?;
        if self.kind() != Kind::Variable && !self.is_text() {
            return Err(self.unexpected());
        }
        let value = self.atom()?;
        Ok(if word == "DELAY" {
            StatementKind::WaitForDelay(value)
        } else {
            StatementKind::WaitForTime(value)
        })
    }

    pub fn goto(&mut self) -> Result<StatementKind> {
        let line = self.line();
        self.expect("GOTO")?;
        let label = self.ident()?.text;
        self.gotos.push((label.clone(), line));
        Ok(StatementKind::Goto(label))
    }

    pub fn label(&mut self) -> Result<StatementKind> {
        let name = self.ident()?.text;
        let line = self.line();
        self.expect(":")?;
        self.labels.push((name.clone(), line));
        Ok(StatementKind::Label(name))
    }

    // ---- EXECUTE

    pub fn execute(&mut self) -> Result<Execute> {
        self.expect_any(&["EXEC", "EXECUTE"])?;
        if self.is("(") {
            return self.execute_text();
        }
        let mut return_variable = None;
        if self.kind() == Kind::Variable && self.is_ahead(1, "=") {
            return_variable = Some(self.variable()?);
            self.skip(1);
        }
        self.execute_call(return_variable)
    }

    /// A call from the procedure's name on; also of a batch that begins with a bare name.
    pub fn execute_call(&mut self, return_variable: Option<String>) -> Result<Execute> {
        let target = if self.kind() == Kind::Variable {
            ExecuteTarget::ProcedureVariable(self.variable()?)
        } else {
            self.refuse_system_variable()?;
            ExecuteTarget::Procedure(self.object_name()?)
        };
        if self.is(";") && self.ahead(1).kind == Kind::Integer {
            return Err(self.refuse("numbered procedures"));
        }
        let mut args = Vec::new();
        if self.begins_argument() {
            args = self.list(Self::execute_argument)?;
            self.check_named_last(&args)?;
        }
        let options = self.execute_options()?;
        Ok(Execute {
            return_variable,
            target,
            args,
            options,
        })
    }

    fn check_named_last(&self, args: &[ExecuteArg]) -> Result<()> {
        let named = args
            .iter()
            .position(|a| a.name.is_some())
            .unwrap_or(args.len());
        match args[named..].iter().position(|a| a.name.is_none()) {
            None => Ok(()),
            Some(n) => Err(self.error(
                119,
                format!(
                    "Must pass parameter number {} and subsequent parameters as '@name = value'. After the form '@name \
                     = value' has been used, all subsequent parameters must be passed in the form '@name = value'.",
                    named + n + 1
                ),
            )),
        }
    }

    fn begins_argument(&self) -> bool {
        match self.kind() {
            Kind::End | Kind::GlobalVariable if self.at_end() => false,
            Kind::Reserved => self.is_any(&["NULL", "DEFAULT"]),
            Kind::Symbol => self.is("-"),
            Kind::Word => !self.is_label(),
            _ => true,
        }
    }

    fn execute_argument(&mut self) -> Result<ExecuteArg> {
        let mut name = None;
        if self.kind() == Kind::Variable && self.is_ahead(1, "=") {
            name = Some(self.variable()?);
            self.skip(1);
        }
        let is_variable = self.kind() == Kind::Variable;
        let value = if self.accept("DEFAULT") {
            ExecuteValue::Default
        } else if is_variable || self.kind() == Kind::GlobalVariable {
            ExecuteValue::Expr(self.atom()?)
        } else if self.is_name() {
            ExecuteValue::Word(self.ident()?.text)
        } else if self.is("+") {
            return Err(self.unexpected());
        } else {
            ExecuteValue::Expr(self.constant()?)
        };
        let output = is_variable && (self.accept("OUTPUT") || self.accept("OUT"));
        Ok(ExecuteArg {
            name,
            value,
            output,
        })
    }

    /// `EXEC ('text' + @more)`: literals and variables joined by `+`.
    fn execute_text(&mut self) -> Result<Execute> {
        self.expect("(")?;
        let mut text = self.execute_text_part()?;
        let mut parts = 1;
        while self.accept("+") {
            text = super::expr::binary(super::ast::BinaryOp::Add, text, self.execute_text_part()?);
            parts += 1;
            if parts > super::cursor::MAX_CHAIN {
                return Err(self.too_deep());
            }
        }
        if self.is(",") {
            return Err(self.refuse("EXEC of text with parameters"));
        }
        self.expect(")")?;
        if self.is("AT") {
            return Err(self.refuse("EXEC ... AT"));
        }
        if self.is("AS") && (self.is_ahead(1, "USER") || self.is_ahead(1, "LOGIN")) {
            return Err(self.refuse("EXEC ... AS"));
        }
        let options = self.execute_options()?;
        Ok(Execute {
            return_variable: None,
            target: ExecuteTarget::Text(text),
            args: Vec::new(),
            options,
        })
    }

    fn execute_text_part(&mut self) -> Result<Expr> {
        if self.kind() == Kind::Variable || self.is_text() {
            return self.atom();
        }
        Err(self.unexpected())
    }

    fn execute_options(&mut self) -> Result<Vec<NamedOption>> {
        if !self.is("WITH") || !(self.is_ahead(1, "RECOMPILE") || self.is_ahead(1, "RESULT")) {
            return Ok(Vec::new());
        }
        if self.is_ahead(1, "RESULT") {
            return Err(self.refuse("EXEC ... WITH RESULT SETS"));
        }
        self.skip(1);
        let span = self.start();
        let name = self.advance().upper;
        if self.is(",") && self.is_ahead(1, "RESULT") {
            return Err(self.refuse("EXEC ... WITH RESULT SETS"));
        }
        Ok(vec![NamedOption {
            name,
            value: None,
            nested: Vec::new(),
            span,
        }])
    }

    // ---- transactions

    fn transaction_name(&mut self) -> Result<Option<TransactionName>> {
        if self.kind() == Kind::Variable {
            return self
                .variable()
                .map(|name| Some(TransactionName::Variable(name)));
        }
        if self.is_name() && !self.is_label() {
            return self.ident().map(|name| Some(TransactionName::Name(name)));
        }
        Ok(None)
    }

    fn begin_transaction(&mut self) -> Result<StatementKind> {
        self.skip(2);
        let name = self.transaction_name()?;
        let mut mark = None;
        if self.are(&["WITH", "MARK"])
            && (name.is_none() || self.ahead(2).kind == super::lexer::Kind::Variable)
        {
            return Err(self.refuse("WITH MARK without the transaction's name, and of a variable"));
        }
        if self.are(&["WITH", "MARK"]) {
            self.skip(2);
            if self.is_text() {
                mark = Some(self.atom()?);
            }
        }
        Ok(StatementKind::BeginTransaction { name, mark })
    }

    pub fn commit(&mut self) -> Result<StatementKind> {
        self.expect("COMMIT")?;
        let name = self.end_of_transaction()?;
        if self.is("WITH") && self.is_ahead(1, "(") {
            return Err(self.refuse("COMMIT WITH (DELAYED_DURABILITY)"));
        }
        Ok(StatementKind::Commit { name })
    }

    pub fn rollback(&mut self) -> Result<StatementKind> {
        self.expect("ROLLBACK")?;
        Ok(StatementKind::Rollback {
            name: self.end_of_transaction()?,
        })
    }

    /// WORK takes no name, TRAN may.
    fn end_of_transaction(&mut self) -> Result<Option<TransactionName>> {
        if self.accept("TRAN") || self.accept("TRANSACTION") {
            return self.transaction_name();
        }
        self.accept("WORK");
        Ok(None)
    }

    pub fn save_transaction(&mut self) -> Result<StatementKind> {
        self.expect("SAVE")?;
        self.expect_any(&["TRAN", "TRANSACTION"])?;
        match self.transaction_name()? {
            Some(name) => Ok(StatementKind::SaveTransaction(name)),
            None => Err(self.unexpected()),
        }
    }
}
