//! Functions about session, server and metadata.

use std::sync::Arc;

use crate::catalog::{DatabaseState, Object};
use crate::engine::frame::ExecContext;
use crate::engine::session::Session;
use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName, Value};

use super::SessionFunction;

pub(super) type Eval = fn(&[Value], &mut ExecContext<'_>) -> Result<Value>;

/// A function given by its counts of arguments, its type and what it answers.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) sql_type: SqlType,
    pub(super) eval: Eval,
}

impl SessionFunction for Known {
    fn bind(&self, args: &[SqlType]) -> Result<SqlType> {
        if args.len() < self.least || args.len() > self.most {
            let name = self.name.to_lowercase();
            return Err(if self.least == self.most {
                SqlError::new(
                    174,
                    format!("The {name} function requires {} argument(s).", self.least),
                )
            } else {
                SqlError::new(
                    189,
                    format!(
                        "The {name} function requires {} to {} arguments.",
                        self.least, self.most
                    ),
                )
            }
            .class(15)
            .compile());
        }
        Ok(self.sql_type.clone())
    }

    fn eval(&self, args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
        (self.eval)(args, ctx)
    }
}

pub(super) fn text(value: Option<&Value>) -> Option<Arc<str>> {
    match value? {
        Value::NVarChar(text) | Value::VarChar(text) => Some(Arc::clone(text)),
        Value::Variant(inner) => text(Some(&inner.1)),
        _ => None,
    }
}

pub(super) fn number(value: Option<&Value>) -> Option<i64> {
    Some(match value? {
        Value::Int(n) => i64::from(*n),
        Value::BigInt(n) => *n,
        Value::SmallInt(n) => i64::from(*n),
        Value::TinyInt(n) => i64::from(*n),
        Value::Bit(b) => i64::from(*b),
        Value::NVarChar(t) | Value::VarChar(t) => t.trim().parse().ok()?,
        _ => return None,
    })
}

pub(super) fn id(value: Option<&Value>) -> Option<i32> {
    i32::try_from(number(value)?).ok()
}

pub(super) fn name(value: Option<impl AsRef<str>>) -> Value {
    value.map_or(Value::Null, Value::nvarchar)
}

pub(super) fn int(value: Option<i32>) -> Value {
    value.map_or(Value::Null, Value::Int)
}

/// Splits `[db].[schema].[name]` into its parts.
pub(super) fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut bracket = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '[' if !bracket => bracket = true,
            ']' if bracket => {
                if chars.peek() == Some(&']') {
                    chars.next();
                    if let Some(last) = parts.last_mut() {
                        last.push(']');
                    }
                } else {
                    bracket = false;
                }
            }
            '"' => {}
            '.' if !bracket => parts.push(String::new()),
            c => {
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    parts
}

/// Object of a written name: user objects, #temp tables and constraints; number and two-letter type.
pub(crate) fn find_object(session: &Session, written: &str) -> Option<(i32, &'static str)> {
    let parts = parts(written);
    let base = parts.last()?;
    if base.starts_with('#') {
        let key = base.to_lowercase();
        let found = session
            .temp_scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(&key));
        return found.map(|id| (*id, "U"));
    }
    let schema = parts
        .len()
        .checked_sub(2)
        .map(|at| parts[at].as_str())
        .filter(|s| !s.is_empty());
    let catalog = &session.server.catalog;
    let database = match parts
        .len()
        .checked_sub(3)
        .map(|at| parts[at].as_str())
        .filter(|s| !s.is_empty())
    {
        Some(database) => {
            let found = catalog.database_by_name(database)?;
            session.server.require_access(session, &found).ok()?;
            found.id
        }
        None => session.database,
    };
    match catalog.resolve(database, schema, &session.default_schema, base) {
        Some(Object::Table(table)) => Some((table.object_id, "U")),
        Some(Object::Module(module)) => Some((
            module.object_id,
            crate::engine::sysviews::module_type(module.kind).0,
        )),
        Some(Object::TableType(_)) => None,
        None => {
            let found =
                catalog.resolve_constraint(database, schema, &session.default_schema, base)?;
            Some((
                found.object_id,
                constraint_type(session, database, found.object_id),
            ))
        }
    }
}

