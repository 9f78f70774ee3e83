//! Procedures, functions, views, and the small definitions: schemas, types, sequences, synonyms, DROP.

use super::ast::{
    CreateFunction, CreateMode, CreateProcedure, CreateTypeBase, CreateView, FunctionReturns,
    Ident, ModuleWord, NamedOption, OptionValue, ParameterSyntax, Statement, StatementKind,
};
use super::cursor::{Parser, Scope};
use super::options::TABLE_TYPE;
use crate::error::Result;

impl Parser {
    // ---- procedures

    pub fn create_procedure(&mut self, mode: CreateMode) -> Result<StatementKind> {
        self.skip(1);
        let name = self.local_name("CREATE/ALTER PROCEDURE")?;
        if self.is(";") {
            return Err(self.refuse("numbered procedures"));
        }
        let parenthesized = self.accept("(");
        let parameters = if self.kind() == super::lexer::Kind::Variable {
            self.list(Self::parameter)?
        } else {
            Vec::new()
        };
        if parenthesized {
            if parameters.is_empty() {
                return Err(self.unexpected());
            }
            self.expect(")")?;
        }
        let options = self.module_options(&[
            "RECOMPILE",
            "ENCRYPTION",
            "SCHEMABINDING",
            "NATIVE_COMPILATION",
        ])?;
        if self.is("FOR") {
            return Err(self.refuse("FOR REPLICATION"));
        }
        self.expect("AS")?;
        self.refuse_external()?;
        self.scope = Scope::Procedure;
        let mut atomic = None;
        let body = if self.are(&["BEGIN", "ATOMIC"]) {
            self.skip(2);
            self.expect("WITH")?;
            atomic = Some(self.atomic_options()?);
            let body = self.block_until_end()?;
            self.expect("END")?;
            while self.accept(";") {}
            body
        } else {
            self.body_to_end()?
        };
        Ok(StatementKind::CreateProcedure(Box::new(CreateProcedure {
            mode,
            name,
            parameters,
            options,
            body,
            atomic,
        })))
    }

    fn body_to_end(&mut self) -> Result<Vec<Statement>> {
        let mut body = Vec::new();
        loop {
            while self.accept(";") {}
            if self.at_end() {
                break;
            }
            body.push(self.statement()?);
        }
        if body.is_empty() {
            return Err(self.refuse("procedures without a statement"));
        }
        Ok(body)
    }

    /// `@p [AS] type [NULL | NOT NULL] [= default] [OUTPUT | OUT] [READONLY]`
    pub fn parameter(&mut self) -> Result<ParameterSyntax> {
        let name = self.variable()?;
        self.accept("AS");
        let data_type = self.type_ref()?;
        if self.is("VARYING") {
            return Err(self.refuse("cursor parameters"));
        }
        let nullable = if self.accept("NULL") {
            Some(true)
        } else if self.accept("NOT") {
            self.expect("NULL")?;
            Some(false)
        } else {
            None
        };
        let default = if self.accept("=") {
            Some(self.parameter_default()?)
        } else {
            None
        };
        let output = self.accept("OUTPUT") || self.accept("OUT");
        let readonly = !output && self.accept("READONLY");
        Ok(ParameterSyntax {
            name,
            data_type,
            default,
            output,
            readonly,
            nullable,
        })
    }

    fn parameter_default(&mut self) -> Result<super::ast::Expr> {
        if self.is("+") {
            return Err(self.unexpected());
        }
        if self.is_name()
            || matches!(
                self.kind(),
                super::lexer::Kind::Variable | super::lexer::Kind::GlobalVariable
            )
        {
            return Err(self.refuse("a bare word or a variable as the default of a parameter"));
        }
        self.constant()
    }

    /// `WITH option, ...`: words, and EXECUTE AS.
    fn module_options(&mut self, known: &[&str]) -> Result<Vec<NamedOption>> {
        if !self.accept("WITH") {
            return Ok(Vec::new());
        }
        self.list(|p| {
            let span = p.start();
            if p.is_any(&["EXECUTE", "EXEC"]) {
                p.skip(1);
                p.expect("AS")?;
                let value = if p.is_text() {
                    OptionValue::Text(p.text()?)
                } else {
                    OptionValue::Word(p.expect_any(&["OWNER", "SELF", "CALLER"])?)
                };
                return Ok(NamedOption {
                    name: "EXECUTE AS".to_owned(),
                    value: Some(value),
                    nested: Vec::new(),
                    span,
                });
            }
            let name = p.expect_any(known)?;
            if matches!(name.as_str(), "CALLED" | "INLINE" | "RETURNS") {
                return Err(p.refuse(format!("WITH {name} of a function")));
            }
            Ok(NamedOption {
                name,
                value: None,
                nested: Vec::new(),
                span,
            })
        })
    }

