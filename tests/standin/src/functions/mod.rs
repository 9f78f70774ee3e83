//! Built-in scalar functions and aggregates: their argument rules, result types and values.

pub mod aggregate;
mod bits;
mod conversion;
mod dates;
pub mod geometry;
pub mod json;
mod math;
mod strings;
#[cfg(test)]
mod tests;
mod variants;
mod vectors;

use chrono::{DateTime, Utc};

use crate::error::{Result, SqlError};
use crate::types::{SqlType, TypeName, Value, convert, errors, precedence};

/// What a function may ask of the session that runs it.
pub trait FunctionEnv {
    /// The statement's time: one reading for all rows.
    fn now(&self) -> DateTime<Utc>;
    /// Fresh random bits for NEWID and RAND.
    fn random(&self) -> u64;
    /// SET LANGUAGE's name.
    fn language(&self) -> &str {
        "us_english"
    }
}

/// A built-in scalar function.
pub trait ScalarFunction: Sync {
    /// Lower case, as messages write it.
    fn name(&self) -> &'static str;

    /// Fewest and most arguments.
    fn arity(&self) -> (usize, usize);

    /// 174 for a fixed number of arguments, 189 for a range.
    fn check_arity(&self, given: usize) -> Result<()> {
        let (low, high) = self.arity();
        if (low..=high).contains(&given) {
            return Ok(());
        }
        let name = self.name();
        Err(if low == high {
            SqlError::new(
                174,
                format!("The {name} function requires {low} argument(s)."),
            )
        } else {
            SqlError::new(
                189,
                format!("The {name} function requires {low} to {high} arguments."),
            )
        }
        .class(15)
        .compile())
    }

    /// The result type, or the refusal of an argument's type (8116). `literals` holds the arguments that are literals.
    fn bind(&self, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType>;

    /// False for what may answer differently for the same arguments.
    fn deterministic(&self) -> bool {
        true
    }

    /// The value. `types` are the arguments' types, `result` is what `bind` answered.
    fn eval(
        &self,
        args: &[Value],
        types: &[SqlType],
        result: &SqlType,
        env: &dyn FunctionEnv,
    ) -> Result<Value>;
}

/// One call: arguments, their types, the result type and the session.
pub struct Call<'a> {
    pub args: &'a [Value],
    pub types: &'a [SqlType],
    pub result: &'a SqlType,
    pub env: &'a dyn FunctionEnv,
}

