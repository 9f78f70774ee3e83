//! Transaction manager requests (MS-TDS 2.2.6.9).

use super::charset::decode_utf16;
use super::input::{Complete, Input, stream_incorrect};
use crate::error::{Result, SqlError};
use crate::protocol::{IsolationLevel, TransactionRequest};

pub(super) fn parse(input: &mut Input<Complete>) -> Result<TransactionRequest> {
    match input.u16()? {
        0 | 1 | 6 => Err(SqlError::not_implemented("distributed transactions")),
        5 => {
            let (isolation, name) = begin(input)?;
            Ok(TransactionRequest::Begin { isolation, name })
        }
        7 => Ok(TransactionRequest::Commit {
            name: name(input)?,
            begin: chained(input)?,
        }),
        8 => Ok(TransactionRequest::Rollback {
            name: name(input)?,
            begin: chained(input)?,
        }),
        9 => Ok(TransactionRequest::Save { name: name(input)? }),
        _ => Err(stream_incorrect(
            "The transaction manager request is unknown.",
        )),
    }
}

fn begin(input: &mut Input<Complete>) -> Result<(Option<IsolationLevel>, String)> {
    let isolation = match input.u8()? {
        0 => None,
        1 => Some(IsolationLevel::ReadUncommitted),
        2 => Some(IsolationLevel::ReadCommitted),
        3 => Some(IsolationLevel::RepeatableRead),
        4 => Some(IsolationLevel::Serializable),
        5 => Some(IsolationLevel::Snapshot),
        _ => return Err(stream_incorrect("The isolation level is unknown.")),
    };
    Ok((isolation, name(input)?))
}

/// Unlike other short texts its length counts bytes.
fn name(input: &mut Input<Complete>) -> Result<String> {
    let length = input.u8()?;
    Ok(decode_utf16(&input.bytes(usize::from(length))?))
}

fn chained(input: &mut Input<Complete>) -> Result<Option<(Option<IsolationLevel>, String)>> {
    if input.u8()? & 0x01 == 0 {
        return Ok(None);
    }
    begin(input).map(Some)
}

/// What faults see of a request.
pub(super) fn describe(request: &TransactionRequest) -> String {
    let (verb, name) = match request {
        TransactionRequest::Begin { name, .. } => ("BEGIN", name),
        TransactionRequest::Commit { name, .. } => ("COMMIT", name),
        TransactionRequest::Rollback { name, .. } => ("ROLLBACK", name),
        TransactionRequest::Save { name } => ("SAVE", name),
    };
    if name.is_empty() {
        verb.to_owned()
    } else {
        format!("{verb} {name}")
    }
}