    /// `(TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = N'us_english', ...)`
    fn atomic_options(&mut self) -> Result<Vec<NamedOption>> {
        self.expect("(")?;
        let options = self.list(|p| {
            let span = p.start();
            let (name, value) = if p.are(&["TRANSACTION", "ISOLATION", "LEVEL"]) {
                p.skip(3);
                p.expect("=")?;
                let level = if p.accept_all(&["REPEATABLE", "READ"]) {
                    "REPEATABLE READ".to_owned()
                } else if p.accept_all(&["READ", "COMMITTED"]) {
                    "READ COMMITTED".to_owned()
                } else if p.accept_all(&["READ", "UNCOMMITTED"]) {
                    "READ UNCOMMITTED".to_owned()
                } else {
                    p.expect_any(&["SNAPSHOT", "SERIALIZABLE"])?
                };
                (
                    "TRANSACTION ISOLATION LEVEL".to_owned(),
                    OptionValue::Word(level),
                )
            } else if p.accept("LANGUAGE") {
                p.expect("=")?;
                ("LANGUAGE".to_owned(), OptionValue::Text(p.text()?))
            } else if p.accept("DATEFIRST") {
                p.expect("=")?;
                ("DATEFIRST".to_owned(), OptionValue::Number(p.integer()?))
            } else if p.accept("DATEFORMAT") {
                p.expect("=")?;
                ("DATEFORMAT".to_owned(), OptionValue::Text(p.text()?))
            } else {
                p.expect("DELAYED_DURABILITY")?;
                p.expect("=")?;
                (
                    "DELAYED_DURABILITY".to_owned(),
                    OptionValue::Word(p.expect_any(&["ON", "OFF"])?),
                )
            };
            Ok(NamedOption {
                name,
                value: Some(value),
                nested: Vec::new(),
                span,
            })
        })?;
        self.expect(")")?;
        Ok(options)
    }

    // ---- functions

    pub fn create_function(&mut self, mode: CreateMode) -> Result<StatementKind> {
        self.skip(1);
        let name = self.local_name("CREATE FUNCTION")?;
        self.expect("(")?;
        let parameters = if self.is(")") {
            Vec::new()
        } else {
            self.list(Self::function_parameter)?
        };
        self.expect(")")?;
        self.expect("RETURNS")?;
        let returned = self.function_returns()?;
        let options = self.function_options()?;
        self.accept("AS");
        self.refuse_external()?;
        let (returns, body) = match returned {
            Returned::Inline => (
                FunctionReturns::Inline(Box::new(self.inline_body()?)),
                Vec::new(),
            ),
            Returned::Scalar(data_type) => {
                self.scope = Scope::ScalarFunction;
                (FunctionReturns::Scalar(data_type), self.function_body()?)
            }
            Returned::Table(variable, body) => {
                self.scope = Scope::TableFunction;
                (
                    FunctionReturns::Table { variable, body },
                    self.function_body()?,
                )
            }
        };
        Ok(StatementKind::CreateFunction(Box::new(CreateFunction {
            mode,
            name,
            parameters,
            returns,
            options,
            body,
        })))
    }

    fn function_parameter(&mut self) -> Result<ParameterSyntax> {
        let parameter = self.parameter()?;
        if parameter.output {
            return Err(self.unexpected());
        }
        Ok(parameter)
    }

    fn function_returns(&mut self) -> Result<Returned> {
        if self.accept("TABLE") {
            if self.is("(") {
                return Err(self.refuse("CLR table functions"));
            }
            return Ok(Returned::Inline);
        }
        if self.kind() == super::lexer::Kind::Variable {
            let variable = self.variable()?;
            self.expect("TABLE")?;
            return Ok(Returned::Table(variable, self.table_body(false)?));
        }
        self.type_ref().map(Returned::Scalar)
    }

    fn function_options(&mut self) -> Result<Vec<NamedOption>> {
        self.module_options(&[
            "SCHEMABINDING",
            "ENCRYPTION",
            "NATIVE_COMPILATION",
            "CALLED",
            "INLINE",
            "RETURNS",
        ])
    }