fn constraint_type(session: &Session, database: i32, id: i32) -> &'static str {
    for object in session.server.catalog.list(database) {
        let Object::Table(table) = object else {
            continue;
        };
        if let Some(key) = table
            .indexes
            .iter()
            .filter_map(|i| i.constraint.as_ref())
            .find(|k| k.object_id == id)
        {
            return if key.primary { "PK" } else { "UQ" };
        }
        if table.foreign_keys.iter().any(|k| k.object_id == id) {
            return "F";
        }
        if table.checks.iter().any(|c| c.object_id == id) {
            return "C";
        }
    }
    "D"
}

pub(super) fn table_of(
    session: &Session,
    object_id: i32,
) -> Option<Arc<crate::catalog::model::TableDef>> {
    session.server.store.table(object_id).map(|t| t.def())
}

fn object_id(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let Some(written) = text(args.first()) else {
        return Ok(Value::Null);
    };
    let wanted = text(args.get(1));
    let found = find_object(ctx.session, &written).filter(|(_, code)| {
        wanted
            .as_ref()
            .is_none_or(|w| w.trim().eq_ignore_ascii_case(code))
    });
    Ok(int(found.map(|(id, _)| id)))
}

fn object_name(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let Some(wanted) = id(args.first()) else {
        return Ok(Value::Null);
    };
    let database = id(args.get(1)).unwrap_or(ctx.session.database);
    Ok(name(
        ctx.session
            .server
            .catalog
            .by_id(database, wanted)
            .map(|o| o.name().to_owned()),
    ))
}

fn object_schema_name(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let Some(wanted) = id(args.first()) else {
        return Ok(Value::Null);
    };
    let database = id(args.get(1)).unwrap_or(ctx.session.database);
    let catalog = &ctx.session.server.catalog;
    let schema = catalog
        .by_id(database, wanted)
        .and_then(|o| catalog.schema(database, o.schema_id()));
    Ok(name(schema.map(|s| s.name.clone())))
}

fn schema_id(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let wanted =
        text(args.first()).map_or_else(|| ctx.session.default_schema.clone(), |t| t.to_string());
    Ok(int(ctx
        .session
        .server
        .catalog
        .schema_by_name(ctx.session.database, &wanted)
        .map(|s| s.schema_id)))
}

fn schema_name(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    if args.is_empty() {
        return Ok(Value::nvarchar(&ctx.session.default_schema));
    }
    let schema =
        id(args.first()).and_then(|s| ctx.session.server.catalog.schema(ctx.session.database, s));
    Ok(name(schema.map(|s| s.name.clone())))
}

fn db_id(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let found = match text(args.first()) {
        None if args.is_empty() => Some(ctx.session.database),
        None => None,
        Some(wanted) => ctx
            .session
            .server
            .catalog
            .database_by_name(&wanted)
            .map(|d| d.id),
    };
    Ok(found
        .and_then(|n| i16::try_from(n).ok())
        .map_or(Value::Null, Value::SmallInt))
}

fn db_name(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let wanted = if args.is_empty() {
        Some(ctx.session.database)
    } else {
        id(args.first())
    };
    Ok(name(
        wanted
            .and_then(|d| ctx.session.server.catalog.database(d))
            .map(|d| d.name.clone()),
    ))
}

fn col_length(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let found = text(args.first())
        .and_then(|t| find_object(ctx.session, &t))
        .and_then(|(id, _)| table_of(ctx.session, id))
        .and_then(|table| {
            let at = table.column_ordinal(&text(args.get(1))?)?;
            Some(table.columns[at].sql_type.max_length_bytes())
        });
    Ok(found.map_or(Value::Null, Value::SmallInt))
}

fn col_name(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let column = id(args.first())
        .and_then(|t| table_of(ctx.session, t))
        .and_then(|table| {
            let at = table.ordinal_of(id(args.get(1))?)?;
            Some(table.columns[at].name.clone())
        });
    Ok(name(column))
}

