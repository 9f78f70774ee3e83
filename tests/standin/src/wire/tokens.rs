//! Tokens of the answer that do not depend on column types.

use bytes::{BufMut, BytesMut};

use super::charset::{DEFAULT, put_b_varchar, put_us_varchar};
use super::dialect::Dialect;
use super::prelogin::SERVER_VERSION;
use crate::error::SqlError;
use crate::protocol::EnvChange;

pub(super) const DONE: u8 = 0xFD;
pub(super) const DONE_PROCEDURE: u8 = 0xFE;
pub(super) const DONE_IN_PROCEDURE: u8 = 0xFF;

pub(super) const MORE: u16 = 0x0001;
pub(super) const ERROR: u16 = 0x0002;
pub(super) const COUNT: u16 = 0x0010;
pub(super) const ATTENTION: u16 = 0x0020;

/// A token whose body has a 16-bit length.
fn put_with_length(out: &mut BytesMut, token: u8, body: &[u8]) {
    out.put_u8(token);
    out.put_u16_le(body.len() as u16);
    out.put_slice(body);
}

/// ERROR for class 11 and above, INFO below.
pub(super) fn put_message(
    out: &mut BytesMut,
    message: &SqlError,
    server_name: &str,
    dialect: Dialect,
) {
    let mut body = BytesMut::new();
    body.put_i32_le(message.number);
    body.put_u8(message.state);
    body.put_u8(message.class);
    put_us_varchar(&mut body, &message.message);
    put_b_varchar(&mut body, server_name);
    put_b_varchar(&mut body, &message.procedure);
    if dialect.since_2005() {
        // The engine's mark for a message without a line is below zero.
        body.put_i32_le(message.line.max(0));
    } else {
        body.put_u16_le(message.line.clamp(0, i32::from(u16::MAX)) as u16);
    }
    let token = if message.class > 10 { 0xAA } else { 0xAB };
    put_with_length(out, token, &body);
}

pub(super) fn put_env_change(out: &mut BytesMut, change: &EnvChange, dialect: Dialect) {
    let mut body = BytesMut::new();
    match change {
        EnvChange::Database { new, old } => put_text_change(&mut body, 1, new, old),
        EnvChange::Language { new, old } => put_text_change(&mut body, 2, new, old),
        EnvChange::PacketSize { new, old } => {
            put_text_change(&mut body, 4, &new.to_string(), &old.to_string());
        }
        EnvChange::Collation => {
            body.put_slice(&[7, 5]);
            body.put_slice(&DEFAULT);
            body.put_u8(0);
        }
        // Clients before TDS 7.2 know nothing of transaction descriptors.
        EnvChange::BeginTransaction(_)
        | EnvChange::CommitTransaction(_)
        | EnvChange::RollbackTransaction(_)
            if !dialect.since_2005() =>
        {
            return;
        }
        EnvChange::BeginTransaction(descriptor) => {
            body.put_slice(&[8, 8]);
            body.put_u64_le(*descriptor);
            body.put_u8(0);
        }
        EnvChange::CommitTransaction(descriptor) => {
            body.put_slice(&[9, 0, 8]);
            body.put_u64_le(*descriptor);
        }
        EnvChange::RollbackTransaction(descriptor) => {
            body.put_slice(&[10, 0, 8]);
            body.put_u64_le(*descriptor);
        }
        EnvChange::ResetConnection => body.put_slice(&[18, 0, 0]),
    }
    put_with_length(out, 0xE3, &body);
}

fn put_text_change(body: &mut BytesMut, kind: u8, new: &str, old: &str) {
    body.put_u8(kind);
    put_b_varchar(body, new);
    put_b_varchar(body, old);
}

pub(super) fn put_login_ack(out: &mut BytesMut, dialect: Dialect) {
    let (major, minor, build) = SERVER_VERSION;
    let mut body = BytesMut::new();
    body.put_u8(1);
    body.put_u32(dialect.version);
    put_b_varchar(&mut body, "Microsoft SQL Server");
    body.put_u8(major);
    body.put_u8(minor);
    body.put_u16(build);
    put_with_length(out, 0xAD, &body);
}

/// FEATUREEXTACK with UTF8_SUPPORT only: nothing else is offered.
pub(super) fn put_utf8_ack(out: &mut BytesMut) {
    out.put_slice(&[0xAE, 0x0A]);
    out.put_u32_le(1);
    out.put_slice(&[0x01, 0xFF]);
}

pub(super) fn put_done(
    out: &mut BytesMut,
    token: u8,
    status: u16,
    command: u16,
    count: u64,
    dialect: Dialect,
) {
    out.put_u8(token);
    out.put_u16_le(status);
    out.put_u16_le(command);
    if dialect.since_2005() {
        out.put_u64_le(count);
    } else {
        out.put_u32_le(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

pub(super) fn put_return_status(out: &mut BytesMut, status: i32) {
    out.put_u8(0x79);
    out.put_i32_le(status);
}