    fn inline_body(&mut self) -> Result<super::ast::SelectStatement> {
        self.expect("RETURN")?;
        let parenthesized = self.is("(") && self.parenthesis_ends_batch();
        if parenthesized {
            self.skip(1);
        }
        let with = self.common_tables()?;
        let query = self.query_inside()?;
        if parenthesized {
            self.expect(")")?;
        }
        while self.accept(";") {}
        Ok(super::ast::SelectStatement {
            with,
            query,
            options: Vec::new(),
        })
    }

    /// Whether nothing but semicolons follows the parenthesis that opens here.
    fn parenthesis_ends_batch(&self) -> bool {
        let (mut n, mut depth) = (0, 0usize);
        loop {
            match self.ahead(n) {
                token if token.kind == super::lexer::Kind::End => return false,
                token if token.upper == "(" => depth += 1,
                token if token.upper == ")" && depth == 1 => break,
                token if token.upper == ")" => depth -= 1,
                _ => {}
            }
            n += 1;
        }
        n += 1;
        while self.is_ahead(n, ";") {
            n += 1;
        }
        self.ahead(n).kind == super::lexer::Kind::End
    }

    fn function_body(&mut self) -> Result<Vec<Statement>> {
        self.expect("BEGIN")?;
        if self.is("ATOMIC") {
            return Err(self.refuse("natively compiled functions"));
        }
        let body = self.block_until_end()?;
        self.expect("END")?;
        while self.accept(";") {}
        Ok(body)
    }

    // ---- views

    pub fn create_view(&mut self, mode: CreateMode) -> Result<StatementKind> {
        self.expect("VIEW")?;
        let name = self.local_name("CREATE VIEW")?;
        let columns = if self.is("(") {
            self.ident_list()?
        } else {
            Vec::new()
        };
        let options = self.module_options(&["SCHEMABINDING", "ENCRYPTION", "VIEW_METADATA"])?;
        if options.iter().any(|o| o.name == "EXECUTE AS") {
            return Err(self.unexpected());
        }
        self.expect("AS")?;
        let with = self.common_tables()?;
        let query = self.query_inside()?;
        let check_option = self.accept_all(&["WITH", "CHECK", "OPTION"]);
        while self.accept(";") {}
        Ok(StatementKind::CreateView(Box::new(CreateView {
            mode,
            name,
            columns,
            options,
            select: super::ast::SelectStatement {
                with,
                query,
                options: Vec::new(),
            },
            check_option,
        })))
    }

    fn query_inside(&mut self) -> Result<super::ast::Query> {
        self.query(false)
    }

    // ---- the small definitions

    pub fn create_schema(&mut self) -> Result<StatementKind> {
        self.expect("SCHEMA")?;
        let name = if self.is("AUTHORIZATION") {
            None
        } else {
            Some(self.ident()?)
        };
        let authorization = if self.accept("AUTHORIZATION") {
            Some(self.ident()?)
        } else {
            None
        };
        if self.is_any(&["CREATE", "GRANT", "DENY", "REVOKE"]) {
            return Err(self.refuse("elements inside CREATE SCHEMA"));
        }
        Ok(StatementKind::CreateSchema {
            name,
            authorization,
        })
    }

    pub fn create_type(&mut self) -> Result<StatementKind> {
        self.expect("TYPE")?;
        let name = self.local_name("CREATE TYPE")?;
        if self.accept("FROM") {
            let data_type = self.type_ref()?;
            let nullable = if self.accept("NULL") {
                Some(true)
            } else if self.accept("NOT") {
                self.expect("NULL")?;
                Some(false)
            } else {
                None
            };
            return Ok(StatementKind::CreateType {
                name,
                base: CreateTypeBase::Alias {
                    data_type,
                    nullable,
                },
            });
        }
        if self.is("EXTERNAL") {
            return Err(self.refuse("CLR types"));
        }
        self.expect_all(&["AS", "TABLE"])?;
        let body = self.table_body(false)?;
        let options = if self.is("WITH") && self.is_ahead(1, "(") {
            self.skip(1);
            self.option_list(&TABLE_TYPE)?
        } else {
            Vec::new()
        };
        Ok(StatementKind::CreateType {
            name,
            base: CreateTypeBase::Table { body, options },
        })
    }

    pub fn create_sequence(&mut self) -> Result<StatementKind> {
        self.expect("SEQUENCE")?;
        let name = self.local_name("CREATE SEQUENCE")?;
        let data_type = if self.accept("AS") {
            Some(self.type_ref()?)
        } else {
            None
        };
        let mut options: Vec<NamedOption> = Vec::new();
        while let Some(option) = self.sequence_option()? {
            if options.iter().any(|o| o.name == option.name) {
                return Err(self.unexpected());
            }
            options.push(option);
        }
        Ok(StatementKind::CreateSequence {
            name,
            data_type,
            options,
        })
    }

