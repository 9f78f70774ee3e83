//! RPC requests: one message may hold several calls.

use bytes::BytesMut;

use super::decode::{self, Position, Refused, type_text};
use super::dialect::Dialect;
use super::input::{Complete, Input, stream_incorrect};
use super::type_info::{self, Place};
use crate::error::{Result, SqlError};
use crate::protocol::{RpcParameter, RpcProcedure, RpcRequest};
use crate::types::Value;

const BY_REFERENCE: u8 = 0x01;
const DEFAULT: u8 = 0x02;
const ENCRYPTED: u8 = 0x08;

const NO_METADATA: u16 = 0x02;

/// A message of calls behind its ALL_HEADERS.
pub(super) struct Calls {
    input: Input<Complete>,
    separator: u8,
}

impl Calls {
    pub fn new(input: Input<Complete>, dialect: Dialect) -> Self {
        Self {
            input,
            separator: if dialect.since_2005() { 0xFF } else { 0x80 },
        }
    }

    /// The next call and whether another one follows.
    pub fn next(&mut self) -> Result<(RpcRequest, bool)> {
        let input = &mut self.input;
        let procedure = match input.u16()? {
            u16::MAX => RpcProcedure::Id(input.u16()?),
            units => RpcProcedure::Name(input.utf16(usize::from(units))?),
        };
        let options = input.u16()?;
        let mut parameters = Vec::new();
        let mut more = false;
        while !input.is_at_end()? {
            let next = input.peek()?;
            // 0xFE separates calls of which the next is not to be executed when this one fails.
            if next == self.separator || (self.separator == 0xFF && next == 0xFE) {
                input.u8()?;
                more = !input.is_at_end()?;
                break;
            }
            parameters.push(parameter(input, parameters.len() + 1)?);
        }
        let request = RpcRequest {
            procedure,
            parameters,
            no_metadata: options & NO_METADATA != 0,
        };
        Ok((request, more))
    }
}

fn parameter(input: &mut Input<Complete>, ordinal: usize) -> Result<RpcParameter> {
    let name = input.b_varchar()?;
    let status = input.u8()?;
    if status & ENCRYPTED != 0 {
        return Err(SqlError::not_implemented("Always Encrypted parameters"));
    }
    let wire = type_info::read(input, Place::RpcParameter)?;
    let value = decode::read_value(input, &wire, Position::Parameter)
        .map_err(|refused| parameter_refused(refused, ordinal, &name, wire.sql_type.name))?;
    Ok(RpcParameter {
        name,
        sql_type: wire.sql_type,
        value,
        output: status & BY_REFERENCE != 0,
        default: status & DEFAULT != 0,
    })
}

fn parameter_refused(
    refused: Refused,
    ordinal: usize,
    name: &str,
    declared: crate::types::TypeName,
) -> SqlError {
    let intro = format!(
        "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. \
         Parameter {ordinal} (\"{name}\"): "
    );
    match refused {
        Refused::Other(error) => error,
        Refused::Invalid(data_type) => SqlError::new(
            8023,
            format!(
                "{intro}The supplied value is not a valid instance of data type {}. Check the source data for invalid \
                 values. An example of an invalid value is data of numeric type with scale greater than precision.",
                type_text(data_type)
            ),
        ),
        Refused::Length => SqlError::new(
            8016,
            format!(
                "{intro}Data type 0x{:02X} has an invalid data length or metadata length.",
                type_token(declared)
            ),
        ),
    }
    .compile()
}

fn type_token(name: crate::types::TypeName) -> u8 {
    use crate::types::TypeName as T;
    match name {
        T::Bit => 0x68,
        T::TinyInt | T::SmallInt | T::Int | T::BigInt => 0x26,
        T::Real | T::Float => 0x6D,
        T::Money | T::SmallMoney => 0x6E,
        T::DateTime | T::SmallDateTime => 0x6F,
        T::Decimal => 0x6A,
        T::Numeric => 0x6C,
        T::UniqueIdentifier => 0x24,
        T::Date => 0x28,
        T::Time => 0x29,
        T::DateTime2 => 0x2A,
        T::DateTimeOffset => 0x2B,
        T::Char => 0xAF,
        T::VarChar => 0xA7,
        T::Binary => 0xAD,
        T::VarBinary => 0xA5,
        T::NChar => 0xEF,
        _ => 0xE7,
    }
}

/// What faults see of a call.
pub(super) fn describe(request: &RpcRequest) -> String {
    let mut text = match &request.procedure {
        RpcProcedure::Name(name) => name.clone(),
        RpcProcedure::Id(id) => match id {
            1 => "sp_cursor",
            2 => "sp_cursoropen",
            3 => "sp_cursorprepare",
            4 => "sp_cursorexecute",
            5 => "sp_cursorprepexec",
            6 => "sp_cursorunprepare",
            7 => "sp_cursorfetch",
            8 => "sp_cursoroption",
            9 => "sp_cursorclose",
            10 => "sp_executesql",
            11 => "sp_prepare",
            12 => "sp_execute",
            13 => "sp_prepexec",
            14 => "sp_prepexecrpc",
            15 => "sp_unprepare",
            _ => "unknown procedure id",
        }
        .to_owned(),
    };
    let statement = match request.procedure {
        RpcProcedure::Id(10) => request.parameters.first(),
        RpcProcedure::Id(11 | 13) => request.parameters.get(2),
        RpcProcedure::Name(ref name) if name.eq_ignore_ascii_case("sp_executesql") => {
            request.parameters.first()
        }
        _ => None,
    };
    if let Some(Value::NVarChar(statement) | Value::VarChar(statement)) =
        statement.map(|parameter| &parameter.value)
    {
        text.push(' ');
        text.push_str(statement);
    }
    text
}

/// The text of a SQL batch behind its ALL_HEADERS.
pub(super) fn batch_text(message: &BytesMut) -> Result<String> {
    if !message.len().is_multiple_of(2) {
        return Err(stream_incorrect("A batch is no UTF-16 text."));
    }
    Ok(super::charset::decode_utf16(message))
}
