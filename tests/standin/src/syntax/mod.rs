//! T-SQL text to syntax trees. Knows nothing of what exists in a database.

pub mod ast;
mod backup;
#[cfg(test)]
mod corpus_tests;
mod cursor;
mod database;
mod database_files;
mod ddl_alter_table;
mod ddl_index;
mod ddl_module;
mod ddl_table;
mod dml;
mod expr;
mod function;
mod keywords;
mod lexer;
mod options;
mod pivot;
mod primary;
mod principals;
mod procedural;
mod query;
mod query_options;
mod refused;
mod security;
mod set_options;
mod statement;
mod table_source;

use crate::error::{Result, SqlError};
use cursor::Parser;

/// Session settings that change how text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseOptions {
    pub quoted_identifier: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self {
            quoted_identifier: true,
        }
    }
}

fn parser(text: &str, options: ParseOptions) -> Result<(Parser, Option<bool>)> {
    let lexed = lexer::lex(text, &options)?;
    Ok((Parser::new(lexed.tokens), lexed.quoted_identifier_set))
}

/// Parses a batch (without GO, which is the client's). The first syntax error refuses the whole batch.
pub fn parse_batch(text: &str, options: ParseOptions) -> Result<ast::Batch> {
    let (mut parser, quoted_identifier_set) = parser(text, options)?;
    Ok(ast::Batch {
        statements: parser.batch()?,
        quoted_identifier_set,
    })
}

/// Parses the text of one module (CREATE or ALTER PROCEDURE, FUNCTION, VIEW), as stored in the catalog.
pub fn parse_module(text: &str, options: ParseOptions) -> Result<ast::Statement> {
    let mut batch = parse_batch(text, options)?;
    match batch.statements.pop() {
        Some(statement) if batch.statements.is_empty() => Ok(statement),
        _ => Err(SqlError::syntax("", 1)),
    }
}

/// Parses one value, for a stored DEFAULT or a computed column.
pub fn parse_scalar(text: &str) -> Result<ast::Expr> {
    whole(text, Parser::value)
}

/// Parses one condition, for a stored CHECK or a filter.
pub fn parse_condition(text: &str) -> Result<ast::Expr> {
    whole(text, Parser::condition)
}

/// Parses a type as written: `nvarchar(10)`, `dbo.MyType`.
pub fn parse_type(text: &str) -> Result<ast::TypeRef> {
    whole(text, Parser::type_ref)
}

/// Parses the parameter list of sp_executesql: `@P1 int, @P2 nvarchar(10) output`. Empty text has no parameters.
pub fn parse_parameter_list(text: &str) -> Result<Vec<ast::ParameterSyntax>> {
    whole(text, |parser| {
        if parser.at_end() {
            return Ok(Vec::new());
        }
        parser.list(Parser::parameter)
    })
}

fn whole<T>(text: &str, read: impl FnOnce(&mut Parser) -> Result<T>) -> Result<T> {
    let (mut parser, _) = parser(text, ParseOptions::default())?;
    let value = read(&mut parser)?;
    if parser.at_end() {
        Ok(value)
    } else {
        Err(parser.unexpected())
    }
}