fn column_property(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let answer = id(args.first())
        .and_then(|t| table_of(ctx.session, t))
        .and_then(|table| {
            let column = &table.columns[table.column_ordinal(&text(args.get(1))?)?];
            let property = text(args.get(2))?.to_ascii_lowercase();
            Some(match property.as_str() {
                "allowsnull" => i32::from(column.nullable),
                "columnid" => column.column_id,
                "isidentity" => i32::from(column.identity.is_some()),
                "iscomputed" => i32::from(column.computed.is_some()),
                "ishidden" => i32::from(column.hidden),
                "isrowguidcol" => i32::from(column.rowguidcol),
                "precision" => i32::from(column.sql_type.catalog_precision()),
                "scale" => i32::from(column.sql_type.catalog_scale()),
                "generatedalwaystype" => column.generated.map_or(0, |g| match g {
                    crate::catalog::model::GeneratedAlways::RowStart => 1,
                    crate::catalog::model::GeneratedAlways::RowEnd => 2,
                }),
                _ => return None,
            })
        });
    Ok(int(answer))
}

fn type_id(args: &[Value], _: &mut ExecContext<'_>) -> Result<Value> {
    let Some(written) = text(args.first()) else {
        return Ok(Value::Null);
    };
    let parts = parts(&written);
    let base = parts.last().map_or("", String::as_str);
    let known = crate::types::type_name::parse_type_name(
        base,
        &[],
        crate::types::type_name::TypeContext::Variable { ordinal: 1 },
    );
    let system = match base.to_ascii_lowercase().as_str() {
        // Without its schema vector is not found.
        "vector" => (parts.len() > 1).then_some(255),
        _ => known.ok().map(|t| t.user_type_id()),
    };
    Ok(int(system))
}

fn type_name(args: &[Value], _: &mut ExecContext<'_>) -> Result<Value> {
    let Some(wanted) = id(args.first()) else {
        return Ok(Value::Null);
    };
    use TypeName as T;
    let found = [
        T::Bit,
        T::TinyInt,
        T::SmallInt,
        T::Int,
        T::BigInt,
        T::Real,
        T::Float,
        T::Decimal,
        T::Numeric,
        T::Money,
        T::SmallMoney,
        T::Char,
        T::VarChar,
        T::NChar,
        T::NVarChar,
        T::Text,
        T::NText,
        T::Image,
        T::Binary,
        T::VarBinary,
        T::Date,
        T::Time,
        T::DateTime,
        T::SmallDateTime,
        T::DateTime2,
        T::DateTimeOffset,
        T::UniqueIdentifier,
        T::SqlVariant,
        T::Xml,
        T::RowVersion,
        T::Vector,
        T::Json,
        T::Geometry,
        T::Geography,
        T::HierarchyId,
    ]
    .into_iter()
    .map(SqlType::plain)
    .find(|t| t.user_type_id() == wanted);
    Ok(match found {
        Some(t) => Value::nvarchar(t.name()),
        None if wanted == 256 => Value::nvarchar("sysname"),
        None => Value::Null,
    })
}

pub(super) fn variant(base: SqlType, value: Value) -> Value {
    Value::Variant(Box::new((base, value)))
}

fn server_property(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let Some(property) = text(args.first()) else {
        return Ok(Value::Null);
    };
    let config = &ctx.session.server.config;
    let words = |t: &str| variant(SqlType::nvarchar(128), Value::nvarchar(t));
    let n = |v: i32| variant(SqlType::INT, Value::Int(v));
    Ok(match property.to_ascii_lowercase().as_str() {
        "productversion" => words("17.0.4065.4"),
        "productmajorversion" => words("17"),
        "productminorversion" => words("0"),
        "productbuild" => words("4065"),
        "productlevel" => words("RTM"),
        "productupdatelevel" => words("CU7"),
        "edition" => words(&config.edition),
        "engineedition" => n(config.engine_edition),
        "servername" | "machinename" | "computernamephysicalnetbios" => words(&config.server_name),
        "collation" => words("SQL_Latin1_General_CP1_CI_AS"),
        "ishadrenabled"
        | "isclustered"
        | "issingleuser"
        | "isintegratedsecurityonly"
        | "istempdbmetadatamemoryoptimized" => n(0),
        "isxtpsupported" => n(1),
        "instancedefaultbackuppath" => words(&std::env::temp_dir().to_string_lossy()),
        "instancedefaultdatapath" | "instancedefaultlogpath" => words("/var/opt/mssql/data/"),
        "processid" => n(i32::try_from(std::process::id()).unwrap_or(0)),
        _ => Value::Null,
    })
}

