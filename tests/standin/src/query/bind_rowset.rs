//! Functions in FROM: STRING_SPLIT, GENERATE_SERIES, OPENJSON, inline and multi-statement functions.

use std::collections::HashMap;
use std::rc::Rc;

use crate::catalog::model::{ModuleDef, ModuleKind};
use crate::engine::Resolved;
use crate::engine::sysviews::{self, SystemRowset};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{
    Expr, FunctionCall, FunctionReturns, OpenJsonColumn, StatementKind, TableAlias,
};
use crate::types::SqlType;

use super::bind_expr::{coerce, common};
use super::bind_from::{Source, dotted, invalid_object, plain_column};
use super::binder::{Binder, Parameters};
use super::expr::{BoundExpr, ModuleRef};
use super::plan::{JsonColumn, Plan, TableFunction};
use super::scope::{Scope, ScopeColumn};
use super::values;

impl Binder<'_> {
    pub(super) fn table_function(
        &mut self,
        call: &FunctionCall,
        alias: Option<&TableAlias>,
    ) -> Result<Source> {
        if call.name.parts.len() == 1 {
            match call.name.base().to_ascii_uppercase().as_str() {
                "STRING_SPLIT" => return self.string_split(call, alias),
                "GENERATE_SERIES" => return self.generate_series(call, alias),
                _ => {}
            }
        }
        if let Some(found) = sysviews::rowset(call.name.schema(), call.name.base()) {
            return self.system_rowset(found, call, alias);
        }
        let found = self.session.resolve(Some(self.frame), &call.name)?;
        if let Some(Resolved::Module(module)) = &found
            && self.nesting == 0
        {
            self.session
                .authorize_module(self.frame, module, "SELECT")?;
        }
        match found {
            Some(Resolved::Module(module)) if module.kind == ModuleKind::InlineFunction => {
                self.inline_function(&module, call, alias)
            }
            Some(Resolved::Module(module)) if module.kind == ModuleKind::TableFunction => {
                let args =
                    self.own_level(|b| b.module_args(&module, &call.args, &dotted(&call.name)))?;
                let columns: Vec<ScopeColumn> = module
                    .columns
                    .iter()
                    .map(|c| plain_column(c.name.clone(), c.sql_type.clone(), c.nullable))
                    .collect();
                let width = columns.len();
                let function = TableFunction::Module {
                    module: ModuleRef(module),
                    args,
                    width,
                };
                Ok(rowset(function, columns, call.name.base(), alias))
            }
            _ => Err(
                sysviews::refused_rowset(call.name.schema(), call.name.base())
                    .unwrap_or_else(|| invalid_object(&call.name)),
            ),
        }
    }

    /// 313 for too few arguments, 8144 for too many.
    fn system_rowset(
        &mut self,
        found: &'static SystemRowset,
        call: &FunctionCall,
        alias: Option<&TableAlias>,
    ) -> Result<Source> {
        let args = self.scalars(&call.args)?;
        found.check_count(args.len())?;
        let columns: Vec<ScopeColumn> = found
            .columns()
            .into_iter()
            .map(|c| plain_column(c.name, c.sql_type, c.nullable))
            .collect();
        let function = TableFunction::System {
            rowset: found,
            args,
            width: columns.len(),
        };
        Ok(rowset(function, columns, call.name.base(), alias))
    }

    /// Arguments see no row of their own: only enclosing ones.
    fn own_level<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        Ok(self.in_level(Scope::empty(), f)?.0)
    }

    fn scalars(&mut self, args: &[Expr]) -> Result<Vec<BoundExpr>> {
        self.own_level(|b| args.iter().map(|a| b.scalar(a)).collect())
    }

    fn inline_function(
        &mut self,
        module: &std::sync::Arc<ModuleDef>,
        call: &FunctionCall,
        alias: Option<&TableAlias>,
    ) -> Result<Source> {
        let StatementKind::CreateFunction(syntax) = &module.syntax.kind else {
            return Err(SqlError::not_implemented("a function without its text"));
        };
        let FunctionReturns::Inline(select) = &syntax.returns else {
            return Err(SqlError::not_implemented(
                "an inline function without its query",
            ));
        };
        let args = self.own_level(|b| b.module_args(module, &call.args, &dotted(&call.name)))?;
        let depth = self.levels.len() + 1;
        let values = module
            .parameters
            .iter()
            .map(|p| p.name.to_lowercase())
            .zip(args)
            .collect::<HashMap<_, _>>();
        let (plan, columns) = self.module_body(|b| {
            b.parameters = Some(Rc::new(Parameters { values, depth }));
            b.add_ctes(&select.with)?;
            b.query(&select.query, true)
        })?;
        let name = alias.map_or(call.name.base(), |a| a.name.text.as_str());
        let names = alias.map_or(&[][..], |a| &a.columns);
        self.named_rows(plan, columns, name, names)
    }

    fn string_split(&mut self, call: &FunctionCall, alias: Option<&TableAlias>) -> Result<Source> {
        let args = self.scalars(&call.args)?;
        if args.len() < 2 || args.len() > 3 {
            return Err(SqlError::new(
                8144,
                "Procedure or function STRING_SPLIT has too many arguments specified.",
            )
            .compile());
        }
        let national = args[0].ty.name.is_unicode() || args[1].ty.name.is_unicode();
        for (position, arg) in args[..2].iter().enumerate() {
            if !arg.ty.name.is_character() && !arg.is_untyped_null() {
                return Err(SqlError::new(
                    8116,
                    format!(
                        "Argument data type {} is invalid for argument {} of string_split function.",
                        arg.ty.name.as_str(),
                        position + 1
                    ),
                )
                .compile());
            }
        }
        let ordinal = match args.get(2).map(|a| &a.node) {
            None | Some(super::expr::Node::Null) => false,
            Some(super::expr::Node::Constant(value)) => values::is_one(value),
            Some(_) => {
                return Err(SqlError::new(
                    8748,
                    "The enable_ordinal argument for STRING_SPLIT only supports constant values (not variables or columns).",
                )
                .compile());
            }
        };
        let length = if args[0].ty.is_max() {
            SqlType::MAX
        } else {
            args[0].ty.length.max(1)
        };
        let ty = if national {
            SqlType::nvarchar(length)
        } else {
            SqlType::varchar(length)
        };
        let mut columns = vec![plain_column("value".to_owned(), ty.clone(), true)];
        if ordinal {
            columns.push(plain_column("ordinal".to_owned(), SqlType::BIGINT, false));
        }
        let mut args = args.into_iter();
        let (Some(text), Some(separator)) = (args.next(), args.next()) else {
            return Err(SqlError::not_implemented("STRING_SPLIT"));
        };
        let function = TableFunction::StringSplit {
            text: coerce(text, &ty)?,
            separator: coerce(separator, &SqlType::nvarchar(4000))?,
            ordinal,
            national,
        };
        Ok(rowset(function, columns, "", alias))
    }

    fn generate_series(
        &mut self,
        call: &FunctionCall,
        alias: Option<&TableAlias>,
    ) -> Result<Source> {
        let args = self.scalars(&call.args)?;
        if args.len() < 2 || args.len() > 3 {
            return Err(SqlError::new(
                313,
                "An insufficient number of arguments were supplied for the procedure or function GENERATE_SERIES.",
            )
            .compile());
        }
        let (ty, _) = common(&args)?;
        if !ty.name.is_integer() {
            return Err(if ty.name.is_decimal() {
                SqlError::not_implemented("GENERATE_SERIES over decimals")
            } else {
                SqlError::new(
                    8116,
                    format!(
                        "Argument data type {} is invalid for argument 1 of generate_series function.",
                        ty.name.as_str()
                    ),
                )
                .compile()
            });
        }
        let args = args
            .into_iter()
            .map(|a| coerce(a, &ty))
            .collect::<Result<Vec<_>>>()?;
        let columns = vec![plain_column("value".to_owned(), ty.clone(), false)];
        let function = TableFunction::GenerateSeries {
            start: args[0].clone(),
            stop: args[1].clone(),
            step: args.get(2).cloned(),
            ty,
        };
        Ok(rowset(function, columns, "", alias))
    }

    pub(super) fn open_json(
        &mut self,
        json: &Expr,
        path: Option<&Expr>,
        columns: &[OpenJsonColumn],
        alias: Option<&TableAlias>,
    ) -> Result<Source> {
        let json = self.own_level(|b| b.scalar(json))?;
        let json = coerce(json, &SqlType::nvarchar(SqlType::MAX))?;
        let path = match path {
            Some(path) => {
                let path = self.own_level(|b| b.scalar(path))?;
                Some(coerce(path, &SqlType::nvarchar(4000))?)
            }
            None => None,
        };
        let mut bound = Vec::with_capacity(columns.len());
        let mut names = Vec::new();
        for column in columns {
            let ty = self.named_type(&column.data_type)?;
            if column.as_json && (ty.name != crate::types::TypeName::NVarChar || !ty.is_max()) {
                return Err(SqlError::new(
                    13618,
                    "AS JSON option can be specified only for column of nvarchar(max) type in WITH clause.",
                )
                .compile());
            }
            names.push(plain_column(column.name.text.clone(), ty.clone(), true));
            bound.push(JsonColumn {
                ty,
                path: column
                    .path
                    .clone()
                    .unwrap_or_else(|| format!("$.\"{}\"", column.name.text)),
                as_json: column.as_json,
            });
        }
        if columns.is_empty() {
            let mut key = SqlType::nvarchar(4000);
            key.binary_collation = true;
            names = vec![
                plain_column("key".to_owned(), key, false),
                plain_column("value".to_owned(), SqlType::nvarchar(SqlType::MAX), true),
                plain_column(
                    "type".to_owned(),
                    SqlType::plain(crate::types::TypeName::TinyInt),
                    false,
                ),
            ];
        }
        let function = TableFunction::OpenJson {
            json,
            path,
            columns: bound,
        };
        Ok(rowset(function, names, "", alias))
    }
}

/// `name`: what its columns may be qualified with if it has no alias; several rowsets of the server's own may stand side by
/// side without one.
fn rowset(
    function: TableFunction,
    mut columns: Vec<ScopeColumn>,
    name: &str,
    alias: Option<&TableAlias>,
) -> Source {
    if let Some(alias) = alias {
        for (column, name) in columns.iter_mut().zip(&alias.columns) {
            column.name.clone_from(&name.text);
        }
    }
    let mut scope = Scope::empty();
    scope.add_table(alias.map_or(name, |a| &a.name.text), None, true);
    scope.columns = columns;
    scope.close_table();
    Source {
        plan: Plan::TableFunction(Box::new(function)),
        scope,
    }
}