type BindFn = fn(&'static str, &[SqlType], &[Option<Value>]) -> Result<SqlType>;
type EvalFn = fn(&Call<'_>) -> Result<Value>;

/// A function described by two plain functions.
struct Entry {
    name: &'static str,
    low: usize,
    high: usize,
    deterministic: bool,
    bind: BindFn,
    eval: EvalFn,
}

impl ScalarFunction for Entry {
    fn name(&self) -> &'static str {
        self.name
    }

    fn arity(&self) -> (usize, usize) {
        (self.low, self.high)
    }

    fn bind(&self, types: &[SqlType], literals: &[Option<Value>]) -> Result<SqlType> {
        self.check_arity(types.len())?;
        (self.bind)(self.name, types, literals)
    }

    fn deterministic(&self) -> bool {
        self.deterministic
    }

    fn eval(
        &self,
        args: &[Value],
        types: &[SqlType],
        result: &SqlType,
        env: &dyn FunctionEnv,
    ) -> Result<Value> {
        (self.eval)(&Call {
            args,
            types,
            result,
            env,
        })
    }
}

/// A deterministic function with a fixed or ranged number of arguments.
const fn entry(name: &'static str, low: usize, high: usize, bind: BindFn, eval: EvalFn) -> Entry {
    Entry {
        name,
        low,
        high,
        deterministic: true,
        bind,
        eval,
    }
}

const fn nondeterministic(
    name: &'static str,
    low: usize,
    high: usize,
    bind: BindFn,
    eval: EvalFn,
) -> Entry {
    Entry {
        name,
        low,
        high,
        deterministic: false,
        bind,
        eval,
    }
}

/// SQL Server has these, the stand-in does not: they are refused by name when they are bound.
const REFUSED: &[&str] = &[
    "ai_generate_embeddings",
    "approx_percentile_cont",
    "approx_percentile_disc",
    "assemblyproperty",
    "asymkey_id",
    "asymkeyproperty",
    "base64_decode",
    "base64_encode",
    "binary_checksum",
    "cert_id",
    "certencoded",
    "certprivatekey",
    "checksum",
    "checksum_agg",
    "collationproperty",
    "columns_updated",
    "compress",
    "cot",
    "crypt_gen_random",
    "current_timezone",
    "current_timezone_id",
    "cursor_status",
    "date_bucket",
    "datetimeoffsetfromparts",
    "decompress",
    "decryptbyasymkey",
    "decryptbycert",
    "decryptbykey",
    "decryptbykeyautoasymkey",
    "decryptbykeyautocert",
    "decryptbypassphrase",
    "difference",
    "edge_id_from_parts",
    "edit_distance",
    "edit_distance_similarity",
    "encryptbyasymkey",
    "encryptbycert",
    "encryptbykey",
    "encryptbypassphrase",
    "event_data",
    "eventdata",
    "filegroupproperty",
    "filepropertyex",
    "filetablerootpath",
    "format",
    "formatmessage",
    "fulltextcatalogproperty",
    "fulltextserviceproperty",
    "get_bit",
    "get_filestream_transaction_context",
    "getfilenamespacepath",
    "graph_id_from_edge_id",
    "graph_id_from_node_id",
    "indexkey_property",
    "is_objectsigned",
    "jaro_winkler_distance",
    "jaro_winkler_similarity",
    "json_contains",
    "key_guid",
    "key_id",
    "key_name",
    "left_shift",
    "loginproperty",
    "newsequentialid",
    "node_id_from_parts",
    "object_id_from_edge_id",
    "object_id_from_node_id",
    "parse",
    "percentile_cont",
    "percentile_disc",
    "permissions",
    "product",
    "publishingservername",
    "pwdcompare",
    "pwdencrypt",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_replace",
    "regexp_substr",
    "right_shift",
    "set_bit",
    "signbyasymkey",
    "signbycert",
    "smalldatetimefromparts",
    "soundex",
    "string_split",
    "symkeyproperty",
    "tertiary_weights",
    "textptr",
    "textvalid",
    "trigger_nestlevel",
    "try_parse",
    "unistr",
    "vector_search",
    "verifysignedbyasymkey",
    "verifysignedbycert",
];

/// Is it a function of SQL Server that the stand-in refuses by name?
pub fn is_refused(name: &str) -> bool {
    REFUSED.iter().any(|n| n.eq_ignore_ascii_case(name))
}

/// Finds a scalar function, in any case.
pub fn lookup(name: &str) -> Option<&'static dyn ScalarFunction> {
    [
        math::FUNCTIONS,
        strings::FUNCTIONS,
        dates::FUNCTIONS,
        bits::FUNCTIONS,
        conversion::FUNCTIONS,
        json::FUNCTIONS,
        variants::FUNCTIONS,
        vectors::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .find(|f| f.name.eq_ignore_ascii_case(name))
    .map(|f| f as &'static dyn ScalarFunction)
}

/// ISNULL(a, b) has the type of a; a bare NULL takes b's. 206 or 257 when b does not convert.
pub fn isnull_type(
    check: &SqlType,
    check_is_null_literal: bool,
    replacement: &SqlType,
) -> Result<SqlType> {
    if check_is_null_literal {
        return Ok(replacement.clone());
    }
    if check.name == TypeName::Vector
        && replacement.name == TypeName::Vector
        && check.length != replacement.length
    {
        return Err(errors::vector_dimensions(replacement.length, check.length, 1).compile());
    }
    convert::is_allowed(replacement, check, false)?;
    Ok(check.clone())
}

/// The type of CHOOSE, GREATEST and LEAST.
fn common_type(types: &[SqlType]) -> Result<SqlType> {
    precedence::result_type_of(types)
}

impl Call<'_> {
    fn any_null(&self) -> bool {
        self.args.iter().any(Value::is_null)
    }

    /// An argument as text, by the implicit conversion to varchar (nvarchar stays).
    fn text(&self, index: usize) -> Result<std::sync::Arc<str>> {
        match &self.args[index] {
            Value::VarChar(s) | Value::NVarChar(s) | Value::Json(s) => Ok(s.clone()),
            other => {
                let to = SqlType::varchar(SqlType::MAX);
                match convert::cast(other, &self.types[index], &to, None, true)? {
                    Value::VarChar(s) => Ok(s),
                    _ => Ok("".into()),
                }
            }
        }
    }

    fn float(&self, index: usize) -> Result<f64> {
        match convert::cast(
            &self.args[index],
            &self.types[index],
            &SqlType::FLOAT,
            None,
            true,
        )? {
            Value::Float(v) => Ok(v),
            _ => Ok(0.0),
        }
    }

    /// An argument as bigint: decimals are cut, text must be a number.
    fn integer(&self, index: usize) -> Result<i64> {
        let v = convert::cast(
            &self.args[index],
            &self.types[index],
            &SqlType::BIGINT,
            None,
            true,
        )?;
        Ok(v.as_integer().unwrap_or(0))
    }

    fn int(&self, index: usize) -> Result<i32> {
        let v = convert::cast(
            &self.args[index],
            &self.types[index],
            &SqlType::INT,
            None,
            true,
        )?;
        Ok(v.as_integer()
            .and_then(|v| i32::try_from(v).ok())
            .unwrap_or(0))
    }

    /// Text as the result type wants it: varchar or nvarchar.
    fn made(&self, text: impl Into<std::sync::Arc<str>>) -> Value {
        if self.result.name.is_unicode() {
            Value::NVarChar(text.into())
        } else {
            Value::VarChar(text.into())
        }
    }
}