fn database_property(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let database = text(args.first()).and_then(|t| ctx.session.server.catalog.database_by_name(&t));
    let (Some(database), Some(property)) = (database, text(args.get(1))) else {
        return Ok(Value::Null);
    };
    let words = |t: &str| variant(SqlType::nvarchar(128), Value::nvarchar(t));
    let flag = |on: bool| variant(SqlType::INT, Value::Int(i32::from(on)));
    Ok(match property.to_ascii_lowercase().as_str() {
        "status" => words(database.state.description().1),
        "recovery" => words(database.recovery_model.description().1),
        "updateability" => words(if database.read_only {
            "READ_ONLY"
        } else {
            "READ_WRITE"
        }),
        "useraccess" => words(database.user_access.description().1),
        "collation" if database.state == DatabaseState::Online => words(&database.collation),
        "ismemoryoptimizedelevatetosnapshotenabled" => {
            flag(database.memory_optimized_elevate_to_snapshot)
        }
        "isoptimizedlockingon" => flag(database.optimized_locking),
        "isinstandby" | "isautoclose" | "isautoshrink" => flag(false),
        _ => Value::Null,
    })
}

/// SpaceUsed of the data file; NULL for a name or property that is not known.
fn file_property(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    use crate::engine::sysviews::{data_pages_used, is_data_file};
    let (Some(file), Some(property)) = (text(args.first()), text(args.get(1))) else {
        return Ok(Value::Null);
    };
    if !is_data_file(ctx.session, &file) {
        return Ok(Value::Null);
    }
    Ok(match property.to_ascii_lowercase().as_str() {
        "spaceused" => Value::Int(i32::try_from(data_pages_used(ctx.session)).unwrap_or(i32::MAX)),
        "isreadonly" | "islogfile" => Value::Int(0),
        "isprimaryfile" => Value::Int(1),
        _ => Value::Null,
    })
}

fn has_perms(args: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    use crate::engine::ddl::permission;
    let Some(wanted) = text(args.get(2)) else {
        return Ok(Value::Null);
    };
    let wanted = wanted.to_ascii_uppercase();
    let session = &*ctx.session;
    let class = text(args.get(1)).map(|c| c.to_ascii_uppercase());
    let answer = match (text(args.first()), class.as_deref()) {
        (None, None | Some("SERVER")) => permission::allows_on_server(session, &wanted),
        (_, Some("DATABASE")) => permission::allows_in_database(session, &wanted),
        (Some(schema), Some("SCHEMA")) => match session
            .server
            .catalog
            .schema_by_name(session.database, &schema)
        {
            Some(found) => permission::allows_in_schema(session, found.schema_id, &wanted),
            None => return Ok(Value::Null),
        },
        (Some(object), _) => match find_object(session, &object) {
            Some((id, _)) => {
                let schema = session
                    .server
                    .catalog
                    .by_id(session.database, id)
                    .map_or(1, |o| o.schema_id());
                permission::allows(session, id, schema, &wanted)
            }
            None => return Ok(Value::Null),
        },
        _ => return Ok(Value::Null),
    };
    Ok(Value::Int(i32::from(answer)))
}

fn error_part(ctx: &ExecContext<'_>, part: fn(&SqlError) -> Value) -> Value {
    ctx.frame.error.as_ref().map_or(Value::Null, part)
}

pub(super) const N128: SqlType = SqlType::nvarchar(128);
pub(super) const N4000: SqlType = SqlType::nvarchar(4000);
pub(super) const SMALL: SqlType = SqlType::plain(TypeName::SmallInt);
pub(super) const VARIANT: SqlType = SqlType::plain(TypeName::SqlVariant);

