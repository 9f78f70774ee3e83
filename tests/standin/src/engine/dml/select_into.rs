//! SELECT ... INTO: a new table with the columns of the result, and its rows.

use crate::engine::ddl;
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::locks::Hints;
use crate::protocol::ColumnInfo;
use crate::query::{self, BoundSelect};
use crate::syntax::ast::{
    ColumnSyntax, CreateTable, Ident, ObjectName, Span, Statement, StatementKind, TableBody,
    TypeArg, TypeRef,
};
use crate::types::{SqlType, TypeName, Value};

use super::insert_row::complete;
use super::target::{self, Verb};
use super::writer::{Enforce, Writer};

struct Nobody;

impl crate::protocol::ResultSink for Nobody {
    fn columns(&mut self, _: &[ColumnInfo]) -> Result<()> {
        Ok(())
    }
    fn row(&mut self, _: &[Value]) -> Result<()> {
        Ok(())
    }
    fn done(&mut self, _: crate::protocol::Done) -> Result<()> {
        Ok(())
    }
    fn message(&mut self, _: &SqlError) -> Result<()> {
        Ok(())
    }
    fn env_change(&mut self, _: &crate::protocol::EnvChange) -> Result<()> {
        Ok(())
    }
    fn return_status(&mut self, _: i32) -> Result<()> {
        Ok(())
    }
    fn return_value(&mut self, _: u16, _: &str, _: &SqlType, _: &Value) -> Result<()> {
        Ok(())
    }
}

pub(crate) fn run(
    ctx: &mut ExecContext<'_>,
    name: &ObjectName,
    bound: &BoundSelect,
) -> Result<u64> {
    let create = Statement {
        span: Span::default(),
        kind: StatementKind::CreateTable(Box::new(CreateTable {
            name: name.clone(),
            body: TableBody {
                columns: bound.columns.iter().map(column).collect(),
                ..TableBody::default()
            },
            on: None,
            options: Vec::new(),
        })),
    };
    ddl::execute_with_text(ctx, &create, "", &mut Nobody)?;
    let target = target::find_named(ctx.session, ctx.frame, name, Hints::default(), Verb::Insert)?;
    let mut writer = Writer::new(ctx, &target, Verb::Insert, Enforce::All)?;
    let width = target.def.columns.len();
    let given = vec![true; width];
    let mut rows = Vec::new();
    query::execute(ctx, bound, &mut |_, row| {
        rows.push(row.to_vec());
        Ok(())
    })?;
    let count = rows.len() as u64;
    for mut row in rows {
        complete(ctx, &mut writer, &mut row, &given, false)?;
        writer.insert(ctx, &mut row)?;
    }
    Ok(count)
}

fn column(info: &ColumnInfo) -> ColumnSyntax {
    ColumnSyntax {
        name: ident(&info.name),
        span: Span::default(),
        data_type: Some(type_ref(&info.sql_type)),
        computed: None,
        collation: None,
        nullable: Some(info.nullable),
        identity: info.identity.then(|| ("1".to_owned(), "1".to_owned())),
        identity_not_for_replication: false,
        default: None,
        with_values: false,
        generated: None,
        hidden: false,
        sparse: false,
        rowguidcol: false,
        constraints: Vec::new(),
        index: None,
        unsupported: Vec::new(),
    }
}

fn ident(text: &str) -> Ident {
    Ident {
        text: text.to_owned(),
        quoted: true,
        span: Span::default(),
    }
}

/// The type as a statement would write it.
fn type_ref(sql_type: &SqlType) -> TypeRef {
    let number = |n: i64| TypeArg::Number(n);
    let length = if sql_type.is_max() {
        TypeArg::Max
    } else {
        number(i64::from(sql_type.length).max(1))
    };
    let args = match sql_type.name {
        TypeName::Decimal | TypeName::Numeric => vec![
            number(sql_type.precision.into()),
            number(sql_type.scale.into()),
        ],
        TypeName::Char
        | TypeName::VarChar
        | TypeName::NChar
        | TypeName::NVarChar
        | TypeName::Binary
        | TypeName::VarBinary => vec![length],
        TypeName::Vector if sql_type.half => {
            vec![length, TypeArg::Word("float16".to_owned())]
        }
        TypeName::Vector => vec![length],
        TypeName::Float => vec![number(i64::from(sql_type.length))],
        TypeName::Time | TypeName::DateTime2 | TypeName::DateTimeOffset => {
            vec![number(sql_type.scale.into())]
        }
        _ => Vec::new(),
    };
    TypeRef {
        name: ObjectName {
            parts: vec![ident(sql_type.base_name())],
        },
        args,
        span: Span::default(),
    }
}