    fn sequence_option(&mut self) -> Result<Option<NamedOption>> {
        let span = self.start();
        let word = self.token().upper.clone();
        let (name, value) = match word.as_str() {
            "START" => {
                self.skip(1);
                self.expect("WITH")?;
                ("START", Some(self.sequence_number()?))
            }
            "INCREMENT" => {
                self.skip(1);
                self.expect("BY")?;
                ("INCREMENT", Some(self.sequence_number()?))
            }
            "MINVALUE" | "MAXVALUE" => {
                self.skip(1);
                let name = if word == "MINVALUE" {
                    "MINVALUE"
                } else {
                    "MAXVALUE"
                };
                (name, Some(self.sequence_number()?))
            }
            "CYCLE" => {
                self.skip(1);
                ("CYCLE", None)
            }
            "CACHE" => {
                self.skip(1);
                if self.is("-") {
                    return Err(self.refuse("a negative CACHE"));
                }
                let number = self.kind() == super::lexer::Kind::Integer;
                (
                    "CACHE",
                    if number {
                        Some(OptionValue::Number(self.integer()?))
                    } else {
                        None
                    },
                )
            }
            "NO" => {
                self.skip(1);
                let what = self.expect_any(&["MINVALUE", "MAXVALUE", "CYCLE", "CACHE"])?;
                let name = match what.as_str() {
                    "MINVALUE" => "MINVALUE",
                    "MAXVALUE" => "MAXVALUE",
                    "CYCLE" => "CYCLE",
                    _ => "CACHE",
                };
                (name, Some(OptionValue::Word("NO".to_owned())))
            }
            _ => return Ok(None),
        };
        Ok(Some(NamedOption {
            name: name.to_owned(),
            value,
            nested: Vec::new(),
            span,
        }))
    }

    fn sequence_number(&mut self) -> Result<OptionValue> {
        let sign = if self.accept("-") { "-" } else { "" };
        Ok(OptionValue::Number(format!("{sign}{}", self.integer()?)))
    }

    pub fn create_synonym(&mut self) -> Result<StatementKind> {
        self.expect("SYNONYM")?;
        let name = self.local_name("CREATE SYNONYM")?;
        self.expect("FOR")?;
        let target = self.object_name_of(4)?;
        Ok(StatementKind::CreateSynonym { name, target })
    }

    pub fn drop_statement(&mut self) -> Result<StatementKind> {
        self.expect("DROP")?;
        let word = self.token().upper.clone();
        let what = match word.as_str() {
            "INDEX" => return self.drop_index(),
            "STATISTICS" => return self.drop_statistics(),
            "TABLE" => {
                self.skip(1);
                let if_exists = self.if_exists();
                let names = self.list(|p| p.object_name_of(3))?;
                return Ok(StatementKind::DropTable { if_exists, names });
            }
            "SCHEMA" => {
                self.skip(1);
                let if_exists = self.if_exists();
                let name: Ident = self.ident()?;
                return Ok(StatementKind::DropSchema { if_exists, name });
            }
            "DATABASE" => return self.drop_database(),
            "PROCEDURE" | "PROC" => ModuleWord::Procedure,
            "FUNCTION" => ModuleWord::Function,
            "VIEW" => ModuleWord::View,
            "TRIGGER" => ModuleWord::Trigger,
            "SYNONYM" => ModuleWord::Synonym,
            "SEQUENCE" => ModuleWord::Sequence,
            "TYPE" => ModuleWord::Type,
            "LOGIN" | "USER" | "ROLE" => return self.drop_principal(),
            _ => return self.other_object("DROP"),
        };
        self.skip(1);
        let if_exists = self.if_exists();
        let single = matches!(what, ModuleWord::Synonym | ModuleWord::Type);
        let statement = format!("DROP {}", if word == "PROC" { "PROCEDURE" } else { &word });
        let names = if single {
            let name = self.local_name(&statement)?;
            if self.is(",") {
                return Err(self.refuse(format!("several names in {statement}")));
            }
            vec![name]
        } else {
            self.list(|p| p.local_name(&statement))?
        };
        if self.is("ON") && what == ModuleWord::Trigger {
            return Err(self.refuse("DDL triggers"));
        }
        Ok(StatementKind::DropModule {
            what,
            if_exists,
            names,
        })
    }
}

enum Returned {
    Scalar(super::ast::TypeRef),
    Inline,
    Table(String, super::ast::TableBody),
}