macro_rules! known {
    ($name:literal, $least:literal..=$most:literal, $type:expr, $eval:expr) => {
        $crate::engine::sysprocs::functions::Known {
            name: $name,
            least: $least,
            most: $most,
            sql_type: $type,
            eval: $eval,
        }
    };
}

pub(super) use known;

static FUNCTIONS: &[Known] = &[
    known!("OBJECT_ID", 1..=2, SqlType::INT, object_id),
    known!("OBJECT_NAME", 1..=2, N128, object_name),
    known!("OBJECT_SCHEMA_NAME", 1..=2, N128, object_schema_name),
    known!("SCHEMA_ID", 0..=1, SqlType::INT, schema_id),
    known!("SCHEMA_NAME", 0..=1, N128, schema_name),
    known!("DB_ID", 0..=1, SMALL, db_id),
    known!("DB_NAME", 0..=1, N128, db_name),
    known!("COL_LENGTH", 2..=2, SMALL, col_length),
    known!("COL_NAME", 2..=2, N128, col_name),
    known!("COLUMNPROPERTY", 3..=3, SqlType::INT, column_property),
    known!("TYPE_ID", 1..=1, SqlType::INT, type_id),
    known!("TYPE_NAME", 1..=1, N128, type_name),
    known!("SERVERPROPERTY", 1..=1, VARIANT, server_property),
    known!(
        "APPLOCK_MODE",
        3..=3,
        SqlType::nvarchar(32),
        super::application_lock::held_mode
    ),
    known!(
        "APPLOCK_TEST",
        4..=4,
        SqlType::plain(TypeName::SmallInt),
        super::application_lock::test
    ),
    known!("FILEPROPERTY", 2..=2, SqlType::INT, file_property),
    known!("DATABASEPROPERTYEX", 2..=2, VARIANT, database_property),
    known!("HAS_PERMS_BY_NAME", 3..=5, SqlType::INT, has_perms),
    known!("IS_SRVROLEMEMBER", 1..=2, SqlType::INT, |args, ctx| {
        let role = text(args.first()).map(|r| r.to_ascii_lowercase());
        Ok(int(match role.as_deref() {
            Some("sysadmin") => Some(i32::from(ctx.session.sysadmin)),
            Some("public") => Some(1),
            _ => Some(0),
        }))
    }),
    known!("IS_MEMBER", 1..=1, SqlType::INT, |args, ctx| {
        let Some(role) = text(args.first()) else {
            return Ok(Value::Null);
        };
        let session = &*ctx.session;
        let answer = session.server.state.database(session.database, |security| {
            let role = security.principal(&role)?.id;
            let identity = crate::engine::ddl::permission::Identity::of(session, security);
            Some(i32::from(
                identity.has_role(role)
                    || (role == 16384 && (session.sysadmin || identity.is_owner())),
            ))
        });
        Ok(int(answer))
    }),
    known!("SYSTEM_USER", 0..=0, N128, |_, ctx| Ok(Value::nvarchar(
        ctx.session.login_name()
    ))),
    known!("ORIGINAL_LOGIN", 0..=0, SqlType::SYSNAME, |_, ctx| Ok(
        Value::nvarchar(&ctx.session.login.user)
    )),
    known!("USER_NAME", 0..=1, N128, user_name),
    known!("CURRENT_USER", 0..=0, N128, user_name),
    known!("SESSION_USER", 0..=0, N128, user_name),
    known!("USER", 0..=0, N128, user_name),
    known!("HOST_NAME", 0..=0, N128, |_, ctx| Ok(Value::nvarchar(
        &ctx.session.login.host_name
    ))),
    known!("APP_NAME", 0..=0, N128, |_, ctx| Ok(Value::nvarchar(
        &ctx.session.login.app_name
    ))),
    known!(
        "IDENT_CURRENT",
        1..=1,
        SqlType::numeric(38, 0),
        |args, ctx| {
            let found = text(args.first())
                .and_then(|t| find_object(ctx.session, &t))
                .and_then(|(id, _)| ctx.session.server.store.ident_current(id));
            Ok(found.map_or(Value::Null, numeric))
        }
    ),
    known!(
        "SCOPE_IDENTITY",
        0..=0,
        SqlType::numeric(38, 0),
        |_, ctx| Ok(ctx.frame.scope_identity.clone().unwrap_or(Value::Null))
    ),
    known!("XACT_STATE", 0..=0, SMALL, |_, ctx| {
        let transaction = &ctx.session.transaction;
        Ok(Value::SmallInt(if transaction.doomed {
            -1
        } else {
            i16::from(transaction.count > 0)
        }))
    }),
    known!("ERROR_NUMBER", 0..=0, SqlType::INT, |_, ctx| Ok(
        error_part(ctx, |e| Value::Int(e.number))
    )),
    known!("ERROR_MESSAGE", 0..=0, N4000, |_, ctx| Ok(error_part(
        ctx,
        |e| Value::nvarchar(&e.message)
    ))),
    known!("ERROR_SEVERITY", 0..=0, SqlType::INT, |_, ctx| Ok(
        error_part(ctx, |e| Value::Int(i32::from(e.class)))
    )),
    known!("ERROR_STATE", 0..=0, SqlType::INT, |_, ctx| Ok(error_part(
        ctx,
        |e| Value::Int(i32::from(e.state))
    ))),
    known!("ERROR_LINE", 0..=0, SqlType::INT, |_, ctx| Ok(error_part(
        ctx,
        |e| Value::Int(e.line)
    ))),
    known!("ERROR_PROCEDURE", 0..=0, N128, |_, ctx| Ok(error_part(
        ctx,
        |e| {
            if e.procedure.is_empty() {
                Value::Null
            } else {
                Value::nvarchar(&e.procedure)
            }
        }
    ))),
    known!("SESSION_CONTEXT", 1..=1, VARIANT, |args, ctx| {
        let key = text(args.first()).map(|k| k.to_lowercase());
        Ok(key
            .and_then(|k| ctx.session.session_context.get(&k).map(|(v, _)| v.clone()))
            .unwrap_or(Value::Null))
    }),
    known!(
        "STATS_DATE",
        2..=2,
        SqlType::plain(TypeName::DateTime),
        |args, ctx| {
            let table = id(args.first()).and_then(|t| table_of(ctx.session, t));
            Ok(match (table, id(args.get(1))) {
                (Some(table), Some(stats)) => {
                    crate::engine::sysviews::statistics_date(&table, stats)
                }
                _ => Value::Null,
            })
        }
    ),
    known!("CONTEXT_INFO", 0..=0, SqlType::varbinary(128), |_, ctx| Ok(
        ctx.session
            .context_info
            .as_ref()
            .map_or(Value::Null, |bytes| Value::Binary(bytes.clone()))
    )),
    known!("SESSIONPROPERTY", 1..=1, VARIANT, |args, ctx| {
        let options = &ctx.session.options;
        let on = match text(args.first())
            .unwrap_or_default()
            .to_ascii_uppercase()
            .as_str()
        {
            "ANSI_NULLS" => options.ansi_nulls,
            "ANSI_PADDING" => options.ansi_padding,
            "ANSI_WARNINGS" => options.ansi_warnings,
            "ARITHABORT" => options.arithabort,
            "CONCAT_NULL_YIELDS_NULL" => options.concat_null_yields_null,
            "NUMERIC_ROUNDABORT" => options.numeric_roundabort,
            "QUOTED_IDENTIFIER" => options.quoted_identifier,
            _ => return Ok(Value::Null),
        };
        Ok(Value::Variant(Box::new((
            SqlType::INT,
            Value::Int(i32::from(on)),
        ))))
    }),
    known!("@@ROWCOUNT", 0..=0, SqlType::INT, |_, ctx| Ok(Value::Int(
        i32::try_from(ctx.session.row_count).unwrap_or(i32::MAX)
    ))),
    known!("ROWCOUNT_BIG", 0..=0, SqlType::BIGINT, |_, ctx| Ok(
        Value::BigInt(ctx.session.row_count)
    )),
    known!("@@TRANCOUNT", 0..=0, SqlType::INT, |_, ctx| Ok(Value::Int(
        i32::try_from(ctx.session.transaction.count).unwrap_or(0)
    ))),
    known!("@@ERROR", 0..=0, SqlType::INT, |_, ctx| Ok(Value::Int(
        ctx.session.last_error
    ))),
    known!("@@IDENTITY", 0..=0, SqlType::numeric(38, 0), |_, ctx| Ok(
        ctx.session.last_identity.clone().unwrap_or(Value::Null)
    )),
    known!("@@SPID", 0..=0, SMALL, |_, ctx| Ok(i16::try_from(
        ctx.session.spid
    )
    .map_or(Value::Null, Value::SmallInt))),
    known!("@@VERSION", 0..=0, SqlType::nvarchar(300), |_, ctx| Ok(
        Value::nvarchar(format!(
            "Microsoft SQL Server 2025 (RTM-CU7) - 17.0.4065.4 (X64) \n\tStand-in of hartonomous, in memory\n\t{} on Linux",
            ctx.session.server.config.edition
        ))
    )),
    known!("@@OPTIONS", 0..=0, SqlType::INT, |_, ctx| Ok(Value::Int(
        ctx.session.options.bits()
    ))),
    known!("@@SERVERNAME", 0..=0, N128, |_, ctx| Ok(Value::nvarchar(
        &ctx.session.server.config.server_name
    ))),
    known!("@@SERVICENAME", 0..=0, N128, |_, _| Ok(Value::nvarchar(
        "MSSQLSERVER"
    ))),
    known!("@@NESTLEVEL", 0..=0, SqlType::INT, |_, ctx| Ok(Value::Int(
        i32::try_from(ctx.session.nest_level).unwrap_or(0)
    ))),
    known!("@@PROCID", 0..=0, SqlType::INT, |_, ctx| Ok(Value::Int(
        ctx.frame.module.as_ref().map_or(0, |m| m.object_id)
    ))),
    known!("@@LOCK_TIMEOUT", 0..=0, SqlType::INT, |_, ctx| Ok(
        Value::Int(ctx.session.options.lock_timeout.unwrap_or(-1))
    )),
    known!("@@LANGUAGE", 0..=0, N128, |_, ctx| Ok(Value::nvarchar(
        &ctx.session.options.language
    ))),
    known!(
        "@@DATEFIRST",
        0..=0,
        SqlType::plain(TypeName::TinyInt),
        |_, ctx| Ok(Value::TinyInt(ctx.session.options.datefirst))
    ),
    known!("@@TEXTSIZE", 0..=0, SqlType::INT, |_, ctx| Ok(Value::Int(
        ctx.session.options.textsize
    ))),
    known!(
        "@@MAX_PRECISION",
        0..=0,
        SqlType::plain(TypeName::TinyInt),
        |_, _| Ok(Value::TinyInt(38))
    ),
];

fn user_name(_: &[Value], ctx: &mut ExecContext<'_>) -> Result<Value> {
    let session = &*ctx.session;
    if session.sysadmin {
        return Ok(Value::nvarchar("dbo"));
    }
    let user = session.server.state.database(session.database, |security| {
        let id = crate::engine::ddl::permission::Identity::of(session, security).user?;
        security
            .principals
            .iter()
            .find(|p| p.id == id)
            .map(|p| p.name.clone())
    });
    Ok(Value::nvarchar(user.as_deref().unwrap_or("guest")))
}

pub(super) fn numeric(n: i64) -> Value {
    Value::Decimal(Box::new(crate::types::Decimal {
        mantissa: i128::from(n),
        precision: 38,
        scale: 0,
    }))
}

pub(super) fn lookup(name: &str) -> Option<&'static dyn SessionFunction> {
    FUNCTIONS
        .iter()
        .chain(super::properties::FUNCTIONS)
        .chain(super::identities::FUNCTIONS)
        .find(|f| f.name.eq_ignore_ascii_case(name))
        .map(|f| f as &'static dyn SessionFunction)
}
